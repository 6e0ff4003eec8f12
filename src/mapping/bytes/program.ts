/**
 * Mappings compiled for bytes: sources in, lines of N-Quads out, with nothing between but offsets.
 *
 * It takes only what it runs exactly: the same set of lines as the term engine, the same problems. It opens
 * nothing itself and keeps no state between runs.
 */
import type { QuadIdColumns, TermIds } from '../../rdf/term-ids.ts';
import type { CheckedMapping } from '../check.ts';
import type { SourceAccess } from '../execute/reading.ts';
import type { LogicalSource, TriplesMap } from '../normal-form.ts';
import { ByteRun, type ByteRunOptions } from './byte-run.ts';
import { isChild, parentSources, sourceOf } from './join-index.ts';
import { unsupportedParts } from './support.ts';

export type { ByteRunOptions } from './byte-run.ts';

export interface ByteCompileOptions {
  /**
   * Whether a source gives the same bytes when it is opened again, even while it is being read. Those that do
   * not cost memory for duplicates, and cannot have joins while others join them. Files, unless told otherwise.
   */
  readonly isRereadable?: (source: LogicalSource) => boolean;
}

export interface ByteProgram {
  /**
   * Lines of N-Quads (N-Triples, where there are no named graphs) in chunks of whole lines. A chunk is good until
   * the next one is asked for: its bytes are written over.
   *
   * @throws FabricError as `runMapping` does
   */
  run(access: SourceAccess, options: ByteRunOptions): AsyncGenerator<Uint8Array>;

  /**
   * The same quads as ids, and none twice: no text of a quad is made, and no object for it. A chunk is good until
   * the next one is asked for.
   *
   * @param ids  gives each term its id
   * @throws FabricError as {@link run} and `ids` do
   */
  runIds(access: SourceAccess, ids: TermIds, options: ByteRunOptions): AsyncGenerator<QuadIdColumns>;
}

/** What of a mapping needs the term engine. */
export interface Unsupported {
  readonly unsupported: readonly string[];
}

const isFile = ({ description }: LogicalSource): boolean => description.kind === 'file';

/** Compiles a mapping for bytes, or says why the term engine has to run it. */
export function compileBytes(
  mapping: CheckedMapping,
  options: ByteCompileOptions = {},
): ByteProgram | Unsupported {
  const { isRereadable = isFile } = options;
  const maps = mapping.triplesMaps;
  const parts = unsupportedParts(maps);
  const unsupported = parts.length > 0 ? parts : readTwice(maps, isRereadable);
  if (unsupported.length > 0) return { unsupported };
  return {
    run: (access, runOptions) => new ByteRun(mapping, access, runOptions, isRereadable).chunks(),
    async *runIds(access, ids, runOptions) {
      for await (const chunk of new ByteRun(mapping, access, runOptions, isRereadable, ids).chunks()) {
        yield new Int32Array(chunk.buffer, chunk.byteOffset, chunk.length / Int32Array.BYTES_PER_ELEMENT);
      }
    },
  };
}

/** Sources that would have to be read twice but cannot be. */
function readTwice(
  maps: readonly TriplesMap[],
  isRereadable: (source: LogicalSource) => boolean,
): readonly string[] {
  const sources = [...new Map(maps.map((map) => [map.source.id, sourceOf(map)])).values()];
  const once = sources.filter((source) => !isRereadable(source));
  const byDescription = Map.groupBy(once, ({ description }) => JSON.stringify(description));
  const shared = [...byDescription.values()].flatMap((some) => some.slice(1));
  const parents = new Set(parentSources(maps).map(({ id }) => id));
  const both = once.filter((source) => parents.has(source.id) && isChild(source, maps));
  return [...shared, ...both].map(
    ({ location }) => `the source "${location}", which would have to be read twice`,
  );
}

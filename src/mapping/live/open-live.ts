/**
 * One entry to live mapping: lines of JSON in, net changes as lines of N-Quads out.
 *
 * The byte engine runs what it can prove, `LiveMapping` all else; both give the same deltas. It must never
 * read a source by itself: records are handed in by whoever has them.
 */
import { FabricError, nearest } from '../../errors.ts';
import { compileLiveBytes, type LineDelta, LiveBytes } from '../bytes/live.ts';
import type { LogicalSource, MappingPlan } from '../plan.ts';
import type { Diagnostic } from '../record.ts';
import { LiveTermLines } from './term-lines.ts';

export type { LineDelta } from '../bytes/live.ts';

export interface OpenLiveOptions {
  /** The reference that tells the records of a source apart: a JSONPath to one text, number or truth value. */
  readonly key: string;
  /** Whether the first problem of the data is an error; else it is a diagnostic and the rest goes on. */
  readonly strict?: boolean;
  /** The name under which the records of a logical source come; its location unless told otherwise. */
  readonly sourceName?: (source: LogicalSource) => string;
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
}

/** A mapping that follows its records. */
export interface LiveLines {
  /** Reasons why the byte engine does not run it; none: it does. */
  readonly unsupported: readonly string[];
  /**
   * Takes whole lines of JSON, each a new version of a record, and gives what they change. A delta is net, is
   * good until the next is asked for, and ends before a key comes twice. All deltas have to be asked for.
   *
   * @throws FabricError `unknown-source`; `mapping-failed` and in strict mode `syntax-error`, once the deltas of
   *   the lines before have been given: those are in force, the line and what follows it are not
   */
  upsert(source: string, lines: Uint8Array): Iterable<LineDelta>;
  /**
   * Takes a record away. @returns what that changes; nothing for a record that is not there
   * @throws FabricError `unknown-source`, `mapping-failed`
   */
  delete(source: string, key: string): LineDelta;
}

/** Starts live mapping without any records. */
export function openLive(plan: MappingPlan, options: OpenLiveOptions): LiveLines {
  const { sourceName = locationOf } = options;
  const names = new Set(plan.sources.map(sourceName));
  const { onDiagnostic = () => undefined } = options;
  const given = { key: options.key, strict: options.strict ?? false, onDiagnostic };
  const bytes = onePerDocument(plan) ?? compileLiveBytes(plan, given);
  if (bytes instanceof LiveBytes) {
    return {
      unsupported: [],
      upsert: (source, lines) => {
        expectSource(source, names);
        return bytes.upsert(lines);
      },
      delete: (source, key) => {
        expectSource(source, names);
        return bytes.delete(key);
      },
    };
  }
  const terms = new LiveTermLines(plan, { ...given, sourceName });
  return {
    unsupported: bytes.unsupported,
    upsert: (source, lines) => {
      expectSource(source, names);
      return terms.upsert(source, lines);
    },
    delete: (source, key) => {
      expectSource(source, names);
      return terms.delete(source, key);
    },
  };
}

const locationOf = ({ location, id }: LogicalSource): string => location ?? id;

/** Here a record is a document; the byte engine sees one iteration where an iterator may find several. */
function onePerDocument({ sources }: MappingPlan): { readonly unsupported: readonly string[] } | undefined {
  const [{ iterator } = {}] = sources.filter(({ iterator: path }) => path !== undefined && path !== '$');
  return iterator === undefined ? undefined : { unsupported: [`the iterator "${iterator}"`] };
}

function expectSource(source: string, names: ReadonlySet<string>): void {
  if (names.has(source)) return;
  const near = nearest(source, names);
  throw new FabricError('unknown-source', `The mapping reads no source "${source}"`, {
    extensions: {
      supported: [...names],
      ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
    },
  });
}

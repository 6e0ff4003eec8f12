/**
 * One mapping run by the byte engine and by the term engine, as lines of N-Quads.
 */
import { FabricError } from '../../../src/errors.ts';
import { compileBytes } from '../../../src/mapping/bytes/program.ts';
import { runMapping } from '../../../src/mapping/map.ts';
import { compileMapping, type LogicalSource } from '../../../src/mapping/plan.ts';
import type { SourceData } from '../../../src/mapping/reference/formulation.ts';
import { toNQuads } from '../../../src/rdf/terms.ts';

export interface ByteCase {
  /** Turtle, with its prefixes. */
  readonly mapping: string;
  /** Bytes or texts by location. */
  readonly sources: Readonly<Record<string, string | Uint8Array>>;
  readonly strict?: boolean;
  readonly baseIRI?: string;
  /** Bytes in a chunk; all unless told otherwise. */
  readonly chunkBytes?: number;
  /** Whether sources may be opened more than once; they may unless told otherwise. */
  readonly rereadable?: boolean;
}

/** Lines in order, or what was thrown; with the codes of the diagnostics. */
export interface Outcome {
  readonly lines: readonly string[];
  readonly codes: readonly string[];
  /** Type of the error that ended the run. */
  readonly refused: string | undefined;
}

export interface Both {
  readonly bytes: Outcome | { readonly unsupported: readonly string[] };
  readonly terms: Outcome;
  /** How often each source was opened by the byte engine. */
  readonly opened: readonly string[];
}

export async function runBoth(input: ByteCase): Promise<Both> {
  const { mapping, strict = false, baseIRI, rereadable = true } = input;
  const plan = compileMapping(mapping, { name: 'test.ttl', ...(baseIRI === undefined ? {} : { baseIRI }) });
  const opened: string[] = [];
  const open = ({ location = '' }: LogicalSource): SourceData => {
    opened.push(location);
    return { kind: 'bytes', chunks: chunksOf(input, location) };
  };
  const program = compileBytes(plan, { isRereadable: () => rereadable });
  const decoder = new TextDecoder();
  const ofTerms = async (): Promise<Outcome> =>
    outcome(async (lines, codes) => {
      const onDiagnostic = ({ code }: { code: string }): void => void codes.push(code);
      for await (const quad of runMapping(plan, { open }, { strict, onDiagnostic }))
        lines.push(toNQuads(quad));
    });
  if ('unsupported' in program) return { bytes: program, terms: await ofTerms(), opened };
  const bytes = await outcome(async (lines, codes) => {
    const onDiagnostic = ({ code }: { code: string }): void => void codes.push(code);
    for await (const chunk of program.run({ open }, { strict, onDiagnostic })) {
      lines.push(...decoder.decode(chunk).slice(0, -1).split('\n'));
    }
  });
  const openings = opened.splice(0);
  return { bytes, terms: await ofTerms(), opened: openings };
}

function* chunksOf({ sources, chunkBytes }: ByteCase, location: string): Generator<Uint8Array> {
  const source = sources[location];
  if (source === undefined) throw new FabricError('not-found', `There is no "${location}"`);
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source;
  const size = chunkBytes ?? Math.max(1, bytes.length);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function outcome(run: (lines: string[], codes: string[]) => Promise<void>): Promise<Outcome> {
  const lines: string[] = [];
  const codes: string[] = [];
  try {
    await run(lines, codes);
  } catch (thrown) {
    if (!(thrown instanceof FabricError)) throw thrown;
    return { lines, codes, refused: thrown.type };
  }
  return { lines, codes, refused: undefined };
}

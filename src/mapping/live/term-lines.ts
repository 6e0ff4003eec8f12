/**
 * Lines of JSON for the term engine: keyed records in, deltas as lines of N-Quads, as the byte engine has them.
 *
 * It only translates: what a record means to the graph is decided by `LiveMapping`.
 */
import { FabricError } from '../../errors.ts';
import { toNQuads } from '../../rdf/terms.ts';
import type { LineDelta } from '../bytes/live.ts';
import { diagnosticOf, refusalOf } from '../execute/reading.ts';
import { listOf, textOf } from '../execute/values.ts';
import type { FormulationSpec } from '../normal-form.ts';
import type { LogicalSource, MappingPlan } from '../plan.ts';
import type { Diagnostic } from '../record.ts';
import type { Part, Reference, Scalar } from '../reference/formulation.ts';
import { jsonPath, readJson } from '../reference/json-path.ts';
import type { Delta, LiveEffect } from './live.ts';
import { LiveMapping } from './live-mapping.ts';

export interface TermLinesOptions {
  readonly key: string;
  readonly strict: boolean;
  readonly sourceName: (source: LogicalSource) => string;
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
}

const JSON_SPEC: FormulationSpec = { name: 'json', namespaces: {}, dialect: undefined };

/** Effects that are taken in at once at most; a delta is held in memory. */
const EFFECTS_MAX = 1000;

export class LiveTermLines {
  readonly #options: TermLinesOptions;
  readonly #live: LiveMapping;
  readonly #sources: ReadonlyMap<string, LogicalSource>;
  readonly #keyOf: Reference;
  /** Lines that came, by source. */
  readonly #lines = new Map<string, number>();

  constructor(plan: MappingPlan, options: TermLinesOptions) {
    const { strict, sourceName, onDiagnostic } = options;
    this.#options = options;
    this.#live = new LiveMapping(plan, { strict, sourceName, onDiagnostic });
    this.#sources = new Map(plan.sources.map((source) => [sourceName(source), source]));
    this.#keyOf = jsonPath.compileReference(options.key, JSON_SPEC);
  }

  *upsert(source: string, lines: Uint8Array): Generator<LineDelta> {
    let effects = new Map<string, LiveEffect>();
    // In strict mode nothing is told of lines behind one that is refused.
    const max = this.#options.strict ? 1 : EFFECTS_MAX;
    const logical = this.#sources.get(source)!;
    for (const part of partsOf(lines)) {
      const line = (this.#lines.get(source) ?? 0) + 1;
      this.#lines.set(source, line);
      if (part === undefined) continue;
      if ('problem' in part) {
        const placed = { ...part, row: line, line };
        if (this.#options.strict) {
          yield* this.#take(effects.values());
          throw refusalOf(logical, placed);
        }
        this.#options.onDiagnostic(diagnosticOf(logical, placed));
        continue;
      }
      const key = this.#key(part.document, logical, line);
      if (key === undefined) continue;
      if (effects.has(key)) {
        yield* this.#take(effects.values());
        effects = new Map();
      }
      effects.set(key, { op: 'upsert', source, key, document: part.document });
      if (effects.size < max) continue;
      yield* this.#take(effects.values());
      effects = new Map();
    }
    yield* this.#take(effects.values());
  }

  delete(source: string, key: string): LineDelta {
    return encoded(this.#live.delete(source, key));
  }

  /** All in one delta or, when one of them is refused, those before it one by one. */
  *#take(effects: Iterable<LiveEffect>): Generator<LineDelta> {
    const all = [...effects];
    let whole: Delta | undefined;
    try {
      whole = this.#live.apply(all);
    } catch (refusal) {
      if (!(refusal instanceof FabricError) || all.length === 1) throw refusal;
    }
    if (whole !== undefined) yield* told(whole);
    else for (const effect of all) yield* told(this.#live.apply([effect]));
  }

  #key(document: unknown, { location }: LogicalSource, line: number): string | undefined {
    const { key, onDiagnostic } = this.#options;
    const [value, second] = listOf<Scalar>(this.#keyOf(document, () => undefined));
    if (value !== undefined && second === undefined) return textOf(value);
    const message = `Source "${location}", line ${line}: the record has no "${key}"`;
    onDiagnostic({ code: 'key-missing', message, attribute: key });
    return undefined;
  }
}

const LF = 10;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What each line holds; undefined: nothing. */
function* partsOf(lines: Uint8Array): Generator<Part | undefined> {
  for (let from = 0; from < lines.length; ) {
    const found = lines.indexOf(LF, from);
    const end = found < 0 ? lines.length : found;
    yield partOf(lines.subarray(from, end));
    from = end + 1;
  }
}

function partOf(line: Uint8Array): Part | undefined {
  try {
    const text = decoder.decode(line);
    return text.trim() === '' ? undefined : readJson(text, 1, false);
  } catch {
    const problem = { code: 'encoding-invalid', message: 'A line holds bytes that are no UTF-8' };
    return { problem, row: 1, line: 1, fatal: false };
  }
}

function* told(delta: Delta): Generator<LineDelta> {
  if (delta.added.length + delta.removed.length > 0) yield encoded(delta);
}

function encoded({ removed, added }: Delta): LineDelta {
  const encoder = new TextEncoder();
  const lines = (quads: Delta['added']): Uint8Array =>
    encoder.encode(quads.map((quad) => `${toNQuads(quad)}\n`).join(''));
  return { removed: lines(removed), added: lines(added) };
}

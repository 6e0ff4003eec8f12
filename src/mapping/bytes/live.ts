/**
 * Live mapping on bytes: records by key as lines of JSON, deltas as lines of N-Quads.
 *
 * Only the fields that the mapping refers to are kept of a record. It takes mappings of which no two keys can
 * give the same quad, which is proven when they are compiled; all others are for `live/live-mapping.ts`.
 */
import { FabricError } from '../../errors.ts';
import { blankNode } from '../../rdf/terms.ts';
import type { CheckedMapping } from '../check.ts';
import { diagnosticOf, type RunMappingOptions, refusalOf } from '../execute/reading.ts';
import { Run } from '../execute/run.ts';
import type { LogicalSource, TriplesMap } from '../normal-form.ts';
import { partitionRules } from '../partition.ts';
import type { Diagnostic } from '../record.ts';
import { ByteTable } from './byte-table.ts';
import { openDesk } from './desk.ts';
import { planDuplicates } from './duplicate-plan.ts';
import { ABSENT, type Fields, STRUCTURED } from './fields.ts';
import { sourceOf } from './join-index.ts';
import { jsonPathNames } from './json-path-names.ts';
import { jsonSlots } from './json-slots.ts';
import { LineUnits } from './line-units.ts';
import { Page } from './page.ts';
import type { Unsupported } from './program.ts';
import { MORE, PROBLEM } from './reader.ts';
import { RuleWriter } from './rule-writer.ts';
import { unsupportedParts } from './support.ts';
import type { Desk } from './value-writer.ts';
import { sameField, VersionStore } from './version-store.ts';

/**
 * Lines that left the graph and lines that came; net, as `live/live.ts` has it. Good until the next delta is
 * asked for.
 */
export interface LineDelta {
  readonly removed: Uint8Array;
  readonly added: Uint8Array;
}

export interface LiveBytesOptions extends Pick<RunMappingOptions, 'strict' | 'onDiagnostic'> {
  /** The reference that tells records apart. */
  readonly key: string;
}

/** Compiles a mapping over one source of JSON documents, one a record, or says what stands in the way. */
export function compileLiveBytes(
  mapping: CheckedMapping,
  options: LiveBytesOptions,
): LiveBytes | Unsupported {
  const maps = mapping.triplesMaps;
  const parts = unsupportedParts(maps);
  const unsupported =
    parts.length > 0
      ? parts
      : [...new Set([...maps.flatMap((map) => obstacles(map, maps, options.key)), ...sharedQuads(maps)])];
  return unsupported.length > 0 ? { unsupported } : new LiveBytes(mapping, options);
}

function obstacles(map: TriplesMap, maps: readonly TriplesMap[], key: string): readonly string[] {
  const found: string[] = [];
  const { formulation } = sourceOf(map);
  if (map.source.id !== maps[0]!.source.id) found.push('more than one source');
  if (formulation.name !== 'ndjson' && formulation.name !== 'json')
    found.push(`the formulation ${formulation.name}`);
  if (!isMadeOfKey(map, key)) found.push(`a subject that is not made of the key "${key}" alone`);
  const isElsewhere = map.predicateObjects.some(({ references }) => references.length > 0);
  if (isElsewhere) found.push('a reference to another triples map');
  if (
    map.predicateObjects.some(({ objects }) => objects.some(({ expression }) => expression.kind === 'fresh'))
  ) {
    found.push('a blank node of its own for each record');
  }
  return found;
}

/** Two triples maps may give one quad for two keys, or for one; then its derivations would have to be counted. */
function sharedQuads(maps: readonly TriplesMap[]): readonly string[] {
  const { patterns, partitions } = partitionRules(maps);
  const isShared = partitions.some((members) => new Set(members.map((at) => patterns[at]!.rule)).size > 1);
  return isShared ? ['triples maps that can give the same quad'] : [];
}

/** Whether keys and subjects go one to one: percent-encoding and labels of blank nodes keep texts apart. */
function isMadeOfKey({ subject }: TriplesMap, key: string): boolean {
  const { expression, termType } = subject;
  if (expression.kind !== 'template' || !['IRI', 'URI', 'BlankNode'].includes(termType)) return false;
  const [only, second] = expression.template.references;
  if (only === undefined || second !== undefined) return false;
  return JSON.stringify(jsonPathNames(only)) === JSON.stringify(jsonPathNames(key));
}

const PAGE_BYTES = 65_536;
const DELTA_BYTES_MAX = 1_048_576;

export class LiveBytes {
  readonly #options: LiveBytesOptions;
  readonly #source: LogicalSource;
  /** The version that comes, and the one that was there. */
  readonly #next: Desk;
  readonly #last: Desk;
  readonly #rules: readonly {
    readonly next: RuleWriter;
    readonly last: RuleWriter;
    readonly units: LineUnits;
  }[];
  readonly #keys = new ByteTable();
  readonly #versions: VersionStore;
  readonly #keySlot: number;
  /** By key: the delta that it was last part of. */
  #touched = new Int32Array(1024);
  #delta = 1;
  /** By slot: whether the versions at hand differ. */
  readonly #changed: Uint8Array;
  #size = 0;

  constructor(mapping: CheckedMapping, options: LiveBytesOptions) {
    const maps = mapping.triplesMaps;
    const { onDiagnostic = () => undefined } = options;
    this.#options = options;
    this.#source = sourceOf(maps[0]!);
    const runOf = (strict: boolean, tell: (diagnostic: Diagnostic) => void): Run =>
      new Run({ name: mapping.name, strict, blankNode, onDiagnostic: tell });
    const lines: LogicalSource = {
      ...this.#source,
      formulation: { ...this.#source.formulation, name: 'ndjson' },
    };
    const desk = (run: Run): Desk =>
      openDesk(lines, maps, new Page(PAGE_BYTES), run, jsonSlots, [options.key]);
    this.#next = desk(runOf(options.strict, onDiagnostic));
    this.#last = desk(runOf(false, () => undefined));
    this.#keySlot = this.#next.slotOf(options.key);
    this.#versions = new VersionStore(this.#next.fields.kind.length);
    this.#changed = new Uint8Array(this.#next.fields.kind.length);
    const { statements } = planDuplicates(maps, () => true);
    this.#rules = maps.map((_, index) => {
      const duplicates = statements[index]!;
      const writer = (at: Desk): RuleWriter =>
        new RuleWriter(index, { maps, desk: at, indexOf: noJoin, duplicates, uniqueness: undefined });
      const [next, last] = [writer(this.#next), writer(this.#last)];
      const units = new LineUnits(
        maps[index]!,
        duplicates,
        { next: this.#next, last: this.#last },
        { next, last },
      );
      return { next, last, units };
    });
  }

  /** Records that are there. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes whole lines, each a new version of a record, and gives what they change. A delta ends before a key
   * comes twice.
   *
   * @throws FabricError `syntax-error` or `mapping-failed`, in strict mode, once the delta of the lines before has
   *   been given; the line and what follows it are left out
   */
  *upsert(lines: Uint8Array): Generator<LineDelta> {
    const { window } = this.#next.reader;
    window.push(lines.at(-1) === LF ? lines : withEnd(lines));
    try {
      yield* this.#upsertAll();
    } finally {
      window.at = window.end;
    }
  }

  *#upsertAll(): Generator<LineDelta> {
    const { reader, fields, page, run } = this.#next;
    this.#begin();
    for (;;) {
      const step = reader.next();
      if (step === MORE) break;
      if (step === PROBLEM) {
        if (this.#options.strict) {
          yield* this.#rest();
          throw refusalOf(this.#source, reader.problem!);
        }
        this.#options.onDiagnostic?.(diagnosticOf(this.#source, reader.problem!));
        continue;
      }
      fields.record = run.record = reader.row - 1;
      const key = this.#keyOf(fields);
      if (key < 0) continue;
      if (this.#touched[key] === this.#delta || page.at > DELTA_BYTES_MAX) {
        yield this.#end();
        this.#begin();
      }
      this.#touched[key] = this.#delta;
      const refusal = this.#tryReplace(key);
      if (refusal === undefined) continue;
      yield* this.#rest();
      throw refusal;
    }
    yield* this.#rest();
  }

  *#rest(): Generator<LineDelta> {
    if (this.#next.page.at > 0 || this.#last.page.at > 0) yield this.#end();
  }

  /** Takes a record away. */
  delete(key: string): LineDelta {
    this.#begin();
    const bytes = new TextEncoder().encode(key);
    const id = this.#keys.find(bytes, 0, bytes.length);
    if (id >= 0 && this.#versions.has(id)) {
      this.#versions.load(id, this.#last.fields);
      for (const { last } of this.#rules) last.emit();
      this.#versions.drop(id);
      this.#size--;
    }
    return this.#end();
  }

  #begin(): void {
    this.#next.page.at = 0;
    this.#last.page.at = 0;
    this.#delta++;
  }

  #end(): LineDelta {
    const [next, last] = [this.#next.page, this.#last.page];
    return { removed: last.bytes.subarray(0, last.at), added: next.bytes.subarray(0, next.at) };
  }

  #keyOf(fields: Fields): number {
    const kind = fields.kind[this.#keySlot]!;
    if (kind === ABSENT || kind === STRUCTURED) {
      const { key } = this.#options;
      const message = `Source "${this.#source.location}", line ${this.#next.reader.row}: the record has no "${key}"`;
      this.#options.onDiagnostic?.({ code: 'key-missing', message, attribute: key });
      return -1;
    }
    const id = this.#keys.enter(fields.bytes, fields.start[this.#keySlot]!, fields.end[this.#keySlot]!);
    if (id >= this.#touched.length) {
      const touched = new Int32Array(2 * this.#touched.length);
      touched.set(this.#touched);
      this.#touched = touched;
    }
    return id;
  }

  /** Replaces the version of a key or, when that is refused, leaves all as it was. */
  #tryReplace(key: number): FabricError | undefined {
    const [next, last] = [this.#next.page, this.#last.page];
    const [added, removed] = [next.at, last.at];
    try {
      this.#replace(key);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof FabricError)) throw thrown;
      next.at = added;
      last.at = removed;
      return thrown;
    }
  }

  #replace(key: number): void {
    const { fields } = this.#next;
    if (!this.#versions.has(key)) {
      for (const { next } of this.#rules) next.emit();
      this.#size++;
    } else {
      const last = this.#last.fields;
      this.#versions.load(key, last);
      const changed = this.#changed;
      for (let slot = 0; slot < changed.length; slot++) changed[slot] = sameField(fields, last, slot) ? 0 : 1;
      for (const { units } of this.#rules) units.emitChanges(changed);
    }
    this.#versions.keep(key, fields);
  }
}

const LF = 10;

function withEnd(lines: Uint8Array): Uint8Array {
  const ended = new Uint8Array(lines.length + 1);
  ended.set(lines);
  ended[lines.length] = LF;
  return ended;
}

const noJoin = (): never => {
  throw new Error('A mapping without joins asked for one');
};

/**
 * One run of a mapping on bytes: parents of joins first, then every source once.
 *
 * A source is read again only where the order of its subjects breaks a proof that there are no duplicates.
 */
import { FabricError } from '../../errors.ts';
import type { TermIds } from '../../rdf/term-ids.ts';
import { blankNode } from '../../rdf/terms.ts';
import type { CheckedMapping } from '../check.ts';
import { diagnosticOf, type RunMappingOptions, refusalOf, type SourceAccess } from '../execute/reading.ts';
import { Run, unmatchedReference } from '../execute/run.ts';
import type { LogicalSource, RefObjectMap, TermMap, TriplesMap } from '../normal-form.ts';
import type { Diagnostic } from '../record.ts';
import { limitsOf } from '../reference/text.ts';
import { ByteTable } from './byte-table.ts';
import { openDesk, referencesOf, termMapsOf } from './desk.ts';
import { type DuplicatePlan, keepDuplicates, planDuplicates } from './duplicate-plan.ts';
import { ABSENT } from './fields.ts';
import { ByteJoinIndex, compileKey, isChild, joinsOf, parentSources, sourceOf } from './join-index.ts';
import { Page } from './page.ts';
import { type ByteReader, MORE, PROBLEM, type ReadProblem } from './reader.ts';
import { contextOf, RuleWriter } from './rule-writer.ts';
import { loadSlots } from './slots.ts';
import { compileTermWriter, wholeTerm } from './term-writer.ts';
import type { Desk } from './value-writer.ts';

export type ByteRunOptions = Pick<
  RunMappingOptions,
  'strict' | 'onDiagnostic' | 'onRecords' | 'onUnmatched' | 'keepDuplicates'
>;

const PAGE_BYTES = 262_144;
/** A page that holds more is handed over. */
const FLUSH_BYTES = 65_536;

/** Enters the record at hand into the index of a join. */
type Enter = () => void;

interface Rule {
  readonly index: number;
  readonly writer: RuleWriter;
}

const READ_ON = 0;
const FULL = 1;
const HISTORY = 2;

export class ByteRun {
  readonly #mapping: CheckedMapping;
  readonly #maps: readonly TriplesMap[];
  readonly #access: SourceAccess;
  readonly #options: ByteRunOptions;
  readonly #duplicates: DuplicatePlan;
  readonly #ids: TermIds | undefined;
  readonly #indexes = new Map<RefObjectMap, ByteJoinIndex>();
  readonly #page = new Page(PAGE_BYTES);
  readonly #run: Run;
  #refusal: FabricError | undefined;

  constructor(
    mapping: CheckedMapping,
    access: SourceAccess,
    options: ByteRunOptions,
    isRereadable: (source: LogicalSource) => boolean,
    ids?: TermIds,
  ) {
    const { strict, onDiagnostic = () => undefined } = options;
    this.#mapping = mapping;
    this.#maps = mapping.triplesMaps;
    this.#access = access;
    this.#options = options;
    this.#ids = ids;
    const tell = (diagnostic: Diagnostic): void => {
      onDiagnostic(diagnostic);
    };
    this.#run = new Run({ name: mapping.name, strict, blankNode, onDiagnostic: tell });
    this.#duplicates =
      options.keepDuplicates === true
        ? keepDuplicates(this.#maps)
        : planDuplicates(this.#maps, (map) => isRereadable(sourceOf(map)));
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const maps = this.#maps;
    const sources = new Map(maps.map((map) => [map.source.id, sourceOf(map)]));
    for (const map of maps) for (const join of joinsOf(map)) this.#indexes.set(join, new ByteJoinIndex());
    for (const source of parentSources(maps)) {
      // Parents that wait for no join themselves are written while they are entered.
      const waits = isChild(source, maps);
      yield* this.#tolerant(this.#read(source, waits ? [] : this.#rulesOf(source), true));
      if (!waits) sources.delete(source.id);
    }
    for (const source of sources.values()) {
      yield* this.#tolerant(this.#read(source, this.#rulesOf(source), false));
    }
    if (this.#page.at > 0) yield this.#page.bytes.subarray(0, this.#page.at);
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** In resilient mode a text that cannot be read on is refused when all else is done. */
  async *#tolerant(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (thrown) {
      if (this.#options.strict || !(thrown instanceof FabricError) || thrown.type !== 'syntax-error')
        throw thrown;
      this.#refusal ??= thrown;
    }
  }

  #rulesOf(source: LogicalSource): readonly number[] {
    return this.#maps.flatMap((map, index) => (map.source.id === source.id ? [index] : []));
  }

  async *#read(
    source: LogicalSource,
    indexes: readonly number[],
    isParent: boolean,
  ): AsyncGenerator<Uint8Array> {
    const desk = openDesk(source, this.#maps, this.#page, this.#run, await loadSlots(source));
    const rules = indexes.map((index) => ({ index, writer: this.#writer(index, desk) }));
    const pump = new Pump(desk, rules, isParent ? this.#entries(source, desk) : [], (problem) => {
      this.#tell(source, problem);
    });
    const { reader } = desk;
    const { window } = reader;
    const page = this.#page;
    this.#run.place = placeOf(source, reader);
    const uses =
      rules.length > 0 && this.#options.onUnmatched !== undefined ? this.#usesOf(source, desk) : [];
    pump.unseen = [...new Set(uses.map(({ slot }) => slot))];
    let told = 0;
    for await (const chunk of this.#chunksOf(source, reader)) {
      if (chunk === undefined) window.finish();
      else window.push(chunk);
      try {
        for (let state = pump.go(); state !== READ_ON; state = pump.go()) {
          if (state === HISTORY) await this.#remember(source, rules[pump.rule]!.index, desk.fields.record);
          else {
            yield page.bytes.subarray(0, page.at);
            page.at = 0;
          }
        }
      } finally {
        // Parents that wait for joins are read again for their rules, and counted then.
        if (rules.length > 0) this.#options.onRecords?.(pump.count - told);
        told = pump.count;
      }
    }
    for (const { slot, map, reference } of uses) {
      if (pump.count > 0 && pump.unseen.includes(slot))
        this.#options.onUnmatched?.(unmatchedReference(this.#mapping.name, map.place, reference));
    }
  }

  /** The references to members of documents, by their slots; columns are known from the header. */
  #usesOf(source: LogicalSource, { slotOf }: Desk): readonly Use[] {
    if (source.formulation.name === 'csv') return [];
    return this.#maps
      .filter((map) => map.source.id === source.id)
      .flatMap(termMapsOf)
      .flatMap((map) =>
        [...referencesOf(map)].map((reference) => ({ slot: slotOf(reference), map, reference })),
      );
  }

  #writer(index: number, desk: Desk): RuleWriter {
    return new RuleWriter(index, {
      maps: this.#maps,
      desk,
      indexOf: (reference) => this.#indexes.get(reference)!,
      duplicates: this.#duplicates.statements[index]!,
      uniqueness: this.#duplicates.uniqueness[index],
      ids: this.#ids,
    });
  }

  /** The bytes of a source; undefined at their end. */
  async *#chunksOf(source: LogicalSource, reader: ByteReader): AsyncGenerator<Uint8Array | undefined> {
    const data = await this.#access.open(source);
    if (data.kind !== 'bytes') throw new Error(`Source "${source.location}" has rows and no bytes`);
    reader.limits = limitsOf(data);
    yield* data.chunks;
    yield undefined;
  }

  /** For each join on a source: what enters its records. */
  #entries(source: LogicalSource, desk: Desk): readonly Enter[] {
    const joins = this.#maps
      .flatMap(joinsOf)
      .filter(({ parent }) => this.#maps[parent]!.source.id === source.id);
    return joins.map((join): Enter => {
      const parent = this.#maps[join.parent]!;
      const key = compileKey(join.conditions, 'parent', desk);
      const subject = wholeTerm(
        compileTermWriter(parent.subject, contextOf(parent, join.parent, desk)),
        desk,
      );
      const index = this.#indexes.get(join)!;
      const { page } = desk;
      return () => {
        const from = page.at;
        const middle = key(from);
        if (middle < 0) return;
        const end = subject(middle);
        if (end >= 0) index.enter(page.bytes, [from, middle], [middle, end]);
      };
    });
  }

  /**
   * The subjects of a rule are not in order, or not distinct: goes over to the next way of telling duplicates,
   * and feeds it with the first `records` records.
   */
  async #remember(source: LogicalSource, rule: number, records: number): Promise<void> {
    const uniqueness = this.#duplicates.uniqueness[rule]!;
    const silent = new Run({
      name: this.#mapping.name,
      strict: false,
      blankNode,
      onDiagnostic: () => undefined,
    });
    const page = new Page(PAGE_BYTES);
    const desk = openDesk(source, this.#maps, page, silent, await loadSlots(source));
    const writer = this.#writer(rule, desk);
    let take: () => void;
    if (uniqueness.level === 'ordered') {
      uniqueness.level = 'subjects';
      take = () => {
        const end = writer.subject(0);
        if (end >= 0) uniqueness.subjects.add(page.bytes, 0, end);
      };
    } else {
      uniqueness.level = 'lines';
      for (const duplicates of this.#duplicates.statements[rule]!) duplicates.lines ??= new ByteTable();
      take = () => {
        writer.emit();
        page.at = 0;
      };
    }
    const pump = new Pump(desk, [], [take], () => undefined);
    pump.recordsMax = records;
    for await (const chunk of this.#chunksOf(source, desk.reader)) {
      if (chunk === undefined) desk.reader.window.finish();
      else desk.reader.window.push(chunk);
      while (pump.go() !== READ_ON);
      if (pump.recordsMax === 0) return;
    }
  }

  /** @throws FabricError `syntax-error` in strict mode, and when nothing can be read on */
  #tell(source: LogicalSource, problem: ReadProblem): void {
    if (this.#options.strict || problem.fatal) throw refusalOf(source, problem);
    this.#options.onDiagnostic?.(diagnosticOf(source, problem));
  }
}

/** The place of the record at hand, told when it is asked for. */
function placeOf({ location }: LogicalSource, reader: ByteReader): Run['place'] {
  if (reader.line === undefined) return { source: location, row: reader.row };
  return {
    source: location,
    get row() {
      return reader.row;
    },
    get line() {
      return reader.line!;
    },
  };
}

interface Use {
  readonly slot: number;
  readonly map: TermMap;
  readonly reference: string;
}

/** Takes the records out of a window as long as there are some. */
class Pump {
  /** The rule that waits for history. */
  rule = 0;
  recordsMax = Number.POSITIVE_INFINITY;
  /** Records that were taken out. */
  count = 0;
  /** Slots that no record had a value for so far, of those that somebody wants to know of. */
  unseen: readonly number[] = [];
  readonly #desk: Desk;
  readonly #rules: readonly Rule[];
  readonly #entries: readonly Enter[];
  readonly #tell: (problem: ReadProblem) => void;
  #isHeld = false;

  constructor(
    desk: Desk,
    rules: readonly Rule[],
    entries: readonly Enter[],
    tell: (problem: ReadProblem) => void,
  ) {
    this.#desk = desk;
    this.#rules = rules;
    this.#entries = entries;
    this.#tell = tell;
  }

  go(): typeof READ_ON | typeof FULL | typeof HISTORY {
    const { reader, page, fields, run } = this.#desk;
    const rules = this.#rules;
    const entries = this.#entries;
    for (;;) {
      if (!this.#isHeld) {
        if (this.recordsMax === 0) return READ_ON;
        const step = reader.next();
        if (step === MORE) return READ_ON;
        if (step === PROBLEM) {
          this.#tell(reader.problem!);
          continue;
        }
        fields.record = this.count++;
        if (this.unseen.length > 0) this.unseen = this.unseen.filter((slot) => fields.kind[slot] === ABSENT);
        run.record = fields.record;
        this.recordsMax--;
        for (const enter of entries) enter();
        this.rule = 0;
      }
      this.#isHeld = false;
      for (; this.rule < rules.length; this.rule++) {
        if (rules[this.rule]!.writer.emit()) continue;
        this.#isHeld = true;
        return HISTORY;
      }
      if (page.at >= FLUSH_BYTES) return FULL;
    }
  }
}

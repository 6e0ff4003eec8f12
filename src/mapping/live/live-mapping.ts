/**
 * Live mapping: keyed records in, net changes of the graph out, joins kept up to date from both sides.
 *
 * At any moment the graph equals a batch run over the documents that are there. What is asked for happens
 * as a whole or, where data makes it fail, not at all. It must never know where records come from.
 */
import { FabricError } from '../../errors.ts';
import type { RDF } from '../../rdf/terms.ts';
import type { LogicalSource, MappingPlan } from '../plan.ts';
import type { Diagnostic } from '../record.ts';
import { arrange, type LiveRule, type LiveRules } from './compiled.ts';
import { Components, type Regrouping } from './components.ts';
import { type DeriveOptions, RecordReading, runOf } from './derive.ts';
import { ExpiryQueue } from './expiry.ts';
import { type Asked, type Entered, type LiveJoin, moveRecords } from './join-network.ts';
import type { Delta, LiveEffect, LiveMapper, RecordId } from './live.ts';
import { NetDelta } from './net-delta.ts';
import { QuadCounts } from './quad-counts.ts';

export interface LiveMappingOptions {
  /** Whether a problem of the data refuses the effect; else it is a diagnostic and the other triples go on. */
  readonly strict?: boolean;
  /** Bound on what one record may give by one rule, duplicates counted; 100 000 unless told otherwise. */
  readonly quadsMax?: number;
  /** The name under which effects bring the records of a logical source; its location unless told otherwise. */
  readonly sourceName?: (source: LogicalSource) => string;
  readonly onDiagnostic?: (diagnostic: Diagnostic, record: RecordId) => void;
}

/** A record that is there, and what each rule makes of it. */
interface LiveRecord extends RecordId {
  document: unknown;
  /** Records are mapped together in the order in which they came. */
  readonly number: number;
  /** By the content of the rule. */
  readonly quads: Map<string, readonly RDF.Quad[]>;
}

/** Stands for the document of a record that is not there. */
const ABSENT: unique symbol = Symbol('absent');

type Rule = LiveRule<LiveRecord>;
/** Rules to run, each on some records. */
type Work = Map<Rule, Set<LiveRecord>>;

/** What running a rule comes to, on one record or on records that belong together. */
type Result = {
  readonly rule: Rule;
  readonly asked: ReadonlyMap<LiveRecord, Asked<LiveRecord>>;
} & (
  | { readonly record: LiveRecord; readonly quads: readonly RDF.Quad[] }
  | { readonly record: undefined; readonly regrouping: Regrouping<LiveRecord, RDF.Quad> }
);

const NOTHING: Delta = { added: [], removed: [] };

export class LiveMapping implements LiveMapper {
  readonly #options: LiveMappingOptions;
  readonly #nameOf: (source: LogicalSource) => string;
  readonly #sources = new Map<string, Map<string, LiveRecord>>();
  readonly #counts = new QuadCounts();
  readonly #expiry = new ExpiryQueue<LiveRecord>();
  /** What rules that gather over records make, by the content of the rule. */
  readonly #collective = new Map<string, Components<LiveRecord, RDF.Quad>>();
  #came = 0;
  #rules: LiveRules<LiveRecord>;

  constructor(plan: MappingPlan, options: LiveMappingOptions = {}) {
    this.#options = options;
    this.#nameOf = options.sourceName ?? ((source) => source.location ?? source.id);
    this.#rules = arrange(plan, this.#nameOf);
  }

  /** Quads that the graph holds. */
  get size(): number {
    return this.#counts.size;
  }

  /** The records of a source that are there, with their documents. */
  *records(source: string): Iterable<RecordId & { readonly document: unknown }> {
    yield* this.#sources.get(source)?.values() ?? [];
  }

  upsert(source: string, key: string, document: unknown): Delta {
    return this.apply([{ op: 'upsert', source, key, document }]);
  }

  delete(source: string, key: string): Delta {
    return this.apply([{ op: 'delete', source, key }]);
  }

  apply(effects: readonly LiveEffect[]): Delta {
    if (effects.length === 0) return NOTHING;
    const documents = new Map<LiveRecord, unknown>();
    const expiries = new Map<LiveRecord, number | undefined>();
    const touched = new Set<LiveRecord>();
    try {
      for (const effect of effects) {
        const record = this.#find(effect);
        touched.add(record);
        documents.set(record, folded(record, effect, documents));
        const expiresAtMs = 'expiresAtMs' in effect ? effect.expiresAtMs : undefined;
        if (effect.op !== 'merge' || expiresAtMs !== undefined) expiries.set(record, expiresAtMs);
      }
      const delta = this.#transact(documents);
      for (const [record, expiresAtMs] of expiries) this.#expiry.set(record, expiresAtMs);
      return delta;
    } finally {
      this.#forgetAbsent(touched);
    }
  }

  expire(nowMs: number): Delta {
    return this.apply(this.#expiry.due(nowMs).map(({ source, key }) => ({ op: 'delete', source, key })));
  }

  /**
   * Goes on with another mapping: rules that are new run on the records that are there, what the rules that
   * are gone had made is taken away, and rules that both have are not run.
   *
   * @throws FabricError `mapping-failed`; the mapping so far stays in force
   */
  reload(plan: MappingPlan): Delta {
    const rules = arrange(plan, this.#nameOf, this.#rules);
    const readings = new Readings(this.#deriveOptions(rules));
    const all = new Map(
      Array.from(this.#sources, ([source, records]) => [source, new Set(records.values())]),
    );
    const move = moveRecords(rules.freshJoins, all, readings.enter);
    let results: readonly Result[];
    try {
      const work: Work = new Map(rules.fresh.map((rule) => [rule, all.get(rule.source) ?? new Set()]));
      results = this.#run(work, readings);
    } catch (refusal) {
      move.undo();
      throw refusal;
    }
    rules.adopt();
    this.#rules = rules;
    const net = new NetDelta(this.#counts);
    this.#retract(net);
    this.#commit(results, net);
    return net.delta();
  }

  /** Maps what the documents concern: all of the records that change, and of others the joins with them. */
  #transact(documents: ReadonlyMap<LiveRecord, unknown>): Delta {
    const before = Array.from(documents.keys(), (record) => [record, record.document] as const);
    for (const [record, document] of documents) record.document = document;
    const readings = new Readings(this.#deriveOptions(this.#rules));
    let undo = (): void => undefined;
    try {
      const move = moveRecords(this.#rules.joins, bySource(documents.keys()), readings.enter);
      ({ undo } = move);
      const work: Work = new Map();
      const add = (rule: Rule, record: LiveRecord): void => {
        const records = work.get(rule);
        if (records) records.add(record);
        else work.set(rule, new Set([record]));
      };
      for (const record of documents.keys()) {
        for (const rule of this.#rules.rules.get(record.source) ?? []) add(rule, record);
      }
      for (const [rule, records] of move.concerned) for (const record of records) add(rule as Rule, record);
      const results = this.#run(work, readings);
      const net = new NetDelta(this.#counts);
      this.#commit(results, net);
      return net.delta();
    } catch (refusal) {
      undo();
      for (const [record, document] of before) record.document = document;
      throw refusal;
    }
  }

  #run(work: Work, readings: Readings): readonly Result[] {
    return Array.from(work, ([rule, records]) =>
      rule.collective
        ? [this.#runCollective(rule, records, readings)]
        : Array.from(records, (record): Result => {
            if (record.document === ABSENT)
              return { rule, record, quads: [], asked: unasked(rule, [record]) };
            const { quads, asked } = readings.of(record).derive(rule);
            return { rule, record, quads, asked: new Map([[record, asked]]) };
          }),
    ).flat();
  }

  /** A rule that gathers over records: over those that share a head with one that changed. */
  #runCollective(rule: Rule, touched: Iterable<LiveRecord>, readings: Readings): Result {
    const asked = new Map(unasked(rule, touched));
    const heads = new Map(Array.from(touched, (record) => [record, readings.headsOf(record, rule)]));
    const known = this.#collective.get(rule.content) ?? new Components<LiveRecord, RDF.Quad>();
    const byArrival = (a: LiveRecord, b: LiveRecord): number => a.number - b.number;
    const regrouping = known.regroup(heads, byArrival, (records) => {
      const quads: RDF.Quad[] = [];
      let current: LiveRecord | undefined;
      const run = runOf(readings.options, () => current!);
      for (const record of records) {
        current = record;
        const derived = readings.of(record).deriveIn(rule, run);
        for (const quad of derived.quads) quads.push(quad);
        asked.set(record, derived.asked);
      }
      run.flush((quad) => quads.push(quad));
      return quads;
    });
    return { rule, record: undefined, regrouping, asked };
  }

  #commit(results: readonly Result[], net: NetDelta): void {
    for (const result of results) {
      const { rule, record, asked } = result;
      if (record === undefined) this.#regroup(rule, result.regrouping, net);
      else {
        const { quads } = result;
        net.replace(record.quads.get(rule.content) ?? [], quads);
        if (quads.length > 0) record.quads.set(rule.content, quads);
        else record.quads.delete(rule.content);
      }
      for (const [child, questions] of asked) {
        for (const [join, keys] of questions) join.index.setChild(rule, child, keys);
      }
    }
  }

  #regroup({ content }: Rule, regrouping: Regrouping<LiveRecord, RDF.Quad>, net: NetDelta): void {
    const components = this.#collective.get(content) ?? new Components<LiveRecord, RDF.Quad>();
    this.#collective.set(content, components);
    const quadsOf = (some: readonly { readonly quads: readonly RDF.Quad[] }[]): RDF.Quad[] =>
      some.flatMap(({ quads }) => quads);
    net.replace(quadsOf(regrouping.gone), quadsOf(regrouping.come));
    components.settle(regrouping);
  }

  /** Takes away what rules had made that are no longer there. */
  #retract(net: NetDelta): void {
    const all = [...this.#rules.rules].flatMap(([source, rules]) =>
      rules.map(({ content }) => `${source} ${content}`),
    );
    const kept = new Set(all);
    const contents = new Set([...this.#rules.rules.values()].flat().map(({ content }) => content));
    for (const [content, components] of this.#collective) {
      if (contents.has(content)) continue;
      for (const quads of components.quads()) net.replace(quads, []);
      this.#collective.delete(content);
    }
    for (const records of this.#sources.values()) {
      for (const record of records.values()) {
        for (const [content, quads] of record.quads) {
          if (kept.has(`${record.source} ${content}`)) continue;
          net.replace(quads, []);
          record.quads.delete(content);
        }
      }
    }
  }

  /** The record of an id; one that is not there is entered for as long as the transaction lasts. */
  #find({ source, key }: RecordId): LiveRecord {
    const records = this.#sources.get(source) ?? new Map<string, LiveRecord>();
    this.#sources.set(source, records);
    const record = records.get(key) ?? newRecord({ source, key }, this.#came++);
    records.set(key, record);
    return record;
  }

  #forgetAbsent(records: Iterable<LiveRecord>): void {
    for (const { source, key, document } of records) {
      if (document === ABSENT) this.#sources.get(source)?.delete(key);
    }
  }

  #deriveOptions({ plan: { name }, ownNodes }: LiveRules<LiveRecord>): DeriveOptions {
    const { strict = false, quadsMax = 100_000, onDiagnostic = () => undefined } = this.#options;
    return { name, strict, quadsMax, ownNodes, onDiagnostic };
  }
}

const newRecord = (id: RecordId, number: number): LiveRecord => ({
  ...id,
  ...{ number, document: ABSENT, quads: new Map() },
});

/** The document after one more effect. */
function folded(record: LiveRecord, effect: LiveEffect, pending: ReadonlyMap<LiveRecord, unknown>): unknown {
  if (effect.op === 'delete') return ABSENT;
  if (effect.op === 'upsert') return effect.document;
  const before = pending.has(record) ? pending.get(record) : record.document;
  const known = before === ABSENT ? {} : before;
  if (typeof known !== 'object' || known === null || Array.isArray(known)) {
    throw new FabricError(
      'record-invalid',
      `Record "${record.key}" of source "${record.source}" is no object, so nothing can be merged into it`,
    );
  }
  const drop = new Set(effect.drop);
  return Object.fromEntries(
    Object.entries({ ...known, ...effect.members }).filter(([member]) => !drop.has(member)),
  );
}

const NO_ENTRIES: Entered<LiveRecord>['entries'] = new Map();

/** Nothing is asked any more on behalf of records. */
const unasked = (rule: Rule, records: Iterable<LiveRecord>): ReadonlyMap<LiveRecord, Asked<LiveRecord>> =>
  new Map(Array.from(records, (record) => [record, noKeys(rule.joins)]));

const noKeys = (joins: readonly LiveJoin<LiveRecord>[]): Asked<LiveRecord> =>
  new Map(joins.map((join) => [join, []]));

function bySource(records: Iterable<LiveRecord>): ReadonlyMap<string, ReadonlySet<LiveRecord>> {
  const sources = new Map<string, Set<LiveRecord>>();
  for (const record of records) {
    const known = sources.get(record.source);
    if (known) known.add(record);
    else sources.set(record.source, new Set([record]));
  }
  return sources;
}

/** One reading of each record, for all that a transaction asks of it. */
class Readings {
  readonly options: DeriveOptions;
  readonly #readings = new Map<LiveRecord, RecordReading>();

  constructor(options: DeriveOptions) {
    this.options = options;
  }

  of(record: LiveRecord): RecordReading {
    const known = this.#readings.get(record);
    if (known) return known;
    const reading = new RecordReading(record, record.document, this.options);
    this.#readings.set(record, reading);
    return reading;
  }

  /** What a record gathers into by itself; undefined: it is not there. Its problems are told when it is mapped. */
  headsOf(record: LiveRecord, rule: Rule): readonly string[] | undefined {
    if (record.document === ABSENT) return undefined;
    const run = runOf({ ...this.options, strict: false, onDiagnostic: () => undefined }, () => record);
    this.of(record).deriveIn(rule, run);
    return run.collections.heads;
  }

  readonly enter = (record: LiveRecord, join: LiveJoin<LiveRecord>): Entered<LiveRecord> =>
    record.document === ABSENT
      ? { entries: NO_ENTRIES, asked: noKeys(join.needs) }
      : this.of(record).entries(join);
}

/**
 * Joins across the records of a fabric: for each join of each mapping what parent records give, and the child
 * records that ask for it.
 *
 * A fold of the record store: it follows every document that the store takes, drops or puts back, and holds
 * nothing that could not be made again from it. It changes no quad; it says which records have to be mapped.
 */
import { FabricError } from '../errors.ts';
import type { Join, JoinIndex, JoinLookup } from '../mapping/execute/join.ts';
import { Run } from '../mapping/execute/run.ts';
import {
  type Asked,
  type Entered,
  joinNetwork,
  type LiveJoin,
  moveRecords,
  type NetworkMove,
  watched,
} from '../mapping/live/join-network.ts';
import { isRecordLabel, recordLabel } from '../mapping/live/record-label.ts';
import { mapRecord } from '../mapping/map.ts';
import type { MappingPlan, SourceRules } from '../mapping/plan.ts';
import type { RecordDocument } from '../mapping/record.ts';
import { blankNode, type RDF } from '../rdf/terms.ts';
import type { ParentRecords } from './explain-parents.ts';
import type { RecordRules } from './record-quads.ts';
import type { RecordStore } from './record-store.ts';

/** A record by its names. */
export interface RecordKey {
  readonly source: string;
  readonly key: string;
}

/** The parents of a join that lie in other records; undefined for joins within a document. */
export type Parents = (join: Join) => JoinLookup | undefined;

/** A version of a record that is laid into the joins before the store holds it. */
export interface JoinShift {
  /** Other records whose quads may differ with it, in the order of their names. */
  readonly children: readonly RecordKey[];
  /** Takes it out again; the store brings it when it is there. */
  readonly undo: () => void;
}

/** The joins of one mapping; it asks on behalf of the records of its source. */
interface MappedJoins {
  readonly rules: RecordRules;
  /** Those that others need come first. */
  readonly joins: readonly LiveJoin<string>[];
  /** The rules that join with other records, as a plan. */
  readonly plan: MappingPlan;
}

export interface RecordJoinsOptions {
  readonly records: RecordStore;
  readonly rules: (source: string) => RecordRules | undefined;
  /** A record that cannot be read for a join of a mapping; it gives nothing to it. */
  readonly onRefusal: (record: RecordKey, refusal: FabricError) => void;
}

/** Runs a piece of work while no change is being made. */
export type BetweenChanges = (work: () => void) => Promise<void>;

/** Records that are entered in one piece of work. */
const RECORDS_PER_TURN = 500;

const NOTHING: JoinShift = { children: [], undo: () => undefined };

export class RecordJoins {
  readonly #options: RecordJoinsOptions;
  readonly #mappings = new Set<MappedJoins>();
  readonly #byJoin = new Map<Join, LiveJoin<string>>();
  readonly parents: Parents = (join) => this.#byJoin.get(join)?.index;
  readonly parentRecords: ParentRecords = (join, key) =>
    Array.from(
      this.#byJoin.get(join)?.index.parentsOf(key) ?? [],
      ([id, given]) => [keyOfId(id), given] as const,
    );

  constructor(options: RecordJoinsOptions) {
    this.#options = options;
    options.records.observe((source, key) => {
      this.#note(source, key);
    });
  }

  /** Takes the joins of a mapping in; they hold what the store holds when this resolves. */
  async enter(rules: RecordRules, betweenChanges: BetweenChanges): Promise<void> {
    const mapped = joinsOf(rules);
    if (mapped.joins.length === 0) return;
    this.#mappings.add(mapped);
    for (const join of mapped.joins) this.#byJoin.set(join.join, join);
    const { records } = this.#options;
    const all = async (source: string, work: (keys: readonly string[]) => void): Promise<void> => {
      const keys = Array.from(records.of(source), ({ key }) => key);
      for (let at = 0; at < keys.length; at += RECORDS_PER_TURN) {
        await betweenChanges(() => {
          work(keys.slice(at, at + RECORDS_PER_TURN));
        });
      }
    };
    for (const join of mapped.joins) {
      await all(join.source, (keys) => {
        const owners = new Set(keys.map((key) => idOf(join.source, key)));
        moveRecords([join], new Map([[join.source, owners]]), this.#enter);
      });
    }
    await all(rules.name, (keys) => {
      for (const key of keys) this.#ask(mapped, idOf(rules.name, key));
    });
  }

  /** Forgets the joins of a mapping that is no longer in force. */
  leave(rules: RecordRules): void {
    for (const mapped of this.#mappings) {
      if (mapped.rules !== rules) continue;
      this.#mappings.delete(mapped);
      for (const { join } of mapped.joins) this.#byJoin.delete(join);
    }
  }

  /** Lays the next version of a record into the joins until it is undone. */
  shift(document: RecordDocument): JoinShift {
    const { source, key } = document;
    if (!this.#hasChildren(source)) return NOTHING;
    const id = idOf(source, key);
    const coming = (owner: string): RecordDocument | undefined =>
      owner === id ? document : this.#document(owner);
    const { concerned, undo } = this.#move(source, id, (owner, join) => this.#enter(owner, join, coming));
    const children = new Set([...concerned.values()].flatMap((owners) => [...owners]));
    children.delete(id);
    return { children: [...children].sort().map(keyOfId), undo };
  }

  /** The store holds another document of a record. */
  #note(source: string, key: string): void {
    const id = idOf(source, key);
    if (this.#hasChildren(source)) {
      const { concerned } = this.#move(source, id, this.#enter);
      for (const [asker, owners] of concerned) {
        const mapped = asker as MappedJoins;
        // What one join gives may decide what another is asked.
        if (mapped.joins.length > 1) for (const owner of owners) this.#ask(mapped, owner);
      }
    }
    for (const mapped of this.#mappings) if (mapped.rules.name === source) this.#ask(mapped, id);
  }

  #hasChildren(source: string): boolean {
    for (const join of this.#byJoin.values()) if (join.source === source) return true;
    return false;
  }

  #move(
    source: string,
    id: string,
    enter: (owner: string, join: LiveJoin<string>) => Entered<string>,
  ): NetworkMove<string> {
    const joins = [...this.#mappings].flatMap((mapped) => mapped.joins);
    return moveRecords(joins, new Map([[source, new Set([id])]]), enter);
  }

  readonly #enter = (
    owner: string,
    live: LiveJoin<string>,
    documentOf = (id: string) => this.#document(id),
  ): Entered<string> => {
    const document = documentOf(owner);
    const rules = this.#options.rules(keyOfId(owner).source);
    const nothing = { entries: new Map(), asked: unasked(live.needs) };
    if (!document?.value || !rules) return nothing;
    return this.#tolerant(document, () => entriesOf(live, document, rules)) ?? nothing;
  };

  #ask(mapped: MappedJoins, owner: string): void {
    const document = this.#document(owner);
    const read = document?.value ? this.#tolerant(document, () => askedBy(mapped, document)) : undefined;
    const asked = read ?? unasked(mapped.joins);
    for (const [join, keys] of asked) join.index.setChild(mapped, owner, keys);
  }

  #tolerant<T>({ source, key }: RecordDocument, read: () => T): T | undefined {
    try {
      return read();
    } catch (refusal) {
      if (!(refusal instanceof FabricError)) throw refusal;
      this.#options.onRefusal({ source, key }, refusal);
      return undefined;
    }
  }

  #document(id: string): RecordDocument | undefined {
    const { source, key } = keyOfId(id);
    return this.#options.records.get(source, key);
  }
}

const idOf = (source: string, key: string): string => `${source}\u0000${key}`;

function keyOfId(id: string): RecordKey {
  const at = id.indexOf('\u0000');
  return { source: id.slice(0, at), key: id.slice(at + 1) };
}

const unasked = (joins: readonly LiveJoin<string>[]): Asked<string> =>
  new Map(joins.map((join) => [join, []]));

/** The name of the source whose records a logical source reads; undefined: it is the document that is mapped. */
function parentsOf({ source: { description } }: SourceRules): string | undefined {
  return description.kind === 'records' ? description.source : undefined;
}

/** The joins of a mapping whose parents are named as records of the fabric. */
function joinsOf(rules: RecordRules): MappedJoins {
  const { plan } = rules;
  const isAcross = (join: Join): boolean =>
    plan.groups.some((group) => group.source.id === join.parentSource && parentsOf(group) !== undefined);
  const across = plan.joins.filter(isAcross);
  const groups = plan.groups.map((group) => ({
    ...group,
    rules: group.rules.filter(({ joins }) => joins.some(isAcross)),
  }));
  const joins = joinNetwork<string>(
    across,
    plan.groups,
    (group) => parentsOf(group)!,
    () => undefined,
  );
  return { rules, joins, plan: { ...plan, groups } };
}

/** What a document gives as a parent; its own blank nodes have the names that they have in its graph. */
function entriesOf(
  { join, parents, needs }: LiveJoin<string>,
  { source, key, value }: RecordDocument,
  rules: RecordRules,
): Entered<string> {
  // Problems of the data are told when the record is mapped.
  const run = new Run({ name: rules.plan.name, strict: false, blankNode, onDiagnostic: () => undefined });
  const entries: JoinIndex = new Map();
  const { asked, lookup } = watched(needs);
  const rows = parents.iterate(parents.formulation.adopt(rules.present(key, value!)));
  rows.forEach((row, i) => {
    run.record = i;
    join.enter(entries, row, run, (needed) => lookup(needed) ?? NO_PARENTS);
  });
  for (const given of entries.values()) {
    given.forEach((one, i) => {
      if (one.termType === 'BlankNode') given[i] = recordNode(source, key, one.value);
    });
  }
  return { entries, asked };
}

/** A document joins with itself nowhere but in its own mapping. */
const NO_PARENTS: JoinLookup = { get: () => undefined };

/** The keys that a document asks for. */
function askedBy({ rules, joins, plan }: MappedJoins, { source, key, value }: RecordDocument): Asked<string> {
  const { asked, lookup } = watched(joins);
  mapRecord(plan, rules.present(key, value!), {
    blankNode: (label) => recordNode(source, key, label),
    reads: rules.reads,
    parents: lookup,
    quadsMax: Number.POSITIVE_INFINITY,
  });
  return asked;
}

/** A blank node of a record; one that was given its name as that of another record keeps it. */
export const recordNode = (source: string, key: string, label: string): RDF.BlankNode =>
  blankNode(isRecordLabel(label) ? label : recordLabel(source, key, label));

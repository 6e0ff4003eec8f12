/**
 * The work of a batch on records that were read: parents into joins, quads out of rules, none twice.
 *
 * It opens nothing and decides no order; what it makes waits until it is taken.
 */
import { FabricError } from '../../errors.ts';
import { blankNode, type RDF } from '../../rdf/terms.ts';
import type { LogicalTarget } from '../normal-form.ts';
import type { LogicalSource, MappingPlan, SourceRules } from '../plan.ts';
import type { Diagnostic } from '../record.ts';
import type { Emitted } from './batch.ts';
import type { Join, JoinIndex } from './join.ts';
import { QuadSet } from './quad-set.ts';
import { baseOf } from './reader.ts';
import type { ReadDocument, Reading, RunMappingOptions } from './reading.ts';
import type { Origin, Rule, Sink } from './rule.ts';
import { Run } from './run.ts';
import type { Work } from './schedule.ts';

/** Quads that wait to be given together. */
const CHUNK_QUADS = 4096;

/** What one document holds for each logical source of a reading. */
export interface Records {
  readonly document: ReadDocument;
  readonly groups: readonly {
    readonly group: SourceRules;
    /** Number of the first record within its logical source. */
    readonly first: number;
    readonly records: readonly unknown[];
  }[];
}

/** The state of one batch: joins, quads that were seen, and those that wait to be given. */
export class Batch {
  readonly #options: RunMappingOptions;
  readonly #run: Run;
  readonly #indexes: ReadonlyMap<Join, JoinIndex>;
  /** The record at work. */
  #record: unknown;
  /** Records seen so far, by logical source. */
  readonly #counts = new Map<string, number>();
  readonly #seen = new QuadSet();
  readonly #seenByTarget = new Map<string, QuadSet>();
  readonly #sinks = new Map<Rule, Sink>();
  #document: Pick<Emitted, 'row' | 'line'> = { row: undefined, line: undefined };
  #made: Emitted[] = [];

  constructor(plan: MappingPlan, options: RunMappingOptions) {
    this.#options = options;
    const onDiagnostic = (diagnostic: Diagnostic): void => options.onDiagnostic?.(diagnostic, this.#record);
    this.#run = new Run({ name: plan.name, strict: options.strict, blankNode, onDiagnostic });
    if (options.onUnmatched !== undefined) this.#run.asked = new Map();
    this.#indexes = new Map(plan.joins.map((join) => [join, new Map()]));
  }

  /** Takes a document apart; the records are numbered on. */
  recordsOf(reading: Reading, document: ReadDocument): Records {
    const groups = reading.map((group) => {
      const first = this.#counts.get(group.source.id) ?? 0;
      this.#locate(group.source, document, first);
      const records = this.#iterate(group, document.document);
      this.#counts.set(group.source.id, first + records.length);
      this.#options.onRecords?.(records.length);
      return { group, first, records };
    });
    return { document, groups };
  }

  #iterate(group: SourceRules, document: unknown): readonly unknown[] {
    try {
      return group.iterate(document);
    } catch (thrown) {
      this.#tolerate(thrown);
      return [];
    }
  }

  /** The quads that were made since the last time. */
  take(): readonly Emitted[] {
    const made = this.#made;
    this.#made = [];
    return made;
  }

  /** Does the work with records: enters parents first, then makes quads; gives those that do not fit to wait. */
  *chunksOf(records: Records, work: Work): Generator<readonly Emitted[]> {
    this.#enter(records, work);
    const { document, groups } = records;
    for (const { group, first, records: own } of groups) {
      const rules = work.rules.get(group.source.id) ?? [];
      if (rules.length === 0) continue;
      this.#locate(group.source, document, first);
      const sinks = rules.map((rule) => this.#sinkOf(rule, group.source));
      for (let i = 0; i < own.length; i++) {
        this.#run.record = first + i;
        this.#record = own[i];
        for (let r = 0; r < rules.length; r++) {
          try {
            rules[r]!.emit(own[i], this.#run, this.#index, sinks[r]!);
          } catch (thrown) {
            this.#tolerate(thrown);
          }
        }
        if (this.#made.length >= CHUNK_QUADS) yield this.take();
      }
    }
  }

  /** Makes what belongs to no single record and is known only at the end: named collections. */
  flush(plan: MappingPlan): void {
    for (const diagnostic of this.#run.unmatched()) this.#options.onUnmatched?.(diagnostic);
    this.#document = { row: undefined, line: undefined };
    this.#run.flush((quad, origin, { rule, record }) => {
      this.#run.record = record;
      this.#put(quad, origin, rule, baseOf(plan.triplesMaps[rule]!.source));
    });
  }

  #enter({ document, groups }: Records, work: Work): void {
    for (const { group, first, records } of groups) {
      const joins = work.joins.get(group.source.id) ?? [];
      if (joins.length === 0) continue;
      this.#locate(group.source, document, first);
      for (let i = 0; i < records.length; i++) {
        this.#run.record = first + i;
        this.#record = records[i];
        for (const join of joins) {
          try {
            join.enter(this.#index(join), records[i], this.#run, this.#index);
          } catch (thrown) {
            this.#tolerate(thrown);
          }
        }
      }
    }
  }

  #sinkOf(rule: Rule, source: LogicalSource): Sink {
    const known = this.#sinks.get(rule);
    if (known !== undefined) return known;
    const sink: Sink = (quad, origin) => {
      this.#put(quad, origin, rule.index, source);
    };
    this.#sinks.set(rule, sink);
    return sink;
  }

  #put(quad: RDF.Quad, origin: Origin, rule: number, source: LogicalSource): void {
    const targets = this.#newTo(quad, origin);
    if (targets === undefined) return;
    const { row, line } = this.#document;
    this.#made.push({ quad, origin, rule, source, record: this.#run.record, row, line, targets });
  }

  readonly #index = (join: Join): JoinIndex => this.#indexes.get(join)!;

  #locate({ location }: LogicalSource, document: ReadDocument, record: number): void {
    const { row, line } = document;
    this.#document = document;
    this.#run.record = record;
    this.#run.place = { source: location, row, ...(line === undefined ? {} : { line }) };
  }

  /** In resilient mode what fails with one record fails with it alone. @throws whatever else it is */
  #tolerate(thrown: unknown): void {
    if (this.#options.strict || !(thrown instanceof FabricError) || thrown.type !== 'mapping-failed')
      throw thrown;
    const { message, extensions } = thrown;
    const code = typeof extensions['code'] === 'string' ? extensions['code'] : 'record-failed';
    this.#run.row = undefined;
    this.#options.onDiagnostic?.({ code, message, at: this.#run.at }, this.#record);
  }

  /** Undefined: the quad is new to none. */
  #newTo(quad: RDF.Quad, { targets }: Origin): readonly LogicalTarget[] | undefined {
    if (this.#options.keepDuplicates === true) return targets;
    if (targets.length === 0) return this.#seen.add(quad) ? targets : undefined;
    const those = targets.filter(({ id }) => {
      const seen = this.#seenByTarget.get(id) ?? new QuadSet();
      this.#seenByTarget.set(id, seen);
      return seen.add(quad);
    });
    return those.length === 0 ? undefined : those;
  }
}

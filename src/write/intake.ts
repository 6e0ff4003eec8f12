/**
 * The way of a record into the graph: merge, map, make canonical, validate, settle ownership, one change.
 *
 * It runs inside the single writer, so it sees every change before it, the ones of its own group included.
 * A record that is refused never harms its neighbours and never changes what was known before.
 */
import { FabricError } from '../errors.ts';
import type { Cause, Principal, RecordEffect } from '../log/change.ts';
import type { Diagnostic, RecordDocument, SourceRecord } from '../mapping/record.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { RDF } from '../rdf/terms.ts';
import { cf } from '../rdf/vocab.ts';
import type { RecordOutcome } from '../service.ts';
import type { GraphView } from '../store/graph-view.ts';
import { quadsOf } from '../store/lookup.ts';
import { checkStorable } from '../store/storable.ts';
import { hasViolation, reportToJson, type ValidationReport } from '../validation/report.ts';
import type { ShapeValidator } from '../validation/validate.ts';
import { nextDocument } from './document.ts';
import { claimOf, type OwnershipContext, settle } from './ownership.ts';
import { canBeKeptAside, keptAside, quarantineQuads } from './quarantine.ts';
import type { JoinShift, RecordJoins, RecordKey } from './record-joins.ts';
import { quadsOfRecord, type RecordQuadsOptions, type RecordRules } from './record-quads.ts';
import {
  type FollowedChanges,
  type QuadChanges,
  type RestateContext,
  type Restated,
  restate,
  withChildren,
} from './restate.ts';
import { owedQuad } from './source-progress.ts';
import type { Preparation, Prepared, WriteState } from './writer.ts';

export interface IntakeOptions extends Omit<RecordQuadsOptions, 'parents' | 'onQuad'> {
  readonly graphs: GraphNames;
  readonly validator: ShapeValidator;
  readonly rules: (source: string) => RecordRules | undefined;
  /** An observation further in the future than this is clipped. */
  readonly futureToleranceMs: number;
  readonly joins: RecordJoins;
  /** Records that follow a change of their parent in the change itself. */
  readonly childrenMax: number;
  /** Records that have to follow in later changes. */
  readonly owe: (children: readonly RecordKey[]) => void;
  /** A record that could not follow its parent; it goes on stating what it did. */
  readonly onRefusal: (record: RecordKey, refusal: FabricError) => void;
}

/** Who sent a record, and where it stood in what was sent. */
export interface Sender {
  readonly principal: Principal;
  readonly tenant: string;
  readonly requestId?: string;
  readonly position: number;
  /** What was noticed while the record was read. */
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * A record, or the decision what it is once the last document is known.
 * @throws FabricError when the known document forbids the write: `not-found`, `already-exists`
 */
export type RecordSupplier = (known: RecordDocument | undefined) => SourceRecord;

/** A version of a record that goes into the graph if nothing is wrong with it. */
interface Version {
  readonly document: RecordDocument;
  readonly created: boolean;
  readonly changed: 'values' | 'times';
  readonly shift: JoinShift;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #functional: ReadonlySet<string>;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#functional = new Set([...options.crosswalk.functionalProperties, cf.lastObservedAt.value]);
  }

  /** The preparation that takes in one record. */
  record(record: SourceRecord, sender: Sender): Preparation<RecordOutcome> {
    return this.supplied(record.source, record.key, () => record, sender);
  }

  /** The preparation of a write that depends on what is known of the record. */
  supplied(source: string, key: string, supply: RecordSupplier, sender: Sender): Preparation<RecordOutcome> {
    return async (state) => {
      const diagnostics: Diagnostic[] = [...(sender.diagnostics ?? [])];
      const base = { source, key, position: sender.position, created: false, diagnostics };
      try {
        if (!key.isWellFormed()) {
          // As the name of a graph it would be the same as another key.
          throw new FabricError('record-invalid', 'The key of a record holds a lone surrogate');
        }
        const prepared = await this.#prepare(supply(state.records.get(source, key)), sender, state, base);
        for (const q of prepared.draft?.added ?? []) checkStorable(q);
        return prepared;
      } catch (thrown) {
        if (!(thrown instanceof FabricError)) throw thrown;
        return answer({ ...base, status: 'refused', problem: thrown });
      }
    };
  }

  /**
   * What a record states under the present rules, settled against the other records.
   *
   * @throws FabricError `mapping-failed`, `record-invalid`
   */
  restated(document: RecordDocument, rules: RecordRules, state: WriteState): Promise<Restated> {
    return restate(document, rules, state.view, this.#restating(state));
  }

  async #prepare(
    record: SourceRecord,
    sender: Sender,
    state: WriteState,
    base: Omit<RecordOutcome, 'status'>,
  ): Promise<Prepared<RecordOutcome>> {
    const rules = this.#options.rules(record.source);
    if (!rules) throw new FabricError('unknown-source', `Source "${record.source}" is not configured`);
    const diagnostics = base.diagnostics as Diagnostic[];
    const known = state.records.get(record.source, record.key);
    const effect = this.#effectOf(record, state.now, diagnostics);
    const { document, changed } = nextDocument(known, effect);
    const created = document.value !== null && (known === undefined || known.value === null);
    if (changed === 'nothing') return answer({ ...base, status: 'unchanged' });
    if (changed === 'stale') return answer({ ...base, status: 'stale' });

    const shift = this.#options.joins.shift(document);
    try {
      return await this.#taken({ document, created, changed, shift }, effect, rules, sender, state, base);
    } finally {
      shift.undo(); // the store brings the version once it is staged
    }
  }

  async #taken(
    { document, created, changed, shift }: Version,
    effect: RecordEffect,
    rules: RecordRules,
    sender: Sender,
    state: WriteState,
    base: Omit<RecordOutcome, 'status'>,
  ): Promise<Prepared<RecordOutcome>> {
    const diagnostics = base.diagnostics as Diagnostic[];
    const { parents } = this.#options.joins;
    const mapped = quadsOfRecord(document, rules, { ...this.#options, parents });
    diagnostics.push(...mapped.diagnostics);
    if (changed === 'values' && rules.policy !== 'annotate' && document.value !== null) {
      const report = await this.#options.validator.validateRecord(mapped.quads);
      if (hasViolation(report)) return this.#refuse(effect, report, rules, sender, state, base);
    }
    const own = this.#settle(document, rules, mapped.quads, state, effect);
    const delta =
      shift.children.length > 0
        ? await this.#followed(own, shift, document, state)
        : { ...own, followed: [] };
    const aside = quadsOf(state.view, {
      graph: this.#options.graphs.quarantine(effect.source, effect.key),
    });
    // What arrives late mends nothing that was observed after it.
    const cleared = keptAside(aside, effect).isLater ? [] : aside;
    return {
      draft: {
        cause: {
          ...causeOf(effect, rules, sender),
          ...(delta.followed.length > 0 ? { followed: delta.followed } : {}),
        },
        added: delta.added,
        removed: [...delta.removed, ...cleared],
      },
      answer: (change) => ({ ...base, created, status: 'accepted', ...(change ? { seq: change.seq } : {}) }),
    };
  }

  #settle(
    document: RecordDocument,
    rules: RecordRules,
    quads: readonly RDF.Quad[],
    state: WriteState,
    effect: RecordEffect,
  ): QuadChanges {
    const standing = { precedence: rules.precedence, observedAt: document.observedAt };
    const restates = effect.op === 'merge' ? this.#restates(document, rules, effect) : undefined;
    const { source, key } = document;
    const record = { source, key, standing, quads, ...(restates ? { restates } : {}) };
    return settle(record, this.#ownership(state, state.view));
  }

  /** @param coming  a version that the store does not hold yet */
  #ownership({ records }: WriteState, view: GraphView, coming?: RecordDocument): OwnershipContext {
    return {
      view,
      graphs: this.#options.graphs,
      functional: this.#functional,
      standingOf: (source, key) => {
        const isComing = coming?.source === source && coming.key === key;
        return {
          precedence: this.#options.rules(source)?.precedence ?? 0,
          observedAt: (isComing ? coming : records.get(source, key))?.observedAt ?? '',
        };
      },
    };
  }

  #restating(state: WriteState, coming?: RecordDocument): RestateContext {
    const { parents } = this.#options.joins;
    return {
      graphs: this.#options.graphs,
      validator: this.#options.validator,
      quads: { ...this.#options, parents },
      ownership: (view) => this.#ownership(state, view, coming),
      now: state.now,
    };
  }

  /** A change with the records that join with it: as many as one change may hold, the rest is noted as owed. */
  async #followed(
    own: QuadChanges,
    { children }: JoinShift,
    document: RecordDocument,
    state: WriteState,
  ): Promise<FollowedChanges> {
    const { graphs, childrenMax, rules, owe, onRefusal } = this.#options;
    const context = this.#restating(state, document);
    const following = { records: state.records, rules, onRefusal };
    const here = children.slice(0, childrenMax);
    const later = children.slice(childrenMax);
    const changes = await withChildren(own, here, state.view, context, following);
    if (later.length === 0) return changes;
    owe(later);
    const sources = [...new Set(later.map(({ source }) => source))];
    return { ...changes, added: [...changes.added, ...sources.map((source) => owedQuad(graphs, source))] };
  }

  /** What a merge says by itself, mapped when it is first asked for. */
  #restates(document: RecordDocument, rules: RecordRules, effect: RecordEffect): (q: RDF.Quad) => boolean {
    let said: { readonly subjects: Set<string>; readonly claims: Set<string> } | undefined;
    return (q) => {
      if (!said) {
        const { type } = document.value ?? {};
        const value = { ...(type === undefined ? {} : { type }), ...effect.value };
        const { parents } = this.#options.joins;
        const { quads } = quadsOfRecord({ ...document, value }, rules, { ...this.#options, parents });
        said = {
          subjects: new Set(quads.map(({ subject }) => subject.value)),
          claims: new Set(quads.map(claimOf)),
        };
      }
      // a mapping that makes nothing of the part alone cannot tell
      return !said.subjects.has(q.subject.value) || said.claims.has(claimOf(q));
    };
  }

  /** A version that breaks a shape: refused, or kept aside with its report while the last good one stays. */
  #refuse(
    effect: RecordEffect,
    report: ValidationReport,
    rules: RecordRules,
    sender: Sender,
    state: WriteState,
    base: Omit<RecordOutcome, 'status'>,
  ): Prepared<RecordOutcome> {
    const { graphs } = this.#options;
    const problem = new FabricError(
      'shape-violation',
      `Record "${effect.key}" of source "${effect.source}" breaks ${report.results.length === 1 ? 'a shape' : `${report.results.length} constraints`}: ${report.results[0]?.message ?? ''}`,
      { extensions: { report: reportToJson(report) } },
    );
    if (rules.policy === 'reject' || !canBeKeptAside(effect))
      return answer({ ...base, status: 'refused', problem, report });
    const known = state.records.get(effect.source, effect.key);
    const before = quadsOf(state.view, { graph: graphs.quarantine(effect.source, effect.key) });
    const { isLater, isSame, staleSince } = keptAside(before, effect);
    if (isLater) return answer({ ...base, status: 'stale' });
    if (isSame) return answer({ ...base, status: 'quarantined', problem, report });
    const now = new Date(state.now).toISOString();
    const hasLastGood = known !== undefined && known.value !== null;
    const aside = quarantineQuads(effect, report, {
      graphs,
      now,
      staleSince: hasLastGood ? (staleSince ?? now) : undefined,
    });
    return {
      draft: {
        cause: { ...causeOf(effect, rules, sender), quarantined: true },
        added: aside,
        removed: before,
      },
      answer: (change) => ({
        ...base,
        status: 'quarantined',
        problem,
        report,
        ...(change ? { seq: change.seq } : {}),
      }),
    };
  }

  /** Times made comparable: UTC, milliseconds, none further in the future than is tolerated. */
  #effectOf(record: SourceRecord, now: number, diagnostics: Diagnostic[]): RecordEffect {
    const { futureToleranceMs } = this.#options;
    const receivedAt = new Date(record.receivedAt).toISOString();
    const normal = (time: string | undefined, attribute?: string): string => {
      if (time === undefined) return receivedAt;
      const ms = Date.parse(time);
      const where = attribute === undefined ? {} : { attribute };
      if (Number.isNaN(ms)) {
        diagnostics.push({
          code: 'time-invalid',
          message: `"${time.slice(0, 60)}" is not an ISO 8601 time; the time of receipt counts`,
          ...where,
        });
        return receivedAt;
      }
      if (ms > now + futureToleranceMs) {
        diagnostics.push({
          code: 'time-in-future',
          message: `${time} lies in the future; the time of receipt counts`,
          ...where,
        });
        return receivedAt;
      }
      return new Date(ms).toISOString();
    };
    const observedAt = normal(record.observedAt);
    const times = Object.create(null) as Record<string, string>;
    for (const [member, time] of Object.entries(record.times ?? {})) {
      const at = normal(time, member);
      if (at !== observedAt) times[member] = at;
    }
    return {
      source: record.source,
      key: record.key,
      op: record.op,
      ...(record.value === undefined ? {} : { value: record.value }),
      ...(record.drop === undefined || record.drop.length === 0 ? {} : { drop: record.drop }),
      observedAt,
      ...(Object.keys(times).length === 0 ? {} : { times }),
      receivedAt,
    };
  }
}

function answer(outcome: RecordOutcome): Prepared<RecordOutcome> {
  return { draft: undefined, answer: () => outcome };
}

function causeOf(effect: RecordEffect, rules: RecordRules, sender: Sender): Cause {
  return {
    kind: 'record',
    principal: sender.principal.id,
    tenant: sender.tenant,
    ...(sender.requestId === undefined ? {} : { requestId: sender.requestId }),
    record: effect,
    mappingVersion: rules.mappingVersion,
  };
}

/**
 * Remapping in the background: after a change of a mapping or of the crosswalk every record of the source is
 * mapped again from its last document, group by group, while intake goes on with the new mapping.
 *
 * How far it has come stands in the system graph `fabric` after every group, so that a restart goes on there.
 * Children of joins that could not follow their parent in one change are brought up to date here as well; that
 * something is owed is durable, what exactly is not: after a restart all records of the source are looked at.
 */
import type { Logger } from 'pino';
import { DEFAULT_TENANT } from '../authorize.ts';
import { FabricError } from '../errors.ts';
import { type Cause, INTERNAL } from '../log/change.ts';
import { differenceOf } from '../mapping/live/plan-difference.ts';
import type { RecordDocument } from '../mapping/record.ts';
import type { GraphNames } from '../rdf/graphs.ts';
import type { State } from '../store/state.ts';
import type { Intake } from '../write/intake.ts';
import type { RecordKey } from '../write/record-joins.ts';
import { type RecordRules, rawQuadsOfRecord } from '../write/record-quads.ts';
import { readProgress, type SourceProgress, writeProgress } from '../write/source-progress.ts';
import type { Preparation } from '../write/writer.ts';
import type { Sources } from './sources.ts';

export interface RemapOptions {
  readonly sources: Sources;
  readonly state: Pick<State, 'writer' | 'image' | 'records'> & {
    readonly checkpointer: Pick<State['checkpointer'], 'run'>;
  };
  readonly intake: Pick<Intake, 'restated'>;
  readonly graphs: GraphNames;
  /** Records mapped at once; they share a sync, and intake waits for no more than these. */
  readonly groupLength: number;
  readonly logger: Logger;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A remap that runs, for people who watch it. */
export interface RemapStatus {
  readonly mappingVersion: string;
  readonly done: number;
  readonly total: number;
}

interface Sweep {
  readonly source: string;
  readonly version: string;
  /** Keys in the order of their code units. */
  readonly keys: readonly string[];
  done: number;
  /** Whether the change of the mapping can make a difference to a record. */
  readonly concerns: (document: RecordDocument) => boolean;
}

const OVERLOADED_WAIT_MS = 50;

export class Remapper {
  readonly #options: RemapOptions;
  readonly #sweeps = new Map<string, Sweep>();
  readonly #owed = new Map<string, Set<string>>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: RemapOptions) {
    this.#options = options;
  }

  /** Takes up what was left undone, or what changed while the fabric was closed. */
  async start(): Promise<void> {
    const { sources, state, graphs } = this.#options;
    for (const { rules } of sources.all()) {
      using snapshot = state.image.snapshot();
      const progress = readProgress(snapshot.view, graphs, rules.name);
      const { mappingVersion, remapVersion, remapCursor, joinsOwed } = progress;
      const version = rules.mappingVersion;
      if (mappingVersion === version && remapVersion === undefined && joinsOwed !== true) continue;
      const goesOn = remapVersion === version && joinsOwed !== true;
      await this.#begin(rules, goesOn ? (remapCursor ?? '') : undefined, () => true);
    }
    this.#wake();
  }

  /**
   * Writes down that a source is about to have another mapping. Until it has, a restart maps all of its records
   * again by the one that is kept.
   *
   * @returns what takes that back
   * @throws FabricError `log-unavailable`
   */
  async announce(rules: RecordRules): Promise<() => Promise<void>> {
    let before: SourceProgress = {};
    await this.#note(
      rules.name,
      (progress) => {
        before = progress;
        const { remapCursor: _, ...rest } = progress;
        return { ...rest, remapVersion: rules.mappingVersion };
      },
      rules,
    );
    return () => this.#note(rules.name, () => before);
  }

  /** A source has another mapping now. @param before  its rules until then */
  async reloaded(rules: RecordRules, before: RecordRules): Promise<void> {
    // Under a remap that is not through, what a record was mapped with is not known.
    const known = !this.#sweeps.has(rules.name);
    await this.#begin(rules, undefined, known ? concernedBy(before, rules) : () => true);
    this.#wake();
  }

  /** Records that have to follow a change of their parent. */
  owe(children: readonly RecordKey[]): void {
    for (const { source, key } of children) {
      const keys = this.#owed.get(source);
      if (keys) keys.add(key);
      else this.#owed.set(source, new Set([key]));
    }
    this.#wake();
  }

  /** The remap of a source; undefined while none runs. */
  status(source: string): RemapStatus | undefined {
    const sweep = this.#sweeps.get(source);
    return sweep && { mappingVersion: sweep.version, done: sweep.done, total: sweep.keys.length };
  }

  /** Records of a source that have yet to follow their parents. */
  owedOf(source: string): number {
    return this.#owed.get(source)?.size ?? 0;
  }

  /** Resolves when nothing is left to do. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Starts nothing any more; resolves when what runs is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** @param cursor  the last key that is done already; undefined: begins anew */
  async #begin(
    { name, mappingVersion: version }: RecordRules,
    cursor: string | undefined,
    concerns: Sweep['concerns'],
  ): Promise<void> {
    const { state } = this.#options;
    const keys = Array.from(state.records.of(name), ({ key }) => key).sort();
    const next = cursor === undefined ? 0 : keys.findIndex((key) => key > cursor);
    const sweep = { source: name, version, keys, done: next < 0 ? keys.length : next, concerns };
    if (keys.length === 0) this.#sweeps.delete(name);
    else this.#sweeps.set(name, sweep);
    if (cursor !== undefined && keys.length > 0) return;
    await this.#note(name, ({ mappingVersion }) =>
      keys.length === 0
        ? { mappingVersion: version }
        : { ...(mappingVersion === undefined ? {} : { mappingVersion }), remapVersion: version },
    );
  }

  #wake(): void {
    if (this.#stopped || this.#running || this.#sweeps.size + this.#owed.size === 0) return;
    this.#running = this.#run()
      .catch((failure: unknown) => {
        const closing = failure instanceof FabricError && failure.type === 'log-unavailable';
        if (!closing) this.#options.logger.error({ err: failure }, 'mapping records again failed');
        this.#stopped = true; // what is left undone is taken up at the next start
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (!this.#stopped) {
      const [owed] = this.#owed;
      const [sweep] = this.#sweeps.values();
      if (owed) await this.#payOwed(...owed);
      else if (sweep) await this.#step(sweep);
      else return;
    }
  }

  async #payOwed(source: string, keys: Set<string>): Promise<void> {
    const some = [...keys].slice(0, this.#options.groupLength);
    for (const key of some) keys.delete(key); // whoever owes one of them from now on, owes it anew
    await Promise.all(some.map((key) => this.#submit(this.#again(source, key, 'record'))));
    if (keys.size > 0) return;
    this.#owed.delete(source);
    // Changes before this one in the queue may owe more; the writer runs this after them.
    await this.#note(source, (progress) => {
      const { joinsOwed: _, ...paid } = progress;
      return this.#owed.has(source) ? progress : paid;
    });
  }

  async #step(sweep: Sweep): Promise<void> {
    const { source, keys, version } = sweep;
    const group = keys.slice(sweep.done, sweep.done + this.#options.groupLength);
    await Promise.all(group.map((key) => this.#submit(this.#again(source, key, 'reload', sweep.concerns))));
    if (this.#sweeps.get(source) !== sweep) return; // another mapping came meanwhile
    sweep.done += group.length;
    const last = group.at(-1);
    await this.#note(source, (progress) =>
      sweep.done < keys.length
        ? { ...progress, remapVersion: version, remapCursor: last! }
        : { mappingVersion: version, ...(progress.joinsOwed === true ? { joinsOwed: true } : {}) },
    );
    if (sweep.done < keys.length) return;
    if (this.#sweeps.get(source) === sweep) this.#sweeps.delete(source);
    this.#options.logger.info({ source, records: keys.length }, 'records mapped again');
  }

  /** The preparation that maps one record again. One that cannot be mapped any more goes on stating what it did. */
  #again(
    source: string,
    key: string,
    kind: 'record' | 'reload',
    concerns: Sweep['concerns'] = () => true,
  ): Preparation<void> {
    const { sources, intake, logger } = this.#options;
    return async (writing) => {
      const nothing = { draft: undefined, answer: () => undefined };
      const document = writing.records.get(source, key);
      const rules = sources.rules(source);
      if (!document || document.value === null || !rules || !concerns(document)) return nothing;
      try {
        const { added, removed, report } = await intake.restated(document, rules, writing);
        if (report) logger.warn({ source, key }, 'a record breaks a shape under the present mapping');
        if (added.length + removed.length === 0) return nothing;
        return { draft: { cause: causeOf(kind, rules), added, removed }, answer: () => undefined };
      } catch (refusal) {
        if (!(refusal instanceof FabricError)) throw refusal;
        logger.warn({ source, key, err: refusal }, 'a record could not be mapped again');
        return nothing;
      }
    };
  }

  /** Writes down how far a source is, from how far it was when the writer comes to it. */
  #note(
    source: string,
    progressOf: (known: SourceProgress) => SourceProgress,
    rules = this.#options.sources.get(source).rules,
  ): Promise<void> {
    const { graphs } = this.#options;
    return this.#submit(({ view }) => {
      const progress = progressOf(readProgress(view, graphs, source));
      const delta = writeProgress(view, graphs, source, progress);
      const moves = delta.added.length + delta.removed.length > 0;
      const cause = causeOf('reload', rules);
      return { draft: moves ? { cause, ...delta } : undefined, answer: () => undefined };
    });
  }

  /** Where too much waits for a checkpoint, which a fabric that only starts does not come to by itself, it is made. */
  async #submit(preparation: Preparation<void>): Promise<void> {
    const { state, sleep } = this.#options;
    for (;;) {
      try {
        await state.writer.submit(preparation);
        return;
      } catch (refusal) {
        if (!(refusal instanceof FabricError) || refusal.type !== 'overloaded' || this.#stopped)
          throw refusal;
      }
      await state.checkpointer.run();
      await sleep(OVERLOADED_WAIT_MS);
    }
  }
}

function causeOf(kind: 'record' | 'reload', { mappingVersion }: RecordRules): Cause {
  return { kind, principal: INTERNAL.id, tenant: DEFAULT_TENANT, mappingVersion };
}

/** A record for which the rules that went make what the rules that came make needs not be mapped again. */
function concernedBy(before: RecordRules, after: RecordRules): Sweep['concerns'] {
  const difference = differenceOf(before.plan, after.plan);
  if (difference.before.joins.length + difference.after.joins.length > 0) return () => true;
  const was = { ...before, plan: difference.before };
  const is = { ...after, plan: difference.after };
  return (document) => {
    const gone = rawQuadsOfRecord(document, was);
    const come = rawQuadsOfRecord(document, is);
    return gone.length !== come.length || gone.some((q, i) => !q.equals(come[i]));
  };
}

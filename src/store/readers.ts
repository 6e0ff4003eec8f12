/**
 * Who reads which state, and for how long: every reader that may outlive one turn takes its snapshot here.
 *
 * A held snapshot keeps the memory of old states alive. So each has a label and an age, and one that is held for
 * longer than the limit is taken away: its state is released and whatever is read through it later fails. A
 * reader must never go on in a state that nobody holds: ids may mean other terms by then.
 */
import { FabricError } from '../errors.ts';
import type { RDF, Term } from '../rdf/terms.ts';
import type { GraphView, QuadIds, Snapshot, TermId } from './graph-view.ts';

export interface ReadersOptions {
  /** Pins the published state of the image. */
  readonly snapshot: () => Snapshot;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
  readonly heldMsMax: number;
}

/** Readers of one label. */
export interface ReaderStatistics {
  readonly label: string;
  /** Snapshots that are held now. */
  readonly held: number;
  /** Age of the oldest of them. */
  readonly oldestSeconds: number;
  /** The state that it reads; absent where none is held. */
  readonly oldestSeq?: number;
  /** Snapshots that were taken away, since the start. */
  readonly evicted: number;
}

/** Labels beyond this many are counted together. */
const LABELS_MAX = 50;
const OTHERS = 'others';

export class Readers {
  readonly #options: ReadersOptions;
  /** In the order in which they were taken: the first is the oldest. */
  readonly #held = new Set<HeldSnapshot>();
  readonly #evicted = new Map<string, number>();

  constructor(options: ReadersOptions) {
    this.#options = options;
  }

  /**
   * Pins the published state; whoever takes it releases it.
   *
   * @param label  what it is for, from a small fixed choice; it names the reader in the metrics
   */
  take(label: string): Snapshot {
    const { snapshot, clock } = this.#options;
    this.sweep();
    if (!this.#evicted.has(label)) {
      if (this.#evicted.size < LABELS_MAX) this.#evicted.set(label, 0);
      else label = OTHERS;
    }
    const held = new HeldSnapshot(label, snapshot(), clock(), this.#held);
    this.#held.add(held);
    return held;
  }

  /** Takes away what has been held for too long. @returns how many that were */
  sweep(): number {
    const { clock, heldMsMax } = this.#options;
    let count = 0;
    if (this.#held.size === 0) return count;
    const now = clock();
    for (const held of this.#held) {
      const ageMs = now - held.takenAt;
      if (ageMs <= heldMsMax) break;
      held.evict(ageMs);
      this.#evicted.set(held.label, (this.#evicted.get(held.label) ?? 0) + 1);
      count++;
    }
    return count;
  }

  /** By label, those that ever held something. */
  statistics(): readonly ReaderStatistics[] {
    const now = this.#options.clock();
    const byLabel = new Map<string, { held: number; oldest: HeldSnapshot }>();
    for (const held of this.#held) {
      const known = byLabel.get(held.label);
      if (known) known.held++;
      else byLabel.set(held.label, { held: 1, oldest: held });
    }
    const labels = new Set([...this.#evicted.keys(), ...byLabel.keys()]);
    return Array.from(labels, (label) => {
      const known = byLabel.get(label);
      const evicted = this.#evicted.get(label) ?? 0;
      if (!known) return { label, held: 0, oldestSeconds: 0, evicted };
      const { held, oldest } = known;
      const oldestSeconds = (now - oldest.takenAt) / 1000;
      return { label, held, oldestSeconds, oldestSeq: oldest.seq, evicted };
    });
  }
}

class HeldSnapshot implements Snapshot {
  readonly label: string;
  /** Milliseconds of the clock of the readers. */
  readonly takenAt: number;
  readonly seq: number;
  readonly view: GraphView;
  readonly #snapshot: Snapshot;
  readonly #lent: LentView;
  readonly #among: Set<HeldSnapshot>;

  constructor(label: string, snapshot: Snapshot, takenAt: number, among: Set<HeldSnapshot>) {
    this.label = label;
    this.takenAt = takenAt;
    this.seq = snapshot.seq;
    this.#snapshot = snapshot;
    this.#lent = new LentView(snapshot.view);
    this.view = this.#lent;
    this.#among = among;
  }

  release(): void {
    if (!this.#among.delete(this)) return;
    this.#lent.takeBack(
      () =>
        new FabricError('snapshot-unavailable', `State ${this.seq} was let go by ${this.label} already`, {
          extensions: { seq: this.seq, reader: this.label },
        }),
    );
    this.#snapshot.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  evict(ageMs: number): void {
    if (!this.#among.delete(this)) return;
    const seconds = Math.floor(ageMs / 1000);
    this.#lent.takeBack(
      () =>
        new FabricError(
          'snapshot-unavailable',
          `State ${this.seq} was held for ${seconds} s by ${this.label}, longer than readers.heldSecondsMax allows`,
          { extensions: { seq: this.seq, reader: this.label, limit: 'readers.heldSecondsMax' } },
        ),
    );
    this.#snapshot.release();
  }
}

/** A view that can be taken back: it costs one call more, and nothing else, while it is lent. */
class LentView implements GraphView {
  readonly seq: number;
  readonly level: number;
  #view: GraphView;

  constructor(view: GraphView) {
    this.seq = view.seq;
    this.level = view.level;
    this.#view = view;
  }

  takeBack(refusal: () => Error): void {
    this.#view = new GoneView(this.seq, this.level, refusal);
  }

  find(term: RDF.Term): TermId {
    return this.#view.find(term);
  }

  term(id: TermId): Term {
    return this.#view.term(id);
  }

  match(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    return this.#view.match(s, p, o, g);
  }

  estimate(s: TermId, p: TermId, o: TermId, g: TermId): number {
    return this.#view.estimate(s, p, o, g);
  }

  has(s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    return this.#view.has(s, p, o, g);
  }
}

/** What stands in the place of a view that was taken back. */
class GoneView implements GraphView {
  readonly seq: number;
  readonly level: number;
  readonly #refusal: () => Error;

  constructor(seq: number, level: number, refusal: () => Error) {
    this.seq = seq;
    this.level = level;
    this.#refusal = refusal;
  }

  find(): TermId {
    throw this.#refusal();
  }

  term(): Term {
    throw this.#refusal();
  }

  match(): QuadIds {
    throw this.#refusal();
  }

  estimate(): number {
    throw this.#refusal();
  }

  has(): boolean {
    throw this.#refusal();
  }
}

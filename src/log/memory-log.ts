/**
 * The log in memory: for tests, simulations and dry runs. Durable means "appended" here.
 */
import { FabricError } from '../errors.ts';
import type { Change } from './change.ts';
import type { ChangeLog, LogOpening } from './change-log.ts';

export class MemoryLog implements ChangeLog {
  readonly opening: LogOpening = { firstSeq: 1, lastSeq: 0 };
  #changes: Change[] = [];
  #firstSeq = 1;
  readonly #listeners = new Set<(change: Change) => void>();

  get lastSeq(): number {
    return this.#firstSeq + this.#changes.length - 1;
  }

  get firstSeq(): number {
    return this.#firstSeq;
  }

  bytesAfter(): number {
    return 0;
  }

  append(changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      if (change.seq !== this.lastSeq + 1) {
        throw new Error(`Change ${change.seq} does not follow ${this.lastSeq}`);
      }
      this.#changes.push(change);
    }
    for (const change of changes) for (const listener of this.#listeners) listener(change);
    return Promise.resolve();
  }

  async *read(fromSeq: number): AsyncIterable<Change> {
    if (fromSeq < this.#firstSeq) throw notRetained(fromSeq, this.#firstSeq);
    await Promise.resolve();
    yield* this.#changes.slice(fromSeq - this.#firstSeq);
  }

  tail(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  release(seq: number): Promise<void> {
    const count = Math.max(0, Math.min(seq - this.#firstSeq + 1, this.#changes.length));
    this.#changes = this.#changes.slice(count);
    this.#firstSeq += count;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The refusal of both adapters to read what is no longer there. */
export function notRetained(seq: number, firstSeq: number): FabricError {
  return new FabricError(
    'snapshot-unavailable',
    `Change ${seq} is no longer retained; the first is ${firstSeq}`,
    {
      extensions: { firstSeq },
    },
  );
}

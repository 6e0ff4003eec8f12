/**
 * Runs the merges of an image in the background: a little at a time, so that nobody waits for one.
 */
import type { Image } from './image/image.ts';

export interface MergingOptions {
  readonly image: Image;
  /** How long it works before others get a turn, in milliseconds. */
  readonly turnMs: number;
  /** Share of time that a merge may take. */
  readonly dutyRatio: number;
  /** Milliseconds, monotone. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** A merge failed; the image is as it was. */
  readonly onError: (error: unknown) => void;
}

export class Merging {
  readonly #options: MergingOptions;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #count = 0;

  constructor(options: MergingOptions) {
    this.#options = options;
  }

  /** Merges that were completed. */
  get count(): number {
    return this.#count;
  }

  /** Starts a merge when one is due. */
  tick(): void {
    if (this.#running !== undefined || this.#isClosed || !this.#options.image.isMergeDue) return;
    this.#running = this.#merge()
      .catch(this.#options.onError)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Ends a merge that is under way, without effect. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #merge(): Promise<void> {
    const { image, turnMs, dutyRatio, clock, sleep } = this.#options;
    const steps = image.merge();
    try {
      while (!this.#isClosed) {
        const start = clock();
        do {
          if (steps.next().done === true) {
            this.#count++;
            return;
          }
        } while (clock() - start < turnMs);
        await sleep((clock() - start) * (1 / dutyRatio - 1));
      }
    } finally {
      steps.return();
    }
  }
}

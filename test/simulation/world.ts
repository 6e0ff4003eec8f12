/**
 * The world of a simulation: a clock that moves only when it is told to, and chance that a seed repeats.
 * Processes sleep in it; when they are killed, whatever slept never wakes.
 */
import { setImmediate } from 'node:timers/promises';

/** 2026-01-01, in milliseconds since the epoch. */
const START_MS = 1_767_225_600_000;
/** Turns of the event loop after which everything has run that waits for nothing. */
const IDLE_TURNS = 4;

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class World {
  #nowMs = START_MS;
  #state: number;
  #sleepers: Sleeper[] = [];
  /** Work outside of the world, such as real files, that is waited for. */
  #outside = 0;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Milliseconds since the epoch. */
  readonly now = (): number => this.#nowMs;

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x45d9f3b) >>> 0;
    mixed = (mixed ^ (mixed >>> 16)) >>> 0;
    return Math.floor((mixed / 2 ** 32) * bound);
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#sleepers.push({ dueMs: this.#nowMs + Math.max(0, ms), wake });
    });

  /** Counts work outside of the world while it goes on. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    this.#outside++;
    try {
      return await work();
    } finally {
      this.#outside--;
    }
  }

  /** Lets everything run that can, at this instant. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < IDLE_TURNS; idle++) {
      await setImmediate();
      if (this.#outside > 0) idle = -1;
    }
  }

  /** Lets time pass; whoever sleeps wakes in order. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await this.settle();
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, each) => (first !== undefined && first.dueMs <= each.dueMs ? first : each),
        undefined,
      );
      if (next === undefined || next.dueMs > untilMs) break;
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
    }
    this.#nowMs = untilMs;
  }

  /** The process is gone: nobody of it wakes again. */
  killSleepers(): void {
    this.#sleepers = [];
  }
}

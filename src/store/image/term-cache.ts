/**
 * Caches in front of the dictionary: ids by the key of their term, and terms by their id.
 *
 * Bounded by the place that an id has in them: where two ids meet, the later one stays. What a cache says is always
 * true: a term that is gone is dropped.
 */
import type { TermId } from '../graph-view.ts';

/** A power of two. */
const ENTRIES_MAX = 2 ** 15;
const FIRST_ENTRIES = 2 ** 8;
const SEEN = 2 ** 12;

/** Ids by key. */
export class KeyCache {
  readonly #ids = new Map<string, TermId>();
  readonly #keys = new TermCache<string>();
  /** Ids that were asked for once: most terms never are again. */
  readonly #seen = new Int32Array(SEEN);

  /** Undefined: not known here. */
  get(key: string): TermId | undefined {
    return this.#ids.get(key);
  }

  /** Takes an id in that is asked for a second time. */
  set(key: string, id: TermId): void {
    const place = id & (SEEN - 1);
    if (this.#seen[place] !== id) {
      this.#seen[place] = id;
      return;
    }
    const replaced = this.#keys.set(id, key);
    if (replaced !== undefined) this.#ids.delete(replaced);
    this.#ids.set(key, id);
  }

  drop(id: TermId): void {
    const key = this.#keys.drop(id);
    if (key !== undefined) this.#ids.delete(key);
  }
}

/** Something by id. */
export class TermCache<Item> {
  #ids = new Int32Array(FIRST_ENTRIES);
  readonly #items: (Item | undefined)[] = Array.from({ length: FIRST_ENTRIES });

  get(id: TermId): Item | undefined {
    const place = id & (this.#ids.length - 1);
    return this.#ids[place] === id ? this.#items[place] : undefined;
  }

  /** @returns what had to go */
  set(id: TermId, item: Item): Item | undefined {
    while (id >= this.#ids.length && this.#ids.length < ENTRIES_MAX) this.#grow();
    const place = id & (this.#ids.length - 1);
    const replaced = this.#items[place];
    this.#ids[place] = id;
    this.#items[place] = item;
    return replaced;
  }

  /** @returns what was there */
  drop(id: TermId): Item | undefined {
    const place = id & (this.#ids.length - 1);
    if (this.#ids[place] !== id) return undefined;
    const dropped = this.#items[place];
    this.#ids[place] = 0;
    this.#items[place] = undefined;
    return dropped;
  }

  /** Ids that stood here were below the length, and keep their places. */
  #grow(): void {
    const grown = new Int32Array(2 * this.#ids.length);
    grown.set(this.#ids);
    this.#ids = grown;
    while (this.#items.length < grown.length) this.#items.push(undefined);
  }
}

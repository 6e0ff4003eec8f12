/**
 * Terms of the dictionary that came as bytes: their N-Triples text to ids and back, exact, compared byte by byte.
 *
 * A text costs its bytes and two dozen more, a fraction of a term object with its key. Texts of terms that are
 * gone stay until they outnumber the others.
 */
import { ByteTable } from '../../mapping/bytes/byte-table.ts';
import type { TermId } from '../graph-view.ts';

/** So few texts may stay without terms. */
const GONE_MAX = 4096;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class TermTexts {
  #table = new ByteTable();
  /** By text: the id of its term; zero: it has none. */
  #ids = new Int32Array(1024);
  /** By id: the number of its text, plus one. */
  #texts = new Int32Array(1024);
  #live = 0;

  /** How many ids have texts here. */
  get size(): number {
    return this.#live;
  }

  /** The id of a text; 0 when it has none. */
  find(bytes: Uint8Array, from: number, to: number): TermId {
    const text = this.#table.find(bytes, from, to);
    return text < 0 ? 0 : this.#ids[text]!;
  }

  /** Enters a text, which may have no id yet. @returns its number, good until the next {@link remove} */
  enter(bytes: Uint8Array, from: number, to: number): number {
    const text = this.#table.enter(bytes, from, to);
    if (text >= this.#ids.length) this.#ids = grown(this.#ids, text);
    return text;
  }

  idOf(text: number): TermId {
    return this.#ids[text]!;
  }

  /** Gives a text its id; the id has no other. */
  set(text: number, id: TermId): void {
    this.#ids[text] = id;
    if (id >= this.#texts.length) this.#texts = grown(this.#texts, id);
    this.#texts[id] = text + 1;
    this.#live++;
  }

  has(id: TermId): boolean {
    return id < this.#texts.length && this.#texts[id] !== 0;
  }

  text(id: TermId): string {
    const text = this.#texts[id]! - 1;
    const table = this.#table;
    return decoder.decode(table.block(text).subarray(table.start(text), table.end(text)));
  }

  /** Takes the text of an id away. */
  remove(id: TermId): void {
    this.#ids[this.#texts[id]! - 1] = 0;
    this.#texts[id] = 0;
    this.#live--;
    const gone = this.#table.size - this.#live;
    if (gone > GONE_MAX && gone > this.#live) this.#compact();
  }

  #compact(): void {
    const old = this.#table;
    const ids = this.#ids;
    this.#table = new ByteTable();
    this.#ids = new Int32Array(Math.max(1024, this.#live));
    for (let text = 0; text < old.size; text++) {
      const id = ids[text]!;
      if (id === 0) continue;
      const moved = this.#table.enter(old.block(text), old.start(text), old.end(text));
      this.#ids[moved] = id;
      this.#texts[id] = moved + 1;
    }
  }
}

function grown(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * array.length, index + 1));
  larger.set(array);
  return larger;
}

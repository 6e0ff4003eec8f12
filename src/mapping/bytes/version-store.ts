/**
 * The last version of each record: the bytes of its fields, in memory that is used again when a version goes.
 *
 * Versions live in blocks, in rooms of sixteen bytes or a multiple; freed rooms wait in a list of their size.
 */
import type { Fields } from './fields.ts';

const ROOM_BYTES = 16;
const BLOCK_BYTES = 4_194_304;
/** Kind and place of a field: two numbers of 32 bits, the first with the kind in its low bits. */
const FIELD_BYTES = 8;
/** Words may be read beyond the end of a field. */
const SLACK_BYTES = 8;

interface Block {
  readonly bytes: Uint8Array;
  readonly view: DataView<ArrayBuffer>;
}

export class VersionStore {
  readonly #slots: number;
  readonly #blocks: Block[] = [];
  /** By record: block, offset and bytes of its room; zero bytes: none. */
  #block = new Int32Array(1024);
  #offset = new Int32Array(1024);
  #room = new Int32Array(1024);
  /** End of what the last block holds. */
  #filled = BLOCK_BYTES;
  /** Free rooms by size in units: pairs of block and offset. */
  readonly #free = new Map<number, number[]>();

  constructor(slots: number) {
    this.#slots = slots;
  }

  has(record: number): boolean {
    return record < this.#room.length && this.#room[record] !== 0;
  }

  /** Lays the fields of a record open, where they are. */
  load(record: number, fields: Fields): void {
    const block = this.#blocks[this.#block[record]!]!;
    const from = this.#offset[record]!;
    fields.over(block);
    let at = from + this.#slots * FIELD_BYTES;
    for (let slot = 0; slot < this.#slots; slot++) {
      fields.kind[slot] = block.view.getInt32(from + slot * FIELD_BYTES, true);
      fields.start[slot] = at;
      at += block.view.getInt32(from + slot * FIELD_BYTES + 4, true);
      fields.end[slot] = at;
    }
  }

  /** Keeps the fields as the version of a record; what was kept before goes. */
  keep(record: number, fields: Fields): void {
    let length = this.#slots * FIELD_BYTES + SLACK_BYTES;
    for (let slot = 0; slot < this.#slots; slot++) length += lengthOf(fields, slot);
    const room = Math.ceil(length / ROOM_BYTES) * ROOM_BYTES;
    if (record >= this.#room.length) this.#grow(record);
    if (this.#room[record] !== room) {
      this.drop(record);
      this.#place(record, room);
    }
    const { bytes, view } = this.#blocks[this.#block[record]!]!;
    const from = this.#offset[record]!;
    let at = from + this.#slots * FIELD_BYTES;
    for (let slot = 0; slot < this.#slots; slot++) {
      const size = lengthOf(fields, slot);
      view.setInt32(from + slot * FIELD_BYTES, fields.kind[slot]!, true);
      view.setInt32(from + slot * FIELD_BYTES + 4, size, true);
      const start = fields.start[slot]!;
      for (let i = 0; i < size; i++) bytes[at + i] = fields.bytes[start + i]!;
      at += size;
    }
  }

  drop(record: number): void {
    if (!this.has(record)) return;
    const room = this.#room[record]!;
    const free = this.#free.get(room) ?? [];
    free.push(this.#block[record]!, this.#offset[record]!);
    this.#free.set(room, free);
    this.#room[record] = 0;
  }

  #place(record: number, room: number): void {
    this.#room[record] = room;
    const free = this.#free.get(room);
    const offset = free?.pop();
    const block = free?.pop();
    if (offset !== undefined && block !== undefined) {
      this.#block[record] = block;
      this.#offset[record] = offset;
      return;
    }
    const last = this.#blocks.at(-1);
    if (last === undefined || this.#filled + room > last.bytes.length) {
      const bytes = new Uint8Array(Math.max(BLOCK_BYTES, room));
      this.#blocks.push({ bytes, view: new DataView(bytes.buffer) });
      this.#filled = 0;
    }
    this.#block[record] = this.#blocks.length - 1;
    this.#offset[record] = this.#filled;
    this.#filled += room;
  }

  #grow(record: number): void {
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(Math.max(2 * old.length, record + 1));
      array.set(old);
      return array;
    };
    this.#block = grown(this.#block);
    this.#offset = grown(this.#offset);
    this.#room = grown(this.#room);
  }
}

/** Bytes of a field; of a kind without text there are none. */
const lengthOf = ({ kind, start, end }: Fields, slot: number): number =>
  hasText(kind[slot]!) ? end[slot]! - start[slot]! : 0;

const hasText = (kind: number): boolean => kind !== 0 && kind !== 4;

/** Whether two versions have the same field. */
export function sameField(a: Fields, b: Fields, slot: number): boolean {
  if (a.kind[slot] !== b.kind[slot]) return false;
  const length = lengthOf(a, slot);
  if (length !== lengthOf(b, slot)) return false;
  const from = a.start[slot]!;
  const other = b.start[slot]!;
  for (let i = 0; i < length; i++) if (a.bytes[from + i] !== b.bytes[other + i]) return false;
  return true;
}

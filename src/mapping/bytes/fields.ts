/**
 * The fields of one record, by slot: where the text of each stands in the bytes that were read, and of what
 * kind it is. Readers fill them, writers read them; the bytes are good until the next record.
 */

/** No value: absent, JSON null, or a text that stands for none. */
export const ABSENT = 0;
export const STRING = 1;
/** The text is as it was written in the document. */
export const NUMBER = 2;
/** The text is `true` or `false`. */
export const BOOLEAN = 3;
/** A JSON object or array, which is no value. */
export const STRUCTURED = 4;

export class Fields {
  /** What the offsets count in. */
  bytes: Uint8Array = new Uint8Array(0);
  view = new DataView(new ArrayBuffer(0));
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly kind: Uint8Array;
  /** Number of the record within its logical source, from 0. */
  record = -1;

  /** The bytes that the offsets count in, with some more behind the last that may be looked at. */
  over({ bytes, view }: { readonly bytes: Uint8Array; readonly view: DataView<ArrayBuffer> }): void {
    this.bytes = bytes;
    this.view = view;
  }

  constructor(slots: number) {
    this.start = new Int32Array(slots);
    this.end = new Int32Array(slots);
    this.kind = new Uint8Array(slots);
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of a slot. */
export const fieldText = (fields: Fields, slot: number): string =>
  decoder.decode(fields.bytes.subarray(fields.start[slot], fields.end[slot]));

/** A text of bytes. */
export const textOfBytes = (bytes: Uint8Array, from: number, to: number): string =>
  decoder.decode(bytes.subarray(from, to));

/** Takes away values whose text stands for no value (RML-IO, `rml:null`). */
export function dropNulls(fields: Fields, nulls: readonly Uint8Array[]): void {
  for (let slot = 0; slot < fields.kind.length; slot++) {
    if (fields.kind[slot] !== STRING) continue;
    const from = fields.start[slot]!;
    const to = fields.end[slot]!;
    if (nulls.some((text) => sameBytes(fields.bytes, from, to, text))) fields.kind[slot] = ABSENT;
  }
}

/** Whether the bytes from `from` up to `to` are those of `text`. */
export function sameBytes(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
  return true;
}

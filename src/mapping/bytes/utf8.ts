/**
 * Validity of UTF-8 (Unicode, table 3-7), told by place. Plain ASCII is passed four bytes at a time.
 */

export interface Utf8Check {
  /** The first byte of a sequence that is none; negative when there is none. */
  readonly at: number;
  /** Up to where all is well; a sequence that the end cuts begins here. */
  readonly checked: number;
}

/** @param whole  whether a sequence that is cut by `to` is a fault */
export function invalidUtf8(bytes: Uint8Array, from: number, to: number, whole: boolean): Utf8Check {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = from;
  while (at < to) {
    while (at + 4 <= to && (view.getInt32(at, true) & 0x80808080) === 0) at += 4;
    while (at < to && bytes[at]! < 128) at++;
    if (at >= to) break;
    while (at < to && bytes[at]! >= 128) {
      const length = sequenceAt(bytes, at, to);
      if (length === 0) return whole ? { at, checked: at } : { at: -1, checked: at };
      if (length < 0) return { at, checked: at };
      at += length;
    }
  }
  return { at: -1, checked: to };
}

/** Length of the sequence at `at`; 0 when the end cuts it, negative when it is none. */
function sequenceAt(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at]!;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let i = 1; i < length; i++) {
    if (at + i >= to) return 0;
    const byte = bytes[at + i]!;
    let low = 0x80;
    let high = 0xbf;
    if (i === 1) {
      if (lead === 0xe0) low = 0xa0;
      else if (lead === 0xed) high = 0x9f;
      else if (lead === 0xf0) low = 0x90;
      else if (lead === 0xf4) high = 0x8f;
    }
    if (byte < low || byte > high) return -1;
  }
  return length;
}

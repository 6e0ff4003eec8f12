/**
 * Validity of UTF-8 (Unicode, table 3-7), told by place. Plain ASCII is passed eight bytes at a time.
 */

/** Where the valid UTF-8 from `from` on ends: at `to`, or at a sequence that is none or that `to` cuts. */
export function validEnd(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = from;
  while (at < to) {
    while (at + 8 <= to && ((view.getInt32(at, true) | view.getInt32(at + 4, true)) & 0x80808080) === 0)
      at += 8;
    while (at < to && bytes[at]! < 128) at++;
    while (at < to && bytes[at]! >= 128) {
      const length = sequenceAt(bytes, at, to);
      if (length <= 0) return at;
      at += length;
    }
  }
  return at;
}

/** Whether the sequence at `at`, which is none as it stands, is the beginning of one that `to` cuts. */
export const isCut = (bytes: Uint8Array, at: number, to: number): boolean => sequenceAt(bytes, at, to) === 0;

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

/** UTF-16 code units of the text in some bytes of UTF-8. */
export function charactersIn(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if ((byte & 0xc0) !== 0x80) count += byte >= 0xf0 ? 2 : 1;
  }
  return count;
}

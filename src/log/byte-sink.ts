/**
 * Bytes that grow: the buffer into which changes are written before they go to a file, used again and again.
 * What {@link ByteSink.written} gives is only valid until the sink is cleared or written to again.
 */
const FIRST_BYTES = 64 * 1024;
/** A buffer that one large group made grow beyond this is let go. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** Texts below this are copied here when they are ASCII: calling into the runtime costs more. */
const SHORT_LENGTH = 48;

export class ByteSink {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** All that was written since the last {@link clear}. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Makes room for `count` bytes and passes over them. @returns where they begin */
  skip(count: number): number {
    this.#reserve(count);
    const at = this.#length;
    this.#length += count;
    return at;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1: seven bits to a byte, the lowest first. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A text in UTF-8, after its length in bytes. */
  text(text: string): void {
    const { length } = text;
    if (length < SHORT_LENGTH && this.#ascii(text)) return;
    this.#reserve(length * 3 + 16);
    // The length in bytes is known only after writing: room for the widest that it may need is left before it.
    const room = varintBytes(length * 3);
    const start = this.#length + room;
    const bytes = this.#bytes.write(text, start, 'utf8');
    const used = varintBytes(bytes);
    this.varint(bytes);
    if (used < room) this.#bytes.copyWithin(this.#length, start, start + bytes);
    this.#length += bytes;
  }

  #ascii(text: string): boolean {
    const { length } = text;
    this.#reserve(length + 1);
    const bytes = this.#bytes;
    const start = this.#length;
    bytes[start] = length;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return false;
      bytes[start + 1 + i] = unit;
    }
    this.#length = start + 1 + length;
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

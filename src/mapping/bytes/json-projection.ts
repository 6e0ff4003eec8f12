/**
 * The members of a JSON value that a mapping refers to, as fields; all others are skipped.
 *
 * Of members with one name the last counts, as with `JSON.parse`. Paths are chains of names.
 */
import type { Viewed } from './escape.ts';
import { ABSENT, BOOLEAN, type Fields, NUMBER, STRING, STRUCTURED, sameBytes } from './fields.ts';
import {
  scanNumber,
  scanned,
  scanString,
  scanValue,
  scanWord,
  skipSpace,
  unescapeString,
} from './json-scan.ts';

interface Node {
  readonly names: Uint8Array[];
  readonly children: Node[];
  slot: number;
  /** Which child came last: records of one source have their members in one order. */
  next: number;
}

const newNode = (): Node => ({ names: [], children: [], slot: -1, next: 0 });

export class JsonProjection {
  readonly #root = newNode();
  readonly #fields: Fields;
  /** Slots whose strings hold escapes. */
  readonly #escaped: number[] = [];
  /** How many of them count: setting the length of an array costs more than a small record. */
  #escapedCount = 0;

  /** @param paths  names of the path of each slot; no two are the same */
  constructor(paths: readonly (readonly string[])[], fields: Fields) {
    this.#fields = fields;
    for (const [slot, names] of paths.entries()) {
      let node = this.#root;
      for (const name of names) node = childOf(node, new TextEncoder().encode(name));
      node.slot = slot;
    }
  }

  /** Reads the value at `from`. @returns as the functions of `json-scan.ts` do */
  read(text: Viewed, from: number): number {
    this.#escapedCount = 0;
    this.#fields.kind.fill(ABSENT);
    return this.#value(this.#root, text, from);
  }

  /** Makes the texts of the fields ready, in place; what was read must not be read again. */
  settle(text: Viewed & { readonly view: DataView<ArrayBuffer> }): void {
    const { start, end, kind } = this.#fields;
    this.#fields.over(text);
    for (let i = 0; i < this.#escapedCount; i++) {
      const slot = this.#escaped[i]!;
      if (kind[slot] === STRING) end[slot] = unescapeString(text.bytes, start[slot]!, end[slot]!);
    }
  }

  #value(node: Node, text: Viewed, at: number): number {
    const { bytes } = text;
    const byte = bytes[at]!;
    if (byte === 123 && node.children.length > 0) {
      if (node.slot >= 0) this.#fields.kind[node.slot] = STRUCTURED;
      return this.#object(node, text, at);
    }
    if (node.slot < 0) return scanValue(text, at);
    return this.#scalar(node.slot, text, at);
  }

  #scalar(slot: number, text: Viewed, at: number): number {
    const { start, end, kind } = this.#fields;
    const { bytes } = text;
    const byte = bytes[at]!;
    if (byte === 123 || byte === 91) {
      kind[slot] = STRUCTURED;
      return scanValue(text, at);
    }
    if (byte === 34) {
      const next = scanString(text, at + 1);
      if (next < 0) return next;
      // A member that comes twice must not be unescaped twice.
      if (scanned.hasEscape) this.#isEscaped(slot);
      kind[slot] = STRING;
      start[slot] = at + 1;
      end[slot] = next - 1;
      return next;
    }
    const isNumber = byte < 58;
    const next = isNumber ? scanNumber(bytes, at) : scanWord(bytes, at);
    if (next < 0) return next;
    kind[slot] = isNumber ? NUMBER : byte === 110 ? ABSENT : BOOLEAN;
    start[slot] = at;
    end[slot] = next;
    return next;
  }

  #isEscaped(slot: number): void {
    for (let i = 0; i < this.#escapedCount; i++) if (this.#escaped[i] === slot) return;
    this.#escaped[this.#escapedCount++] = slot;
  }

  #object(node: Node, text: Viewed, from: number): number {
    const { bytes } = text;
    let at = skipSpace(bytes, from + 1);
    if (bytes[at] === 125) return at + 1;
    for (;;) {
      if (bytes[at] !== 34) return ~at;
      const name = at + 1;
      at = scanString(text, name);
      if (at < 0) return at;
      const child = scanned.hasEscape
        ? findChild(node, ...unescaped(bytes, name, at - 1))
        : findChild(node, bytes, name, at - 1);
      at = skipSpace(bytes, at);
      if (bytes[at] !== 58) return ~at;
      at = skipSpace(bytes, at + 1);
      if (child === undefined) at = scanValue(text, at);
      else {
        if (child.children.length > 0) this.#clear(child);
        at = this.#value(child, text, at);
      }
      if (at < 0) return at;
      at = skipSpace(bytes, at);
      if (bytes[at] === 125) return at + 1;
      if (bytes[at] !== 44) return ~at;
      at = skipSpace(bytes, at + 1);
    }
  }

  /** Forgets what an earlier member of the same name held. */
  #clear(node: Node): void {
    if (node.slot >= 0) this.#fields.kind[node.slot] = ABSENT;
    for (const child of node.children) this.#clear(child);
  }
}

function childOf(node: Node, name: Uint8Array): Node {
  const index = node.names.findIndex((other) => sameBytes(name, 0, name.length, other));
  if (index >= 0) return node.children[index]!;
  const child = newNode();
  node.names.push(name);
  node.children.push(child);
  return child;
}

function findChild(node: Node, bytes: Uint8Array, from: number, to: number): Node | undefined {
  const { names, children } = node;
  for (let tried = 0, i = node.next; tried < names.length; tried++) {
    if (i >= names.length) i = 0;
    if (sameBytes(bytes, from, to, names[i]!)) {
      node.next = i + 1;
      return children[i];
    }
    i++;
  }
  return undefined;
}

function unescaped(bytes: Uint8Array, from: number, to: number): readonly [Uint8Array, number, number] {
  const name = bytes.slice(from, to);
  return [name, 0, unescapeString(name, 0, name.length)];
}

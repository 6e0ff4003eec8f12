/**
 * Records of one JSON document, as it streams in: what an iterator of member names with or without a last
 * wildcard gives. Only what is at work is held, a record or a member that is skipped.
 *
 * Of members with one name the last counts in JSON; records of the first are out by then. So a name that
 * comes twice on the way to the records is a fault here.
 */
import type { TextLimits } from '../reference/formulation.ts';
import { TEXT_LIMITS } from '../reference/text.ts';
import { ByteTable } from './byte-table.ts';
import { dropNulls, Fields, sameBytes, textOfBytes } from './fields.ts';
import type { RecordPath } from './json-path-names.ts';
import { JsonProjection } from './json-projection.ts';
import { scanString, scanValue, skipSpace, skipSpaceTo, unescapeString } from './json-scan.ts';
import { type ByteReader, MORE, PROBLEM, RECORD, type ReadProblem, type Step } from './reader.ts';
import { charactersIn } from './utf8.ts';
import { Window } from './window.ts';

/** Where the reader stands. */
type State =
  /** Before the value at the end of the names that were followed so far. */
  | 'value'
  /** Within an object on the way: before a member or its end. */
  | 'member'
  /** Within the array or object of records: before a record or its end. */
  | 'record'
  /** Behind a value on the way: before a comma or the end of what it stands in. */
  | 'behind'
  /** Behind a record of an array or object. */
  | 'next'
  | 'end';

/** Bytes of a token that may be cut by the end of the window: a pair of escaped surrogates. */
const TOKEN_BYTES_MAX = 16;
const BACKSLASH = 92;

export class JsonReader implements ByteReader {
  readonly window = new Window();
  readonly fields: Fields;
  readonly unknown = new Set<number>();
  readonly known: readonly string[] = [];
  readonly row = 1;
  readonly line = undefined;
  problem: ReadProblem | undefined;
  readonly #projection: JsonProjection;
  readonly #nulls: readonly Uint8Array[];
  readonly #names: readonly Uint8Array[];
  readonly #isEach: boolean;
  #state: State = 'value';
  /** Names that were followed. */
  #depth = 0;
  /** By depth: whether the name was met in the object at work. */
  readonly #met: boolean[] = [];
  /** Whether a comma was read, so that another member or record has to come. */
  #afterComma = false;
  /** Names of the members whose values are records. */
  #members: ByteTable | undefined;
  /** Bytes that have to be there before it is tried again. */
  #wanted = 0;
  #isStarted = false;
  /** Whether the last step read a record. */
  #isRecord = false;
  #nameEnd = 0;
  /** The name that came twice on the way to the records. */
  #twice: string | undefined;
  #charactersMax: number = TEXT_LIMITS.documentCharactersMax;

  constructor(
    paths: readonly (readonly string[])[],
    { names, isEach }: RecordPath,
    nulls: readonly string[],
  ) {
    this.fields = new Fields(paths.length);
    this.#projection = new JsonProjection(paths, this.fields);
    this.#nulls = nulls.map((text) => new TextEncoder().encode(text));
    this.#names = names.map((name) => new TextEncoder().encode(name));
    this.#isEach = isEach;
    this.window.countsLines = true;
  }

  set limits({ documentCharactersMax }: TextLimits) {
    this.#charactersMax = documentCharactersMax;
  }

  next(): Step {
    const { window } = this;
    if (window.end - window.at < this.#wanted && !window.ended) return MORE;
    if (!this.#isStarted) {
      if (window.end < 3 && !window.ended) return MORE;
      this.#isStarted = true;
      const [a, b, c] = window.bytes;
      if (window.end >= 3 && a === 0xef && b === 0xbb && c === 0xbf) window.at = 3;
    }
    for (;;) {
      window.at = skipSpaceTo(window.bytes, window.at, window.end);
      if (this.#state === 'end') return this.#atEnd();
      if (window.at >= window.end) return window.ended ? this.#fail(window.end) : MORE;
      const at = this.#step(window.at);
      if (at < 0) return this.#isCut(~at) ? this.#more() : this.#fail(~at);
      const isRecord = this.#isRecord;
      this.#isRecord = false;
      if (window.invalidAt >= 0 && window.invalidAt < at) return this.#damage();
      window.at = at;
      this.#wanted = 0;
      if (!isRecord) continue;
      this.#projection.settle(window);
      if (this.#nulls.length > 0) dropNulls(this.fields, this.#nulls);
      return RECORD;
    }
  }

  /** One step from `at`, which is no white space. @returns where it ended, or `~place` of a fault */
  #step(at: number): number {
    const { bytes } = this.window;
    switch (this.#state) {
      case 'value':
        return this.#enter(at);
      case 'member':
        return this.#member(at);
      case 'record':
        return this.#record(at);
      case 'behind': {
        if (bytes[at] === 44) return this.#after('member', at + 1, true);
        if (bytes[at] !== 125) return ~at;
        return this.#leave(at + 1);
      }
      case 'next': {
        if (bytes[at] === 44) return this.#after('record', at + 1, true);
        if (bytes[at] !== (this.#members === undefined ? 93 : 125)) return ~at;
        return this.#leave(at + 1);
      }
      case 'end':
        return ~at;
    }
  }

  #after(state: State, at: number, afterComma = false): number {
    if (at < 0) return at;
    this.#state = state;
    this.#afterComma = afterComma;
    return at;
  }

  /** A value on the way is over. */
  #leave(at: number): number {
    if (this.#depth === 0) return this.#after('end', at);
    this.#depth--;
    return this.#after('behind', at);
  }

  #enter(at: number): number {
    const { window } = this;
    const byte = window.bytes[at]!;
    if (this.#depth < this.#names.length) {
      if (byte !== 123) return this.#skipAndLeave(at);
      this.#met[this.#depth] = false;
      return this.#after('member', at + 1);
    }
    if (!this.#isEach) {
      const end = this.#whole(this.#projection.read(window, at));
      if (end < 0) return end;
      this.#isRecord = true;
      return this.#leave(end);
    }
    if (byte !== 91 && byte !== 123) return this.#skipAndLeave(at);
    this.#members = byte === 123 ? new ByteTable() : undefined;
    return this.#after('record', at + 1);
  }

  #skipAndLeave(at: number): number {
    const end = this.#whole(scanValue(this.window, at));
    return end < 0 ? end : this.#leave(end);
  }

  /** A number at the end of the window may go on. */
  #whole(end: number): number {
    const { window } = this;
    return end >= window.end && !window.ended ? ~window.end : end;
  }

  #member(at: number): number {
    const { window } = this;
    const { bytes } = window;
    if (bytes[at] === 125 && !this.#afterComma) return this.#leave(at + 1);
    const value = this.#name(at);
    if (value < 0) return value;
    const name = nameOf(bytes, at, this.#nameEnd);
    if (sameBytes(name, 0, name.length, this.#names[this.#depth]!)) {
      if (this.#met[this.#depth] === true) return this.#repeated(at, name);
      this.#met[this.#depth] = true;
      this.#depth++;
      return this.#after('value', value);
    }
    return this.#after('behind', this.#whole(scanValue(window, value)));
  }

  /** From the name of a member to its value. */
  #name(at: number): number {
    const { window } = this;
    const { bytes } = window;
    if (bytes[at] !== 34) return ~at;
    const end = scanString(window, at + 1);
    if (end < 0) return end;
    this.#nameEnd = end;
    const colon = skipSpace(bytes, end);
    return bytes[colon] === 58 && colon < window.end ? skipSpaceTo(bytes, colon + 1, window.end) : ~colon;
  }

  #record(at: number): number {
    const { window } = this;
    const isObject = this.#members !== undefined;
    if (window.bytes[at] === (isObject ? 125 : 93) && !this.#afterComma) return this.#leave(at + 1);
    const value = isObject ? this.#name(at) : at;
    if (value < 0) return value;
    const nameEnd = this.#nameEnd;
    const end = this.#whole(this.#projection.read(window, value));
    if (end < 0) return end;
    if (this.#members !== undefined) {
      const name = nameOf(window.bytes, at, nameEnd);
      if (!this.#members.add(name, 0, name.length)) return this.#repeated(at, name);
    }
    this.#isRecord = true;
    return this.#after('next', end);
  }

  #repeated(at: number, name: Uint8Array): number {
    this.#twice = textOfBytes(name, 0, name.length);
    return ~at;
  }

  #atEnd(): Step {
    const { window } = this;
    return window.at < window.end ? this.#fail(window.at) : MORE;
  }

  /** Whether a fault is only that the window ends. */
  #isCut(place: number): boolean {
    const { window } = this;
    if (window.ended || this.#twice !== undefined || place < window.end - TOKEN_BYTES_MAX) return false;
    return true;
  }

  /** More has to come, unless what is held is too much as it is. */
  #more(): Step {
    const { bytes, at, end } = this.window;
    const held = end - at;
    const max = this.#charactersMax;
    const characters = held <= max ? held : charactersIn(bytes, at, end);
    if (characters <= max) {
      // Each try is twice as long as the one before, and none longer than allowed.
      this.#wanted = Math.min(2 * held, held + max + 1 - characters);
      return MORE;
    }
    const message = `The document has more than ${max} characters, the limit for what is held in memory at once`;
    return this.#over({ problem: { code: 'document-too-large', message }, row: 1, fatal: true });
  }

  #damage(): Step {
    const { window } = this;
    const message = `The document holds bytes that are no UTF-8 (at byte ${window.offset + window.invalidAt})`;
    return this.#over({ problem: { code: 'encoding-invalid', message }, row: 1, fatal: true });
  }

  #fail(place: number): Step {
    const { window } = this;
    if (window.invalidAt >= 0 && window.invalidAt <= place) return this.#damage();
    const { line, column } = window.placeOf(place);
    const isEarly = place >= window.end;
    const what =
      this.#twice !== undefined
        ? `has the name "${this.#twice}" twice on the way to its records, of which the last would count,`
        : isEarly
          ? 'ends too early'
          : 'has an unexpected character';
    const message = `JSON ${what} at line ${line}, column ${column}`;
    return this.#over({ problem: { code: 'json-malformed', message }, row: 1, line, column, fatal: true });
  }

  #over(problem: ReadProblem): Step {
    this.#state = 'end';
    this.window.at = this.window.end;
    this.problem = problem;
    return PROBLEM;
  }
}

/** The name of a member, whose quotes stand at `from` and before `to`; names are the same however they are escaped. */
function nameOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const name = bytes.slice(from + 1, to - 1);
  return name.includes(BACKSLASH) ? name.subarray(0, unescapeString(name, 0, name.length)) : name;
}

/**
 * The parents of a join: for each key the subjects that the parent's records give, encoded once.
 */
import type { JoinCondition, LogicalSource, RefObjectMap, TriplesMap } from '../normal-form.ts';
import { ByteTable } from './byte-table.ts';
import { compileValue, type Desk, NOTHING, putRaw, type Write } from './value-writer.ts';

/** Stands behind each part of a key; no UTF-8 text has it. */
const KEY_END = 0xff;

/** A writer of the key of a record. */
export function compileKey(
  conditions: readonly JoinCondition[],
  side: 'child' | 'parent',
  desk: Desk,
): Write {
  const parts = conditions.map((condition) => compileValue(condition[side], desk, putRaw));
  const { page } = desk;
  return (at) => {
    let end = at;
    let isWhole = true;
    // The parts behind one that gives nothing still tell what is wrong with their values.
    for (const part of parts) {
      const next = part(end);
      if (next < 0) {
        isWhole = false;
        continue;
      }
      page.reserve(next + 1);
      page.bytes[next] = KEY_END;
      end = next + 1;
    }
    return isWhole ? end : NOTHING;
  };
}

export class ByteJoinIndex {
  /** Terms of the parents; postings hold their numbers. */
  readonly terms = new ByteTable();
  readonly #keys = new ByteTable();
  readonly #postings: number[][] = [];
  /** Of long postings: what they hold. */
  readonly #members = new Map<number, Set<number>>();

  /** Enters the key and the subject that stand on the page. */
  enter(bytes: Uint8Array, key: readonly [number, number], term: readonly [number, number]): void {
    const id = this.#keys.enter(bytes, key[0], key[1]);
    const subject = this.terms.enter(bytes, term[0], term[1]);
    const posting = this.#postings[id];
    if (posting === undefined) this.#postings[id] = [subject];
    else if (!this.#holds(id, posting, subject)) posting.push(subject);
  }

  /** Numbers of the distinct terms of a key. */
  find(bytes: Uint8Array, from: number, to: number): readonly number[] {
    const id = this.#keys.find(bytes, from, to);
    return id < 0 ? NONE : this.#postings[id]!;
  }

  #holds(key: number, posting: readonly number[], term: number): boolean {
    if (posting.length < 16) return posting.includes(term);
    let members = this.#members.get(key);
    if (members === undefined) {
      members = new Set(posting);
      this.#members.set(key, members);
    }
    if (members.has(term)) return true;
    members.add(term);
    return false;
  }
}

const NONE: readonly number[] = [];

/** The source of a triples map that stands on no view. */
export function sourceOf({ source }: TriplesMap): LogicalSource {
  if (source.kind === 'view') throw new Error('The byte engine reads no views');
  return source;
}

/** The joins of a triples map. */
export const joinsOf = (map: TriplesMap): readonly RefObjectMap[] =>
  map.predicateObjects.flatMap(({ references }) =>
    references.filter(({ conditions }) => conditions.length > 0),
  );

/** The sources of the parents of joins. */
export function parentSources(maps: readonly TriplesMap[]): readonly LogicalSource[] {
  const parents = maps.flatMap((map) => joinsOf(map).map(({ parent }) => sourceOf(maps[parent]!)));
  return [...new Map(parents.map((source) => [source.id, source])).values()];
}

/** Whether a triples map over the source has joins. */
export const isChild = ({ id }: LogicalSource, maps: readonly TriplesMap[]): boolean =>
  maps.some((map) => map.source.id === id && joinsOf(map).length > 0);

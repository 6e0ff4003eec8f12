/**
 * A join kept up to date from both sides: who the parents of a key are, and who asks for it.
 *
 * It holds what records said when they were last entered and nothing of their documents. A joined quad
 * belongs to the child, so the index tells which children a change of a parent concerns, and leaves it to
 * its owner to map them again.
 */
import type { JoinLookup, JoinParent } from '../execute/join.ts';

/** What one parent record gives, by join key. */
export type ParentEntries = ReadonlyMap<string, readonly JoinParent[]>;

/** What asks on behalf of a record: one of the rules that map it, or a join that it is entered into. */
type Asker = object;

const NO_ENTRIES: ParentEntries = new Map();

/** @typeParam Owner  what stands for a record; compared by identity, so a text or one object for each record */
export class LiveJoinIndex<Owner> implements JoinLookup {
  readonly #parents = new Map<string, Map<Owner, readonly JoinParent[]>>();
  readonly #entries = new Map<Owner, ParentEntries>();
  readonly #askers = new Map<Asker, Questions<Owner>>();

  /** What all parents of a key give. */
  get(key: string): readonly JoinParent[] | undefined {
    const parents = this.#parents.get(key);
    if (parents === undefined) return undefined;
    if (parents.size === 1) for (const given of parents.values()) return given;
    return [...parents.values()].flat();
  }

  /** The parents of a key, with what each gives. */
  parentsOf(key: string): Iterable<readonly [Owner, readonly JoinParent[]]> {
    return this.#parents.get(key) ?? [];
  }

  /** What a parent has entered. */
  entriesOf(parent: Owner): ParentEntries {
    return this.#entries.get(parent) ?? NO_ENTRIES;
  }

  /**
   * Enters what a parent gives now in the place of what it gave before.
   *
   * @returns the keys for which that makes a difference
   */
  setParent(parent: Owner, entries: ParentEntries): readonly string[] {
    const before = this.entriesOf(parent);
    const changed = changedKeys(before, entries);
    for (const key of changed) this.#place(key, parent, entries.get(key));
    if (entries.size === 0) this.#entries.delete(parent);
    else if (changed.length > 0) this.#entries.set(parent, entries);
    return changed;
  }

  /** The keys that were asked for on behalf of a child. */
  askedBy(asker: Asker, child: Owner): readonly string[] {
    return this.#askers.get(asker)?.asked.get(child) ?? [];
  }

  /** Notes the keys that are asked for on behalf of a child, in the place of those before. */
  setChild(asker: Asker, child: Owner, keys: readonly string[]): void {
    const questions = this.#askers.get(asker) ?? { asked: new Map(), children: new Map() };
    this.#askers.set(asker, questions);
    ask(questions, child, keys);
  }

  /** Takes over what an asker is known for under another name. */
  renameAsker(before: Asker, after: Asker): void {
    const questions = this.#askers.get(before);
    if (!questions) return;
    this.#askers.delete(before);
    this.#askers.set(after, questions);
  }

  /** Forgets what was asked on behalf of all children of an asker. */
  dropAsker(asker: Asker): void {
    this.#askers.delete(asker);
  }

  /** Who asked for a key, and on behalf of which child. */
  *childrenOf(key: string): Iterable<readonly [Asker, Owner]> {
    for (const [asker, { children }] of this.#askers) {
      for (const child of children.get(key) ?? []) yield [asker, child];
    }
  }

  #place(key: string, parent: Owner, given: readonly JoinParent[] | undefined): void {
    const parents = this.#parents.get(key);
    if (given !== undefined) {
      if (parents === undefined) this.#parents.set(key, new Map([[parent, given]]));
      else parents.set(parent, given);
      return;
    }
    parents?.delete(parent);
    if (parents?.size === 0) this.#parents.delete(key);
  }
}

interface Questions<Owner> {
  readonly asked: Map<Owner, readonly string[]>;
  readonly children: Map<string, Set<Owner>>;
}

function ask<Owner>({ asked, children }: Questions<Owner>, child: Owner, keys: readonly string[]): void {
  const before = asked.get(child) ?? [];
  if (before.length === keys.length && before.every((key, i) => key === keys[i])) return;
  for (const key of before) {
    const others = children.get(key);
    others?.delete(child);
    if (others?.size === 0) children.delete(key);
  }
  for (const key of keys) {
    const others = children.get(key);
    if (others === undefined) children.set(key, new Set([child]));
    else others.add(child);
  }
  if (keys.length === 0) asked.delete(child);
  else asked.set(child, keys);
}

/** The keys of which two entries of one parent say different things. */
function changedKeys(before: ParentEntries, after: ParentEntries): readonly string[] {
  const changed: string[] = [];
  for (const key of before.keys()) if (!after.has(key)) changed.push(key);
  for (const [key, given] of after) if (!same(before.get(key), given)) changed.push(key);
  return changed;
}

function same(before: readonly JoinParent[] | undefined, after: readonly JoinParent[]): boolean {
  if (before?.length !== after.length) return false;
  return before.every((one, i) => one.termType === after[i]!.termType && one.value === after[i]!.value);
}

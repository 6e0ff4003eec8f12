/**
 * What of a record's lines changes when some of its fields do: statements that may agree are looked at together,
 * all others one by one, and only where a field of theirs has changed.
 */
import type { TermMap, TriplesMap } from '../normal-form.ts';
import { referencesOf } from './desk.ts';
import type { Page } from './page.ts';
import { type Duplicates, type RuleWriter, sameRange } from './rule-writer.ts';
import type { Desk } from './value-writer.ts';

/** A version that comes, and the one that was there. */
interface Versions<T> {
  readonly next: T;
  readonly last: T;
}

interface Unit {
  readonly statements: readonly number[];
  readonly slots: readonly number[];
}

/** Lines on a page: start and end of each. */
type Ranges = readonly number[];

export class LineUnits {
  readonly #units: readonly Unit[];
  readonly #desks: Versions<Desk>;
  readonly #writers: Versions<RuleWriter>;

  constructor(
    map: TriplesMap,
    duplicates: readonly Duplicates[],
    desks: Versions<Desk>,
    writers: Versions<RuleWriter>,
  ) {
    this.#desks = desks;
    this.#writers = writers;
    const terms = statementTerms(map);
    const groups = Map.groupBy(duplicates.keys(), (statement) => {
      const { withinRecord, partition } = duplicates[statement]!;
      return withinRecord ? `partition ${partition}` : `statement ${statement}`;
    });
    this.#units = Array.from(groups.values(), (statements) => {
      const maps = [map.subject, ...statements.flatMap((statement) => terms[statement]!)];
      const references = new Set(maps.flatMap((term) => [...referencesOf(term)]));
      return { statements, slots: [...new Set(Array.from(references, desks.next.slotOf))] };
    });
  }

  /**
   * Writes the lines that went on the page of the last version, and those that came on that of the next.
   *
   * @param changed  by slot, whether the versions differ
   */
  emitChanges(changed: Uint8Array): void {
    for (const { statements, slots } of this.#units) {
      if (!isAny(changed, slots)) continue;
      if (statements.length === 1) this.#emitOne(statements[0]!);
      else this.#emit(statements);
    }
  }

  #emitOne(statement: number): void {
    const next = this.#desks.next.page;
    const last = this.#desks.last.page;
    const came = this.#writers.next.line(statement, next.at);
    const went = this.#writers.last.line(statement, last.at);
    if (came >= 0 && went >= 0 && sameRange(next.bytes, next.at, came, last.bytes, last.at, went)) return;
    if (came >= 0) next.at = came;
    if (went >= 0) last.at = went;
  }

  #emit(statements: readonly number[]): void {
    const next = this.#desks.next.page;
    const last = this.#desks.last.page;
    const came = write(this.#writers.next, statements, next);
    const went = write(this.#writers.last, statements, last);
    const added = came.map((from, i) => i % 2 === 0 && !holds(last, went, next.bytes, from, came[i + 1]!));
    const removed = went.map((from, i) => i % 2 === 0 && !holds(next, came, last.bytes, from, went[i + 1]!));
    keep(next, came, added);
    keep(last, went, removed);
  }
}

function isAny(changed: Uint8Array, slots: readonly number[]): boolean {
  for (const slot of slots) if (changed[slot] === 1) return true;
  return false;
}

/** Writes the distinct lines of statements behind what is on the page for good. */
function write(writer: RuleWriter, statements: readonly number[], page: Page): Ranges {
  const ranges: number[] = [];
  let at = page.at;
  for (const statement of statements) {
    const end = writer.line(statement, at);
    if (end < 0 || holds(page, ranges, page.bytes, at, end)) continue;
    ranges.push(at, end);
    at = end;
  }
  return ranges;
}

/** Whether one of the lines on a page is the one in `bytes`. */
function holds(page: Page, ranges: Ranges, bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (sameRange(page.bytes, ranges[i]!, ranges[i + 1]!, bytes, from, to)) return true;
  }
  return false;
}

/** Leaves the wanted ones of some lines on the page, for good. */
function keep(page: Page, ranges: Ranges, isWanted: readonly boolean[]): void {
  for (let i = 0; i < ranges.length; i += 2) {
    if (isWanted[i] !== true) continue;
    const [from, to] = [ranges[i]!, ranges[i + 1]!];
    if (from !== page.at) page.bytes.copyWithin(page.at, from, to);
    page.at += to - from;
  }
}

/** The term maps of each statement, in the order of `patternsOf`; there are no references to other triples maps. */
function statementTerms(map: TriplesMap): readonly (readonly TermMap[])[] {
  const graphs = (own: readonly TermMap[]): readonly (readonly TermMap[])[] =>
    own.length === 0 ? [[]] : own.map((graph) => [graph]);
  const classes = map.classes.flatMap(() => graphs(map.graphs));
  const others = map.predicateObjects.flatMap((part) => {
    const qualifiers = part.predicates.flatMap((predicate) =>
      graphs([...map.graphs, ...part.graphs]).map((graph) => [predicate, ...graph]),
    );
    return part.objects.flatMap((object) => qualifiers.map((terms) => [object, ...terms]));
  });
  return [...classes, ...others];
}

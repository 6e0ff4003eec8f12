/**
 * The base of the image: quads as columns of ids, sorted, with the orders that patterns need. It never changes.
 *
 * The columns stand in the order subject, predicate, object, graph. The other orders are the rows by object, by graph,
 * and by predicate and object; within one key rows stay as they stand, so that a triple in several graphs always
 * stands side by side. The order by predicate keeps its own columns, as long ranges of it are read.
 */
import type { TermId } from '../graph-view.ts';
import { indexKeys, type KeyIndex } from './key-index.ts';
import { identity, STEP_ROWS, type Steps, sortedBy } from './order.ts';
import { sharedInt32 } from './shared.ts';

/** Subjects, predicates, objects and graphs by row. */
export type QuadColumns = readonly [
  subjects: Int32Array,
  predicates: Int32Array,
  objects: Int32Array,
  graphs: Int32Array,
];

export class BaseRuns {
  readonly columns: QuadColumns;
  readonly size: number;
  readonly bySubject: KeyIndex;
  readonly byObject: KeyIndex;
  readonly byGraph: KeyIndex;
  readonly byPredicate: KeyIndex;
  /** Subject, object and graph in the order of {@link byPredicate}. */
  readonly predicateRuns: {
    readonly subjects: Int32Array;
    readonly objects: Int32Array;
    readonly graphs: Int32Array;
  };

  constructor(parts: Omit<BaseRuns, 'size' | 'rowOf' | 'firstRowOf' | 'endOfTriple' | 'bytes'>) {
    this.columns = parts.columns;
    this.size = parts.columns[0].length;
    this.bySubject = parts.bySubject;
    this.byObject = parts.byObject;
    this.byGraph = parts.byGraph;
    this.byPredicate = parts.byPredicate;
    this.predicateRuns = parts.predicateRuns;
  }

  /** The row of a quad; negative when it is not there. */
  rowOf(s: TermId, p: TermId, o: TermId, g: TermId): number {
    const [subjects, predicates, objects, graphs] = this.columns;
    for (let row = this.firstRowOf(s, p, o); row < this.size; row++) {
      if (subjects[row] !== s || predicates[row] !== p || objects[row] !== o || graphs[row]! > g) return -1;
      if (graphs[row] === g) return row;
    }
    return -1;
  }

  /** Behind the last row of a triple. */
  endOfTriple(s: TermId, p: TermId, o: TermId): number {
    return this.size === 0 ? 0 : this.firstRowOf(s, p, o + 1);
  }

  /** The first row whose triple is not before the one given. */
  firstRowOf(s: TermId, p: TermId, o: TermId): number {
    const [, predicates, objects] = this.columns;
    let low = this.bySubject.from(s);
    let high = this.bySubject.to(s);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const difference = predicates[middle]! - p || objects[middle]! - o;
      if (difference < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Bytes of all columns and orders. */
  get bytes(): number {
    const { subjects, objects, graphs } = this.predicateRuns;
    const indexes = [this.bySubject, this.byObject, this.byGraph, this.byPredicate];
    const arrays = [
      ...this.columns,
      subjects,
      objects,
      graphs,
      ...indexes.flatMap(({ order, starts }) => (order === undefined ? [starts] : [order, starts])),
    ];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

/** Columns for so many quads, to be filled and handed to {@link buildRuns}. */
export const newColumns = (length: number): readonly [Int32Array, Int32Array, Int32Array, Int32Array] => [
  sharedInt32(length),
  sharedInt32(length),
  sharedInt32(length),
  sharedInt32(length),
];

/** @param columns  rising by subject, predicate, object, graph; no quad twice */
export function* buildRuns(columns: QuadColumns): Steps<BaseRuns> {
  const [subjects, predicates, objects, graphs] = columns;
  const size = subjects.length;
  const objectOrder = yield* shared(yield* sortedBy(objects, yield* identity(size)));
  const predicateOrder = yield* shared(yield* sortedBy(predicates, objectOrder.slice()));
  const graphOrder = yield* shared(yield* sortedBy(graphs, yield* identity(size)));
  return new BaseRuns({
    columns,
    bySubject: yield* indexKeys(subjects, undefined),
    byObject: yield* indexKeys(objects, objectOrder),
    byGraph: yield* indexKeys(graphs, graphOrder),
    byPredicate: yield* indexKeys(predicates, predicateOrder),
    predicateRuns: {
      subjects: yield* gathered(subjects, predicateOrder),
      objects: yield* gathered(objects, predicateOrder),
      graphs: yield* gathered(graphs, predicateOrder),
    },
  });
}

/** Sorts columns and drops what stands twice. @returns columns as {@link buildRuns} takes them */
export function* sortColumns(columns: QuadColumns): Steps<QuadColumns> {
  let order = yield* identity(columns[0].length);
  for (let position = 3; position >= 0; position--) order = yield* sortedBy(columns[position]!, order);
  const [subjects, predicates, objects, graphs] = columns;
  let length = 0;
  let last = -1;
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const isSame =
      last >= 0 &&
      subjects[row] === subjects[last] &&
      predicates[row] === predicates[last] &&
      objects[row] === objects[last] &&
      graphs[row] === graphs[last];
    last = row;
    if (!isSame) order[length++] = row;
    if (i % STEP_ROWS === 0) yield;
  }
  const kept = order.subarray(0, length);
  return [
    yield* gathered(subjects, kept),
    yield* gathered(predicates, kept),
    yield* gathered(objects, kept),
    yield* gathered(graphs, kept),
  ];
}

function* gathered(values: Int32Array, order: Int32Array): Steps<Int32Array> {
  const made = sharedInt32(order.length);
  for (let start = 0; start < order.length; start += STEP_ROWS) {
    const end = Math.min(order.length, start + STEP_ROWS);
    for (let i = start; i < end; i++) made[i] = values[order[i]!]!;
    yield;
  }
  return made;
}

function* shared(order: Int32Array): Steps<Int32Array> {
  const made = sharedInt32(order.length);
  made.set(order);
  yield;
  return made;
}

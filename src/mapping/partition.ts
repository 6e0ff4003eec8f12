/**
 * Which parts of a mapping can give the same quad, proven by the constant parts of their term maps.
 *
 * Duplicates have to be looked for only within a partition. What is not proven apart counts as overlapping.
 */
import type { PredicateObjectMap, TermMap, TriplesMap } from './normal-form.ts';
import {
  ANY_NODE,
  ANY_TERM,
  DEFAULT_GRAPH_PATTERN,
  graphPatternOf,
  iriPattern,
  type PatternContext,
  patternOf,
  type TermPattern,
  termsMeet,
} from './term-pattern.ts';

export type { TermPattern } from './term-pattern.ts';

/**
 * What of a triples map makes the quads; numbers are indexes in the normal form. `graph` counts the graph maps
 * of the subject, then those of the predicate-object map; it is 0 where there are none.
 */
export type QuadMaker =
  | { readonly kind: 'class'; readonly class: number; readonly graph: number }
  | {
      readonly kind: 'object' | 'reference';
      readonly predicateObject: number;
      readonly predicate: number;
      /** Index among the objects or the references. */
      readonly object: number;
      readonly graph: number;
    }
  /** Members and cells of collections and containers that the triples map gathers. */
  | { readonly kind: 'gather' };

/** All quads that one combination of term maps can make. */
export interface QuadPattern {
  /** Index of the triples map. */
  readonly rule: number;
  readonly maker: QuadMaker;
  readonly subject: TermPattern;
  readonly predicate: TermPattern;
  readonly object: TermPattern;
  readonly graph: TermPattern;
}

export interface Partitioning {
  readonly patterns: readonly QuadPattern[];
  /** Indexes of patterns. Patterns of different partitions never give the same quad. */
  readonly partitions: readonly (readonly number[])[];
}

/** The patterns of all triples maps, and their partitions. */
export function partitionRules(maps: readonly TriplesMap[]): Partitioning {
  const patterns = maps.flatMap((map) => patternsOf(map, maps));
  return { patterns, partitions: partitions(patterns) };
}

const TYPE = iriPattern('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');

/** The patterns of one of `maps`. */
export function patternsOf(map: TriplesMap, maps: readonly TriplesMap[]): readonly QuadPattern[] {
  const rule = maps.indexOf(map);
  const context = contextOf(map, rule);
  const subject = patternOf(map.subject, context);
  const graphs = (own: readonly TermMap[]): readonly TermPattern[] =>
    own.length === 0 ? [DEFAULT_GRAPH_PATTERN] : own.map((graph) => graphPatternOf(graph, context));
  const classes = map.classes.flatMap((term, index) =>
    graphs(map.graphs).map((graph, at): QuadPattern => {
      const maker: QuadMaker = { kind: 'class', class: index, graph: at };
      return { rule, maker, subject, predicate: TYPE, object: iriPattern(term.value), graph };
    }),
  );
  const statements = map.predicateObjects.flatMap((part, predicateObject) =>
    objectsOf(part, context, maps).flatMap(({ kind, index, pattern: object }) =>
      part.predicates.flatMap((predicateMap, at) => {
        const predicate = patternOf(predicateMap, context);
        return graphs([...map.graphs, ...part.graphs]).map((graph, g): QuadPattern => {
          const maker: QuadMaker = { kind, predicateObject, predicate: at, object: index, graph: g };
          return { rule, maker, subject, predicate, object, graph };
        });
      }),
    ),
  );
  return [...classes, ...statements, ...gathered(map, rule, context)];
}

/** Formulations whose values have no language, and in legacy mappings no datatype either. */
const UNTYPED: ReadonlySet<string> = new Set(['csv', 'json', 'ndjson', 'xpath']);

function contextOf({ source, base, legacy }: TriplesMap, rule: number): PatternContext {
  const typed = source.kind === 'view' || !UNTYPED.has(source.formulation.name);
  return { rule, base, strings: legacy && !typed, tagged: typed };
}

interface ObjectPattern {
  readonly kind: 'object' | 'reference';
  readonly index: number;
  readonly pattern: TermPattern;
}

function objectsOf(
  part: PredicateObjectMap,
  context: PatternContext,
  maps: readonly TriplesMap[],
): readonly ObjectPattern[] {
  const objects = part.objects.map(
    (object, index): ObjectPattern => ({ kind: 'object', index, pattern: patternOf(object, context) }),
  );
  const references = part.references.map(({ parent }, index): ObjectPattern => {
    const { subject } = maps[parent]!;
    return { kind: 'reference', index, pattern: patternOf(subject, contextOf(maps[parent]!, parent)) };
  });
  return [...objects, ...references];
}

/** What gathers state beside the quad that names their head: anything, but only in the graphs of the map. */
function gathered(map: TriplesMap, rule: number, context: PatternContext): readonly QuadPattern[] {
  const objects = map.predicateObjects.flatMap(({ objects: some }) => some);
  if (![map.subject, ...objects].some(({ gather }) => gather !== undefined)) return [];
  const graphMaps = [...map.graphs, ...map.predicateObjects.flatMap(({ graphs }) => graphs)];
  const graph = [
    ...DEFAULT_GRAPH_PATTERN,
    ...graphMaps.flatMap((graphMap) => graphPatternOf(graphMap, context)),
  ];
  return [
    { rule, maker: { kind: 'gather' }, subject: ANY_NODE, predicate: ANY_NODE, object: ANY_TERM, graph },
  ];
}

/** Whether both can give the same quad; true unless that is proven impossible. */
function mayOverlap(a: QuadPattern, b: QuadPattern): boolean {
  // Subjects tell most pairs apart, by what their templates begin with.
  return (
    termsMeet(a.subject, b.subject) &&
    termsMeet(a.predicate, b.predicate) &&
    termsMeet(a.object, b.object) &&
    termsMeet(a.graph, b.graph)
  );
}

/**
 * Groups patterns, by their indexes, so that patterns of different groups never give the same quad.
 * Groups come in the order of their first pattern.
 */
function partitions(patterns: readonly QuadPattern[]): readonly (readonly number[])[] {
  const leader = patterns.map((_, index) => index);
  const leaderOf = (index: number): number => {
    let at = index;
    while (leader[at] !== at) at = leader[at]!;
    return at;
  };
  for (const [a, b] of candidates(patterns)) {
    const [first, second] = [leaderOf(a), leaderOf(b)];
    if (first === second || !mayOverlap(patterns[a]!, patterns[b]!)) continue;
    leader[Math.max(first, second)] = Math.min(first, second);
  }
  const groups = Map.groupBy(patterns.keys(), leaderOf);
  return [...groups.values()];
}

/** Pairs that have to be looked at: those with the same constant predicate, and all with any other predicate. */
function* candidates(patterns: readonly QuadPattern[]): Generator<readonly [number, number]> {
  const constants = new Map<string, number[]>();
  const others: number[] = [];
  for (const [index, pattern] of patterns.entries()) {
    for (const other of others) yield [other, index];
    const constant = constantOf(pattern.predicate);
    if (constant === undefined) {
      for (const same of constants.values()) for (const other of same) yield [other, index];
      others.push(index);
    } else {
      const same = constants.get(constant) ?? [];
      for (const other of same) yield [other, index];
      constants.set(constant, same);
      same.push(index);
    }
  }
}

function constantOf([sort, second]: TermPattern): string | undefined {
  if (sort?.kind !== 'iri' || second !== undefined || sort.text.texts.length !== 1) return undefined;
  return sort.text.texts[0];
}

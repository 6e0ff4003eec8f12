/** Few terms of every kind, so that random quads meet again, as twins in several graphs too. */
import fc from 'fast-check';
import { GraphNames } from '../../src/rdf/graphs.ts';
import { blankNode, defaultGraph, literal, namedNode, quad, type RDF, typed } from '../../src/rdf/terms.ts';

export const graphs = new GraphNames('https://example.org/f/');

export const SUBJECTS: readonly RDF.Quad_Subject[] = [
  namedNode('urn:a'),
  namedNode('urn:b'),
  namedNode('http://example.org/ü?x=1#y'),
  blankNode('b0'),
  blankNode('b1'),
];

export const PREDICATES = [namedNode('urn:p'), namedNode('urn:q'), namedNode('urn:a')];

/** Literals that a store could take for one another, or for others. */
export const OBJECTS: readonly RDF.Quad_Object[] = [
  namedNode('urn:a'),
  namedNode('2'),
  blankNode('b0'),
  blankNode('2'),
  literal('2'),
  typed(2, 'integer'),
  typed('02', 'integer'),
  typed('+2', 'integer'),
  typed('-0', 'integer'),
  typed('9007199254740993', 'integer'),
  typed('2.0', 'decimal'),
  typed('2.00', 'decimal'),
  typed('.5', 'decimal'),
  typed('two', 'integer'),
  typed('2', 'double'),
  typed('2.0E0', 'double'),
  typed('NaN', 'double'),
  typed('-0.0', 'float'),
  typed(true, 'boolean'),
  typed('1', 'boolean'),
  typed('true', 'string'),
  typed('2026-11-23T12:00:00Z', 'dateTime'),
  typed('2026-11-23T12:00:00.000Z', 'dateTime'),
  typed('2026-11-23T13:00:00+01:00', 'dateTime'),
  typed('yesterday', 'dateTime'),
  literal('2026-11-23', namedNode('http://www.w3.org/2001/XMLSchema#date')),
  literal('2', 'en'),
  literal('2', 'EN-gb'),
  literal('2', namedNode('urn:dt')),
  literal(''),
  literal('a"b\\c\nd\u0000e\u0001 😀'),
  literal('\ufeff2'),
];

export const GRAPHS: readonly (RDF.NamedNode | RDF.BlankNode | RDF.DefaultGraph)[] = [
  defaultGraph(),
  namedNode('urn:user'),
  blankNode('g'),
  graphs.record('s', 'k/1'),
  graphs.record('s', 'k2'),
  graphs.derived('rule'),
  graphs.system('decisions'),
];

const quadOf = (
  subjects: readonly RDF.Quad_Subject[],
  objects: readonly RDF.Quad_Object[],
): fc.Arbitrary<RDF.Quad> =>
  fc
    .tuple(
      fc.constantFrom(...subjects),
      fc.constantFrom(...PREDICATES.slice(0, subjects.length)),
      fc.constantFrom(...objects),
      fc.constantFrom(...GRAPHS),
    )
    .map(([s, p, o, g]) => quad(s, p, o, g));

/** Most are of so few that what is removed is often there, and what is added too. */
export const anyQuad: fc.Arbitrary<RDF.Quad> = fc.oneof(
  { weight: 4, arbitrary: quadOf(SUBJECTS.slice(2, 4), OBJECTS.slice(4, 7)) },
  { weight: 1, arbitrary: quadOf(SUBJECTS, OBJECTS) },
);

/** A triple in several graphs: those that the merge must show once. */
export const twins: fc.Arbitrary<RDF.Quad[]> = fc
  .tuple(anyQuad, fc.subarray([...GRAPHS], { minLength: 2 }))
  .map(([{ subject, predicate, object }, several]) =>
    several.map((g) => quad(subject, predicate, object, g)),
  );

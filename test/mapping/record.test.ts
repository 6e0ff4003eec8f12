import { deepEqual, equal, throws } from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { type MapRecordOptions, mapRecord } from '../../src/mapping/map.ts';
import { compileMapping, type LogicalSource } from '../../src/mapping/plan.ts';
import { overrideOf } from '../../src/mapping/source-override.ts';
import { blankNode, namedNode, toNQuads } from '../../src/rdf/terms.ts';
import { jsonMap, PREFIXES } from './check.ts';

const compile = (mapping: string): ReturnType<typeof compileMapping> =>
  compileMapping(PREFIXES + mapping, { name: 'test.ttl' });

const source = (location: string, more: string): string =>
  `rml:logicalSource [ rml:source "${location}" ; rml:referenceFormulation ${more} ]`;

const READING = compile(`
  ex:reading a rml:TriplesMap ; ${source('reading.json', 'rml:JSONPath ; rml:iterator "$"')} ;
    rml:subjectMap [ rml:template "http://ex.org/r{id}" ] ;
    rml:predicateObjectMap [ rml:predicate ex:value ; rml:objectMap [ rml:reference "value" ] ] ,
      [ rml:predicate ex:link ; rml:objectMap [ rml:reference "link" ; rml:termType rml:IRI ] ] ,
      [ rml:predicate ex:part ; rml:objectMap [ rml:parentTriplesMap ex:part ;
          rml:joinCondition [ rml:child "main" ; rml:parent "n" ] ] ] ,
      [ rml:predicate ex:site ; rml:objectMap [ rml:parentTriplesMap ex:site ;
          rml:joinCondition [ rml:child "site" ; rml:parent "code" ] ] ] .
  ex:part a rml:TriplesMap ; ${source('reading.json', 'rml:JSONPath ; rml:iterator "$.parts[*]"')} ;
    rml:subjectMap [ rml:termType rml:BlankNode ] ;
    rml:predicateObjectMap [ rml:predicate ex:n ; rml:objectMap [ rml:reference "n" ] ] .
  ex:site a rml:TriplesMap ; ${source('sites.csv', 'rml:CSV')} ;
    rml:subjectMap [ rml:template "http://ex.org/s{code}" ; rml:class ex:Site ] .
`);

const isSites = ({ location }: LogicalSource): boolean => location === 'sites.csv';
const sites = READING.groups.find(({ source: logical }) => isSites(logical))!.source.id;

/** Sites are records of their own, A and B. */
const elsewhere: Pick<MapRecordOptions, 'reads' | 'parents'> = {
  reads: (logical) => !isSites(logical),
  parents: ({ parentSource }) =>
    parentSource === sites
      ? { get: (code) => (/^[AB]$/.test(code) ? [namedNode(`http://ex.org/s${code}`)] : undefined) }
      : undefined,
};

describe('mapRecord', () => {
  it('reads the document for every source but those that are other records, which only join', () => {
    const document = { id: 1, value: 2.5, site: 'B', main: 8, parts: [{ n: 7 }, { n: 8 }] };
    const { quads, diagnostics } = mapRecord(READING, document, { ...elsewhere, blankNode });
    deepEqual(diagnostics, []);
    deepEqual(quads.map(toNQuads).sort(), [
      '<http://ex.org/r1> <http://ex.org/part> _:f1_1 .',
      '<http://ex.org/r1> <http://ex.org/site> <http://ex.org/sB> .',
      '<http://ex.org/r1> <http://ex.org/value> "2.5"^^<http://www.w3.org/2001/XMLSchema#double> .',
      '_:f1_0 <http://ex.org/n> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .',
      '_:f1_1 <http://ex.org/n> "8"^^<http://www.w3.org/2001/XMLSchema#integer> .',
    ]);
  });

  it('names blank nodes as the caller wants, in joins too', () => {
    const document = { id: 1, main: 8, parts: [{ n: 8 }] };
    for (const prefix of ['a', 'b']) {
      const { quads } = mapRecord(READING, document, {
        ...elsewhere,
        blankNode: (label) => blankNode(prefix + label),
      });
      const labels = quads
        .flatMap(({ subject, object }) => [subject, object])
        .filter((t) => t.termType === 'BlankNode');
      deepEqual(new Set(labels.map(({ value }) => value)), new Set([`${prefix}f1_0`]));
    }
  });

  it('keeps the good triples of a record with a bad value, and tells', () => {
    const { quads, diagnostics } = mapRecord(
      READING,
      { id: 1, value: 1, link: 'a b' },
      { ...elsewhere, blankNode },
    );
    equal(quads.length, 1);
    deepEqual(
      diagnostics.map(({ code }) => code),
      ['iri-invalid'],
    );
  });

  it('refuses such a record when strict', () => {
    throws(
      () => mapRecord(READING, { id: 1, link: 'a b' }, { ...elsewhere, blankNode, strict: true }),
      (thrown) => thrown instanceof FabricError && thrown.type === 'mapping-failed',
    );
  });

  for (const document of [null, 1, 'x', [], [[]], {}]) {
    it(`gives nothing for ${JSON.stringify(document)}`, () => {
      deepEqual(mapRecord(READING, document, { ...elsewhere, blankNode, strict: true }).quads, []);
    });
  }

  it('bounds what one record may give', () => {
    const plan = compile(jsonMap('rml:reference "v[*]"'));
    const document = [{ id: 1, v: [1, 2, 3] }];
    equal(mapRecord(plan, document, { blankNode, quadsMax: 3 }).quads.length, 3);
    throws(
      () => mapRecord(plan, document, { blankNode, quadsMax: 2 }),
      (thrown) => thrown instanceof FabricError && thrown.type === 'mapping-failed',
    );
  });

  it('bounds the combinations of a template', () => {
    const plan = compile(jsonMap('rml:template "{a[*]}{a[*]}" ; rml:termType rml:Literal'));
    const { quads, diagnostics } = mapRecord(plan, [{ id: 1, a: Array.from({ length: 300 }, (_, i) => i) }], {
      blankNode,
    });
    deepEqual([quads, diagnostics.map(({ code }) => code)], [[], ['values-too-many']]);
  });

  it('reads members as columns under a mapping for CSV', () => {
    const plan = compile(`ex:m a rml:TriplesMap ; ${source('x.csv', 'rml:CSV')} ;
      rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
      rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "a b" ] ] .`);
    const { quads } = mapRecord(plan, { id: 7, 'a b': 1.5 }, { blankNode, strict: true });
    deepEqual(quads.map(toNQuads), ['<http://ex.org/7> <http://ex.org/p> "1.5" .']);
  });
});

describe('plans', () => {
  it('tell sources, classes and predicates', () => {
    deepEqual(READING.classes, ['http://ex.org/Site']);
    deepEqual(
      READING.predicates,
      ['link', 'n', 'part', 'site', 'value'].map((name) => `http://ex.org/${name}`),
    );
    deepEqual(
      READING.sources.map(({ location, formulation, iterator }) => [location, formulation.name, iterator]),
      [
        ['reading.json', 'json', '$'],
        ['reading.json', 'json', '$.parts[*]'],
        ['sites.csv', 'csv', undefined],
      ],
    );
  });

  const [named] = compile(`
    ex:m a rml:TriplesMap ; rml:subject ex:s ; rml:logicalSource ex:logical .
    ex:logical rml:source ex:file ; rml:referenceFormulation rml:CSV .
    ex:file rml:path "there.csv" .`).sources;
  for (const name of ['http://ex.org/logical', 'http://ex.org/file', 'there.csv']) {
    it(`let a source be overridden by ${name}`, () => {
      equal(overrideOf(named!, new Map([[name, 'here.csv']])), 'here.csv');
      equal(overrideOf(named!, new Map([['http://ex.org/other', 'here.csv']])), undefined);
    });
  }
});

import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { mapRecord } from '../../src/mapping/map.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { blankNode, type RDF } from '../../src/rdf/terms.ts';
import { canonicalNQuads } from '../rdf/canonical.ts';
import { checkMapping, checkRefusal, jsonMap, type MappingCase, PREFIXES, runInput } from './check.ts';

const gather = (members: string, as = 'List', more = ''): string =>
  `rml:gather ( ${members} ) ; rml:gatherAs rdf:${as} ${more}`;
const V = '[ rml:reference "v[*]" ]';
const W = '[ rml:reference "w[*]" ]';
const NAMED = '; rml:template "http://ex.org/list/{l}"';
const EMPTY = '; rml:allowEmptyListAndContainer true';

const json = (records: readonly object[]): MappingCase['sources'] => ({
  'people.json': JSON.stringify(records),
});

const CASES: Readonly<
  Record<string, Omit<MappingCase, 'sources'> & { readonly records: readonly object[] }>
> = {
  'members keep their datatypes, their order and their duplicates': {
    mapping: jsonMap(gather(`${V} [ rml:constant ex:c ] [ rml:template "http://ex.org/{id}" ]`)),
    records: [{ id: 1, v: ['a', 'a', 2, true] }],
    expected: 'ex:1 ex:p ( "a" "a" 2 true ex:c ex:1 ) .',
  },
  'functions, conditions and templates make members': {
    mapping: jsonMap(
      gather(`[ rml:functionExecution [ rml:function grel:toUpperCase ;
        rml:input [ rml:parameter grel:valueParam ; rml:inputValueMap ${V} ] ] ]
        [ rml:constant "no" ; rml:condition [ rml:functionExecution [ rml:function idlab:isNull ;
          rml:input [ rml:parameter idlab:_str ; rml:inputValueMap ${V} ] ] ] ]`),
    ),
    records: [
      { id: 1, v: ['a', 'b'] },
      { id: 2, v: [] },
    ],
    expected: 'ex:1 ex:p ( "A" "B" ) . ex:2 ex:p ( "no" ) .',
  },
  'products of containers': {
    mapping: jsonMap(gather(`${V} ${W}`, 'Seq', '; rml:strategy rml:cartesianProduct')),
    records: [{ id: 1, v: [1, 2], w: [3] }],
    expected: 'ex:1 ex:p [ a rdf:Seq ; rdf:_1 1 ; rdf:_2 3 ] , [ a rdf:Seq ; rdf:_1 2 ; rdf:_2 3 ] .',
  },
  'products under one name are one list, over iterations too': {
    mapping: jsonMap(gather(`${V} ${W}`, 'List', `; rml:strategy rml:cartesianProduct ${NAMED}`)),
    records: [
      { id: 1, l: 'a', v: [1], w: ['a', 'b'] },
      { id: 2, l: 'b', v: [3], w: ['c'] },
      { id: 1, l: 'a', v: [5, 6], w: ['e'] },
    ],
    expected: `ex:1 ex:p <http://ex.org/list/a> . ex:2 ex:p <http://ex.org/list/b> .
      <http://ex.org/list/a> rdf:first 1 ; rdf:rest ( "a" 1 "b" 5 "e" 6 "e" ) .
      <http://ex.org/list/b> rdf:first 3 ; rdf:rest ( "c" ) .`,
  },
  'a name grows over triples maps': {
    mapping: `${jsonMap(gather(V, 'Bag', NAMED))}
      ex:other rml:logicalSource [ rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
        rml:subject ex:s ; rml:predicateObjectMap [ rml:predicate ex:q ; rml:objectMap [ ${gather(W, 'Bag', NAMED)} ] ] .`,
    records: [{ id: 1, l: 'a', v: [1], w: [2, 3] }],
    expected: `ex:1 ex:p <http://ex.org/list/a> . ex:s ex:q <http://ex.org/list/a> .
      <http://ex.org/list/a> a rdf:Bag ; rdf:_1 1 ; rdf:_2 2 ; rdf:_3 3 .`,
  },
  'an empty list under a name is that list when others fill it, else rdf:nil': {
    mapping: jsonMap(gather(V, 'List', NAMED + EMPTY)),
    records: [
      { id: 1, l: 'a', v: [] },
      { id: 2, l: 'a', v: [7] },
      { id: 3, l: 'b', v: [] },
    ],
    expected: `ex:1 ex:p <http://ex.org/list/a> . ex:2 ex:p <http://ex.org/list/a> . ex:3 ex:p () .
      <http://ex.org/list/a> rdf:first 7 ; rdf:rest () .`,
  },
  'what is empty may be a member': {
    mapping: jsonMap(gather(`[ ${gather(V, 'List', EMPTY)} ] [ ${gather(W, 'Bag', EMPTY)} ]`)),
    records: [{ id: 1, v: [], w: [] }],
    expected: 'ex:1 ex:p ( () [ a rdf:Bag ] ) .',
  },
  'what is empty and not allowed makes nothing': {
    mapping: jsonMap(gather(`[ ${gather(V)} ] [ ${gather(W, 'Bag')} ]`)),
    records: [{ id: 1, v: [], w: [] }],
    expected: '',
  },
  'several predicates, graphs and subjects share what is gathered once': {
    mapping: `
ex:map rml:logicalSource [ rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
  rml:subjectMap [ rml:template "http://ex.org/{ids[*]}" ; rml:graph ex:g , rml:defaultGraph ] ;
  rml:predicateObjectMap [ rml:predicate ex:p , ex:q ; rml:objectMap [ ${gather(V, 'List', NAMED)} ] ,
    [ ${gather(W, 'Alt', NAMED)} ] ] .`,
    records: [{ ids: [1, 2], l: 'a', v: [7, 8], w: [9] }],
    expected: `
      ex:1 ex:p <http://ex.org/list/a> ; ex:q <http://ex.org/list/a> .
      ex:2 ex:p <http://ex.org/list/a> ; ex:q <http://ex.org/list/a> .
      <http://ex.org/list/a> rdf:first 7 ; rdf:rest _:d ; a rdf:Alt ; rdf:_1 9 . _:d rdf:first 8 ; rdf:rest () .
      ex:g { ex:1 ex:p <http://ex.org/list/a> ; ex:q <http://ex.org/list/a> .
        ex:2 ex:p <http://ex.org/list/a> ; ex:q <http://ex.org/list/a> .
        <http://ex.org/list/a> rdf:first 7 ; rdf:rest _:g ; a rdf:Alt ; rdf:_1 9 . _:g rdf:first 8 ; rdf:rest () . }`,
  },
  'a subject that is a list is described where its classes and predicates say': {
    mapping: `
ex:map rml:logicalSource [ rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" ] ;
  rml:subjectMap [ ${gather(V, 'List', '; rml:template "{l}" ; rml:termType rml:BlankNode')} ; rml:class ex:C ; rml:graph ex:g ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "id" ] ] .`,
    records: [
      { id: 1, l: 'a', v: [7] },
      { id: 2, l: 'a', v: [8] },
    ],
    expected: 'ex:g { _:l a ex:C ; ex:p 1 , 2 ; rdf:first 7 ; rdf:rest ( 8 ) . }',
  },
  'a list is the object of those that refer to its triples map': {
    mapping: `
ex:lists rml:logicalSource ex:source ; rml:subjectMap [ ${gather(V)} ] .
ex:map rml:logicalSource ex:source ; rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:same ; rml:objectMap [ rml:parentTriplesMap ex:lists ] ] ,
    [ rml:predicate ex:joined ; rml:objectMap [ rml:parentTriplesMap ex:lists ;
      rml:joinCondition [ rml:child "other" ; rml:parent "id" ] ] ] .
ex:source rml:source "people.json" ; rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]" .`,
    records: [
      { id: 1, other: 2, v: [7] },
      { id: 2, other: 1, v: [8] },
    ],
    expected: `ex:1 ex:same _:a ; ex:joined _:b . ex:2 ex:same _:b ; ex:joined _:a .
      _:a rdf:first 7 ; rdf:rest () . _:b rdf:first 8 ; rdf:rest () .`,
  },
};

describe('gather maps', () => {
  for (const [title, { records, ...input }] of Object.entries(CASES)) {
    it(title, async () => {
      await checkMapping({ ...input, sources: json(records) });
    });
  }

  it('give one record of a service a list that is closed', async () => {
    const plan = compileMapping(PREFIXES + jsonMap(gather(V, 'List', NAMED)), { name: 'test.ttl' });
    const { quads } = mapRecord(
      plan,
      [
        { id: 1, l: 'a', v: [1] },
        { id: 2, l: 'a', v: [2] },
      ],
      { blankNode },
    );
    const expected = `${PREFIXES} ex:1 ex:p <http://ex.org/list/a> . ex:2 ex:p <http://ex.org/list/a> .
      <http://ex.org/list/a> rdf:first 1 ; rdf:rest ( 2 ) .`;
    const wanted = parseTurtleFamily(expected, { format: 'turtle' }).quads;
    equal(await canonicalNQuads(quads), await canonicalNQuads(wanted));
  });

  it('make well-formed lists with all members in order, whatever comes when', async () => {
    const record = fc.record({
      l: fc.constantFrom('a', 'b', 'c'),
      g: fc.constantFrom('x', 'y'),
      v: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
    });
    const mapping = jsonMap(
      gather(V, 'List', NAMED),
      '; rml:graphMap [ rml:template "http://ex.org/{g}" ]',
    ).replace('rml:template "http://ex.org/{id}"', 'rml:constant ex:s');
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 12 }), async (records) => {
        const { quads } = await runInput({ mapping, sources: json(records) });
        const wanted = new Map<string, number[]>();
        for (const { l, g, v } of records) {
          const key = `http://ex.org/list/${l} http://ex.org/${g}`;
          if (v.length > 0) wanted.set(key, [...(wanted.get(key) ?? []), ...v]);
        }
        const heads = quads.filter(({ predicate }) => predicate.value === 'http://ex.org/p');
        const made = heads.map(({ object, graph }) => [
          `${object.value} ${graph.value}`,
          listAt(object, graph, quads),
        ]);
        deepEqual(new Map(made as [string, number[]][]), wanted);
        equal(quads.length, heads.length + 2 * [...wanted.values()].flat().length);
      }),
      { numRuns: 100 },
    );
  });

  it('bound the lists that one record may make', async () => {
    const many = Array.from({ length: 300 }, (_, i) => i);
    const { quads, diagnostics } = await runInput({
      mapping: jsonMap(gather(`${V} ${W}`, 'List', '; rml:strategy rml:cartesianProduct')),
      sources: json([{ id: 1, v: many, w: many }]),
      strict: false,
    });
    deepEqual([quads.length, ...diagnostics.map(({ code }) => code)], [0, 'values-too-many']);
  });
});

const RDF_NS = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/** The members of a list that has exactly one first and one rest in each cell. */
function listAt(head: RDF.Term, graph: RDF.Term, quads: readonly RDF.Quad[]): readonly number[] {
  const members: number[] = [];
  for (let cell = head; cell.value !== `${RDF_NS}nil`; ) {
    const about = quads.filter((q) => q.subject.equals(cell) && q.graph.equals(graph));
    const valuesOf = (name: string) => about.filter(({ predicate }) => predicate.value === RDF_NS + name);
    const [first, rest] = [valuesOf('first'), valuesOf('rest')];
    deepEqual([first.length, rest.length], [1, 1], 'the list is ill-formed');
    members.push(Number(first[0]!.object.value));
    cell = rest[0]!.object;
  }
  return members;
}

const REFUSED: Readonly<Record<string, readonly [mapping: string, message: RegExp]>> = {
  'rml:gather without rml:gatherAs': [
    jsonMap('rml:gather ( [ rml:reference "v" ] )'),
    /rml:gather without rml:gatherAs/,
  ],
  'rml:gatherAs without rml:gather': [
    jsonMap('rml:reference "v" ; rml:gatherAs rdf:List'),
    /rml:gatherAs without rml:gather/,
  ],
  'an unknown kind': [jsonMap(gather(V, 'Set')), /as rml:gatherAs; supported: .*#List/],
  'an unknown strategy': [jsonMap(gather(V, 'List', '; rml:strategy rml:zip')), /as rml:strategy; supported/],
  'no members': [jsonMap(gather('')), /gathers an empty list of term maps/],
  'a member that is no term map': [jsonMap(gather('"v"')), /gathers the literal "v"/],
  'what is no list': [jsonMap(`rml:gather ${V} ; rml:gatherAs rdf:List`), /no well-formed list/],
  'a literal as head': [jsonMap(gather(V, 'List', '; rml:constant "head"')), /makes an rml:Literal/],
  'an IRI that nothing names': [
    jsonMap(gather(V, 'List', '; rml:termType rml:IRI')),
    /nothing that names it/,
  ],
  'a gather as predicate': [
    jsonMap('rml:constant 1').replace('rml:predicate ex:p', `rml:predicateMap [ ${gather(V)} ]`),
    /has rml:gather, which is not supported on a predicate map/,
  ],
};

describe('gather maps that are refused before anything is read', () => {
  for (const [title, [mapping, message]] of Object.entries(REFUSED)) {
    it(title, async () => {
      await checkRefusal({ mapping, sources: {} }, { type: 'mapping-invalid', message, line: 5 });
    });
  }
});

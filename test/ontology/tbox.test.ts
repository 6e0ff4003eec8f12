/**
 * The compiled T-box: closures, kinds of properties, and what it makes of the shipped ontology.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadTBox } from '../../src/ontology/tbox.ts';
import { namedNode, quad } from '../../src/rdf/terms.ts';
import { NS, rdfs } from '../../src/rdf/vocab.ts';
import { ontology, turtle } from './tables.ts';

const PREFIXES = `
@prefix : <urn:x:> .
@prefix owl: <${NS.owl}> .
@prefix rdfs: <${NS.rdfs}> .
`;

const load = (text: string) => loadTBox(turtle(PREFIXES + text));
const local = (iris: ReadonlySet<string>): string =>
  [...iris]
    .map((iri) => iri.slice(6))
    .sort()
    .join(' ');

type Question = 'subClasses' | 'superClasses' | 'subProperties' | 'superProperties' | 'inverseOf';

const CASES: readonly {
  readonly title: string;
  readonly axioms: string;
  readonly ask: Question;
  readonly of: string;
  readonly expect: string;
}[] = [
  {
    title: 'subclasses are transitive and reflexive',
    axioms: ':c rdfs:subClassOf :b . :b rdfs:subClassOf :a .',
    ask: 'subClasses',
    of: 'a',
    expect: 'a b c',
  },
  {
    title: 'superclasses are the other way round',
    axioms: ':c rdfs:subClassOf :b , :d . :b rdfs:subClassOf :a .',
    ask: 'superClasses',
    of: 'c',
    expect: 'a b c d',
  },
  {
    title: 'a cycle makes its members equivalent',
    axioms: ':a rdfs:subClassOf :b . :b rdfs:subClassOf :c . :c rdfs:subClassOf :a .',
    ask: 'subClasses',
    of: 'b',
    expect: 'a b c',
  },
  {
    title: 'equivalent classes are below each other',
    axioms: ':a owl:equivalentClass :b . :c rdfs:subClassOf :b .',
    ask: 'subClasses',
    of: 'a',
    expect: 'a b c',
  },
  {
    title: 'an anonymous class is passed over',
    axioms: ':a rdfs:subClassOf [ a owl:Restriction ] , :b .',
    ask: 'superClasses',
    of: 'a',
    expect: 'a b',
  },
  {
    title: 'an unknown term is related to itself alone',
    axioms: ':a rdfs:subClassOf :b .',
    ask: 'subClasses',
    of: 'z',
    expect: 'z',
  },
  {
    title: 'subproperties and equivalent properties',
    axioms: ':q rdfs:subPropertyOf :p . :r owl:equivalentProperty :q .',
    ask: 'subProperties',
    of: 'p',
    expect: 'p q r',
  },
  {
    title: 'superproperties',
    axioms: ':q rdfs:subPropertyOf :p . :r owl:equivalentProperty :q .',
    ask: 'superProperties',
    of: 'r',
    expect: 'p q r',
  },
  {
    title: 'classes and properties are kept apart',
    axioms: ':b rdfs:subClassOf :a .',
    ask: 'subProperties',
    of: 'a',
    expect: 'a',
  },
  {
    title: 'an inverse holds from the side on which it is stated',
    axioms: ':p owl:inverseOf :q .',
    ask: 'inverseOf',
    of: 'p',
    expect: 'q',
  },
  {
    title: 'an inverse holds from the other side too',
    axioms: ':p owl:inverseOf :q .',
    ask: 'inverseOf',
    of: 'q',
    expect: 'p',
  },
  { title: 'no inverse, no answer', axioms: '', ask: 'inverseOf', of: 'p', expect: '' },
];

describe('the T-box', () => {
  for (const { title, axioms, ask, of, expect } of CASES) {
    it(title, () => {
      assert.equal(local(load(axioms)[ask](`urn:x:${of}`)), expect);
    });
  }

  it('knows the kinds of properties; what is below a functional property is functional', () => {
    const tbox = load(`
      :s a owl:SymmetricProperty . :t a owl:TransitiveProperty . :f a owl:FunctionalProperty .
      :g rdfs:subPropertyOf :f . :f rdfs:subPropertyOf :h .`);
    assert.equal(local(tbox.symmetric), 's');
    assert.equal(local(tbox.transitive), 't');
    assert.equal(local(tbox.functional), 'f g');
  });

  it('has the closure that walking the edges gives, on any graph of subclasses', () => {
    const edge = fc.tuple(fc.nat(7), fc.nat(7));
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 16 }), (edges) => {
        const iri = (n: number): string => `urn:x:${n}`;
        const tbox = loadTBox(
          edges.map(([a, b]) => quad(namedNode(iri(a)), rdfs.subClassOf, namedNode(iri(b)))),
        );
        // Warshall's closure over a matrix of eight
        const reach = Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (__, j) => i === j));
        for (const [a, b] of edges) reach[a]![b] = true;
        for (let k = 0; k < 8; k++) {
          for (let i = 0; i < 8; i++) {
            for (let j = 0; j < 8; j++) reach[i]![j] ||= reach[i]![k]! && reach[k]![j]!;
          }
        }
        for (let i = 0; i < 8; i++) {
          for (let j = 0; j < 8; j++) {
            assert.equal(tbox.superClasses(iri(i)).has(iri(j)), reach[i]![j]);
            assert.equal(tbox.subClasses(iri(j)).has(iri(i)), reach[i]![j]);
          }
        }
      }),
    );
  });

  it('of the shipped ontology knows the part-of hierarchy and functional measures', () => {
    const tbox = loadTBox(ontology());
    assert.ok(tbox.transitive.has(`${NS.cf}partOf`));
    assert.ok(tbox.functional.has(`${NS.cf}memoryAvailableBytes`));
    assert.ok(!tbox.functional.has(`${NS.cf}secretRef`));
  });
});

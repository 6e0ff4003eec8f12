/**
 * Shapes graphs that would not be checked as they are meant are refused at load, by name.
 */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import { loadShapes } from '../../src/validation/shacl-engine.ts';
import { findings, tbox, turtle } from './shipped.ts';

/** The body of a shape `:S` with a target, and what the refusal has to say. */
const REFUSED: readonly (readonly [title: string, text: string, says: RegExp])[] = [
  [
    'SPARQL constraints',
    ':S sh:targetClass :C ; sh:sparql [ sh:select "SELECT $this {}" ] .',
    /<urn:x:S> uses sh:(sparql|select)/,
  ],
  ['SPARQL targets', ':S a sh:NodeShape ; sh:targetClass :C ; sh:target [ ] .', /sh:target,/],
  ['rules', ':S sh:targetClass :C ; sh:rule [ ] .', /sh:rule/],
  ['entailment', ':G sh:entailment :RDFS . :S sh:targetClass :C .', /sh:entailment/],
  [
    'constraint components of users',
    ':K a sh:ConstraintComponent . :S sh:targetClass :C .',
    /sh:ConstraintComponent/,
  ],
  [
    'a misspelt term, with a hint',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:minCout 1 ] .',
    /did you mean sh:minCount/,
  ],
  [
    'terms of SHACL 1.2',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:uniqueMembers true ] .',
    /sh:uniqueMembers/,
  ],
  ['imports', ':G owl:imports <urn:other> . :S sh:targetClass :C .', /imports <urn:other>/],
  ['a graph without a shape', ':C a owl:Class .', /no shape with a target/],
  ['shapes without a target', ':S a sh:NodeShape ; sh:nodeKind sh:IRI .', /no shape with a target/],
  [
    'a property shape without a path',
    ':S sh:targetClass :C ; sh:property [ sh:datatype xsd:string ] .',
    /sh:path/,
  ],
  ['a count on a node shape', ':S sh:targetClass :C ; sh:minCount 1 .', /sh:minCount but no sh:path/],
  [
    'a count that is none',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:minCount "many" ] .',
    /whole number/,
  ],
  [
    'several datatypes',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:datatype xsd:string , xsd:integer ] .',
    /several/,
  ],
  [
    'several sh:hasValue, of which the engine reads none',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:hasValue 1 , 2 ] .',
    /several/,
  ],
  [
    'a broken list',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:in [ rdf:first 1 ] ] .',
    /well-formed list/,
  ],
  [
    'a broken pattern',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:pattern "(" ] .',
    /regular expression/,
  ],
  [
    'flags that JavaScript lacks',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:pattern "a" ; sh:flags "x" ] .',
    /flags "x"/,
  ],
  ['an unknown node kind', ':S sh:targetClass :C ; sh:nodeKind :Thing .', /node kind/],
  ['a severity of its own', ':S sh:targetClass :C ; sh:severity :Grave .', /sh:Violation/],
  [
    'a path within a path',
    ':S sh:targetClass :C ; sh:property [ sh:path [ sh:zeroOrMorePath [ sh:inversePath :p ] ] ] .',
    /zeroOrMorePath/,
  ],
  ['recursion', ':S sh:targetClass :C ; sh:property [ sh:path :p ; sh:node :S ] .', /refers to itself/],
  [
    'closed with a path that is no predicate',
    ':S sh:targetClass :C ; sh:closed true ; sh:property [ sh:path [ sh:inversePath :p ] ] .',
    /sh:closed/,
  ],
  [
    'a scope where nobody looks',
    ':S sh:targetClass :C ; sh:property [ sh:path :p ; cf:scope cf:CrossRecord ] .',
    /cf:scope/,
  ],
  [
    'a node constraint across records',
    ':S sh:targetClass :C ; cf:scope cf:CrossRecord ; sh:class :D .',
    /across records/,
  ],
  [
    'a long path across records',
    ':S sh:targetClass :C ; cf:scope cf:CrossRecord ; sh:property [ sh:path ( :p :q ) ] .',
    /single predicates/,
  ],
];

describe('a shapes graph is refused for', () => {
  for (const [title, text, says] of REFUSED) {
    it(title, async () => {
      await assert.rejects(
        async () => loadShapes(turtle(text), tbox),
        (thrown: unknown) => {
          assert.ok(thrown instanceof FabricError, String(thrown));
          assert.equal(thrown.type, 'request-invalid');
          assert.match(thrown.message, says);
          assert.doesNotMatch(thrown.message, /_:/);
          return true;
        },
      );
    });
  }

  it('shapes nested without end, not by running out of stack', async () => {
    const nested = Array.from({ length: 5000 }, (_, i) => `:n${i} sh:node :n${i + 1} .`).join('\n');
    await assert.rejects(loadShapes(turtle(`:S sh:targetClass :C ; sh:node :n0 . ${nested}`), tbox), {
      type: 'request-invalid',
    });
  });
});

/** Constraints on `:x`, and what is found there: every component of SHACL Core that is supported. */
const SUPPORTED: readonly (readonly [
  title: string,
  shape: string,
  data: string,
  expect: readonly string[],
])[] = [
  ['and', 'sh:and ( [ sh:nodeKind sh:BlankNode ] )', ':x :p 1 .', ['Violation - And']],
  ['or', 'sh:or ( [ sh:nodeKind sh:BlankNode ] [ sh:class :D ] )', ':x :p 1 .', ['Violation - Or']],
  ['xone', 'sh:xone ( [ sh:nodeKind sh:IRI ] [ sh:class :C ] )', ':x :p 1 .', ['Violation - Xone']],
  ['not', 'sh:not [ sh:class :C ]', ':x :p 1 .', ['Violation - Not']],
  ['node', 'sh:node [ sh:property [ sh:path :p ; sh:maxCount 0 ] ]', ':x :p 1 .', ['Violation - Node']],
  ['closed', 'sh:closed true ; sh:ignoredProperties ( rdf:type )', ':x :p 1 .', ['Violation urn:x:p Closed']],
  [
    'closed beside an inverse path over an allowed predicate',
    'sh:closed true ; sh:ignoredProperties ( rdf:type ) ; sh:property [ sh:path :p ] , [ sh:path [ sh:inversePath :p ] ]',
    ':x :p 1 ; :q 1 .',
    ['Violation urn:x:q Closed'],
  ],
  [
    'class by subclass in the data',
    'sh:property [ sh:path :p ; sh:class :D ]',
    ':E rdfs:subClassOf :D . :x :p :y . :y a :E .',
    [],
  ],
  ['class', 'sh:property [ sh:path :p ; sh:class :D ]', ':x :p :y . :y a :E .', ['Violation urn:x:p Class']],
  ['hasValue', 'sh:property [ sh:path :p ; sh:hasValue 2 ]', ':x :p 1 .', ['Violation urn:x:p HasValue']],
  ['in', 'sh:property [ sh:path :p ; sh:in ( 2 3 ) ]', ':x :p 1 , 2 .', ['Violation urn:x:p In']],
  ['equals', 'sh:property [ sh:path :p ; sh:equals :q ]', ':x :q 1 .', ['Violation urn:x:p Equals']],
  [
    'lessThan',
    'sh:property [ sh:path :p ; sh:lessThan :q ]',
    ':x :p 2 ; :q 2 .',
    ['Violation urn:x:p LessThan'],
  ],
  [
    'uniqueLang',
    'sh:property [ sh:path :p ; sh:uniqueLang true ]',
    ':x :p "a"@en , "b"@en .',
    ['Violation urn:x:p UniqueLang'],
  ],
  [
    'languageIn',
    'sh:property [ sh:path :p ; sh:languageIn ( "en" ) ]',
    ':x :p "a"@de .',
    ['Violation urn:x:p LanguageIn'],
  ],
  [
    'pattern with a flag',
    'sh:property [ sh:path :p ; sh:pattern "^A" ; sh:flags "i" ]',
    ':x :p "a" , "b" .',
    ['Violation urn:x:p Pattern'],
  ],
  [
    'qualified shapes',
    'sh:property [ sh:path :p ; sh:qualifiedValueShape [ sh:class :D ] ; sh:qualifiedMinCount 1 ]',
    ':x :p :y .',
    ['Violation urn:x:p QualifiedMinCount'],
  ],
  [
    'inverse path',
    'sh:property [ sh:path [ sh:inversePath :p ] ; sh:minCount 1 ]',
    ':x :q 1 .',
    ['Violation ^<urn:x:p> MinCount'],
  ],
  [
    'sequence path',
    'sh:property [ sh:path ( :p :q ) ; sh:maxCount 0 ]',
    ':x :p :y . :y :q 1 .',
    ['Violation <urn:x:p>/<urn:x:q> MaxCount'],
  ],
  [
    'alternative path',
    'sh:property [ sh:path [ sh:alternativePath ( :p :q ) ] ; sh:minCount 2 ]',
    ':x :p 1 .',
    ['Violation (<urn:x:p>|<urn:x:q>) MinCount'],
  ],
  [
    'one-or-more path',
    'sh:property [ sh:path [ sh:oneOrMorePath :p ] ; sh:nodeKind sh:Literal ]',
    ':x :p 1 .',
    [],
  ],
  [
    'severity Info',
    'sh:property [ sh:path :p ; sh:maxCount 0 ; sh:severity sh:Info ]',
    ':x :p 1 .',
    ['Info urn:x:p MaxCount'],
  ],
  ['deactivated shapes', 'sh:deactivated true ; sh:nodeKind sh:Literal', ':x :p 1 .', []],
  [
    'deactivated property shapes',
    'sh:property [ sh:path :p ; sh:maxCount 0 ; sh:deactivated true ]',
    ':x :p 1 .',
    [],
  ],
  ['one shape used twice on a node', 'sh:node :T ; sh:not :T', ':x :p 1 . ', ['Violation - Node']],
];

describe('SHACL Core by user-supplied shapes', () => {
  for (const [title, shape, data, expect] of SUPPORTED) {
    it(title, async () => {
      const shapes = turtle(`
        :S a sh:NodeShape ; sh:targetClass :C ; ${shape} .
        :T a sh:NodeShape ; sh:property [ sh:path :p ; sh:maxCount 0 ] .`);
      const validator = await loadShapes(shapes, tbox);
      const report = await validator.validateDataset(turtle(`:x a :C . ${data}`));
      assert.deepEqual(findings(report), [...expect].sort());
      assert.equal(report.conforms, expect.length === 0);
    });
  }
});

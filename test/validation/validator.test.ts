/**
 * The validator: what it looks at in a record, across records and in a dataset, and how it reports.
 */
import assert from 'node:assert/strict';
import { loadTBox } from '../../src/ontology/tbox.ts';
import { blankNode, defaultGraph, namedNode, quad } from '../../src/rdf/terms.ts';
import { NS } from '../../src/rdf/vocab.ts';
import { hasViolation, reportToJson, reportToQuads } from '../../src/validation/report.ts';
import { loadShapes } from '../../src/validation/shacl-engine.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { findings, SHAPE_NS, tbox, turtle, validator } from './shipped.ts';

const ELEMENT = turtle(`:e a aeros:InfrastructureElement ; aeros:domain :d ; cf:lowLevelOrchestrator :o ;
  aeros:cpuArchitecture :loongarch ; cf:hostname "node-1" .`);

describe('constraints that look at other records', () => {
  it('name the subjects that they look at, and not the individuals of enumerations', () => {
    assert.deepEqual(validator.referencesOf(ELEMENT), ['urn:x:d', 'urn:x:o']);
  });

  it('do not name subjects that the record itself describes', () => {
    const record = [...ELEMENT, ...turtle(':d a aeros:Domain .')];
    assert.deepEqual(validator.referencesOf(record), ['urn:x:o']);
  });

  it('never touch the verdict on the record alone', async () => {
    assert.equal((await validator.validateRecord(ELEMENT)).conforms, true);
  });

  it('warn of what is not there, or is something else', async () => {
    const report = await validator.validateCrossRecord(ELEMENT, turtle(':d a aeros:Service .'));
    assert.deepEqual(findings(report), [
      'Warning aeros:cpuArchitecture In',
      'Warning aeros:domain Class',
      'Warning cf:lowLevelOrchestrator Class',
    ]);
    assert.equal(hasViolation(report), false);
    assert.deepEqual(new Set(report.results.map(({ scope }) => scope)), new Set(['cross-record']));
  });

  it('are content once the others have come', async () => {
    const others = turtle(':d a aeros:Domain . :o a aeros:LowLevelOrchestrator .');
    const report = await validator.validateCrossRecord(ELEMENT, others);
    assert.deepEqual(findings(report), ['Warning aeros:cpuArchitecture In']);
  });

  it('check only the record, not the subjects to which it refers', async () => {
    const others = turtle(`:d a aeros:Domain ; cf:partOf :nowhere . :o a aeros:LowLevelOrchestrator .
      :e a aeros:InfrastructureElement .`);
    const report = await validator.validateCrossRecord(ELEMENT, others);
    assert.deepEqual(new Set(report.results.map(({ focusNode }) => focusNode.value)), new Set(['urn:x:e']));
  });

  it('accept a link to an element as well as to a domain', async () => {
    const link = turtle(':l a cf:NetworkLink ; cf:linkFrom :e ; cf:linkTo :d .');
    assert.deepEqual(validator.referencesOf(link), ['urn:x:e', 'urn:x:d']);
    const others = turtle(':e a aeros:InfrastructureElement . :d a aeros:Domain .');
    assert.equal((await validator.validateCrossRecord(link, others)).conforms, true);
    assert.equal((await validator.validateCrossRecord(link, others.slice(1))).conforms, false);
  });
});

describe('a whole dataset', () => {
  it('is checked by all shapes, its graphs as one', async () => {
    const quads = ELEMENT.map((q, i) => quad(q.subject, q.predicate, q.object, namedNode(`urn:g:${i}`)));
    const others = turtle(':d a aeros:Domain ; aeros:isEntrypoint "yes" . :o a aeros:LowLevelOrchestrator .');
    const report = await validator.validateDataset([...quads, ...ELEMENT, ...others]);
    assert.deepEqual(findings(report), [
      'Violation aeros:isEntrypoint Datatype',
      'Warning aeros:cpuArchitecture In',
    ]);
    assert.deepEqual(report.results.map(({ scope }) => scope).sort(), ['cross-record', 'record']);
  });

  const shapes = turtle(
    ':S a sh:NodeShape ; sh:targetClass :Vehicle ; sh:property [ sh:path :wheels ; sh:minCount 1 ] .',
  );
  const EXPECTED = ['Violation urn:x:wheels MinCount'];

  it('has the class tree of the ontology in its targets', async () => {
    const own = await loadShapes(
      shapes,
      loadTBox(turtle(':Lorry rdfs:subClassOf :Car . :Car rdfs:subClassOf :Vehicle .')),
    );
    const data = turtle(':x a :Lorry .');
    assert.deepEqual(findings(await own.validateDataset(data)), EXPECTED);
    assert.deepEqual(findings(await own.validateRecord(data)), EXPECTED);
  });

  it('adds the class tree that it states itself, for that dataset alone', async () => {
    const own = await loadShapes(shapes, loadTBox(turtle(':Car rdfs:subClassOf :Vehicle .')));
    const lorry = turtle(':x a :Lorry .');
    const tree = turtle(':Lorry rdfs:subClassOf :Car .');
    assert.deepEqual(findings(await own.validateDataset([...lorry, ...tree])), EXPECTED);
    assert.deepEqual(findings(await own.validateDataset(lorry)), []);
  });

  it('is reached by every kind of target; a target node counts though it is absent', async () => {
    const own = await loadShapes(
      turtle(`
        :Implicit a sh:NodeShape , rdfs:Class ; sh:property [ sh:path :a ; sh:minCount 1 ] .
        :N a sh:NodeShape ; sh:targetNode :absent ; sh:property [ sh:path :b ; sh:minCount 1 ] .
        :Sub a sh:NodeShape ; sh:targetSubjectsOf :knows ; sh:property [ sh:path :c ; sh:minCount 1 ] .
        :Obj a sh:NodeShape ; sh:targetObjectsOf :knows ; sh:property [ sh:path :d ; sh:minCount 1 ] .`),
      tbox,
    );
    const { results } = await own.validateDataset(turtle(':i a :Implicit . :s :knows :o , "a text" .'));
    assert.deepEqual(
      results.map(({ focusNode, path }) => `${focusNode.value} ${path ?? ''}`).sort(),
      [
        'a text urn:x:d',
        'urn:x:absent urn:x:b',
        'urn:x:i urn:x:a',
        'urn:x:o urn:x:d',
        'urn:x:s urn:x:c',
      ].sort(),
    );
  });

  it('lets others work in between, and stops when told to', async () => {
    const many = Array.from(
      { length: 500 },
      (_, i) => `:e${i} a aeros:InfrastructureElement ; cf:trustScore 2.0 .`,
    );
    let pauses = 0;
    const pause = (): Promise<void> => {
      pauses += 1;
      return Promise.resolve();
    };
    const report = await validator.validateDataset(turtle(many.join('\n')), { pause });
    assert.equal(report.results.length, 500);
    assert.ok(pauses >= 5);
    const stop = (): Promise<void> => Promise.reject(new Error('enough'));
    await assert.rejects(validator.validateDataset(turtle(many.join('\n')), { pause: stop }), /enough/);
  });
});

describe('a report', () => {
  const broken = turtle(':e a aeros:InfrastructureElement ; cf:trustScore 2.0 .');

  it('as RDF is a report of SHACL', async () => {
    const report = await validator.validateRecord(broken);
    const quads = reportToQuads(report, blankNode('report'), defaultGraph());
    const message = 'The trust score is one ratio (xsd:decimal) from 0 to 1.';
    const expected = turtle(`
      [] a sh:ValidationReport ; sh:conforms false ; sh:result [
        a sh:ValidationResult ; sh:focusNode :e ; sh:resultPath cf:trustScore ; sh:value 2.0 ;
        sh:resultSeverity sh:Violation ; sh:resultMessage "${message}"@en ;
        sh:sourceConstraintComponent sh:MaxInclusiveConstraintComponent ;
        sh:sourceShape <${SHAPE_NS}trustScore> ; cf:constraintScope "record" ] .`);
    assert.ok(await isomorphic(quads, expected));
  });

  it('names the same finding the same every time, below the IRI of the report', async () => {
    const graph = namedNode('urn:g');
    const quads = async () =>
      reportToQuads(await validator.validateRecord(broken), namedNode('urn:r#violations'), graph);
    const first = await quads();
    assert.deepEqual(first, await quads());
    assert.ok(first.every((q) => q.graph.equals(graph) && q.subject.value.startsWith('urn:r#violations')));
  });

  it('writes a path that is more than a predicate as SHACL writes it', async () => {
    const own = await loadShapes(
      turtle(
        ':S sh:targetClass :C ; sh:property [ sh:path ( [ sh:inversePath :p ] [ sh:alternativePath ( :q :r ) ] ) ; sh:minCount 1 ] .',
      ),
      tbox,
    );
    const report = await own.validateDataset(turtle(':x a :C .'));
    const quads = reportToQuads(report, namedNode('urn:r'), defaultGraph());
    const path = quads.find((q) => q.predicate.value === `${NS.sh}resultPath`)!.object;
    const written = quads.filter((q) => q.subject.termType === 'BlankNode');
    const expected = turtle(':it :is ( [ sh:inversePath :p ] [ sh:alternativePath ( :q :r ) ] ) .');
    const it = quad(namedNode('urn:x:it'), namedNode('urn:x:is'), path);
    assert.ok(await isomorphic([it, ...written], expected));
  });

  it('of data that conform says so', async () => {
    const report = await validator.validateRecord(ELEMENT);
    assert.deepEqual(reportToJson(report), { conforms: true, results: [] });
    const quads = reportToQuads(report, blankNode('r'), defaultGraph());
    assert.ok(await isomorphic(quads, turtle('[] a sh:ValidationReport ; sh:conforms true .')));
  });

  it('as JSON has terms that may be literals in N-Triples syntax', async () => {
    assert.deepEqual(reportToJson(await validator.validateRecord(broken)), {
      conforms: false,
      results: [
        {
          focusNode: 'urn:x:e',
          path: `${NS.cf}trustScore`,
          value: `"2.0"^^<${NS.xsd}decimal>`,
          message: 'The trust score is one ratio (xsd:decimal) from 0 to 1.',
          severity: 'Violation',
          component: `${NS.sh}MaxInclusiveConstraintComponent`,
          sourceShape: `${SHAPE_NS}trustScore`,
          scope: 'record',
        },
      ],
    });
  });
});

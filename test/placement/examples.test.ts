import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { draftOf } from '../../src/placement/claims.ts';
import { parseHeader } from '../../src/placement/header.ts';
import { parsePlacementRequest } from '../../src/placement/request.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { namedNode, quad, type RDF, type Term, typed } from '../../src/rdf/terms.ts';
import { namedQueries } from '../../src/service/queries.ts';
import { engine, graphs, NOW, PREFIXES, placerFor, World } from './world.ts';

const folder = join(import.meta.dirname, '..', '..', 'queries', 'examples');
const files = readdirSync(folder).filter((name) => name.endsWith('.rq'));

const TURTLE = `
  :a a aeros:InfrastructureElement ; aeros:domain :d ; aeros:infrastructureElementStatus aeros:ReadyInfrastructureElement ;
    cf:cpuMillicores 4000 ; cf:memoryCapacityBytes 8000 ; cf:memoryAvailableBytes 4000 ;
    cf:lastObservedAt "2026-01-01T12:00:00Z"^^xsd:dateTime .
  :b a aeros:InfrastructureElement ; aeros:domain :d ; cf:memoryAvailableBytes 100 .
  :l a cf:NetworkLink ; cf:linkFrom :d ; cf:linkTo :d2 ; cf:latencyMs 3.5 .
`;

const SYSTEM = `
  @prefix sh: <http://www.w3.org/ns/shacl#> .
  :r a sh:ValidationResult ; sh:focusNode :b ; sh:resultSeverity sh:Violation ; sh:resultMessage "no CPU" .
  :q a cf:QuarantinedRecord ; cf:recordSource "s" ; cf:recordKey "k" .
`;

const bindings: Readonly<Record<string, Readonly<Record<string, Term>>>> = {
  'stale-elements': { before: typed('2026-01-01T11:00:00Z', 'dateTime') },
  'why-there': { component: namedNode('urn:x:s:Component:c') },
  'components-on-element': { element: namedNode('urn:x:a') },
};

/** First row, in the order of the variables, of each query over the world. */
const first: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'free-memory-per-domain': ['urn:x:d', '3100', '2'],
  'capacity-per-domain': ['urn:x:d', '2', '4000', '8000'],
  'stale-elements': ['urn:x:b', undefined],
  'missing-facts': ['urn:x:a', 'https://w3id.org/aerOS/continuum#cpuArchitecture'],
  violations: ['urn:x:b', undefined, 'no CPU', 'http://www.w3.org/ns/shacl#Violation'],
  'claims-per-element': ['urn:x:a', undefined, '1000', undefined, undefined],
  'slowest-links': ['urn:x:l', 'urn:x:d', 'urn:x:d2', '3.5', undefined],
};

describe('named queries', () => {
  let world: World;
  before(async () => {
    world = new World(TURTLE);
    const request = parsePlacementRequest({
      service: { id: 'urn:x:s', name: 's' },
      components: [{ name: 'c', requirements: { memoryBytes: 1000 } }],
    });
    const decision = await placerFor().place(request, world.snapshot, NOW);
    world.apply(draftOf(decision, request, world.view, graphs));
    const graph = graphs.system('violations');
    const added = parseTurtleFamily(PREFIXES + SYSTEM, { format: 'turtle' }).quads;
    world.apply({
      added: added.map((q: RDF.Quad) => quad(q.subject, q.predicate, q.object, graph)),
      removed: [],
    });
  });

  it('are there', () => {
    assert.ok(files.length >= 10);
  });

  for (const file of files) {
    const name = file.replace('.rq', '');
    it(`${name} answers`, async () => {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      const header = parseHeader(path, text);
      assert.equal(header.name, name);
      const query = namedQueries([{ name: file, path, text }])[0]!;
      assert.equal(query.name, name);
      assert.ok(query.label.length > 0);
      for (const { path: from } of header.params) assert.equal(from[0], 'argument');
      const given = bindings[name] ?? {};
      assert.deepEqual(
        header.params.map(({ variable }) => variable).toSorted(),
        Object.keys(given).toSorted(),
      );
      const result = await engine.query(engine.parse(query.text, { kind: 'query' }), world.view, {
        bindings: given,
      });
      assert.ok(result.kind === 'select' && result.rows.length > 0);
      const expected = first[name];
      if (expected)
        assert.deepEqual(
          result.rows[0]?.map((term) => term?.value),
          expected,
        );
    });
  }
});

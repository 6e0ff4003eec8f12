/**
 * The public payloads, whole: every attribute is mapped or is listed here as one that is not.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/log/change.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { diffQuads } from '../../src/rdf/dataset.ts';
import { NS, rdf } from '../../src/rdf/vocab.ts';
import { dataPath, describeWithData, readData } from '../data.ts';
import { canonicalRecord, entitiesOf, liveContext, tableContext } from './payloads.ts';
import { crosswalk, ROOT, turtle } from './tables.ts';

const plan = compileMapping(readFileSync(join(ROOT, 'mappings', 'ngsi-ld.rml.ttl'), 'utf8'), {
  name: 'ngsi-ld',
});

/** Terms of dataModel.IT that have no counterpart in the continuum, by payload. */
const REST: Readonly<Record<string, readonly string[]>> = {
  CloudRegion: ['contactPoint', 'version', 'test'],
  ITTests: ['ITTests', 'status', 'timestamp', 'elapsedTime', 'component', 'tests'],
};

describeWithData('payloads of Smart Data Models', () => {
  const files = readdirSync(dataPath('aeros', 'payloads')).filter((file) =>
    /^sdm-[A-Z].*\.jsonld$/.test(file),
  );
  const context = tableContext(
    (
      JSON.parse(readData('aeros', 'payloads', 'sdm-dataModel.IT-context.jsonld')) as {
        '@context': JsonObject;
      }
    )['@context'],
  );

  it('are thirteen', () => {
    assert.equal(files.length, 13);
  });

  for (const file of files) {
    const name = file.slice('sdm-'.length, -'.jsonld'.length);
    it(`${name} is mapped but for ${REST[name]?.join(', ') ?? 'nothing'}`, () => {
      const entity = JSON.parse(readData('aeros', 'payloads', file)) as JsonObject;
      const [record] = entitiesOf(entity, context).map((one) => canonicalRecord(plan, one));
      assert.ok(record && record.quads.length > 1);
      const unmapped = record.diagnostics.filter(({ code }) => code === 'term-unmapped');
      assert.deepEqual(
        unmapped.map(({ term }) => term?.split('/').at(-1)).sort(),
        [...(REST[name] ?? [])].sort(),
      );
      assert.deepEqual(
        record.diagnostics.filter((diagnostic) => !unmapped.includes(diagnostic)),
        [],
      );
    });
  }

  it('the infrastructure element gives what a placement reads', () => {
    const entity = JSON.parse(
      readData('aeros', 'payloads', 'sdm-InfrastructureElement.jsonld'),
    ) as JsonObject;
    const { quads } = canonicalRecord(plan, entitiesOf(entity, context)[0]!);
    const stated = new Set(quads.map((q) => q.predicate.value));
    const missing = [
      ...[
        'cpuMillicores',
        'cpuUsageRatio',
        'memoryAvailableBytes',
        'memoryCapacityBytes',
        'diskAvailableBytes',
      ],
      ...['gpuPresent', 'gpuMemoryBytes', 'trustScore', 'energyEfficiencyRatio', 'containerTechnology'],
      ...['realTimeCapable', 'latitudeDegrees', 'longitudeDegrees', 'hostname', 'lowLevelOrchestrator'],
    ].filter((term) => !stated.has(NS.cf + term));
    assert.deepEqual(missing, []);
    const aeros = [
      'domain',
      'cpuArchitecture',
      'operatingSystem',
      'infrastructureElementTier',
      'infrastructureElementStatus',
    ];
    assert.deepEqual(
      aeros.filter((term) => !stated.has(NS.aeros + term)),
      [],
    );
  });
});

describeWithData('payloads of aerOS', () => {
  it('each of the 87 telemetry patches is mapped whole', () => {
    const patches = JSON.parse(readData('aeros', 'payloads', 'aeros-telemetry-87.json')) as JsonObject[];
    assert.equal(patches.length, 87);
    for (const patch of patches) {
      const entity = {
        id: 'urn:ngsi-ld:InfrastructureElement:Test:1',
        type: 'InfrastructureElement',
        ...patch,
      };
      const { quads, diagnostics } = canonicalRecord(plan, entitiesOf(entity, liveContext)[0]!);
      assert.deepEqual(diagnostics, []);
      const ours = quads.filter((q) => q.predicate.value.startsWith(NS.cf));
      assert.equal(ours.length, Object.keys(patch).length);
    }
  });

  for (const file of ['scomponent_req_constraints.json', 'scomponent_req_ie.json']) {
    it(`the candidate set ${file} is mapped whole; what is unknown is told`, () => {
      const set = JSON.parse(readData('aeros', 'payloads', file)) as {
        service_component_definition: JsonObject;
        infrastructure_element_candidates: JsonObject[];
      };
      const entities = [set.service_component_definition, ...set.infrastructure_element_candidates].flatMap(
        (entity) => entitiesOf(entity, liveContext),
      );
      assert.ok(entities.length > 5);
      for (const entity of entities) {
        const { quads, diagnostics } = canonicalRecord(plan, entity);
        assert.ok(quads.length > 1, entity.id);
        assert.deepEqual(
          diagnostics.filter(({ code }) => code !== 'value-unknown'),
          [],
          entity.id,
        );
        const dialect = quads.filter((q) => q.predicate.value.startsWith(NS.ngsiDefault));
        assert.deepEqual(dialect, []);
      }
    });
  }
});

describeWithData('the graph of the LDAP collector', () => {
  const graph = turtle(readData('aeros', 'ldap', 'knowledge-graph.nt'));
  const { quads, diagnostics } = crosswalk.canonicalise(graph);
  const { added, removed } = diffQuads(graph, quads);

  it('has the class of its users in the right namespace, and nothing else is touched', () => {
    assert.equal(graph.length, 70);
    assert.equal(quads.length, 70);
    assert.equal(removed.length, 6);
    assert.deepEqual(
      added.map((q) => [q.predicate.value, q.object.value]),
      removed.map(() => [rdf.type.value, `${NS.aeros}User`]),
    );
  });

  it('has a term that the ontology lacks, and that is told', () => {
    const wrong = 'https://gitlab.aeros-project.eu/wp4/t4.1/aeros-continuum#';
    assert.deepEqual(
      diagnostics.map(({ code, term }) => [code, term]),
      [['term-unknown', `${wrong}ldapIdentifier`]],
    );
  });
});

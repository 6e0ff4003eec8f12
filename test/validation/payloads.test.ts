/**
 * Everything real passes the record-local shapes: public payloads, fixtures of the dialects, samples.
 */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../src/log/change.ts';
import { compileMapping } from '../../src/mapping/plan.ts';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { dataPath, describeWithData, readData } from '../data.ts';
import { kinds } from '../ontology/dialects.ts';
import { canonicalRecord, type Entity, entitiesOf, liveContext, tableContext } from '../ontology/payloads.ts';
import { crosswalk } from '../ontology/tables.ts';
import { findings, ROOT, validator } from './shipped.ts';

const plan = compileMapping(readFileSync(join(ROOT, 'mappings', 'ngsi-ld.rml.ttl'), 'utf8'), {
  name: 'ngsi-ld',
});

async function checkEntity(entity: Entity): Promise<void> {
  const { quads } = canonicalRecord(plan, entity);
  assert.ok(quads.length > 1, entity.id);
  assert.deepEqual(findings(await validator.validateRecord(quads)), [], entity.id);
}

describeWithData('public payloads pass the record-local shapes', () => {
  it('the thirteen of Smart Data Models', async () => {
    const files = readdirSync(dataPath('aeros', 'payloads')).filter((file) =>
      /^sdm-[A-Z].*\.jsonld$/.test(file),
    );
    assert.equal(files.length, 13);
    const text = readData('aeros', 'payloads', 'sdm-dataModel.IT-context.jsonld');
    const context = tableContext((JSON.parse(text) as { '@context': JsonObject })['@context']);
    for (const file of files) {
      const entity = JSON.parse(readData('aeros', 'payloads', file)) as JsonObject;
      for (const one of entitiesOf(entity, context)) await checkEntity(one);
    }
  });

  it('the 87 telemetry patches, merged one upon the other', async () => {
    const patches = JSON.parse(readData('aeros', 'payloads', 'aeros-telemetry-87.json')) as JsonObject[];
    assert.equal(patches.length, 87);
    let merged: Record<string, Json> = {
      id: 'urn:ngsi-ld:InfrastructureElement:Test:1',
      type: 'InfrastructureElement',
      ramCapacity: { value: 15_615 },
    };
    for (const patch of patches) {
      merged = { ...merged, ...patch };
      await checkEntity(entitiesOf(merged, liveContext)[0]!);
    }
  });

  for (const file of ['scomponent_req_constraints.json', 'scomponent_req_ie.json']) {
    it(`the candidate set ${file}`, async () => {
      const set = JSON.parse(readData('aeros', 'payloads', file)) as {
        service_component_definition: JsonObject;
        infrastructure_element_candidates: JsonObject[];
      };
      const entities = [set.service_component_definition, ...set.infrastructure_element_candidates].flatMap(
        (one) => entitiesOf(one, liveContext),
      );
      assert.ok(entities.length > 5);
      for (const entity of entities) await checkEntity(entity);
    });
  }

  it('the graph of the LDAP collector', async () => {
    const { quads } = parseTurtleFamily(readData('aeros', 'ldap', 'knowledge-graph.nt'), {
      format: 'n-triples',
    });
    const record = crosswalk.canonicalise(quads).quads;
    assert.ok(record.length > 50);
    assert.deepEqual(findings(await validator.validateRecord(record)), []);
  });
});

describe('fixtures and samples pass the record-local shapes', () => {
  const all = kinds().flatMap(({ name, dialects }) =>
    [...dialects].map(([dialect, quads]) => ({ title: `${name} of dialect ${dialect}`, quads })),
  );

  it('there are fixtures of all four dialects', () => {
    assert.ok(all.length >= 20);
  });

  for (const { title, quads } of all) {
    it(title, async () => {
      const record = crosswalk.canonicalise(quads).quads;
      assert.deepEqual(findings(await validator.validateRecord(record)), []);
    });
  }

  const samples = globSync('mappings/samples/*/expected.nq', { cwd: ROOT });

  it('there are samples', () => {
    assert.ok(samples.length >= 5);
  });

  for (const sample of samples) {
    it(sample, async () => {
      const { quads } = parseTurtleFamily(readFileSync(join(ROOT, sample), 'utf8'), { format: 'n-quads' });
      assert.ok(quads.length > 0);
      assert.deepEqual(findings(await validator.validateRecord(quads)), []);
    });
  }
});

/** Writes about one infrastructure element through the NGSI-LD door; each test has an element of its own. */
import assert from 'node:assert/strict';
import { type Answer, entityPath } from './door.ts';
import type { TestFabric } from './harness.ts';

export const ETSI = 'https://uri.etsi.org/ngsi-ld/errors/';
/** The entity of the running test; each has its own. */
export let ID = '';
let elements = 0;

export function nextElement(): void {
  ID = `urn:ngsi-ld:InfrastructureElement:W:${++elements}`;
}

export interface Attributes {
  readonly [name: string]: unknown;
}

export const entity = (attributes: Attributes, id = ID): object => ({
  id,
  type: 'InfrastructureElement',
  ...attributes,
});
export const observed = (value: unknown, observedAt: string): object => ({
  type: 'Property',
  value,
  observedAt,
});

export const create = (fabric: TestFabric, attributes: Attributes, id = ID): Promise<Answer> =>
  fabric.send('/ngsi-ld/v1/entities', entity(attributes, id));
export const patch = (fabric: TestFabric, attributes: Attributes, id = ID): Promise<Answer> =>
  fabric.send(entityPath(id), attributes, { method: 'PATCH' });

/** The value of a canonical property in the default graph; undefined where there is none. */
export async function value(fabric: TestFabric, property: string, id = ID): Promise<string | undefined> {
  const rows = await fabric.values(`SELECT ?x { <${id}> ${property} ?x }`);
  assert.ok(rows.length <= 1, `${property} has ${rows.length} values`);
  return rows[0];
}

export const exists = async (fabric: TestFabric, id = ID): Promise<boolean> =>
  (await fabric.sparql(`SELECT ?p { <${id}> ?p ?o } LIMIT 1`)).length > 0;

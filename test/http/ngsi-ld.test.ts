/** The NGSI-LD door: codes, batch answers, contexts and parameters, for fixed outcomes of the writes. */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import type { NgsiLdAnswer, NgsiLdWrite } from '../../src/service.ts';
import { checkProblem } from './check.ts';
import { outcome } from './fake-service.ts';
import { withServer } from './harness.ts';

const BASE = '/ngsi-ld/v1';
const ETSI = 'https://uri.etsi.org/ngsi-ld/errors/';
const CONTEXT = 'https://example.org/c.jsonld';
const LINK = `<${CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"`;
const ENTITY = { id: 'urn:a', type: 'T', speed: { type: 'Property', value: 1 } };

interface Case {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer?: NgsiLdAnswer | FabricError;
  readonly status: number;
  /** What the service is asked to write. */
  readonly write?: NgsiLdWrite;
  readonly location?: string;
  readonly json?: unknown;
  /** Name of the ETSI error type. */
  readonly etsi?: string;
  readonly header?: readonly [name: string, value: string];
}

const answer = (
  outcomes: NgsiLdAnswer['outcomes'],
  notUpdated: NgsiLdAnswer['notUpdated'] = [],
): NgsiLdAnswer => ({ outcomes, notUpdated });
const good = answer([outcome('urn:a')]);
const created = answer([outcome('urn:a', { created: true })]);
const { id: _, ...FRAGMENT } = ENTITY;

const CASES: readonly Case[] = [
  {
    what: 'create',
    method: 'POST',
    path: '/entities',
    body: ENTITY,
    answer: created,
    status: 201,
    location: `${BASE}/entities/urn:a`,
    write: { kind: 'create', body: ENTITY },
  },
  {
    what: 'create with a Link',
    method: 'POST',
    path: '/entities?local=true',
    body: ENTITY,
    headers: { Link: LINK },
    answer: created,
    status: 201,
    write: { kind: 'create', body: ENTITY, link: CONTEXT },
  },
  {
    what: 'create what exists',
    method: 'POST',
    path: '/entities',
    body: ENTITY,
    answer: new FabricError('already-exists', 'Entity urn:a exists'),
    status: 409,
    etsi: 'AlreadyExists',
  },
  {
    what: 'create what breaks a shape',
    method: 'POST',
    path: '/entities',
    body: ENTITY,
    answer: answer([outcome('urn:odd')]),
    status: 400,
    etsi: 'BadRequestData',
  },
  {
    what: 'create what cannot be read',
    method: 'POST',
    path: '/entities',
    body: ENTITY,
    answer: answer([outcome('urn:bad')]),
    status: 400,
    etsi: 'BadRequestData',
  },
  {
    what: 'create a later known one',
    method: 'POST',
    path: '/entities',
    body: ENTITY,
    answer: answer([outcome('urn:a', { status: 'stale' })]),
    status: 409,
    etsi: 'AlreadyExists',
  },
  {
    what: 'merge',
    method: 'PATCH',
    path: '/entities/urn:a?local=true',
    body: { currentCpuUsage: { value: 12 } },
    answer: good,
    status: 204,
    write: { kind: 'merge', id: 'urn:a', body: { currentCpuUsage: { value: 12 } } },
  },
  {
    what: 'merge as a merge patch',
    method: 'PATCH',
    path: '/entities/urn:a',
    body: FRAGMENT,
    headers: { 'content-type': 'application/merge-patch+json' },
    answer: good,
    status: 204,
  },
  {
    what: 'merge with an encoded id',
    method: 'PATCH',
    path: '/entities/urn%3Aa%2Fb',
    body: FRAGMENT,
    answer: good,
    status: 204,
    write: { kind: 'merge', id: 'urn:a/b', body: FRAGMENT },
  },
  {
    what: 'merge into nothing',
    method: 'PATCH',
    path: '/entities/urn:a',
    body: FRAGMENT,
    answer: new FabricError('not-found', 'Entity urn:a does not exist'),
    status: 404,
    etsi: 'ResourceNotFound',
  },
  {
    what: 'merge what is old',
    method: 'PATCH',
    path: '/entities/urn:a',
    body: FRAGMENT,
    answer: answer([outcome('urn:a', { status: 'stale' })]),
    status: 204,
    header: ['fabric-outcome', 'stale'],
  },
  {
    what: 'merge a list',
    method: 'PATCH',
    path: '/entities/urn:a',
    body: [FRAGMENT],
    status: 400,
    etsi: 'BadRequestData',
  },
  {
    what: 'delete',
    method: 'DELETE',
    path: '/entities/urn:a',
    answer: good,
    status: 204,
    write: { kind: 'delete', id: 'urn:a' },
  },
  {
    what: 'delete nothing',
    method: 'DELETE',
    path: '/entities/urn:a',
    answer: new FabricError('not-found', 'Entity urn:a does not exist'),
    status: 404,
    etsi: 'ResourceNotFound',
  },
  {
    what: 'update attributes',
    method: 'PATCH',
    path: '/entities/urn:a/attrs',
    body: { speed: 1 },
    answer: good,
    status: 204,
    write: { kind: 'update-attributes', id: 'urn:a', body: { speed: 1 } },
  },
  {
    what: 'update attributes in part',
    method: 'PATCH',
    path: '/entities/urn:a/attrs',
    body: { type: 'T', speed: 1, colour: 2 },
    answer: answer([outcome('urn:a')], [{ attribute: 'colour', reason: 'The entity has no such attribute' }]),
    status: 207,
    json: {
      updated: ['speed'],
      notUpdated: [{ attributeName: 'colour', reason: 'The entity has no such attribute' }],
    },
  },
  {
    what: 'append attributes',
    method: 'POST',
    path: '/entities/urn:a/attrs',
    body: { speed: 1 },
    answer: good,
    status: 204,
    write: { kind: 'append-attributes', id: 'urn:a', body: { speed: 1 }, overwrite: true },
  },
  {
    what: 'append without overwriting',
    method: 'POST',
    path: '/entities/urn:a/attrs?options=noOverwrite',
    body: { speed: 1 },
    answer: good,
    status: 204,
    write: { kind: 'append-attributes', id: 'urn:a', body: { speed: 1 }, overwrite: false },
  },
  {
    what: 'delete an attribute',
    method: 'DELETE',
    path: '/entities/urn:a/attrs/speed',
    headers: { Link: LINK },
    answer: good,
    status: 204,
    write: { kind: 'delete-attribute', id: 'urn:a', attribute: 'speed', link: CONTEXT },
  },
  {
    what: 'delete an attribute by its IRI',
    method: 'DELETE',
    path: `/entities/urn:a/attrs/${encodeURIComponent('https://e.org/a#speed')}`,
    answer: good,
    status: 204,
    write: { kind: 'delete-attribute', id: 'urn:a', attribute: 'https://e.org/a#speed' },
  },
  {
    what: 'delete no attribute',
    method: 'DELETE',
    path: '/entities/urn:a/attrs/speed',
    answer: new FabricError('not-found', 'No such attribute'),
    status: 404,
    etsi: 'ResourceNotFound',
  },
  {
    what: 'upsert new ones',
    method: 'POST',
    path: '/entityOperations/upsert',
    body: [ENTITY],
    answer: answer([outcome('urn:a', { created: true }), outcome('urn:b')]),
    status: 201,
    json: ['urn:a'],
    write: { kind: 'upsert', body: [ENTITY], mode: 'replace' },
  },
  {
    what: 'upsert known ones',
    method: 'POST',
    path: '/entityOperations/upsert?options=update',
    body: [ENTITY],
    answer: good,
    status: 204,
    write: { kind: 'upsert', body: [ENTITY], mode: 'update' },
  },
  {
    what: 'upsert nothing',
    method: 'POST',
    path: '/entityOperations/upsert',
    body: [],
    status: 400,
    etsi: 'BadRequestData',
  },
  {
    what: 'take a notification',
    method: 'POST',
    path: '/notify',
    body: { type: 'Notification', data: [] },
    answer: answer([]),
    status: 204,
    write: { kind: 'notify', body: { type: 'Notification', data: [] } },
  },
  {
    what: 'take a notification as linked data',
    method: 'POST',
    path: '/notify',
    body: { type: 'Notification', data: [], '@context': CONTEXT },
    headers: { 'content-type': 'application/ld+json' },
    answer: good,
    status: 204,
  },
  {
    what: 'read text that is no JSON',
    method: 'POST',
    path: '/entities',
    body: '{"id": }',
    status: 400,
    etsi: 'InvalidRequest',
  },
  {
    what: 'take a context in plain JSON',
    method: 'POST',
    path: '/entities',
    body: { ...ENTITY, '@context': CONTEXT },
    status: 400,
    etsi: 'BadRequestData',
  },
  {
    what: 'take linked data without a context',
    method: 'POST',
    path: '/entities',
    body: ENTITY,
    headers: { 'content-type': 'application/ld+json' },
    status: 400,
    etsi: 'BadRequestData',
  },
  {
    what: 'take two contexts',
    method: 'POST',
    path: '/entities',
    body: { ...ENTITY, '@context': CONTEXT },
    headers: { 'content-type': 'application/ld+json', Link: LINK },
    status: 400,
    etsi: 'BadRequestData',
  },
  {
    what: 'heed an unknown parameter',
    method: 'DELETE',
    path: '/entities/urn:a?lcoal=true',
    status: 400,
    etsi: 'InvalidRequest',
  },
  {
    what: 'leave a known parameter unheeded',
    method: 'DELETE',
    path: '/entities/urn:a/attrs/speed?datasetId=urn:d',
    status: 422,
    etsi: 'OperationNotSupported',
  },
];

describe('http: NGSI-LD', () => {
  for (const { what, method, path, body, headers = {}, answer: given = good, ...expected } of CASES) {
    it(`answers ${expected.status} when asked to ${what}`, async () => {
      const ngsiLd = (): Promise<NgsiLdAnswer> =>
        given instanceof FabricError ? Promise.reject(given) : Promise.resolve(given);
      await withServer({ service: { ngsiLd } }, async ({ ask, fake }) => {
        const response = await ask(BASE + path, {
          method,
          headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        });
        if (expected.etsi !== undefined) {
          await checkProblem(response, { status: expected.status, type: ETSI + expected.etsi });
          return;
        }
        assert.equal(response.status, expected.status, await response.clone().text());
        if (expected.write) assert.deepEqual(fake.lastOf('ngsiLd'), [expected.write]);
        if (expected.location !== undefined)
          assert.equal(response.headers.get('location'), expected.location);
        if (expected.header) assert.equal(response.headers.get(expected.header[0]), expected.header[1]);
        if (expected.json === undefined) assert.equal(await response.text(), '');
        else assert.deepEqual(await response.json(), expected.json);
      });
    });
  }

  for (const path of [`${BASE}/entityOperations/upsert`, `${BASE}/notify`, '/ngsi-ld/ex/v1/notify']) {
    it(`tells which entities of ${path} failed, and why`, async () => {
      const given = answer([
        outcome('urn:a'),
        outcome('urn:bad', { position: 1 }),
        outcome('urn:odd', { position: 2 }),
      ]);
      await withServer({ service: { ngsiLd: () => Promise.resolve(given) } }, async ({ ask }) => {
        const body = JSON.stringify(path.endsWith('upsert') ? [ENTITY] : { data: [ENTITY] });
        const response = await ask(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        assert.equal(response.status, 207);
        const { success, errors } = (await response.json()) as {
          success: string[];
          errors: { entityId: string; position: number; error: Record<string, unknown> }[];
        };
        assert.deepEqual(success, ['urn:a']);
        assert.deepEqual(
          errors.map(({ entityId, position, error }) => [
            entityId,
            position,
            error['type'],
            error['outcome'],
          ]),
          [
            ['urn:bad', 1, `${ETSI}BadRequestData`, 'refused'],
            ['urn:odd', 2, `${ETSI}BadRequestData`, 'quarantined'],
          ],
        );
        assert.deepEqual(errors[1]?.error['report'], { conforms: false, results: [] });
      });
    });
  }
});

/** Every type of the catalogue over real HTTP, ours and in the manner of NGSI-LD; and faults of our own. */
import assert from 'node:assert/strict';
import { FabricError, PROBLEMS, type ProblemType } from '../../src/errors.ts';
import { checkProblem, json } from './check.ts';
import { withServer } from './harness.ts';

const STATUS: Readonly<Record<ProblemType, number>> = {
  'syntax-error': 400,
  'request-invalid': 400,
  'config-invalid': 500,
  'mapping-invalid': 422,
  'mapping-failed': 422,
  'shape-violation': 422,
  'record-invalid': 422,
  'unknown-source': 404,
  'not-found': 404,
  'already-exists': 409,
  'unknown-tenant': 404,
  'media-type-unsupported': 415,
  'not-acceptable': 406,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'graph-owned': 409,
  'query-deadline': 503,
  'query-too-large': 422,
  'query-unsupported': 422,
  'placement-conflict': 409,
  'constraint-broken': 500,
  'snapshot-unavailable': 410,
  overloaded: 429,
  'storage-full': 507,
  'log-unavailable': 503,
  'log-damaged': 500,
  'store-damaged': 500,
  'backup-damaged': 422,
  'backup-unknown': 422,
  'data-directory-unusable': 500,
  'data-directory-locked': 500,
  unauthenticated: 401,
  forbidden: 403,
  'path-refused': 403,
  'origin-refused': 403,
  'shim-failed': 502,
  unreachable: 502,
  'not-supported': 422,
  'request-timeout': 408,
  'headers-too-large': 431,
  'internal-fault': 500,
};

const ETSI = 'https://uri.etsi.org/ngsi-ld/errors/';

const NGSI_LD: readonly {
  readonly type: ProblemType;
  readonly extensions?: object;
  readonly status: number;
  readonly etsi: string;
}[] = [
  { type: 'syntax-error', status: 400, etsi: 'InvalidRequest' },
  { type: 'request-invalid', status: 400, etsi: 'InvalidRequest' },
  { type: 'record-invalid', status: 400, etsi: 'BadRequestData' },
  { type: 'mapping-failed', status: 400, etsi: 'BadRequestData' },
  { type: 'shape-violation', status: 400, etsi: 'BadRequestData' },
  { type: 'not-found', status: 404, etsi: 'ResourceNotFound' },
  { type: 'already-exists', status: 409, etsi: 'AlreadyExists' },
  { type: 'not-supported', status: 422, etsi: 'OperationNotSupported' },
  {
    type: 'origin-refused',
    extensions: { context: 'https://example.org/c.jsonld' },
    status: 504,
    etsi: 'LdContextNotAvailable',
  },
];

describe('http: problem documents', () => {
  for (const type of Object.keys(PROBLEMS) as ProblemType[]) {
    it(`answers ${type} with ${STATUS[type]}`, async () => {
      const refusal = new FabricError(type, 'Subject does not fit', {
        location: { line: 3, column: 4 },
        extensions: { hint: 'look there', status: 200, title: 'forged' },
      });
      await withServer({ service: { place: () => Promise.reject(refusal) } }, async ({ ask }) => {
        await checkProblem(await ask('/v1/placements', json({})), {
          status: STATUS[type],
          type,
          members: {
            title: PROBLEMS[type].title,
            mend: PROBLEMS[type].mend,
            detail: 'Subject does not fit',
            location: { line: 3, column: 4 },
            hint: 'look there',
          },
        });
      });
    });
  }

  it('tells readers of an overload by 503 and writers by 429, both when to come again', async () => {
    const refuse = () =>
      Promise.reject(new FabricError('overloaded', 'Too many', { extensions: { retryAfterSeconds: 2.5 } }));
    await withServer({ service: { query: refuse, update: refuse } }, async ({ ask }) => {
      const read = await ask('/sparql?query=ASK%7B%7D');
      const written = await ask('/sparql', {
        method: 'POST',
        headers: { 'content-type': 'application/sparql-update' },
        body: 'CLEAR ALL',
      });
      assert.deepEqual(
        [read, written].map((response) => response.headers.get('retry-after')),
        ['3', '3'],
      );
      await checkProblem(read, { status: 503, type: 'overloaded' });
      await checkProblem(written, { status: 429, type: 'overloaded' });
    });
  });

  it('answers a fault of our own with 500 and nothing of its inside, and goes on', async () => {
    const service = {
      place: () => Promise.reject(new TypeError('secret of /etc/passwd')),
      status: () => {
        throw new Error('secret too');
      },
    };
    await withServer({ service }, async ({ ask }) => {
      for (const response of [await ask('/v1/placements', json({})), await ask('/v1/status')]) {
        const document = await checkProblem(response, {
          status: 500,
          type: 'https://w3id.org/continuum-fabric/problems#internal-fault',
        });
        assert.ok(!JSON.stringify(document).includes('secret'));
      }
      assert.equal((await ask('/livez')).status, 200);
    });
  });

  for (const { type, extensions, status, etsi } of NGSI_LD) {
    it(`tells ${type} as ${etsi} (${status}) at the NGSI-LD door`, async () => {
      const refusal = new FabricError(type, 'Entity does not fit', { extensions: { ...extensions } });
      await withServer({ service: { ngsiLd: () => Promise.reject(refusal) } }, async ({ ask }) => {
        const answer = await ask('/ngsi-ld/v1/entities', json({ id: 'urn:x' }));
        await checkProblem(answer, { status, type: ETSI + etsi, members: { fabricType: refusal.iri } });
      });
    });
  }

  it('tells a fault of our own as InternalError at the NGSI-LD door', async () => {
    await withServer({ service: { ngsiLd: () => Promise.reject(new Error('secret')) } }, async ({ ask }) => {
      const answer = await ask('/ngsi-ld/v1/entities', json({ id: 'urn:x' }));
      const document = await checkProblem(answer, { status: 500, type: `${ETSI}InternalError` });
      assert.ok(!JSON.stringify(document).includes('secret'));
    });
  });

  it('answers an unknown address and an address that is not UTF-8', async () => {
    await withServer({}, async ({ ask }) => {
      await checkProblem(await ask('/v2/ingest'), { status: 404, type: 'not-found' });
      await checkProblem(await ask('/v1/queries/%ff'), { status: 400, type: 'request-invalid' });
    });
  });

  const METHODS = [
    { path: '/v1/placements', method: 'PUT', allow: 'POST' },
    { path: '/sparql', method: 'DELETE', allow: 'GET, HEAD, POST' },
    { path: '/v1/status', method: 'POST', allow: 'GET, HEAD' },
    { path: '/ngsi-ld/v1/entities/urn:x', method: 'PUT', allow: 'PATCH, DELETE' },
  ];
  for (const { path, method, allow } of METHODS) {
    it(`refuses ${method} ${path} and tells the methods`, async () => {
      await withServer({}, async ({ ask }) => {
        const refused = await ask(path, { method });
        assert.equal(refused.headers.get('allow'), allow);
        await checkProblem(refused, { status: 405, type: 'method-not-allowed' });
        const options = await ask(path, { method: 'OPTIONS' });
        assert.equal(options.status, 204);
        assert.equal(options.headers.get('allow'), `${allow}, OPTIONS`);
      });
    });
  }
});

/** Placements, the state as a whole, probes, ontology and documents. */
import assert from 'node:assert/strict';
import { FabricError } from '../../src/errors.ts';
import type { RdfFormat } from '../../src/rdf/formats.ts';
import { parseRdf } from '../../src/rdf/parse.ts';
import { checkProblem, json } from './check.ts';
import { placementAnswer, QUADS } from './fake-service.ts';
import { withServer } from './harness.ts';

describe('http: placements', () => {
  it('hands on the request, the key and the way to explain, and says where the decision is', async () => {
    await withServer({}, async ({ ask, fake }) => {
      const answer = await ask(
        '/v1/placements?explain=summary',
        json({ explain: 'none', components: [] }, { 'Idempotency-Key': 'k-1' }),
      );
      assert.equal(answer.status, 200);
      assert.deepEqual(fake.lastOf('place'), [{ explain: 'summary', components: [] }, 'k-1']);
      const location = answer.headers.get('location') ?? '';
      assert.equal(location, '/v1/placements/1');
      assert.equal((await ask(location)).status, 200);
      assert.deepEqual(fake.lastOf('decision'), ['http://example.org/decision/1']);
    });
  });

  it('takes an IRI or its last part for a decision', async () => {
    await withServer({}, async ({ ask, fake }) => {
      const iri = 'http://example.org/decision/1';
      for (const id of ['1', encodeURIComponent(iri)]) {
        assert.equal((await ask(`/v1/placements/${id}`, { method: 'DELETE' })).status, 204);
        assert.deepEqual(fake.lastOf('releaseDecision'), [iri]);
        const confirmed = await ask(`/v1/placements/${id}/confirm`, { method: 'POST' });
        assert.equal(confirmed.status, 204);
        assert.equal(confirmed.headers.get('fabric-seq'), '10');
        assert.deepEqual(fake.lastOf('confirmDecision'), [iri, undefined]);
      }
      await ask('/v1/placements/1/confirm', json({ components: ['web'] }));
      assert.deepEqual(fake.lastOf('confirmDecision'), [iri, ['web']]);
      await checkProblem(await ask('/v1/placements/1/confirm', json({ component: 'web' })), {
        status: 400,
        type: 'request-invalid',
      });
    });
  });

  for (const key of ['', 'a b', 'x'.repeat(256)]) {
    it(`refuses the idempotency key "${key.slice(0, 8)}"`, async () => {
      await withServer({}, async ({ ask }) => {
        const answer = await ask('/v1/placements', json({}, { 'Idempotency-Key': key }));
        await checkProblem(answer, { status: 400, type: 'request-invalid' });
      });
    });
  }

  it('streams a long explanation as JSON and as lines, and lets go of the snapshot', async () => {
    const elements = 20_000;
    let disposed = 0;
    const explainDecision = () => Promise.resolve(placementAnswer(elements, () => disposed++));
    await withServer({ service: { explainDecision } }, async ({ ask }) => {
      const whole = (await (await ask('/v1/explain/1')).json()) as {
        id: string;
        rejections: { element: string }[];
      };
      assert.equal(whole.id, 'http://example.org/decision/1');
      assert.equal(whole.rejections.length, elements);
      const lines = await ask('/v1/explain/1', { headers: { accept: 'application/x-ndjson' } });
      assert.match(lines.headers.get('content-type') ?? '', /^application\/x-ndjson/);
      const values = (await lines.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.equal(values.length, elements + 1);
      assert.deepEqual(Object.keys(values[0] ?? {}), ['decision']);
      assert.deepEqual(values[1]?.['rejection'], whole.rejections[0]);
      assert.equal(disposed, 2);
    });
  });

  it('lets go of the snapshot when the client leaves', async () => {
    let dispose: () => void = () => undefined;
    const disposed = new Promise<void>((resolve) => {
      dispose = resolve;
    });
    const explainDecision = () => Promise.resolve(placementAnswer(10_000_000, dispose));
    await withServer({ service: { explainDecision } }, async ({ ask }) => {
      const answer = await ask('/v1/explain/1');
      await answer.body?.cancel();
      await disposed;
    });
  });

  it('breaks the connection when an explanation fails on its way', async () => {
    const answer = placementAnswer(0);
    function* failing(): Generator<never> {
      yield* Array.from({ length: 5_000 }, () => ({
        component: 'c',
        element: 'x'.repeat(100),
        violations: [],
      })) as never[];
      throw new FabricError('snapshot-unavailable', 'gone');
    }
    const explainDecision = () => Promise.resolve({ ...answer, rejections: failing() });
    await withServer({ service: { explainDecision } }, async ({ ask }) => {
      const response = await ask('/v1/explain/1');
      assert.equal(response.status, 200);
      await assert.rejects(response.text());
      assert.equal((await ask('/livez')).status, 200);
    });
  });
});

describe('http: state', () => {
  it('gives changes as lines, from one on and so many', async () => {
    await withServer({}, async ({ ask }) => {
      const answer = await ask('/v1/changes?from=4&limit=3');
      const changes = (await answer.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { seq: number; added: string[] });
      assert.deepEqual(
        changes.map(({ seq }) => seq),
        [4, 5, 6],
      );
      assert.deepEqual(changes[0]?.added.length, QUADS.length);
      assert.match(changes[0].added[0] ?? '', / "a \\"text\\""@en \.$/);
      assert.equal(await (await ask('/v1/changes?from=100')).text(), '');
      await checkProblem(await ask('/v1/changes?from=1'), { status: 410, type: 'snapshot-unavailable' });
      await checkProblem(await ask('/v1/changes?limit=0'), { status: 400, type: 'request-invalid' });
    });
  });

  it('dumps quads that read back the same, as of the state it names', async () => {
    await withServer({}, async ({ ask, fake }) => {
      const answer = await ask('/v1/dump?graph=urn:g');
      assert.equal(answer.headers.get('fabric-seq'), '6');
      const quads = await parseRdf(await answer.text(), { format: 'n-quads' });
      assert.ok(quads.length === QUADS.length && quads.every((q, index) => q.equals(QUADS[index])));
      assert.deepEqual(fake.lastOf('dump'), ['urn:g']);
      const head = await ask('/v1/dump', { method: 'HEAD' });
      assert.deepEqual([head.status, await head.text()], [200, '']);
    });
  });

  it('is alive while it is not ready, and says why it is not', async () => {
    await withServer(
      { service: { unready: () => 'The log is being replayed' }, options: { now: () => 0 } },
      async ({ ask }) => {
        assert.equal((await ask('/livez')).status, 200);
        const ready = await ask('/readyz');
        assert.equal(ready.status, 503);
        assert.deepEqual(await ready.json(), { ready: false, reason: 'The log is being replayed' });
        const status = (await (await ask('/v1/status')).json()) as Record<string, unknown>;
        assert.deepEqual(
          [status['ready'], status['reason'], status['seq'], status['at']],
          [false, 'The log is being replayed', 7, '1970-01-01T00:00:00.000Z'],
        );
      },
    );
  });
});

const ONTOLOGY = [
  { name: 'one.ttl', text: '# a comment\n@prefix e: <http://e.org/> .\ne:a e:b _:x . _:x e:c "1" .' },
  { name: 'two.ttl', text: '<http://e.org/a> <http://e.org/d> _:x . _:x <http://e.org/c> "2" .' },
];

describe('http: ontology', () => {
  const FORMATS: readonly (readonly [string, RdfFormat])[] = [
    ['text/turtle', 'turtle'],
    ['application/n-triples', 'n-triples'],
    ['application/ld+json', 'json-ld'],
    ['application/rdf+xml', 'rdf-xml'],
  ];
  for (const [accept, format] of FORMATS) {
    it(`is served as ${accept}, blank nodes of its documents apart`, async () => {
      await withServer({ options: { ontology: ONTOLOGY } }, async ({ ask }) => {
        const answer = await ask('/ontology', { headers: { accept } });
        assert.equal(answer.headers.get('content-type'), `${accept}; charset=utf-8`);
        const quads = await parseRdf(await answer.text(), { format });
        assert.equal(quads.length, 4);
        assert.equal(
          new Set(quads.filter((q) => q.subject.termType === 'BlankNode').map((q) => q.subject.value)).size,
          2,
        );
        const one = await ask('/ontology/one', { headers: { accept } });
        assert.equal((await parseRdf(await one.text(), { format })).length, 2);
      });
    });
  }

  it('gives a document as it is shipped, and a list to a browser', async () => {
    await withServer({ options: { ontology: ONTOLOGY } }, async ({ ask }) => {
      assert.equal(await (await ask('/ontology/one.ttl')).text(), ONTOLOGY[0]?.text);
      assert.match(
        await (await ask('/ontology', { headers: { accept: 'text/html' } })).text(),
        /href="\/ontology\/two.ttl"/,
      );
      await checkProblem(await ask('/ontology/onne.ttl'), { status: 404, type: 'not-found' });
      await checkProblem(await ask('/ontology', { headers: { accept: 'image/png' } }), {
        status: 406,
        type: 'not-acceptable',
      });
    });
  });
});

describe('http: documents', () => {
  it('has a page of the API whose every part is its own', async () => {
    await withServer({}, async ({ ask }) => {
      const page = await ask('/docs');
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /script-src 'self';/);
      const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, part]) => part ?? '',
      );
      assert.equal(parts.length, 4);
      for (const part of parts) {
        assert.match(part, /^\//);
        const answer = await ask(part);
        assert.equal(answer.status, 200, part);
        assert.ok((await answer.arrayBuffer()).byteLength > 0);
      }
      await checkProblem(await ask('/docs/..%2f..%2fpackage.json'), { status: 404, type: 'not-found' });
      await checkProblem(await ask('/docs/constructor'), { status: 404, type: 'not-found' });
    });
  });

  it('lists its doors for programs and for people', async () => {
    await withServer({}, async ({ ask }) => {
      const { doors } = (await (await ask('/')).json()) as { doors: { operations: { path: string }[] }[] };
      assert.ok(doors.every(({ operations }) => operations.length > 0));
      const page = await ask('/', { headers: { accept: 'text/html,*/*;q=0.8' } });
      assert.match(await page.text(), /<a href="\/v1\/status">/);
    });
  });
});

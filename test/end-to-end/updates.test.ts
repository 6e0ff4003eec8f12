/** SPARQL Update, and what a client learns of the state that it asks. */
import assert from 'node:assert/strict';
import { type Answer, checkProblem } from './door.ts';
import { create, ETSI, entity, ID, nextElement, value } from './element-writes.ts';
import { Clock, removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';

describe('end to end: updates', function () {
  this.timeout(20_000);
  let fabric: TestFabric;
  const clock = new Clock();
  /** Waits for a state to come; asked at the start, since the fabric waits a while with it. */
  let never: Promise<Answer>;
  beforeEach(nextElement);
  before(async () => {
    fabric = await startFabric({ now: clock.now });
    never = fabric.request(`/sparql?query=${encodeURIComponent('ASK {}')}&minSeq=999999`);
  });
  after(() => fabric.close());

  describe('by SPARQL', () => {
    it('refuses graphs that the fabric owns, and changes nothing', async () => {
      await create(fabric, { hostname: 'h' });
      const base = await fabric.baseIri();
      const record = `${base}graph/record/ngsi-ld/${encodeURIComponent(ID)}`;
      const before = await fabric.dump();
      const updates = [
        `INSERT DATA { GRAPH <${record}> { <urn:a> <urn:p> 1 } }`,
        `DELETE WHERE { GRAPH <${record}> { ?s ?p ?o } }`,
        `CLEAR GRAPH <${record}>`,
        `DROP GRAPH <${base}graph/system/decisions>`,
        `INSERT DATA { GRAPH <${base}graph/derived/rule> { <urn:a> <urn:p> 1 } }`,
        `WITH <${base}graph/system/fabric> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }`,
        `COPY DEFAULT TO <${record}>`,
        `INSERT DATA { <urn:a> <urn:p> 1 } ; INSERT DATA { GRAPH <${record}> { <urn:a> <urn:p> 1 } }`,
      ];
      for (const text of updates) checkProblem(await fabric.update(text), 409, 'graph-owned');
      assert.deepEqual(await fabric.dump(), before);
    });

    it('writes user graphs, sees the merge, and never reaches records by the default graph', async () => {
      await create(fabric, { hostname: 'h' });
      assert.equal(
        (
          await fabric.update(
            `INSERT DATA { <${ID}> <urn:note> "mine" . GRAPH <urn:g> { <${ID}> <urn:room> 5 } }`,
          )
        ).status,
        200,
      );
      const merged = await fabric.sparql(
        `SELECT ?h ?n ?r { <${ID}> cf:hostname ?h ; <urn:note> ?n ; <urn:room> ?r }`,
      );
      assert.deepEqual(merged, [{ h: 'h', n: 'mine', r: '5' }]);
      await fabric.update(`DELETE WHERE { <${ID}> ?p ?o }`);
      assert.equal(await value(fabric, '<urn:note>'), undefined);
      assert.equal(await value(fabric, 'cf:hostname'), 'h');
      assert.equal(await value(fabric, '<urn:room>'), '5');
      await fabric.update('DROP ALL');
      assert.equal(await value(fabric, '<urn:room>'), undefined);
      assert.equal(await value(fabric, 'cf:hostname'), 'h');
    });

    it('does not see system graphs unless they are named', async () => {
      await fabric.ingest('telemetry', {
        element: ID,
        observedAt: clock.at(0),
        memory: { availableMegabytes: -5 },
      });
      assert.deepEqual(await fabric.sparql('SELECT ?s { ?s a cf:QuarantinedRecord }'), []);
      const named = `SELECT ?s { GRAPH ?g { ?s a cf:QuarantinedRecord ; cf:recordKey "${ID}" } }`;
      assert.equal((await fabric.sparql(named)).length, 1);
    });

    it('is in the log as one change with its cause', async () => {
      const answer = await fabric.update(`INSERT DATA { <${ID}> <urn:p> 1, 2 }`);
      const { seq, added, removed } = answer.json as { seq: number; added: number; removed: number };
      assert.deepEqual([added, removed], [2, 0]);
      const feed = await fabric.request(`/v1/changes?from=${seq}`, {
        headers: { accept: 'application/x-ndjson' },
      });
      const [change] = feed.text
        .trim()
        .split('\n')
        .map(
          (line) =>
            JSON.parse(line) as { seq: number; cause: { kind: string; requestId: string }; added: string[] },
        );
      assert.equal(change?.seq, seq);
      assert.equal(change.cause.kind, 'update');
      assert.equal(change.cause.requestId, answer.headers.get('fabric-request-id'));
      assert.equal(change.added.length, 2);
      const nothing = await fabric.update(`INSERT DATA { <${ID}> <urn:p> 1 }`);
      assert.equal((nothing.json as { seq: number }).seq, seq);
    });

    it('is there after a restart', async () => {
      const directory = temporaryFolder();
      const first = await startFabric({ directory });
      await first.update('INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> "kept"@en, [] } }');
      const before = await first.dump('urn:g');
      await first.close();
      const second = await startFabric({ directory });
      assert.deepEqual(await second.dump('urn:g'), before);
      assert.equal(before.length, 2);
      await second.close();
      removeFolder(directory);
    });
  });

  describe('and who asks', () => {
    it('sees its own write by minSeq, and the seq in every answer', async () => {
      const created = await create(fabric, { hostname: 'h' });
      const seq = Number(created.headers.get('fabric-seq'));
      assert.equal(seq, await fabric.seq());
      const query = encodeURIComponent('ASK { ?s ?p ?o }');
      const answer = await fabric.request(`/sparql?query=${query}&minSeq=${seq}`);
      assert.equal(answer.status, 200);
      assert.equal(Number(answer.headers.get('fabric-seq')), seq);
      // a state to come is waited for
      const waiting = fabric.request(`/sparql?query=${query}&minSeq=${seq + 1}`);
      await fabric.update(`INSERT DATA { <${ID}> <urn:p> 1 }`);
      assert.ok(Number((await waiting).headers.get('fabric-seq')) > seq);
    });

    it('is told of a state that does not come', async () => {
      checkProblem(await never, 410, 'snapshot-unavailable');
    });

    it('is refused for a tenant that there is not', async () => {
      const headers = { 'NGSILD-Tenant': 'acme' };
      checkProblem(
        await fabric.send('/ngsi-ld/v1/entities', entity({}), { headers }),
        404,
        `${ETSI}NonexistentTenant`,
      );
      const query = encodeURIComponent('ASK {}');
      checkProblem(await fabric.request(`/sparql?query=${query}`, { headers }), 404, 'unknown-tenant');
    });
  });
});

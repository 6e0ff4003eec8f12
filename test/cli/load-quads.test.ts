/** `fabric load --quads` and `fabric dump`: into user graphs alone, nothing twice, and on from where it broke off. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { INTERNAL } from '../../src/log/change.ts';
import { parseRdf } from '../../src/rdf/parse.ts';
import { removeFolder, startFabric, type TestFabric, temporaryFolder } from '../end-to-end/harness.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { fabric } from './command.ts';

const context = { principal: INTERNAL, tenant: 'default', requestId: 'r' };
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `<urn:s:${from + i}> <urn:p> "${from + i}" <urn:g> .\n`).join(
    '',
  );

async function userLines(running: TestFabric): Promise<string[]> {
  const text = await (await fetch(`${running.url}/v1/dump`)).text();
  return text.split('\n').filter((line) => line !== '' && !line.includes('/graph/'));
}

interface Told {
  readonly statements: number;
  readonly added: number;
  readonly seq: number;
  readonly resumedFrom: number;
}

async function load(running: TestFabric, ...args: readonly string[]): Promise<Told> {
  const { code, out, err } = await fabric('--json', 'load', '--quads', ...args, '--url', running.url);
  assert.equal(code, 0, err);
  return JSON.parse(out) as Told;
}

describe('fabric load --quads', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    removeFolder(folder);
  });
  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('takes every format, packed or not, and adds nothing the second time', async () => {
    await using running = await startFabric({ config: { writer: { loadQuadsMax: 100 } } });
    const turtle = '@prefix : <urn:t:> . :a :p [ :q "x"@en ], _:l . _:l :r (1 2.5 true) .';
    const trig = 'GRAPH <urn:h> { <urn:s> <urn:p> [ <urn:q> 1 ] } <urn:s> <urn:p> <urn:o> .';
    const files = [
      file('a.nq', `${lines(0, 1000)}_:b <urn:p> _:b <urn:g> .\n`),
      file('b.nt.gz', gzipSync('<urn:s> <urn:p> "\\u00e9" .\n_:b <urn:p> _:b .')),
      file('c.ttl', turtle),
      file('d.trig.gz', gzipSync(trig)),
    ];
    for (const path of files) await load(running, path);
    const seq = running.fabric.seq;
    assert.ok(seq >= 10, `${seq} changes: a long file is more than one`);
    const found = await userLines(running);
    assert.equal(found.length, 1000 + 1 + 2 + 10 + 3);
    for (const path of files) assert.equal((await load(running, path)).added, 0);
    assert.equal(running.fabric.seq, seq);
    // Blank nodes of different files stay apart, those of one together.
    const loops = found.filter((line) => /^(_:\S+) <urn:p> \1/.test(line)).map((line) => line.split(' ')[0]);
    assert.equal(new Set(loops).size, 2);
    const rest = found.filter((line) => /urn:t:|#(first|rest|nil)/.test(line)).join('\n');
    const [expected, loaded] = await Promise.all([
      parseRdf(turtle, { format: 'turtle' }),
      parseRdf(rest, { format: 'n-quads' }),
    ]);
    assert.ok(await isomorphic(loaded, expected));
  });

  it('goes on behind what was durable when it broke off', async () => {
    await using running = await startFabric({ config: { writer: { loadQuadsMax: 500 } } });
    const path = file('a.nq', lines(0, 20_000));
    // A service that ends in the middle of the load: the text that it got ends there, and then it is gone.
    const id = await idOf(path);
    const half = readFileSync(path).subarray(0, 400_000);
    const broken = (async function* () {
      yield await Promise.resolve(half);
      throw new Error('the connection broke');
    })();
    await assert.rejects(
      running.fabric.loadQuads(context, broken, { format: 'n-quads', id, more: true }),
      /the connection broke/,
    );
    const { offset } = running.fabric.quadLoad(context, id);
    assert.ok(offset > 100_000 && offset <= half.length, String(offset));
    const present = (await userLines(running)).length;
    assert.equal(present, half.subarray(0, offset).toString().split('\n').length - 1);
    const told = await load(running, path, '--resume');
    assert.equal(told.resumedFrom, offset);
    assert.equal(told.statements, 20_000 - present);
    assert.equal(told.added, 20_000 - present);
    assert.equal((await userLines(running)).length, 20_000);
    assert.throws(() => running.fabric.quadLoad(context, id), { type: 'not-found' });
    const again = await load(running, path, '--resume');
    assert.deepEqual([again.added, again.resumedFrom], [0, 0]);
  });

  it('keeps its place over a restart', async () => {
    const directory = join(folder, 'data');
    const text = lines(0, 300);
    const first = await startFabric({ directory });
    await first.fabric.loadQuads(context, once(text), { format: 'n-quads', id: 'abc', more: true });
    await first.close();
    await using second = await startFabric({ directory });
    assert.deepEqual(second.fabric.quadLoad(context, 'abc'), { id: 'abc', offset: text.length });
  });

  it('refuses graphs of the fabric, and a file with a fault before any of it is sent', async () => {
    await using running = await startFabric();
    const { seq } = running.fabric;
    const owned = ['record/telemetry/x', 'derived/claims', 'system/fabric'];
    for (const name of owned) {
      const path = file('a.nq', `<urn:s> <urn:p> <urn:o> <${running.fabric.baseIri}graph/${name}> .\n`);
      const { code, err } = await fabric('--json', 'load', '--quads', path, '--url', running.url);
      assert.equal(code, 4, err);
      assert.match(err, /graph-owned/);
    }
    const path = file('b.nq', `${lines(0, 5000)}<urn:s> <p> "x" .\n`);
    const { code, err } = await fabric('load', '--quads', path, '--url', running.url);
    assert.equal(code, 2);
    assert.match(err, /b\.nq:5001:9: The IRI is relative/);
    assert.equal(running.fabric.seq, seq);
    for (const bad of ['a.json', '-']) {
      assert.equal((await fabric('load', '--quads', bad, '--url', running.url)).code, 2);
    }
    const graph = await fabric(
      '--json',
      'load',
      '--quads',
      file('c.nt', ''),
      '--graph',
      'no iri',
      '--url',
      running.url,
    );
    assert.match(graph.err, /request-invalid/);
  });

  it('goes into a data directory at rest as well, which is made', async () => {
    const data = join(folder, 'data');
    const path = file('a.nt', '<urn:s> <urn:p> <urn:o> .\n');
    const { code, err } = await fabric('load', '--quads', path, '--graph', 'urn:mine', '--data', data);
    assert.equal(code, 0, err);
    await using running = await startFabric({ directory: data });
    assert.deepEqual(await userLines(running), ['<urn:s> <urn:p> <urn:o> <urn:mine> .']);
    const inUse = await fabric('--json', 'load', '--quads', path, '--data', data);
    assert.equal(inUse.code, 2);
    assert.match(inUse.err, /data-directory-locked/);
  });

  it('has in its dump what can be loaded again: of now, of the past, in order, as TriG', async () => {
    await using running = await startFabric();
    const text = `${lines(0, 50)}<urn:s> <urn:p> "\\"\\n\\\\\\u0001 é"@en .\n<urn:s> <urn:q> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .\n`;
    await running.fabric.loadQuads(context, once(text), { format: 'n-quads' });
    const then = running.fabric.seq;
    const before = await userLines(running);
    await running.fabric.update(context, {
      text: 'DELETE WHERE { GRAPH ?g { <urn:s:3> ?p ?o } } ; INSERT DATA { <urn:new> <urn:p> 1 }',
    });
    const dump = async (...args: readonly string[]) => {
      const { code, out, err } = await fabric('dump', ...args, '--url', running.url);
      assert.equal(code, 0, err);
      return out.split('\n').filter((line) => line !== '' && !line.includes('/graph/'));
    };
    const now = await userLines(running);
    assert.deepEqual((await dump('--at', String(then))).sort(), before.sort());
    assert.deepEqual(await dump('--at', '0'), []);
    const past = await dump('--at', String(then), '--graph', 'urn:g');
    assert.equal(past.length, 50);
    const ordered = await dump('--canonical');
    assert.deepEqual(ordered, [...ordered].sort());
    assert.deepEqual(ordered, now.sort());
    const whole = await fabric('dump', '--format', 'trig', '--url', running.url);
    const trig = (await parseRdf(whole.out, { format: 'trig' })).filter(
      ({ graph }) => !graph.value.includes('/graph/'),
    );
    const expected = await parseRdf(now.join('\n'), { format: 'n-quads' });
    assert.ok(await isomorphic(trig, expected));
    const future = await fabric('--json', 'dump', '--at', '99', '--url', running.url);
    assert.equal(future.code, 4);
    assert.match(future.err, /snapshot-unavailable/);
  });
});

/** The id under which a file is loaded, as a refused load tells it. */
async function idOf(path: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(' false\n').update(readFileSync(path)).digest('hex').slice(0, 32);
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

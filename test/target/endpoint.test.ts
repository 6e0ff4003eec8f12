/** SPARQL endpoints and HTTP addresses as targets, against a server on loopback. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { inspect } from 'node:util';
import { compileMapping } from '../../src/mapping/plan.ts';
import { blankNode, literal, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { openEndpointSink } from '../../src/target/endpoint.ts';
import { openTarget } from '../../src/target/open.ts';
import { targetsOf } from '../../src/target/router.ts';
import type { QuadSink } from '../../src/target/sink.ts';

interface Request {
  readonly method: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

let server: Server;
let origin: string;
let requests: Request[];
let status: number;

beforeEach(async () => {
  requests = [];
  status = 204;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      requests.push({ method: request.method, type: request.headers['content-type'], body });
      response.writeHead(status).end(status === 204 ? undefined : 'no room');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const mapping = (target: string): string => `@prefix rml: <http://w3id.org/rml/> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
<#A> rml:logicalSource [ rml:source [ a rml:FilePath ; rml:path "a.csv" ] ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "urn:{id}" ; rml:class <urn:C> ; rml:logicalTarget [ ${target} ] ] .
`;

const ENDPOINT = (url: string): string =>
  `rml:target [ a sd:Service ; sd:endpoint <${url}> ; sd:supportedLanguage sd:SPARQL11Update ]`;
const ADDRESS = (url: string): string =>
  `rml:target [ a dcat:Distribution ; dcat:downloadURL <${url}> ] ; rml:serialization <http://www.w3.org/ns/formats/Turtle>`;

/** The target of a mapping, opened. */
function open(target: string, allowedOrigins: readonly string[] = [origin]): Promise<QuadSink> {
  const plan = compileMapping(mapping(target), { name: 'map.ttl' });
  const [only] = targetsOf(plan.triplesMaps);
  const folder = tmpdir();
  return openTarget(only!, {
    workingDirectory: folder,
    mappingDirectory: folder,
    allowedRoots: [folder],
    allowedOrigins,
  });
}

const one = quad(namedNode('urn:s'), namedNode('urn:p'), literal('a "b"\n'));

describe('SPARQL endpoints as targets', () => {
  it('get the quads as an update, graphs by name', async () => {
    const sink = await open(ENDPOINT(`${origin}/update`));
    await sink.write([one, quad(one.subject, one.predicate, namedNode('urn:o'), namedNode('urn:g'))]);
    await sink.close();
    assert.equal(requests.length, 1);
    assert.match(requests[0]!.type ?? '', /^application\/sparql-update/);
    assert.equal(
      requests[0]!.body,
      'INSERT DATA {\n<urn:s> <urn:p> "a \\"b\\"\\n" .\nGRAPH <urn:g> {\n<urn:s> <urn:p> <urn:o> .\n}\n}',
    );
  });

  it('get batches, with the quads of a blank node in one of them', async () => {
    const sink = openEndpointSink(`${origin}/update`, { timeoutMs: 5000 });
    const plain = Array.from({ length: 12_000 }, (_, i) =>
      quad(namedNode(`urn:${i}`), one.predicate, one.object),
    );
    const pairs = Array.from({ length: 4000 }, (_, i): RDF.Quad[] => [
      quad(blankNode(`a${i}`), one.predicate, blankNode(`b${i}`)),
      quad(blankNode(`b${i}`), one.predicate, one.object),
    ]);
    // Both halves of each pair come far from one another.
    await sink.write([...pairs.map(([first]) => first!), ...plain, ...pairs.map(([, second]) => second!)]);
    await sink.close();
    assert.ok(requests.length > 3);
    const seen = new Map<string, Set<number>>();
    let triples = 0;
    requests.forEach(({ body }, request) => {
      for (const line of body.split('\n')) {
        if (line.endsWith(' .')) triples++;
        for (const [label] of line.matchAll(/_:b\d+/g))
          seen.set(label, (seen.get(label) ?? new Set()).add(request));
      }
    });
    assert.equal(triples, 20_000);
    assert.equal(seen.size, 4000);
    for (const [label, within] of seen) assert.equal(within.size, 1, label);
  });

  it('are never sent what an IRI of the data could turn into another update', async () => {
    const hostile = namedNode('urn:x> <urn:p> 1 } ; DROP ALL ; INSERT DATA { <urn:y');
    const quads = [
      quad(hostile, one.predicate, one.object),
      quad(one.subject, hostile, one.object),
      quad(one.subject, one.predicate, literal('1', hostile)),
      quad(one.subject, one.predicate, one.object, hostile),
    ];
    for (const each of quads) {
      const sink = await open(ENDPOINT(`${origin}/update`));
      await assert.rejects(sink.write([each]), { type: 'mapping-failed', message: /which is no IRI/ });
    }
    assert.equal(requests.length, 0);
  });

  it('end the run when they refuse', async () => {
    status = 507;
    const sink = await open(ENDPOINT(`${origin}/update`));
    await sink.write([one]);
    await assert.rejects(sink.close(), { type: 'unreachable', message: /answered 507: no room/ });
  });
});

describe('HTTP addresses as targets', () => {
  it('get the whole document once all is there', async () => {
    const sink = await open(ADDRESS(`${origin}/graph.ttl`));
    await sink.write([one]);
    assert.equal(requests.length, 0);
    await sink.close();
    assert.deepEqual(requests, [
      { method: 'PUT', type: 'text/turtle', body: '<urn:s> <urn:p> "a \\"b\\"\\n".\n' },
    ]);
  });

  it('get nothing from a run that is given up', async () => {
    const sink = await open(ADDRESS(`${origin}/graph.ttl`));
    await sink.write([one]);
    await sink.abort();
    assert.equal(requests.length, 0);
  });
});

describe('origins of targets', () => {
  for (const target of [ENDPOINT, ADDRESS]) {
    it('are refused with credentials in their address', async () => {
      await assert.rejects(open(target(origin.replace('//', '//ann:secret@'))), (refusal: Error) => {
        assert.doesNotMatch(inspect(refusal), /secret/);
        return refusal.message.includes('is named with credentials');
      });
    });

    it('have to be allowed', async () => {
      await assert.rejects(open(target(`${origin}/x`), ['http://other.example']), { type: 'origin-refused' });
      assert.equal(requests.length, 0);
    });
  }
});

/**
 * SPARQL services and RDF files as sources: endpoints on the loopback, well-behaved and otherwise.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FabricError } from '../../../src/errors.ts';
import { runMapping } from '../../../src/mapping/map.ts';
import { compileMapping } from '../../../src/mapping/plan.ts';
import { parseTurtleFamily } from '../../../src/rdf/parse.ts';
import type { RDF } from '../../../src/rdf/terms.ts';
import { createSourceAccess } from '../../../src/source/rml/access.ts';
import { createServices, type ServiceOptions } from '../../../src/source/rml/services.ts';
import { loadRdf } from '../../../src/source/rml/sparql-file.ts';
import { serveQueries } from '../../conformance/stand-ins.ts';
import { canonicalNQuads } from '../../rdf/canonical.ts';

const PREFIXES = `
  @prefix rml: <http://w3id.org/rml/> . @prefix ex: <http://ex.org/> .
  @prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
  @prefix formats: <http://www.w3.org/ns/formats/> . @base <http://ex.org/map/> .`;

const DATA = `PREFIX : <http://ex.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
  :a :name "Ångström, \\"A\\""@sv ; :age 42 ; :height 1.75 .
  :b :name "Bo" ; :knows :a .`;

const QUERY = `PREFIX : <http://ex.org/>
  SELECT ?s ?name ?age ?height { ?s :name ?name OPTIONAL { ?s :age ?age ; :height ?height } }`;

interface Mapping {
  /** Of the source, in Turtle. */
  readonly source: string;
  /** Of the logical source, after its source. */
  readonly rest: string;
  readonly reference?: (variable: string) => string;
}

const variables = ['name', 'age', 'height'];

function mappingOf({ source, rest, reference = (variable): string => variable }: Mapping): string {
  const text = (variable: string): string => JSON.stringify(reference(variable));
  const objects = variables.map(
    (name) => `[ rml:predicate ex:${name} ; rml:objectMap [ rml:reference ${text(name)} ] ]`,
  );
  return `${PREFIXES} <#m> rml:logicalSource [ rml:source ${source} ; ${rest} ] ;
    rml:subjectMap [ rml:reference ${text('s')} ; rml:termType rml:IRI ] ; rml:predicateObjectMap ${objects.join(' , ')} .`;
}

const scratch = mkdtempSync(join(tmpdir(), 'fabric-sparql-'));
after(() => {
  rmSync(scratch, { recursive: true, force: true });
});

async function mapped(mapping: string, options: Partial<ServiceOptions> = {}): Promise<RDF.Quad[]> {
  const settings = { mappingDirectory: scratch, workingDirectory: scratch, ...options };
  await using services = createServices(settings);
  const { open, queryFile } = services;
  const access = createSourceAccess({ ...settings, open, queryFile });
  const quads: RDF.Quad[] = [];
  const plan = compileMapping(mapping, { name: 'mapping.ttl' });
  for await (const quad of runMapping(plan, access, { strict: true })) quads.push(quad);
  return quads;
}

async function checkMapped(quads: readonly RDF.Quad[], turtle: string): Promise<void> {
  const wanted = parseTurtleFamily(`PREFIX ex: <http://ex.org/> ${turtle}`, { format: 'turtle' }).quads;
  assert.equal(await canonicalNQuads(quads), await canonicalNQuads(wanted));
}

async function refusal(action: Promise<unknown>): Promise<FabricError> {
  const thrown = await action.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert(thrown instanceof FabricError, `a refusal is expected, not ${String(thrown)}`);
  return thrown;
}

const query = (property: string): string => `rml:${property} ${JSON.stringify(QUERY)}`;
const terms = `ex:a ex:name "Ångström, \\"A\\""@sv ; ex:age 42 ; ex:height 1.75 . ex:b ex:name "Bo" .`;
const texts = `ex:a ex:name "Ångström, \\"A\\"" ; ex:age "42" ; ex:height "1.75" . ex:b ex:name "Bo" .`;
const numbers = `ex:a ex:name "Ångström, \\"A\\"" ; ex:age 42 ; ex:height 1.75 . ex:b ex:name "Bo" .`;

/** Formulations with what they make of an answer, over a service. */
const READINGS: Readonly<Record<string, readonly [Omit<Mapping, 'source'>, string]>> = {
  'by variables, with datatypes and languages': [
    { rest: `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}` },
    terms,
  ],
  'by variables with their mark': [
    { rest: `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}`, reference: (name) => `?${name}` },
    terms,
  ],
  'as CSV, by variables': [
    { rest: `rml:referenceFormulation formats:SPARQL_Results_CSV ; ${query('iterator')}` },
    numbers,
  ],
  'as JSON, by JSONPath': [
    {
      rest: `rml:referenceFormulation rml:JSONPath ; rml:iterator "$.results.bindings[*]" ; ${query('query')}`,
      reference: (name) => `$.${name}.value`,
    },
    texts,
  ],
  'as JSON, by JSONPath to the whole term': [
    {
      rest: `rml:referenceFormulation rml:JSONPath ; rml:iterator "$.results.bindings[*]" ; ${query('query')}`,
      reference: (name) => `$.${name}`,
    },
    texts,
  ],
  'as XML, by XPath': [
    {
      rest: `rml:referenceFormulation rml:XPath ; ${query('query')} ;
        rml:iterator "/sparql:sparql/sparql:results/sparql:result"`,
      reference: (name) => `sparql:binding[@name='${name}']/*`,
    },
    texts,
  ],
};

describe('a SPARQL service', () => {
  let origin: string;
  let close: () => Promise<void>;
  before(async () => {
    const document = loadRdf(DATA, { format: 'turtle', source: 'data.ttl' });
    ({ origin, close } = await serveQueries(() => document));
  });
  after(() => close());

  for (const [title, [reading, expected]] of Object.entries(READINGS)) {
    it(`is read ${title}`, async () => {
      const source = `[ a sd:Service ; sd:endpoint <${origin}/sparql> ]`;
      await checkMapped(
        await mapped(mappingOf({ source, ...reading }), { allowedOrigins: [origin] }),
        expected,
      );
    });
  }

  it('is not asked when its origin is not allowed', async () => {
    const source = `[ sd:endpoint <${origin}/sparql> ]`;
    const rest = `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}`;
    const { type } = await refusal(mapped(mappingOf({ source, rest })));
    assert.equal(type, 'origin-refused');
  });

  it('refuses a query that is none, with its reason', async () => {
    const source = `[ sd:endpoint <${origin}/sparql> ]`;
    const rest = `rml:referenceFormulation rml:SPARQL ; rml:iterator "SELECT nonsense {"`;
    const { type, message } = await refusal(
      mapped(mappingOf({ source, rest }), { allowedOrigins: [origin] }),
    );
    assert.equal(type, 'mapping-failed');
    assert.match(message, /refuses the query \(status 400\): .*line 1/);
  });

  it('has to be asked for solutions', async () => {
    const source = `[ sd:endpoint <${origin}/sparql> ]`;
    const rest = `rml:referenceFormulation rml:SPARQL ; rml:iterator "ASK { ?s ?p ?o }"`;
    const { type, message } = await refusal(
      mapped(mappingOf({ source, rest }), { allowedOrigins: [origin] }),
    );
    assert.equal(type, 'mapping-failed');
    assert.match(message, /is no SELECT/);
  });
});

describe('a mapping over a SPARQL service', () => {
  const service = '[ sd:endpoint <http://127.0.0.1:1/sparql> ]';
  const refused: Readonly<Record<string, readonly [Mapping, RegExp]>> = {
    'without a query': [
      { source: service, rest: 'rml:referenceFormulation rml:SPARQL' },
      /has no SPARQL query as its rml:iterator/,
    ],
    'that selects a variable twice': [
      {
        source: service,
        rest: 'rml:referenceFormulation rml:SPARQL ; rml:iterator "SELECT ?a ?b ?a { ?a ?p ?b }"',
      },
      /selects \?a twice/,
    ],
    'without an endpoint': [
      { source: '[ a sd:Service ]', rest: `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}` },
      /is an sd:Service without sd:endpoint/,
    ],
    'whose format the formulation cannot read': [
      {
        source: '[ sd:endpoint <http://127.0.0.1:1/> ; sd:resultFormat formats:SPARQL_Results_XML ]',
        rest: `rml:referenceFormulation rml:JSONPath ; rml:iterator "$.results.bindings[*]" ; ${query('query')}`,
      },
      /answers as <http:\/\/www.w3.org\/ns\/formats\/SPARQL_Results_XML>, which the reference formulation cannot read/,
    ],
  };
  for (const [title, [mapping, message]] of Object.entries(refused)) {
    it(`${title} is refused before anything is asked`, () => {
      assert.throws(
        () => compileMapping(mappingOf(mapping), { name: 'mapping.ttl' }),
        (thrown) =>
          thrown instanceof FabricError && thrown.type === 'mapping-invalid' && message.test(thrown.message),
      );
    });
  }
});

const JSON_TYPE = { 'content-type': 'application/sparql-results+json' };
const EMPTY = '{"head":{"vars":["s"]},"results":{"bindings":[]}}';

/** Endpoints that do not behave: what is said of them. */
const FAULTY: Readonly<
  Record<
    string,
    {
      readonly listener: RequestListener;
      readonly type: string;
      readonly message: RegExp;
      readonly retryable?: boolean;
    }
  >
> = {
  'is overloaded': {
    listener: (_, response) => response.writeHead(503).end('later'),
    type: 'unreachable',
    message: /status 503: later/,
    retryable: true,
  },
  'answers with a page': {
    listener: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hello</p>'),
    type: 'mapping-failed',
    message: /answers with text\/html, where application\/sparql-results\+json was asked for/,
  },
  'answers with broken JSON': {
    listener: (_, response) => response.writeHead(200, JSON_TYPE).end('{"head":'),
    type: 'syntax-error',
    message: /gives no JSON/,
  },
  'answers with other JSON': {
    listener: (_, response) => response.writeHead(200, JSON_TYPE).end('[]'),
    type: 'syntax-error',
    message: /gives JSON that is no SPARQL result/,
  },
  'breaks off': {
    listener: (_, response) => {
      response.writeHead(200, JSON_TYPE).write('{"head":', () => response.destroy());
    },
    type: 'unreachable',
    message: /cannot be reached/,
    retryable: true,
  },
  'falls silent': {
    listener: (_, response) => {
      response.writeHead(200, JSON_TYPE).write('{');
    },
    type: 'unreachable',
    message: /nothing came for 200 ms/,
    retryable: true,
  },
  'answers with too much': {
    listener: (_, response) => response.writeHead(200, JSON_TYPE).end(EMPTY + ' '.repeat(10_000)),
    type: 'body-too-large',
    message: /more than 5000 bytes/,
  },
  'answers with bytes that are no UTF-8': {
    listener: (_, response) => response.writeHead(200, JSON_TYPE).end(Buffer.from([0x22, 0xff, 0x22])),
    type: 'syntax-error',
    message: /no UTF-8/,
  },
  'sends elsewhere, where nobody may go': {
    listener: (_, response) => response.writeHead(307, { location: 'http://127.0.0.2:9/' }).end(),
    type: 'origin-refused',
    message: /127\.0\.0\.2/,
  },
  'sends in a circle': {
    listener: (_, response) => response.writeHead(307, { location: '/again' }).end(),
    type: 'mapping-failed',
    message: /redirects more than 5 times/,
  },
};

describe('an endpoint that', () => {
  for (const [title, { listener, type, message, retryable }] of Object.entries(FAULTY)) {
    it(`${title} is a refusal that says so`, async () => {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const source = `[ sd:endpoint <${origin}/sparql> ]`;
      const rest = `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}`;
      const sparql = { timeoutMs: 200, bytesMax: 5000 };
      const refused = await refusal(
        mapped(mappingOf({ source, rest }), { allowedOrigins: [origin], sparql }),
      );
      server.closeAllConnections();
      server.close();
      assert.match(refused.message, message);
      assert.equal(refused.type, type);
      assert.equal(refused.extensions['retryable'], retryable);
    });
  }

  const ENDLESS: Readonly<Record<string, readonly [status: number, type: string, message: RegExp]>> = {
    'answers with a page': [200, 'text/html', /answers with text\/html/],
    refuses: [400, 'text/plain', /status 400/],
    'is out of order': [500, 'text/plain', /status 500/],
  };
  for (const [title, [status, contentType, message]] of Object.entries(ENDLESS)) {
    it(`${title} without end is let go of`, async () => {
      let closed: (() => void) | undefined;
      const gone = new Promise<void>((resolve) => {
        closed = resolve;
      });
      const server = createServer((_, response) => {
        response.writeHead(status, { 'content-type': contentType });
        const timer = setInterval(() => response.write('x'.repeat(10_000)), 5);
        response.on('close', () => {
          clearInterval(timer);
          closed?.();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const rest = `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}`;
      const refused = await refusal(
        mapped(mappingOf({ source: `[ sd:endpoint <${origin}/sparql> ]`, rest }), {
          allowedOrigins: [origin],
        }),
      );
      assert.match(refused.message, message);
      await gone;
      server.close();
    });
  }

  it('is not there is a refusal that may be tried again', async () => {
    const rest = `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}`;
    const source = '[ sd:endpoint <http://127.0.0.1:9/sparql> ]';
    const refused = await refusal(
      mapped(mappingOf({ source, rest }), { allowedOrigins: ['http://127.0.0.1:9'] }),
    );
    assert.equal(refused.type, 'unreachable');
    assert.equal(refused.extensions['retryable'], true);
  });
});

describe('what has to be in memory whole', () => {
  const HELD = { documentCharactersMax: 200 };
  const long = DATA + `#${' '.repeat(200)}`;

  async function checkTooLong(mapping: string, options: Partial<ServiceOptions>): Promise<void> {
    const { type, message, extensions } = await refusal(mapped(mapping, { ...options, ...HELD }));
    assert.equal(type, 'body-too-large');
    assert.match(message, /has more than 200 characters/);
    assert.equal(extensions['limit'], 'documentCharactersMax');
  }

  it('is an answer that is read as rows; one that is read as CSV is not', async () => {
    const { origin, close } = await serveQueries(() =>
      loadRdf(DATA, { format: 'turtle', source: 'data.ttl' }),
    );
    try {
      const source = `[ sd:endpoint <${origin}/sparql> ]`;
      const options = { allowedOrigins: [origin] };
      const read = (formulation: string): string =>
        mappingOf({ source, rest: `rml:referenceFormulation ${formulation} ; ${query('iterator')}` });
      await checkTooLong(read('rml:SPARQL'), options);
      const streamed = mapped(read('formats:SPARQL_Results_CSV'), { ...options, documentCharactersMax: 10 });
      await checkMapped(await streamed, numbers);
    } finally {
      await close();
    }
  });

  it('is an RDF file', async () => {
    writeFileSync(join(scratch, 'long.ttl'), long);
    const source = '[ a rml:FilePath ; rml:path "long.ttl" ]';
    const rest = `rml:referenceFormulation rml:SPARQL ; ${query('iterator')}`;
    await checkTooLong(mappingOf({ source, rest }), {});
  });
});

describe('an RDF file', () => {
  const documents: Readonly<Record<string, string>> = {
    'data.ttl': DATA,
    'data.nt': `<http://ex.org/b> <http://ex.org/name> "Bo" .\n`,
    'data.jsonld': JSON.stringify({ '@id': 'http://ex.org/b', 'http://ex.org/name': 'Bo' }),
  };
  before(() => {
    for (const [name, text] of Object.entries(documents)) writeFileSync(join(scratch, name), text);
    writeFileSync(join(scratch, 'data.txt'), DATA);
    writeFileSync(join(scratch, 'broken.ttl'), 'nonsense');
    writeFileSync(
      join(scratch, 'latin.ttl'),
      Buffer.from('<http://ex.org/b> <http://ex.org/name> "Bé" .', 'latin1'),
    );
  });

  const asked = (name: string, formulation: string): string =>
    mappingOf({
      source: `[ a rml:FilePath ; rml:path "${name}" ]`,
      rest: `rml:referenceFormulation ${formulation} ; ${query('iterator')}`,
    });

  it('is asked by the query of its iterator, with datatypes and languages', async () => {
    await checkMapped(await mapped(asked('data.ttl', 'rml:SPARQL')), terms);
  });

  it('is asked for CSV, whose numbers are numbers', async () => {
    await checkMapped(await mapped(asked('data.ttl', 'formats:SPARQL_Results_CSV')), numbers);
  });

  for (const name of ['data.nt', 'data.jsonld']) {
    it(`is read as its name says: ${name}`, async () => {
      await checkMapped(await mapped(asked(name, 'rml:SPARQL')), 'ex:b ex:name "Bo" .');
    });
  }

  const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
    'data.txt': ['not-supported', /is asked by SPARQL and is no RDF by its name/],
    'broken.ttl': ['syntax-error', /Unexpected "nonsense"/],
    'latin.ttl': ['syntax-error', /no UTF-8/],
    'nowhere.ttl': ['mapping-failed', /there is no such file/],
    '../outside.ttl': ['path-refused', /outside/],
  };
  for (const [name, [type, message]] of Object.entries(refused)) {
    it(`is refused: ${name}`, async () => {
      const thrown = await refusal(mapped(asked(name, 'rml:SPARQL')));
      assert.equal(thrown.type, type);
      assert.match(thrown.message, message);
    });
  }
});

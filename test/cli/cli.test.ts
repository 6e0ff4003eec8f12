/** The command line as a user runs it: a process, its output and its exit code. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { packageFolder } from '../../src/assets.ts';
import { type RunningService, runService } from '../../src/cli/run-service.ts';
import { loadConfig } from '../../src/config.ts';
import { makeContinuum } from '../../src/demo/continuum.ts';
import { makeLogger } from '../../src/logging.ts';
import { parseRdf } from '../../src/rdf/parse.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { fabric } from './command.ts';

const sample = (...path: string[]): string => join('mappings', 'samples', ...path);
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fabric-cli-'));
});

after(() => rm(folder, { recursive: true }));

describe('fabric', () => {
  it('tells what there is', async () => {
    const { code, out } = await fabric('--help');
    assert.equal(code, 0);
    const commands = [
      'serve',
      'demo',
      'map',
      'load',
      'validate',
      'query',
      'place',
      'explain',
      'dump',
      'doctor',
    ];
    for (const command of commands) assert.match(out, new RegExp(`^  ${command} `, 'm'));
  });

  it('writes refusals as problem documents with --json', async () => {
    const { err } = await fabric('--json', 'map', 'nowhere.ttl');
    const problem = JSON.parse(err) as Record<string, unknown>;
    assert.equal(problem['type'], 'https://w3id.org/continuum-fabric/problems#not-found');
    assert.equal(typeof problem['mend'], 'string');
  });
});

function readings(): string[] {
  return ['--source', `readings.ndjson=${sample('telemetry', 'readings.ndjson')}`];
}

describe('fabric map', () => {
  it('maps the samples to what is expected of them', async () => {
    const { code, out, err } = await fabric(
      'map',
      'mappings/telemetry.rml.ttl',
      '--canonical',
      ...readings(),
    );
    assert.equal(code, 0, err);
    const expected = await readFile(join(packageFolder, sample('telemetry', 'expected.nq')), 'utf8');
    const [found, wanted] = await Promise.all(
      [out, expected].map((text) => parseRdf(text, { format: 'n-quads' })),
    );
    assert.ok(wanted!.length > 0);
    assert.ok(await isomorphic(found!, wanted!));
  });

  it('names line and column of a mapping that is no Turtle', async () => {
    const path = join(folder, 'broken.ttl');
    await writeFile(
      path,
      '@prefix rml: <http://w3id.org/rml/> .\n<#a> rml:logicalSource [ rml:source ;; .\n',
    );
    const { code, err } = await fabric('map', path);
    assert.equal(code, 2);
    assert.match(err, /broken\.ttl:2:\d+/);
  });
});

describe('fabric validate', () => {
  const cases: readonly (readonly [string, string, string, number])[] = [
    ['good.ttl', '<urn:e> a <https://w3id.org/aerOS/continuum#InfrastructureElement> .', 'conforms', 0],
    [
      'bad.ttl',
      `<urn:e> a <https://w3id.org/aerOS/continuum#InfrastructureElement> ;
        <https://w3id.org/continuum-fabric/ns#cpuUsageRatio> 1.7 .`,
      'does not conform',
      1,
    ],
    ['broken.nt', '<urn:s> <urn:p> .', '', 2],
  ];
  for (const [name, text, said, code] of cases) {
    it(`answers ${code} for ${name}`, async () => {
      const path = join(folder, name);
      await writeFile(path, text);
      const ran = await fabric('validate', path);
      assert.equal(ran.code, code, ran.err);
      assert.ok(ran.out.includes(said), ran.out);
    });
  }
});

describe('fabric config', () => {
  it('prints settings that its own schema accepts', async () => {
    const [schema, settings] = await Promise.all([fabric('config', '--schema'), fabric('config')]);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(schema.out) as object,
    );
    assert.ok(validate(JSON.parse(settings.out)), JSON.stringify(validate.errors));
  });

  it('names the nearest setting for a misspelt one', async () => {
    const path = join(folder, 'fabric.yaml');
    await writeFile(path, 'query:\n  deadlineMS: 5\n');
    const { code, err } = await fabric('config', '--config', path);
    assert.equal(code, 2);
    assert.match(err, /did you mean deadlineMs/);
  });
});

describe('fabric against a service', () => {
  let service: RunningService;
  let directory: string;
  const at = (): string[] => ['--url', service.server.url];

  before(async () => {
    directory = join(folder, 'data');
    const config = loadConfig({ overrides: { server: { port: 0 } } });
    service = await runService(config, directory, makeLogger('silent'));
    const { surroundings, elements } = makeContinuum({ elements: 30, seed: 3 });
    const path = join(folder, 'continuum.json');
    await writeFile(path, JSON.stringify([...surroundings, ...elements]));
    const { code, out, err } = await fabric('load', 'ngsi-ld', path, ...at());
    assert.equal(code, 0, out + err);
    assert.match(out, /0 quarantined, 0 refused/);
  });

  after(() => service.close());

  it('asks SPARQL and named queries', async () => {
    const text = 'SELECT (COUNT(*) AS ?n) WHERE { ?e a aeros:InfrastructureElement }';
    const { out } = await fabric('query', text, '--format', 'csv', ...at());
    assert.equal(out.trim().replaceAll('\r', ''), 'n\n30');
    const named = await fabric('query', 'free-memory-per-domain', ...at());
    assert.equal(named.code, 0, named.err);
    assert.match(named.out, /3 rows/);
    const wrong = await fabric('query', 'SELECT * WHERE { ?s ?p }', ...at());
    assert.equal(wrong.code, 4);
    assert.match(wrong.err, /line 1, column/);
  });

  const component = (requirements: object) => ({
    service: 'web',
    components: [{ name: 'front', image: 'nginx', requirements }],
  });

  it('places, explains and shows what a shim would do', async () => {
    const path = join(folder, 'request.json');
    await writeFile(path, JSON.stringify(component({ cpuMillicores: 500, memoryBytes: 100_000_000 })));
    const placed = await fabric('--json', 'place', path, ...at());
    assert.equal(placed.code, 0, placed.err);
    const decision = JSON.parse(placed.out) as {
      id: string;
      allocations: { element: { hostname: string } }[];
    };
    const explained = await fabric('explain', decision.id, ...at());
    assert.equal(explained.code, 0, explained.err);
    assert.match(explained.out, /placed: service/);
    const shown = await fabric('place', path, '--dry-run', '--shim', 'kubernetes', ...at());
    assert.equal(shown.code, 0, shown.err);
    assert.match(shown.out, /"Deployment"/);
  });

  it('answers 1 for what cannot be placed, with reasons', async () => {
    const path = join(folder, 'impossible.json');
    await writeFile(path, JSON.stringify({ ...component({ memoryBytes: 1e15 }), explain: 'summary' }));
    const { code, out } = await fabric('place', path, ...at());
    assert.equal(code, 1);
    assert.match(out, /unplaceable/);
    assert.match(out, /memory/);
  });

  it('dumps the graph', async () => {
    const { out } = await fabric('dump', ...at());
    const quads = await parseRdf(out, { format: 'n-quads' });
    assert.ok(quads.length > 1000);
  });
});

describe('fabric demo', () => {
  it('brings the continuum up, places the service and leaves nothing behind', async () => {
    const { code, out, err } = await fabric('demo', '--once', '--port', '0');
    assert.equal(code, 0, err);
    assert.match(out, /placed: service/);
    assert.match(out, /detector/);
  });
});

/** Secrets: whatever door they come in by, no byte of them is in a file, a line of the log or an answer. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { entityPath } from './door.ts';
import { filesBelow, removeFolder, startFabric, type TestFabric, temporaryFolder } from './harness.ts';

/** A secret that is nowhere by chance, and that survives no encoding unseen. */
const secret = (name: string): string => `S3cr3t-${name}-0d1f`;
const SECRETS = [
  'repo',
  'nested',
  'env',
  'envmap',
  'envlist',
  'token',
  'deep',
  'user',
  'key',
  'raw',
  'patch',
  'notify',
  'batch',
  'csv',
  'broken',
  'badshape',
  'header',
  'place',
].map(secret);

const COMPONENT = 'urn:ngsi-ld:Service:S:Component:1';
const property = (value: unknown): object => ({ type: 'Property', value });

/** Every way in, each with a secret of its own. */
const SENDINGS: readonly (readonly [title: string, send: (fabric: TestFabric) => Promise<unknown>])[] = [
  [
    'a component with a repository password and an environment',
    (fabric) =>
      fabric.send('/ngsi-ld/v1/entities', {
        id: COMPONENT,
        type: 'ServiceComponent',
        containerImage: property('registry.example/app:1'),
        repoPassword: property(secret('repo')),
        envVars: property([{ key: 'DB', value: secret('env') }]),
        registry: property({
          url: 'https://registry.example',
          credentials: { login: 'me', password: secret('nested') },
        }),
      }),
  ],
  [
    'an environment as a map',
    (fabric) =>
      fabric.send(
        entityPath(COMPONENT),
        { envVars: property({ DB: secret('envmap') }) },
        { method: 'PATCH' },
      ),
  ],
  [
    'a merge-patch',
    (fabric) =>
      fabric.send(
        entityPath(COMPONENT),
        { repoPassword: secret('patch'), apiKey: { value: secret('key') } },
        { method: 'PATCH' },
      ),
  ],
  [
    'a notification',
    (fabric) =>
      fabric.send('/ngsi-ld/v1/notify', {
        id: 'urn:ngsi-ld:Notification:1',
        type: 'Notification',
        subscriptionId: 'urn:ngsi-ld:Subscription:1',
        data: [{ id: COMPONENT, type: 'ServiceComponent', clientSecret: property(secret('notify')) }],
      }),
  ],
  [
    'a batch of which one is refused',
    (fabric) =>
      fabric.send('/ngsi-ld/v1/entityOperations/upsert', [
        {
          id: `${COMPONENT}b`,
          type: 'ServiceComponent',
          envVars: property([{ key: 'X', value: secret('envlist') }]),
        },
        { type: 'ServiceComponent', password: property(secret('batch')) },
      ]),
  ],
  [
    'a candidate set',
    (fabric) =>
      fabric.send('/v1/ingest/hlo-candidates', {
        service_component_definition: {
          id: `${COMPONENT}c`,
          type: 'ServiceComponent',
          service: 'urn:ngsi-ld:Service:S',
          repoPassword: secret('deep'),
          containerImage: 'x',
        },
        infrastructure_element_candidates: [],
      }),
  ],
  [
    'a directory',
    (fabric) =>
      fabric.send('/v1/ingest/ldap', {
        users: [{ dn: 'cn=a', attributes: { uid: 'a', userPassword: secret('user') } }],
        roles: [],
        organizations: [],
        memberships: [],
      }),
  ],
  [
    'a reading with a token that no mapping reads',
    (fabric) =>
      fabric.send('/v1/ingest/telemetry', {
        element: 'urn:x:1',
        hostname: 'h',
        agent: { accessToken: secret('token') },
      }),
  ],
  [
    'a row of CSV',
    (fabric) =>
      fabric.send('/v1/ingest/telemetry-csv', `element,hostname,password\nurn:x:2,h,${secret('csv')}\n`, {
        type: 'text/csv',
      }),
  ],
  [
    'a line that cannot be read',
    (fabric) =>
      fabric.send(
        '/v1/ingest/telemetry',
        `{"element":"urn:x:3"}\n{"element":"urn:x:4","token":"${secret('broken')}",\n`,
        {
          type: 'application/x-ndjson',
        },
      ),
  ],
  [
    'an entity that cannot be read',
    (fabric) => fabric.send('/ngsi-ld/v1/entities', `{"id":"urn:x:5","password":"${secret('raw')}",}`),
  ],
  [
    'a record that breaks a shape',
    (fabric) =>
      fabric.send('/v1/ingest/telemetry', {
        element: 'urn:x:6',
        memory: { availableMegabytes: -5 },
        secret: secret('badshape'),
      }),
  ],
  [
    'a header',
    (fabric) => fabric.request('/v1/status', { headers: { authorization: `Bearer ${secret('header')}` } }),
  ],
  [
    'a placement request',
    (fabric) =>
      fabric.send('/v1/placements', {
        service: 'urn:ngsi-ld:Service:S',
        components: [{ name: 'c', image: 'x', env: [{ name: 'DB', value: secret('place') }] }],
      }),
  ],
];

describe('end to end: secrets', function () {
  this.timeout(30_000);

  it('are in no file, no line of the log and no answer', async () => {
    const directory = temporaryFolder();
    const log: string[] = [];
    const start = () => startFabric({ directory, onLogLine: (line) => log.push(line) });
    const answers: string[] = [];
    const first = await start();
    const known = first.request.bind(first);
    first.request = async (path, init) => {
      const answer = await known(path, init);
      answers.push(JSON.stringify([...answer.headers]), answer.text);
      return answer;
    };
    for (const [, send] of SENDINGS) await send(first);
    const graph = (await first.dump()).join('\n');
    await first.request('/v1/changes?from=1', { headers: { accept: 'application/x-ndjson' } });
    await first.request('/metrics');
    await first.close();
    // what is read back is as clean as what was written
    const second = await start();
    assert.equal((await second.dump()).join('\n'), graph);
    await second.close();

    const files = filesBelow(directory);
    const places = new Map<string, string>([
      ['the log lines', log.join('\n')],
      ['the answers', answers.join('\n')],
      ['the graph', graph],
      ...files.map((path) => [path, readFileSync(path, 'latin1')] as const),
    ]);
    removeFolder(directory);
    assert.ok(files.some((path) => path.includes('/log/')) && files.some((path) => path.includes('/store/')));
    assert.ok(log.length > SENDINGS.length && answers.length > 2 * SENDINGS.length);
    // that something was kept at all shows that the search looks at the right places
    assert.match(graph, /registry\.example\/app:1/);
    assert.ok(
      [...places].some(([path, text]) => path.includes('/log/') && text.includes('registry.example/app:1')),
    );
    const found = [...places].flatMap(([place, text]) =>
      SECRETS.filter((value) => text.includes(value)).map((value) => `${value} in ${place}`),
    );
    assert.deepEqual(found, []);
  });

  it('leave a reference in the graph that a shim can resolve', async () => {
    await using fabric = await startFabric();
    for (const [, send] of SENDINGS.slice(0, 1)) await send(fabric);
    const [row] = await fabric.sparql(`SELECT ?env { <${COMPONENT}> cf:envVars ?env }`);
    assert.deepEqual(JSON.parse(row!['env']!), [{ key: 'DB', value: 'secretRef:env/DB' }]);
  });

  it('that are declared public are kept', async () => {
    await using fabric = await startFabric({ config: { secrets: { publicEnv: ['DB'] } } });
    await SENDINGS[0]![1](fabric);
    assert.match((await fabric.dump()).join('\n'), new RegExp(secret('env')));
    assert.doesNotMatch((await fabric.dump()).join('\n'), new RegExp(secret('repo')));
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Json } from '../../src/mapping/record.ts';
import { redact } from '../../src/source/redact.ts';
import { readBody, secrets, sourceOf } from './reading.ts';

const REF = (name: string) => `secretRef:${name}`;
const open = { ...secrets, publicEnv: ['STAGE'] };

const CASES: readonly [string, Json, Json][] = [
  ['a member', { repoPassword: 'x' }, { repoPassword: REF('repoPassword') }],
  [
    'in any case and spelling',
    { REPO_PASSWORD: 'x', 'repo-password': 'y' },
    { REPO_PASSWORD: REF('REPO_PASSWORD'), 'repo-password': REF('repo-password') },
  ],
  ['at depth, in lists', { a: [{ b: { token: 'x', c: 1 } }] }, { a: [{ b: { token: REF('token'), c: 1 } }] }],
  ['whole structures', { credentials: { user: 'u', pass: 'p' } }, { credentials: REF('credentials') }],
  ['numbers', { password: 1234 }, { password: REF('password') }],
  [
    'under a full IRI',
    { 'https://e.org/x#userPassword': 'x' },
    { 'https://e.org/x#userPassword': REF('userPassword') },
  ],
  [
    'as an NGSI-LD attribute',
    { repoPassword: { type: 'Property', value: 'x' } },
    { repoPassword: { value: REF('repoPassword') } },
  ],
  [
    'with its time',
    { token: { value: 'x', observedAt: '2026-01-01T00:00:00Z' } },
    { token: { value: REF('token'), observedAt: '2026-01-01T00:00:00Z' } },
  ],
  [
    'in a pair',
    [
      { key: 'db-password', value: 'x' },
      { key: 'password', value: 'y' },
    ],
    [
      { key: 'db-password', value: 'x' },
      { key: 'password', value: REF('password') },
    ],
  ],
  ['in an argument', ['--password=x', '--level=3'], ['--password=secretRef:password', '--level=3']],
  ['in the argument after it', ['--token', 'x', 'y'], ['--token', REF('token'), 'y']],
  [
    'in JSON text',
    { settings: '{"password":"x","a":1}' },
    { settings: '{"password":"secretRef:password","a":1}' },
  ],
  [
    'environment pairs',
    {
      envVars: [
        { key: 'A', value: 'x' },
        { key: 'STAGE', value: 'dev' },
      ],
    },
    {
      envVars: [
        { key: 'A', value: REF('env/A') },
        { key: 'STAGE', value: 'dev' },
      ],
    },
  ],
  [
    'environment of Kubernetes',
    {
      env: [
        { name: 'A', value: 'x' },
        { name: 'B', secretRef: 'vault/b' },
      ],
    },
    {
      env: [
        { name: 'A', value: REF('env/A') },
        { name: 'B', secretRef: 'vault/b' },
      ],
    },
  ],
  [
    'environment of Docker',
    { Env: ['A=x', 'STAGE=dev', 'odd'] },
    { Env: ['A=secretRef:env/A', 'STAGE=dev', REF('env')] },
  ],
  [
    'environment of TOSCA',
    { envVars: [{ A: 'x' }, { STAGE: 'dev' }] },
    { envVars: [{ A: REF('env/A') }, { STAGE: 'dev' }] },
  ],
  ['an environment as a map', { env: { A: 'x', N: 5 } }, { env: { A: REF('env/A'), N: REF('env/N') } }],
  ['an environment as one text', { envVars: 'STAGE=dev A=x' }, { envVars: REF('env') }],
  [
    'an environment as an attribute',
    { envVars: { type: 'Property', value: [{ key: 'A', value: 'x' }] } },
    { envVars: { type: 'Property', value: [{ key: 'A', value: REF('env/A') }] } },
  ],
  [
    'nothing where nothing is',
    { password: null, token: '', repoPassword: { value: 'urn:ngsi-ld:null' } },
    { password: null, token: '', repoPassword: { value: 'urn:ngsi-ld:null' } },
  ],
  [
    'no name that only contains one',
    { passwordPolicy: 'strict', tokens: 3 },
    { passwordPolicy: 'strict', tokens: 3 },
  ],
];

describe('source: redaction', () => {
  for (const [title, value, expected] of CASES) {
    it(`cuts ${title}`, () => {
      assert.deepEqual(plain(redact(value, open)), expected);
    });
  }

  it('cuts what a context hides behind another name', async () => {
    const source = sourceOf({ format: 'ngsi-ld' });
    const body = { id: 'urn:e', type: 'T', pw: 'S3CR3T', '@context': { pw: 'https://e.org/repoPassword' } };
    const [reading] = await readBody(source, JSON.stringify(body));
    assert.deepEqual(reading!.ok && reading!.record.value!['https://e.org/repoPassword'], [
      { value: REF('repoPassword') },
    ]);
  });

  const SECRET = 'S3CR3T';
  const secretValue = fc.oneof(
    fc.constant(SECRET),
    fc.constant(`{"a":"${SECRET}"}`),
    fc.constant([SECRET, { deep: SECRET }]),
    fc.constant({ type: 'Property', value: SECRET, note: SECRET }),
  );
  const memberNames = fc
    .constantFrom(...secrets.members)
    .chain((name) =>
      fc.constantFrom(
        name,
        name.toUpperCase(),
        name.replace(/[A-Z]/g, '_$&'),
        `https://e.org/ns#${name}`,
        `ns:${name}`,
      ),
    );
  const environments = fc.constantFrom<Json>(
    [{ key: 'A', value: SECRET }],
    [{ name: 'A', value: SECRET, more: { x: SECRET } }],
    [{ A: SECRET }],
    { A: SECRET, value: SECRET, type: SECRET },
    [`A=${SECRET}`, SECRET],
    `A=1 B=${SECRET}`,
    { type: 'Property', value: { A: SECRET }, observedAt: SECRET, unitCode: SECRET },
    { languageMap: { de: SECRET } },
    { json: { A: [SECRET] } },
  );
  const holder = fc.oneof(
    fc.tuple(memberNames, secretValue).map(([name, value]): Json => ({ [name]: value })),
    fc
      .tuple(fc.constantFrom('env', 'envVars', 'ENV_VARS', 'https://e.org/envVars'), environments)
      .map(([name, value]): Json => ({ [name]: value })),
    fc.constantFrom<Json>({ key: 'password', value: SECRET }, [`--token=${SECRET}`], ['-password', SECRET]),
  );
  const document = fc.letrec<{ node: Json }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      holder,
      fc.record({ a: tie('node'), b: fc.integer() }),
      fc.tuple(tie('node'), fc.string()).map((items): Json => items),
      tie('node').map((node): Json => ({ type: 'Property', value: node })),
      tie('node').map((node): Json => ({ text: JSON.stringify(node) })),
    ),
  })).node;

  it('lets no secret through in any shape, at any depth, in any format', async () => {
    await fc.assert(
      fc.asyncProperty(document, fc.constantFrom('json', 'ngsi-ld'), async (content, format) => {
        const body = JSON.stringify({ id: 'urn:e', type: 'T', content });
        assert.match(body, /S3CR3T/);
        const readings = await readBody(sourceOf(format === 'json' ? { key: 'id' } : { format }), body);
        assert.equal(readings.length, 1);
        assert.doesNotMatch(told(readings), /S3CR3T/);
      }),
      { numRuns: 400 },
    );
  });

  it('lets no secret through in what it says about a body that it cannot read', async () => {
    await fc.assert(
      fc.asyncProperty(
        document,
        fc.nat(),
        fc.constantFrom('}', '"', ',', '\\', 'x'),
        async (content, at, noise) => {
          const text = JSON.stringify({ id: 'urn:e', type: 'T', content });
          const cut = at % text.length;
          const broken = text.slice(0, cut) + noise + text.slice(cut);
          const readings = await readBody(sourceOf({ format: 'json' }), broken);
          const problems = readings.filter((reading) => !reading.ok);
          assert.doesNotMatch(told(problems), /S3CR3T/);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves everything else as it is, and a second time changes nothing', () => {
    const names = fc.constantFrom('a', 'b', 'value', 'type', 'name', 'key', '__proto__', 'id');
    const harmless = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        fc.integer(),
        fc.boolean(),
        fc.constantFrom('text', '', 'a=b', '{not json', '[1,2]'),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(names, tie('json'), { maxKeys: 4 }),
      ),
    })).json;
    fc.assert(
      fc.property(harmless, (value) => {
        assert.equal(redact(value, secrets), value);
      }),
    );
    fc.assert(
      fc.property(document, (value) => {
        const once = redact(value, secrets);
        assert.deepEqual(redact(once, secrets), once);
      }),
    );
  });
});

/** Everything that a reading says, the problem with its cause included. */
const told = (readings: readonly unknown[]): string =>
  JSON.stringify(readings, (_, value: unknown) =>
    value instanceof Error ? [value.message, value.stack, value.cause, Object.entries(value)] : value,
  );

/** Without the prototypes, which copies do not have. */
const plain = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;

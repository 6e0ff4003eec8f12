import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import { allSources } from '../../src/source/shipped.ts';
import { utcTime } from '../../src/source/time.ts';
import { outline, type ReadBody, readBody, recordsOf, sourceOf } from './reading.ts';

const keyed = sourceOf({ key: 'id' });
const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
const BOM = '\uFEFF';

interface Case {
  readonly title: string;
  readonly settings?: object;
  readonly body: string | Uint8Array;
  readonly options?: ReadBody;
  readonly outline: readonly string[];
}

const CASES: readonly Case[] = [
  { title: 'an object as one record', body: '{"id":"a"}', outline: ['a'] },
  { title: 'an array as its items', body: '[{"id":"a"},{"id":2}]', outline: ['a', '2'] },
  {
    title: 'a bad item beside good ones',
    body: '[{"id":"a"},5,{"x":1},{"id":"b"}]',
    outline: ['a', 'record-invalid', 'record-invalid', 'b'],
  },
  { title: 'a whole document without a key', settings: {}, body: '{"users":[1]}', outline: ['test'] },
  {
    title: 'a list where the whole document is the record',
    settings: {},
    body: '[1]',
    outline: ['record-invalid'],
  },
  {
    title: 'records by JSONPath',
    settings: { key: 'id', split: '$.rows[?@.id]' },
    body: '{"rows":[{"id":"a"},{"id":"b"},{}]}',
    outline: ['a', 'b'],
  },
  { title: 'a key along dots', settings: { key: 'meta.id' }, body: '{"meta":{"id":"a"}}', outline: ['a'] },
  {
    title: 'a key with dots in its name',
    settings: { key: 'meta.id' },
    body: '{"meta.id":"a"}',
    outline: ['a'],
  },
  {
    title: 'a key of two members',
    settings: { key: 'from to' },
    body: '{"from":"a","to":"b"}',
    outline: ['a b'],
  },
  { title: 'a key from outside', body: '{"x":1}', options: { key: 'outside' }, outline: ['outside'] },
  { title: 'a key that is no scalar', body: '{"id":{}}', outline: ['record-invalid'] },
  { title: 'a byte order mark', body: `${BOM}{"id":"a"}`, outline: ['a'] },
  { title: 'malformed JSON with its place', body: '{"id":"a",\n "b": }', outline: ['syntax-error 2 7'] },
  { title: 'text after the end', body: '{"id":"a"} x', outline: ['syntax-error 1 12'] },
  { title: 'an empty body', body: '', outline: ['syntax-error 1 1'] },
  { title: 'UTF-16', body: Buffer.from(`${BOM}{}`, 'utf16le'), outline: ['syntax-error 1'] },
  { title: 'broken UTF-8', body: Buffer.from([0x7b, 0xff, 0x7d]), outline: ['syntax-error 1'] },
  {
    title: 'JSON too deep',
    body: `${'['.repeat(9)}${']'.repeat(9)}`,
    options: { limits: { jsonDepthMax: 8 } },
    outline: ['record-invalid 1'],
  },
  { title: 'JSON a million deep', body: '['.repeat(1_000_000), outline: ['record-invalid 1'] },
  {
    title: 'a document too long',
    body: '{"id":"a"}',
    options: { limits: { documentBytesMax: 5 } },
    outline: ['body-too-large 1'],
  },
  {
    title: 'lines',
    body: '{"id":"a"}\n\n{"id":"b"}\r\n{"id":"c"}',
    options: { mediaType: NDJSON },
    outline: ['a', 'b', 'c'],
  },
  {
    title: 'a bad line among good ones',
    body: '{"id":"a"}\n{"id" "b"}\n{"id":"c"}\n',
    options: { mediaType: NDJSON },
    outline: ['a', 'syntax-error 2 7', 'c'],
  },
  {
    title: 'a line too long among good ones',
    body: `{"id":"a"}\n{"id":"${'b'.repeat(50)}"}\n{"id":"c"}`,
    options: { mediaType: NDJSON, limits: { lineBytesMax: 20 } },
    outline: ['a', 'body-too-large 2', 'c'],
  },
  {
    title: 'a line of broken UTF-8 among good ones',
    body: Buffer.concat([
      Buffer.from('{"id":"a"}\n"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"\n{"id":"c"}'),
    ]),
    options: { mediaType: NDJSON },
    outline: ['a', 'syntax-error 2', 'c'],
  },
  {
    title: 'CSV',
    body: 'id,v\na,1\nb,2\n',
    options: { mediaType: 'text/csv; charset=utf-8' },
    outline: ['a', 'b'],
  },
  {
    title: 'CSV with a mark and CR LF',
    body: `${BOM}id,v\r\na,1\r\n`,
    options: { mediaType: CSV },
    outline: ['a'],
  },
  {
    title: 'CSV with quoted commas, quotes and line feeds',
    body: 'id,v\n"a,1","say ""x""\nnow"\nb,2',
    options: { mediaType: CSV },
    outline: ['a,1', 'b'],
  },
  {
    title: 'ragged rows among good ones',
    body: 'id,v\na,1\nb\nc,3,4\nd,4',
    options: { mediaType: CSV },
    outline: ['a', 'record-invalid 3', 'record-invalid 4', 'd'],
  },
  {
    title: 'a quote inside a field',
    body: 'id,v\na,5" disk\nb,2',
    options: { mediaType: CSV },
    outline: ['syntax-error 2 4', 'b'],
  },
  {
    title: 'a quote that nothing closes',
    body: 'id,v\na,1\nb,"open\nc,3\nd,4\n',
    options: { mediaType: CSV },
    outline: ['a', 'syntax-error 3 3', 'c', 'd'],
  },
  {
    title: 'a quote that is closed far away',
    body: `id,v\na,"open\n${'b,2\n'.repeat(30)}c,"x"`,
    options: { mediaType: CSV, limits: { lineBytesMax: 60 } },
    outline: ['syntax-error 2 3', ...Array<string>(30).fill('b'), 'c'],
  },
  {
    title: 'a header with a column twice',
    body: 'id,id\na,1',
    options: { mediaType: CSV },
    outline: ['syntax-error 1'],
  },
  {
    title: 'a header with a nameless column',
    body: 'id,\na,1',
    options: { mediaType: CSV },
    outline: ['syntax-error 1'],
  },
  { title: 'CSV without rows', body: 'id,v\n', options: { mediaType: CSV }, outline: [] },
  {
    title: 'a candidate set that is none',
    settings: { format: 'hlo-candidates' },
    body: '{"a":1}',
    outline: ['record-invalid'],
  },
];

describe('source: bodies', () => {
  for (const { title, settings, body, options, outline: expected } of CASES) {
    it(`read ${title}`, async () => {
      const source = settings === undefined ? keyed : sourceOf(settings);
      assert.deepEqual(outline(await readBody(source, body, options)), expected);
      // however the bytes arrive
      if (body.length < 2_000) {
        for (const chunkBytes of [1, 3]) {
          assert.deepEqual(outline(await readBody(source, body, { ...options, chunkBytes })), expected);
        }
      }
    });
  }

  it('count positions over the whole body and give the length of what could not be read', async () => {
    const readings = await readBody(keyed, '{"id":"a"}\n[{"id":"b"},{}]\n{x}\n{"id":"c"}', {
      mediaType: NDJSON,
    });
    assert.deepEqual(
      readings.map(({ position }) => position),
      [0, 1, 2, 3, 4],
    );
    const broken = readings[3]!;
    assert.ok(!broken.ok);
    assert.equal(broken.bytes, 3);
    assert.equal(broken.problem.location?.offset, 28);
  });

  it('bring times to UTC and refuse what is none', async () => {
    const timed = sourceOf({ key: 'id', observedAt: 'at' });
    const readings = await readBody(
      timed,
      '[{"id":"a","at":"2026-03-01T12:00:00.123456+02:00"},{"id":"b"},{"id":"c","at":"soon"},{"id":"d","at":null}]',
    );
    assert.deepEqual(outline(readings), ['a', 'b', 'record-invalid', 'd']);
    assert.deepEqual(
      recordsOf(readings).map(({ observedAt }) => observedAt),
      ['2026-03-01T10:00:00.123Z', undefined, undefined],
    );
  });

  it('keep numbers that a double does not hold as text, and say so', async () => {
    const body =
      '{"id":"a","exact":9007199254740993,"huge":1e400,"long":0.1234567890123456789,"fine":1.50,"zero":-0.0e5,"small":1e-7}';
    const [reading] = await readBody(keyed, body);
    assert.ok(reading?.ok);
    assert.deepEqual(reading.record.value, {
      id: 'a',
      exact: '9007199254740993',
      huge: '1e400',
      long: '0.1234567890123456789',
      fine: 1.5,
      zero: -0,
      small: 1e-7,
    });
    assert.deepEqual(
      reading.diagnostics?.map(({ code, attribute }) => [code, attribute]),
      [
        ['number-kept-as-text', 'exact'],
        ['number-kept-as-text', 'huge'],
        ['number-kept-as-text', 'long'],
      ],
    );
  });

  it('keep the value of every number', async () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,24}$/);
    const literal = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits,
        fc.option(fc.stringMatching(/^\d{1,20}$/)),
        fc.option(fc.integer({ min: -330, max: 330 })),
      )
      .map(
        ([sign, whole, fraction, exponent]) =>
          `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`,
      );
    await fc.assert(
      fc.asyncProperty(literal, async (text) => {
        const [record] = recordsOf(await readBody(keyed, `{"id":"a","n":${text}}`));
        const kept = record!.value!['n'];
        if (typeof kept === 'string') assert.equal(kept, text);
        else assert.equal(typeof kept === 'number' && exact(String(kept)), exact(text));
      }),
    );
  });

  it('say which member stands twice; the last one counts', async () => {
    const [reading] = await readBody(keyed, '{"id":"a","x":1,"in":{"y":1,"\\u0079":2},"x":3}');
    assert.ok(reading?.ok);
    assert.deepEqual(reading.record.value, { id: 'a', x: 3, in: { y: 2 } });
    assert.deepEqual(
      reading.diagnostics?.map(({ code, attribute }) => [code, attribute]),
      [
        ['member-duplicate', 'y'],
        ['member-duplicate', 'x'],
      ],
    );
  });

  it('read ten thousand good lines around bad ones', async () => {
    const good = Array.from({ length: 10_000 }, (_, index) => `{"id":${index}}`);
    const lines = good.flatMap((line, index) => (index % 1000 === 500 ? [line, '{"id":', '\u0000'] : [line]));
    const readings = await readBody(keyed, lines.join('\n'), { mediaType: NDJSON, chunkBytes: 4096 });
    assert.deepEqual(
      recordsOf(readings).map(({ key }) => key),
      good.map((_, index) => String(index)),
    );
    assert.equal(readings.length, 10_020);
  });

  it('read the rows that a writer of CSV wrote', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'ü') });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.integer({ min: 1, max: 40 }),
        async (rows, chunkBytes) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const body = [
            'id,x,y',
            ...rows.map(([x, y], index) => [`r${index}`, x, y].map(quoted).join(',')),
          ].join('\n');
          const records = recordsOf(await readBody(keyed, body, { mediaType: CSV, chunkBytes }));
          assert.deepEqual(
            records.map(({ value }) => [value!['x'], value!['y']]),
            rows,
          );
        },
      ),
    );
  });

  it('are refused by their media type', async () => {
    for (const [source, mediaType] of [
      [keyed, 'text/plain'],
      [keyed, ''],
      [sourceOf({ format: 'ngsi-ld' }), CSV],
    ] as const) {
      await assert.rejects(
        async () => readBody(source, '{}', { mediaType }),
        (error) =>
          error instanceof FabricError &&
          error.type === 'media-type-unsupported' &&
          Array.isArray(error.extensions['supported']),
      );
    }
  });
});

describe('source: settings', () => {
  const REFUSED: readonly [string, object, RegExp][] = [
    ['a split that is not JSONPath', { split: '$[' }, /JSONPath/],
    ['a key where entities have their ids', { format: 'ngsi-ld', key: 'id' }, /sets key/],
    ['a key that is a secret', { key: 'meta.token' }, /secret/],
  ];
  for (const [title, settings, message] of REFUSED) {
    it(`refuse ${title}`, async () => {
      await assert.rejects(
        async () => readBody(sourceOf(settings), '{}'),
        (error) =>
          error instanceof FabricError && error.type === 'config-invalid' && message.test(error.message),
      );
    });
  }

  it('of shipped sources are those that the configuration would give, and can be replaced by name', () => {
    const shipped = allSources([]);
    assert.ok(shipped.length >= 5);
    for (const source of shipped) assert.deepEqual(sourceOf(source), source);
    const own = sourceOf({ name: 'telemetry', mapping: 'mine' });
    const all = allSources([own]);
    assert.equal(all.length, shipped.length);
    assert.deepEqual(
      all.filter(({ name }) => name === 'telemetry'),
      [own],
    );
  });
});

describe('source: times', () => {
  const CASES: readonly [string, string | undefined][] = [
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.1+01:00', '2026-03-01T11:00:00.100Z'],
    ['2026-03-01T12:00+0130', '2026-03-01T10:30:00.000Z'],
    ['2026-03-01 12:00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T12:00:00.999999999Z', '2026-03-01T12:00:00.999Z'],
    ['2026-02-30T00:00:00Z', undefined],
    ['2026-13-01', undefined],
    ['2026-03-01T25:00:00Z', undefined],
    ['1772366400', undefined],
    ['yesterday', undefined],
  ];
  for (const [text, expected] of CASES) {
    it(`read ${text}`, () => {
      assert.equal(utcTime(text), expected);
    });
  }
});

/** A JSON number as a fraction of whole numbers, written out: a second, slow way to compare. */
function exact(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const scale = Number(exponent) - fraction.length;
  const value = BigInt(whole + fraction);
  const shifted = scale >= 0 ? value * 10n ** BigInt(scale) : value;
  const divisor = scale >= 0 ? 1n : 10n ** BigInt(-scale);
  const common = gcd(shifted < 0n ? -shifted : shifted, divisor);
  return `${shifted / common}/${divisor / common}`;
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

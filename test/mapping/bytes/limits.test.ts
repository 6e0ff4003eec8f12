/** What may be in memory at once: both engines refuse the same, and the byte engine does not hold more. */
import { deepEqual, ok } from 'node:assert/strict';
import { FabricError } from '../../../src/errors.ts';
import { NdjsonReader } from '../../../src/mapping/bytes/ndjson-reader.ts';
import { compileBytes } from '../../../src/mapping/bytes/program.ts';
import { MORE } from '../../../src/mapping/bytes/reader.ts';
import { runMapping } from '../../../src/mapping/map.ts';
import { compileMapping, type MappingPlan } from '../../../src/mapping/plan.ts';
import type { Diagnostic } from '../../../src/mapping/record.ts';
import type { SourceData, TextLimits } from '../../../src/mapping/reference/formulation.ts';
import { TEXT_LIMITS } from '../../../src/mapping/reference/text.ts';
import { toNQuads } from '../../../src/rdf/terms.ts';
import { PREFIXES } from '../check.ts';

const mapping = (file: string, more: string): string => `${PREFIXES}
ex:map a rml:TriplesMap ;
  rml:logicalSource [ rml:source "${file}" ; ${more} ] ;
  rml:subjectMap [ rml:template "http://ex.org/{id}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:p ; rml:objectMap [ rml:reference "v" ] ] .
`;
const KINDS = {
  csv: mapping('a.csv', 'rml:referenceFormulation rml:CSV'),
  ndjson: mapping('a.ndjson', 'rml:referenceFormulation rml:JSONPath ; rml:iterator "$"'),
  json: mapping('a.json', 'rml:referenceFormulation rml:JSONPath ; rml:iterator "$[*]"'),
};

const LIMITS: TextLimits = { documentCharactersMax: 300, lineCharactersMax: 50, rowCharactersMax: 50 };
const LONG = 'x'.repeat(400);
const EURO = '€'.repeat(30); // 90 bytes

interface Case {
  readonly kind: keyof typeof KINDS;
  readonly text: string | Uint8Array;
  /** Objects of the lines. */
  readonly values: readonly string[];
  readonly told: readonly string[];
}

const bytesOf = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part])),
  );

const CASES: Readonly<Record<string, Case>> = {
  'a line of NDJSON': {
    kind: 'ndjson',
    text: `{"id":1,"v":"a"}\n{"id":2,"v":"${LONG}"}\n{"id":3,"v":"c"}\n`,
    values: ['a', 'c'],
    told: ['line-too-long: Source "a.ndjson", line 2: A line has more than 50 characters'],
  },
  'the last line of NDJSON, without an end': {
    kind: 'ndjson',
    text: `{"id":1,"v":"a"}\n{"id":2,"v":"${LONG}"}`,
    values: ['a'],
    told: ['line-too-long: Source "a.ndjson", line 2: A line has more than 50 characters'],
  },
  'a line of NDJSON with bytes that are no UTF-8': {
    kind: 'ndjson',
    text: bytesOf('{"id":2,"v":"', LONG, [0xff, 0xc3], LONG, '"}\n{"id":3,"v":"é"}\n'),
    values: ['é'],
    told: ['line-too-long: Source "a.ndjson", line 1: A line has more than 50 characters'],
  },
  'a row of CSV': {
    kind: 'csv',
    text: `id,v\n1,a\n2,"${LONG}`,
    values: ['a'],
    told: ['syntax-error: Source "a.csv", line 3: Row 2 has more than 50 characters'],
  },
};

/** Nothing is refused that is long in bytes alone, and nothing that is long in sum. */
const GOOD: Readonly<Record<string, Case>> = {
  'a line of NDJSON with long characters': {
    kind: 'ndjson',
    text: `{"id":1,"v":"${EURO}"}\n`,
    values: [EURO],
    told: [],
  },
  'a row of CSV with long characters': { kind: 'csv', text: `id,v\n1,"${EURO}"\n`, values: [EURO], told: [] },
};

/** Damage is told with its place in the source. */
const DAMAGED: Readonly<Record<string, Case>> = {
  'a line of NDJSON': {
    kind: 'ndjson',
    text: bytesOf('{"id":1,"v":"a"}\n{"id":2,"v":"', [0xff], '"}\n{"id":3,"v":"c"}\n'),
    values: ['a', 'c'],
    told: ['encoding-invalid: Source "a.ndjson", line 2: A line holds bytes that are no UTF-8 (at byte 30)'],
  },
  'a row of CSV': {
    kind: 'csv',
    text: bytesOf('id,v\n1,a\n2,', [0xff], '\n3,c\n'),
    values: ['a', 'c'],
    told: ['encoding-invalid: Source "a.csv", line 3: Row 2 holds bytes that are no UTF-8 (at byte 11)'],
  },
  'the header of a CSV': {
    kind: 'csv',
    text: bytesOf('id,v,', [0xff], '\n1,a,b\n'),
    values: [],
    told: ['syntax-error: Source "a.csv", line 1: The header holds bytes that are no UTF-8 (at byte 5)'],
  },
};

interface Seen {
  readonly values: readonly string[];
  readonly told: readonly string[];
}

async function seen(run: (lines: string[], tell: (one: Diagnostic) => void) => Promise<void>): Promise<Seen> {
  const lines: string[] = [];
  const told: string[] = [];
  try {
    await run(lines, ({ code, message }) => told.push(`${code}: ${message}`));
  } catch (thrown) {
    if (!(thrown instanceof FabricError)) throw thrown;
    told.push(`${thrown.type}: ${thrown.message}`);
  }
  return { values: lines.map((line) => /"(.*)"/.exec(line)?.[1] ?? ''), told };
}

function dataOf(text: string | Uint8Array, size: number): SourceData {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return { kind: 'bytes', chunks, limits: LIMITS };
}

const byTerms = (plan: MappingPlan, open: () => SourceData): Promise<Seen> =>
  seen(async (lines, onDiagnostic) => {
    for await (const quad of runMapping(plan, { open }, { strict: false, onDiagnostic }))
      lines.push(toNQuads(quad));
  });

const byBytes = (plan: MappingPlan, open: () => SourceData): Promise<Seen> =>
  seen(async (lines, onDiagnostic) => {
    const program = compileBytes(plan);
    ok(!('unsupported' in program));
    for await (const chunk of program.run({ open }, { strict: false, onDiagnostic }))
      lines.push(...new TextDecoder().decode(chunk).slice(0, -1).split('\n'));
  });

describe('limits of sources', () => {
  const groups = { refuse: CASES, allow: GOOD, 'tell the place of damage in': DAMAGED };
  for (const [verb, cases] of Object.entries(groups)) {
    for (const [title, { kind, text, values, told }] of Object.entries(cases)) {
      for (const size of [3, 64, 100_000]) {
        // A row that is whole in a chunk is in memory anyway.
        if (kind === 'csv' && verb === 'refuse' && size === 100_000) continue;
        it(`${verb} ${title}, ${size} bytes at a time`, async () => {
          const plan = compileMapping(KINDS[kind], { name: 'test.ttl' });
          const open = (): SourceData => dataOf(text, size);
          deepEqual(await byTerms(plan, open), { values, told }, 'term engine');
          deepEqual(await byBytes(plan, open), { values, told }, 'byte engine');
        });
      }
    }
  }

  const ITEM = '{"id":1,"v":"a"}';

  it('hold one record of JSON at a time, however long the document', async () => {
    const plan = compileMapping(KINDS.json, { name: 'test.ttl' });
    const text = `[${Array.from({ length: 100 }, () => ITEM).join()}]`;
    deepEqual(await byBytes(plan, () => dataOf(text, 10)), { values: ['a'], told: [] });
  });

  it('refuse one record of JSON that is too long', async () => {
    const plan = compileMapping(KINDS.json, { name: 'test.ttl' });
    const text = `[${ITEM},{"id":2,"v":"${LONG}"}]`;
    const message = 'The document has more than 300 characters, the limit for what is held in memory at once';
    const told = [`syntax-error: Source "a.json": ${message}`];
    deepEqual(await byBytes(plan, () => dataOf(text, 10)), { values: ['a'], told });
    deepEqual(await byTerms(plan, () => dataOf(text, 10)), { values: [], told });
  });

  it('keep a line of NDJSON out of memory that is too long', () => {
    const reader = new NdjsonReader([['id']], []);
    reader.limits = { ...TEXT_LIMITS, lineCharactersMax: 100_000 };
    const { window } = reader;
    const chunk = new Uint8Array(65_536).fill(0x78);
    for (let i = 0; i < 200; i++) {
      window.push(chunk);
      deepEqual(reader.next(), MORE);
    }
    ok(window.bytes.length < 1_000_000, `${window.bytes.length}`);
  });
});

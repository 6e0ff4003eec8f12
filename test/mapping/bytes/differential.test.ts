/** The byte engine gives what the term engine gives: random mappings over random data. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../../src/errors.ts';
import { scenarios } from '../oracle/arbitrary.ts';
import { type ByteCase, runBoth } from './run-both.ts';

/** More mappings than the seconds of an ordinary run allow. */
const RUNS = Number(process.env['FABRIC_DIFFERENTIAL_RUNS'] ?? 250);

/** References that the byte engine leaves to the term engine, made such that it takes them. */
const simpler = (mapping: string): string =>
  mapping
    .replaceAll(/(?:\$\.)?l\[\*\]/g, 'a')
    .replaceAll('l[0]', 'l')
    .replaceAll('$.n[*]', 'n.m');

/** JSON records one a line. */
const asLines = (text: string): string =>
  (JSON.parse(text) as unknown[]).length === 0 ? '' : text.slice(1, -1).replaceAll(',\n', '\n');

/** The sources as NDJSON, where they are plain arrays; undefined for other scenarios. */
function linewise({ mapping, sources }: ByteCase): ByteCase | undefined {
  const json = Object.entries(sources).filter(([location]) => location.endsWith('.json'));
  if (json.length === 0 || json.some(([, text]) => !(text as string).startsWith('['))) return undefined;
  const lines = Object.entries(sources).map(([location, text]) =>
    location.endsWith('.json')
      ? [location.replace(/json$/, 'ndjson'), asLines(text as string)]
      : [location, text],
  );
  return {
    mapping: mapping.replaceAll('.json"', '.ndjson"').replaceAll('rml:iterator "$[*]"', 'rml:iterator "$"'),
    sources: Object.fromEntries(lines) as ByteCase['sources'],
  };
}

const counted = { supported: 0, lines: 0, all: 0 };

async function agree(input: ByteCase): Promise<void> {
  const both = await runBoth(input).catch((thrown: unknown) => {
    if (thrown instanceof FabricError && thrown.type === 'mapping-invalid') return undefined;
    throw thrown;
  });
  if (both === undefined) return;
  const { bytes, terms } = both;
  counted.all++;
  if ('unsupported' in bytes) return;
  counted.supported++;
  counted.lines += bytes.lines.length;
  equal(bytes.refused, terms.refused);
  if (input.strict === true && terms.refused !== undefined) return;
  deepEqual([...bytes.lines].sort(), [...terms.lines].sort());
  deepEqual(new Set(bytes.codes), new Set(terms.codes));
}

describe('byte engine, differential', () => {
  before(() => {
    Object.assign(counted, { supported: 0, lines: 0, all: 0 });
  });

  for (const chunkBytes of [undefined, 1, 7]) {
    it(`gives what the term engine gives, ${chunkBytes ?? 'all'} bytes at a time`, function () {
      this.timeout(300_000);
      return fc.assert(
        fc.asyncProperty(scenarios(), fc.boolean(), fc.boolean(), async (found, strict, rereadable) => {
          const chunks = chunkBytes === undefined ? {} : { chunkBytes };
          const input = { ...found, mapping: simpler(found.mapping), strict, rereadable, ...chunks };
          await agree(input);
          const lines = linewise(input);
          if (lines !== undefined) await agree({ ...input, ...lines });
        }),
        { numRuns: RUNS },
      );
    });
  }

  after(() => {
    ok(counted.supported > counted.all / 2, `only ${counted.supported} of ${counted.all} were run`);
    ok(counted.lines > counted.supported, `only ${counted.lines} lines came of ${counted.supported} runs`);
  });
});

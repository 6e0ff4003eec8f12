/** What stands between bytes and fields: scanners, validity of UTF-8, exact sets; each beside a naive twin. */
import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { ByteTable } from '../../../src/mapping/bytes/byte-table.ts';
import { scanValue, unescapeString } from '../../../src/mapping/bytes/json-scan.ts';
import { validEnd } from '../../../src/mapping/bytes/utf8.ts';
import { runBoth } from './run-both.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A text as windows hold it: with a line feed and a zero behind it. */
function windowed(text: string): { bytes: Uint8Array; view: DataView; length: number } {
  const content = encode(text);
  const bytes = new Uint8Array(content.length + 16);
  bytes.set(content);
  bytes[content.length] = 10;
  return { bytes, view: new DataView(bytes.buffer), length: content.length };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const json = fc.json({ depthSize: 'small' });
/** JSON with one character changed, which mostly is none any more. */
const nearlyJson = fc
  .tuple(json, fc.nat(), fc.constantFrom('"', '{', '}', ',', ':', '0', '-', 'e', '\\', '\n', ' ', 'u', ''))
  .map(([text, at, character]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + character + text.slice(place + 1);
  });

describe('byte engine, scanners', () => {
  it('takes what JSON.parse takes, and nothing else', () => {
    const counts = { json: 0, other: 0 };
    fc.assert(
      fc.property(fc.oneof(json, nearlyJson), (given) => {
        const text = given.trim();
        if (text === '') return;
        const window = windowed(text);
        const end = scanValue(window, 0);
        equal(end === window.length, isJson(text), text);
        counts[isJson(text) ? 'json' : 'other']++;
      }),
      { numRuns: 2000 },
    );
    equal(counts.json > 100 && counts.other > 100, true, JSON.stringify(counts));
  });

  it('undoes escapes as JSON.parse does', () => {
    const unit = fc.constantFrom(
      'a',
      'é',
      '"',
      '\\',
      '\n',
      '\u0001',
      '😀',
      '\ud800',
      '\udc00',
      '/',
      '\u2028',
    );
    fc.assert(
      fc.property(fc.string({ unit }), fc.boolean(), (text, all) => {
        const escaped = all
          ? `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
          : JSON.stringify(text);
        const bytes = encode(escaped);
        const end = unescapeString(bytes, 1, bytes.length - 1);
        deepEqual(bytes.slice(1, end), encode(text.toWellFormed()));
      }),
    );
  });

  it('finds the first byte that is no UTF-8', () => {
    const sequence = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }).map(encode),
      fc.uint8Array({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(sequence), (parts) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        const at = validEnd(bytes, 0, bytes.length);
        new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, at));
        if (at < bytes.length) {
          // Nothing that begins there is a character.
          for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
            let isCharacter = true;
            try {
              new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(at, at + length));
            } catch {
              isCharacter = false;
            }
            equal(isCharacter, false);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('numbers byte strings as a map does', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 3000, size: 'max' }), (keys) => {
        const table = new ByteTable();
        const twin = new Map<string, number>();
        for (const text of keys) {
          const known = twin.get(text);
          if (known === undefined) twin.set(text, twin.size);
          const bytes = encode(`-${text}-`);
          equal(table.find(bytes, 1, bytes.length - 1), known ?? -1);
          equal(table.enter(bytes, 1, bytes.length - 1), twin.get(text));
        }
        equal(table.size, twin.size);
      }),
      { numRuns: 20 },
    );
  });
});

const TABLE_MAPPING = `@prefix rml: <http://w3id.org/rml/> .
@prefix ex: <http://ex.org/> .
ex:map a rml:TriplesMap ;
  rml:logicalSource [ rml:source "t.csv" ; rml:referenceFormulation rml:CSV ] ;
  rml:subjectMap [ rml:template "http://ex.org/{a}" ] ;
  rml:predicateObjectMap [ rml:predicate ex:b ; rml:objectMap [ rml:reference "b" ] ] .
`;

describe('byte engine, CSV', () => {
  it('reads any text as the text reader does, in chunks of any size', () => {
    const unit = fc.constantFrom('a', 'b', ',', ',', '"', '\n', '\n', '\r\n', '\r', ' ', 'é', '');
    const counts = { lines: 0, refused: 0 };
    return fc
      .assert(
        fc.asyncProperty(
          fc.string({ unit, maxLength: 60, size: 'max' }),
          fc.nat(5),
          fc.boolean(),
          async (rows, size, hasMark) => {
            const text = `${hasMark ? '\uFEFF' : ''}a,b\n${rows}`;
            const { bytes, terms } = await runBoth({
              mapping: TABLE_MAPPING,
              sources: { 't.csv': text },
              ...(size === 0 ? {} : { chunkBytes: size }),
            });
            if ('unsupported' in bytes) throw new Error(bytes.unsupported.join());
            deepEqual(
              { ...bytes, lines: [...bytes.lines].sort() },
              { ...terms, lines: [...terms.lines].sort() },
            );
            counts.lines += bytes.lines.length;
            if (bytes.refused !== undefined) counts.refused++;
          },
        ),
        { numRuns: 600 },
      )
      .then(() => {
        equal(counts.lines > 100 && counts.refused > 10, true, JSON.stringify(counts));
      });
  });
});

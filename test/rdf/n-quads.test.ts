/** The byte parser of N-Quads: what it takes is what n3 takes, in pieces of any size; what it refuses it refuses with a place. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { FabricError } from '../../src/errors.ts';
import { NQuadsParser } from '../../src/rdf/n-quads/parser.ts';
import { canonicalLine, PieceLines, PieceTerms } from '../../src/rdf/n-quads/terms.ts';
import { Parser } from '../../src/rdf/n3.ts';
import {
  blankNode,
  dataFactory,
  defaultGraph,
  literal,
  namedNode,
  quad,
  quadKey,
  type RDF,
  toNQuads,
} from '../../src/rdf/terms.ts';

type Settings = Partial<ConstructorParameters<typeof NQuadsParser>[0]>;

/** @param pieceBytes  how long each piece is that the parser gets */
function parse(text: string | Uint8Array, pieceBytes = 1e9, settings: Settings = {}): RDF.Quad[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const ids = new PieceTerms();
  const parser = new NQuadsParser({ format: 'n-quads', ...settings, ids });
  const quads: RDF.Quad[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    quads.push(...ids.quadsOf(parser.push(bytes.subarray(at, at + pieceBytes))));
  }
  quads.push(...ids.quadsOf(parser.end()));
  equal(parser.offset, bytes.length);
  return quads;
}

const keys = (quads: readonly RDF.Quad[]): string[] => quads.map(quadKey);

const label = fc.stringMatching(/^[A-Za-z0-9_À-ÖͰ-ͽ]([A-Za-z0-9_.·-]{0,6}[A-Za-z0-9_-])?$/);
// n3 takes no two dots in a row, which the grammar has.
const n3Label = label.filter((each) => !each.includes('..'));
const text = fc.string({ unit: 'binary', maxLength: 12 });
const iri = fc.oneof(
  text.map((part) => namedNode(`urn:x:${part}`)),
  fc.webUrl({ withFragments: true, withQueryParameters: true }).map(namedNode),
);
const node = fc.oneof(iri, label.map(blankNode));
const value = fc.oneof(
  text.map((each) => literal(each)),
  fc.tuple(text, fc.constantFrom('en', 'de-AT', 'zh-Hant-1')).map(([each, tag]) => literal(each, tag)),
  fc.tuple(text, iri).map(([each, datatype]) => literal(each, datatype)),
);
const anyQuad: fc.Arbitrary<RDF.Quad> = fc
  .tuple(node, iri, fc.oneof(node, value), fc.oneof(node, fc.constant(defaultGraph())))
  .map(([s, p, o, g]) => quad(s, p, o, g));

describe('rdf: N-Quads as bytes', () => {
  it('gives back every quad that was written, in pieces of any size', () => {
    fc.assert(
      fc.property(
        fc.array(anyQuad, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (quads, pieceBytes) => {
          const written = quads.map((q) => `${toNQuads(q)}\n`).join('');
          deepEqual(keys(parse(written, pieceBytes)), keys(quads));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads as n3 does, whatever is escaped', () => {
    let counted = 0;
    const escaped = (character: string, how: number): string => {
      const point = character.codePointAt(0)!;
      if (how === 0 && !/["\\\n\r]/.test(character)) return character;
      return how === 1 && point < 0x10000
        ? `\\u${point.toString(16).padStart(4, '0')}`
        : `\\U${point.toString(16).toUpperCase().padStart(8, '0')}`;
    };
    const spelled = fc
      .array(
        fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.integer({ min: 0, max: 2 })),
      )
      .map((characters) => characters.map(([character, how]) => escaped(character, how)).join(''));
    const blank = fc.constantFrom(' ', '\t', '  ', '');
    fc.assert(
      fc.property(
        spelled,
        n3Label,
        blank,
        fc.constantFrom('\n', '\r\n', '\n\n', ' # "x\n'),
        (string, id, gap, end) => {
          const line = `${gap}_:${id} <urn:p>${gap}"${string}"^^<urn:\\u00e9${gap === '' ? 'd' : ''}>${gap}<urn:g>${gap}.${end}`;
          const expected = new Parser({
            format: 'application/n-quads',
            factory: dataFactory,
            blankNodePrefix: '',
          }).parse(line);
          counted += expected.length;
          deepEqual(keys(parse(line, 5)), keys(expected));
        },
      ),
      { numRuns: 300 },
    );
    equal(counted, 300);
  });

  it('gives equal lines for equal quads, however they are spelled', () => {
    const spellings = [
      '<urn:s> <urn:p> "é\\t"@EN-gb .',
      '<urn:\\u0073>\t<urn:p>"\\u00E9\t"@en-GB.# the same',
      '<urn:s> <urn:p> "\\u00e9\\u0009"@en-gb .',
    ];
    const lines = spellings.map((line) => {
      const ids = new PieceLines();
      return ids.linesOf(new NQuadsParser({ ids, format: 'n-quads' }).push(Buffer.from(`${line}\n`)));
    });
    deepEqual(new Set(lines.flat()), new Set(['<urn:s> <urn:p> "é\\t"@en-gb .']));
    equal(lines[0]![0], canonicalLine(parse(spellings[1]!)[0]!));
    const strings = [
      '"a"^^<http://www.w3.org/2001/XMLSchema#string>',
      '"\\u0061"^^<http://www.w3.org/2001/XMLSchema#\\u0073tring>',
    ];
    for (const string of strings) {
      deepEqual(parse(`<urn:s> <urn:p> ${string} .`), [
        quad(namedNode('urn:s'), namedNode('urn:p'), literal('a')),
      ]);
    }
  });

  const refused: Readonly<Record<string, readonly [text: string, line: number, column: number]>> = {
    'a relative IRI': ['<a> <urn:p> <urn:o> .', 1, 1],
    'a relative datatype': ['<urn:s> <urn:p> "x"^^<a> .', 1, 22],
    'a blank in an IRI': ['# é\n<urn:s> <urn:p> <urn:a b> .', 2, 23],
    'a letter escape in an IRI': ['<urn:s> <urn:p> <urn:\\n> .', 1, 22],
    'too few digits': ['<urn:s> <urn:p> "é\\u00G1" .', 1, 19],
    'half a surrogate': ['<urn:s> <urn:p> "\\uD800" .', 1, 18],
    'beyond Unicode': ['<urn:s> <urn:p> "\\U00110000" .', 1, 18],
    'another escape': ['<urn:s> <urn:p> "\\a" .', 1, 18],
    'an open string': ['<urn:s> <urn:p> "a\n" .', 1, 19],
    'an open IRI': ['<urn:s> <urn:p> <urn:o', 1, 23],
    'a literal as subject': ['"s" <urn:p> <urn:o> .', 1, 1],
    'a blank node as predicate': ['<urn:s> _:p <urn:o> .', 1, 9],
    'a literal as graph': ['<urn:s> <urn:p> <urn:o> "g" .', 1, 25],
    'a number': ['<urn:s> <urn:p> 1 .', 1, 17],
    'a fifth term': ['<urn:s> <urn:p> <urn:o> <urn:g> <urn:h> .', 1, 33],
    'no dot': ['<urn:s> <urn:p> <urn:o>\n', 1, 24],
    'two statements in a line': ['<urn:s> <urn:p> <urn:o> . <urn:s> <urn:p> <urn:o> .', 1, 27],
    'a colon in a label': ['_:a:b <urn:p> <urn:o> .', 1, 4],
    'a label that begins with a dash': ['_:-a <urn:p> <urn:o> .', 1, 3],
    'a tag that begins with a digit': ['<urn:s> <urn:p> "x"@1 .', 1, 21],
    'a base direction': ['<urn:s> <urn:p> "x"@en--ltr .', 1, 24],
    'a triple term': ['<urn:s> <urn:p> <<( <urn:s> <urn:p> <urn:o> )>> .', 1, 17],
    'a directive': ['@prefix a: <urn:a> .', 1, 1],
  };
  for (const [what, [given, line, column]] of Object.entries(refused)) {
    it(`refuses ${what} where it stands`, () => {
      for (const pieceBytes of [1, 1e9]) {
        throws(
          () => parse(given, pieceBytes, { source: 'a.nq' }),
          (thrown) => {
            ok(thrown instanceof FabricError);
            equal(thrown.type, 'syntax-error');
            const { offset, ...place } = thrown.location!;
            deepEqual(place, { source: 'a.nq', line, column }, thrown.message);
            equal(typeof offset, 'number');
            return true;
          },
        );
      }
    });
  }

  it('refuses what is no UTF-8', () => {
    for (const bad of ['ff', 'c080', 'eda080', 'f5808080', 'c3', 'e28228', 'f8a1a1a1']) {
      const bytes = Buffer.concat([
        Buffer.from('<urn:s> <urn:p> "'),
        Buffer.from(bad, 'hex'),
        Buffer.from('" .\n'),
      ]);
      throws(() => parse(bytes), { type: 'syntax-error' }, bad);
      const inIri = Buffer.concat([
        Buffer.from('<urn:s> <urn:p> <urn:'),
        Buffer.from(bad, 'hex'),
        Buffer.from('> .\n'),
      ]);
      throws(() => parse(inIri), { type: 'syntax-error' }, bad);
    }
  });

  it('takes graphs in N-Quads alone, and gives those without one where they are told to go', () => {
    throws(() => parse('<urn:s> <urn:p> <urn:o> <urn:g> .', 9, { format: 'n-triples' }), {
      type: 'syntax-error',
    });
    const lines = '_:a <urn:p> _:a .\n_:a <urn:p> _:a <urn:g> .\n';
    const quads = parse(lines, 3, { graph: 'urn:home', blankNodePrefix: 'x1_' });
    deepEqual(quads.map(toNQuads), ['_:x1_a <urn:p> _:x1_a <urn:home> .', '_:x1_a <urn:p> _:x1_a <urn:g> .']);
    throws(() => parse(lines, 3, { graph: 'home' }), { type: 'request-invalid' });
  });
});

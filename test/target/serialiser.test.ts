/** What is serialised in pieces reads back as the same graph, in every format. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRdf, parseTurtleFamily } from '../../src/rdf/parse.ts';
import { serialiseRdf } from '../../src/rdf/serialise.ts';
import { blankNode, defaultGraph, literal, namedNode, quad, type RDF } from '../../src/rdf/terms.ts';
import { formatOfName, formatOfPath, infoOf, type TargetFormat } from '../../src/target/format.ts';
import { createSerialiser } from '../../src/target/serialiser.ts';
import { isomorphic } from '../rdf/canonical.ts';
import { readRdfJson } from '../rdf/rdf-json-reader.ts';

const FORMATS: readonly TargetFormat[] = [
  'n-quads',
  'n-triples',
  'turtle',
  'trig',
  'n3',
  'json-ld',
  'rdf-xml',
  'rdf-json',
];

const EX = 'http://example.org/';
const iri = fc.constantFrom('a', 'b', 'c/d', 'é', 'x#y').map((name) => namedNode(EX + name));
const blank = fc.constantFrom('b0', 'b1').map((label) => blankNode(label));
const text = fc.oneof(
  fc.constantFrom('', '"', "'''", '\\', 'a\nb', '\t', '<&>', '日本', '😀', ' trailing '),
  fc.string().filter((value) => !/[\u0000-\u001f]/.test(value)),
);
const datatype = fc
  .constantFrom('integer', 'date', 'string')
  .map((name) => namedNode(`http://www.w3.org/2001/XMLSchema#${name}`));
const aLiteral = fc.oneof(
  text.map((value) => literal(value)),
  fc.tuple(text, fc.constantFrom('en', 'de-at')).map(([value, language]) => literal(value, language)),
  fc.tuple(text, datatype).map(([value, type]) => literal(value, type)),
);
const property = fc.constantFrom('p', 'q').map((name) => namedNode(EX + name));
const graph = fc.oneof(fc.constant(defaultGraph()), iri);
const aQuad = fc
  .tuple(fc.oneof(iri, blank), property, fc.oneof(iri, blank, aLiteral), graph)
  .map(([s, p, o, g]) => quad(s, p, o, g));

async function readBack(document: string, format: TargetFormat): Promise<readonly RDF.Quad[]> {
  if (format === 'rdf-json') return readRdfJson(document);
  if (format === 'n3') return parseTurtleFamily(document, { format: 'turtle' }).quads;
  return parseRdf(document, { format, baseIRI: EX });
}

/** Serialises in pieces of the given sizes. */
async function write(quads: readonly RDF.Quad[], format: TargetFormat, size: number): Promise<string> {
  const serialiser = createSerialiser(format, { prefixes: { ex: EX, unused: 'urn:unused:' } });
  let document = '';
  for (let from = 0; from < quads.length; from += size)
    document += serialiser.add(quads.slice(from, from + size));
  return document + (await serialiser.end());
}

const plain = (each: RDF.Quad): RDF.Quad => quad(each.subject, each.predicate, each.object);

/** An IRI that data may make by `rml:UnsafeIRI`, and that would be statements of its own. */
const HOSTILE = namedNode('urn:x> <urn:y> <urn:z> . <urn:x');

describe('serialisers', () => {
  for (const format of ['n-quads', 'n-triples', 'turtle', 'trig', 'n3'] as const) {
    it(`let no IRI become a statement: ${format}`, async () => {
      const one = quad(namedNode(`${EX}a`), namedNode(`${EX}p`), literal('o'));
      const quads = [
        quad(HOSTILE, one.predicate, one.object),
        quad(one.subject, HOSTILE, one.object),
        one,
        quad(one.subject, one.predicate, HOSTILE),
        quad(one.subject, one.predicate, literal('1', HOSTILE)),
        ...(infoOf(format).graphs ? [quad(one.subject, one.predicate, one.object, HOSTILE)] : []),
      ];
      const document = await write(quads, format, 2);
      assert.doesNotMatch(document, /<urn:y>/);
      if (format !== 'n3') assert.doesNotMatch(await serialiseRdf(quads, format), /<urn:y>/);
      assert.equal(document.match(/urn:x\\u003E\\u0020\\u003Curn:y/g)?.length, quads.length - 1, document);
      const tame = document.replaceAll(/\\u00\w\w/g, '-');
      assert.equal((await readBack(tame, format)).length, quads.length, document);
    });
  }

  for (const format of FORMATS) {
    it(`give a graph back: ${format}`, async function () {
      this.timeout(60_000);
      await fc.assert(
        fc.asyncProperty(
          fc.array(aQuad, { maxLength: 12 }),
          fc.integer({ min: 1, max: 5 }),
          async (quads, size) => {
            const wanted = infoOf(format).graphs ? quads : quads.map(plain);
            const found = await readBack(await write(quads, format, size), format);
            assert.ok(await isomorphic(found, wanted), await write(quads, format, size));
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  it('hold a triple of two graphs once in a format without graphs', async () => {
    const triple = [namedNode(`${EX}a`), namedNode(`${EX}p`), literal('x')] as const;
    const quads = [
      quad(...triple, namedNode(`${EX}g`)),
      quad(...triple, namedNode(`${EX}h`)),
      quad(...triple),
    ];
    assert.equal(await write(quads, 'n-triples', 1), `<${EX}a> <${EX}p> "x" .\n`);
  });

  it('hold nothing back in the formats that stream', () => {
    const one = quad(namedNode(`${EX}a`), namedNode(`${EX}p`), literal('x'));
    for (const format of ['n-quads', 'n-triples'] as const) {
      assert.equal(createSerialiser(format).add([one]), `<${EX}a> <${EX}p> "x" .\n`);
    }
    assert.notEqual(createSerialiser('turtle').add([one]), '');
  });

  it('declare a prefix where it is used, and only then', async () => {
    const one = quad(namedNode(`${EX}a`), namedNode(`${EX}p`), literal('x'));
    const document = await write([one], 'turtle', 1);
    assert.match(document, /@prefix ex:/);
    assert.doesNotMatch(document, /unused/);
  });
});

describe('names of formats', () => {
  const names: readonly (readonly [string, TargetFormat])[] = [
    ['nt', 'n-triples'],
    ['N-TRIPLES', 'n-triples'],
    ['nq', 'n-quads'],
    ['ttl', 'turtle'],
    ['jsonld', 'json-ld'],
    ['rdfxml', 'rdf-xml'],
    ['trig', 'trig'],
    ['n3', 'n3'],
  ];
  for (const [name, format] of names) {
    it(`${name} is ${format}`, () => {
      assert.equal(formatOfName(name), format);
    });
  }

  it('are refused with the nearest when they are none', () => {
    assert.throws(() => formatOfName('ntripels'), /is no RDF format/);
  });

  const paths: readonly (readonly [string, TargetFormat | undefined])[] = [
    ['a/b.nq.gz', 'n-quads'],
    ['b.ttl.tar.xz', 'turtle'],
    ['b.rdfxml', 'rdf-xml'],
    ['b.rdfjson.zip', 'rdf-json'],
    ['b.n3', 'n3'],
    ['b.txt', undefined],
  ];
  for (const [path, format] of paths) {
    it(`${path} says ${format}`, () => {
      assert.equal(formatOfPath(path), format);
    });
  }
});

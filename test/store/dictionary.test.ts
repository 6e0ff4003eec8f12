/** The term dictionary against a map by term key, and what it gives back against what it was given. */
import { deepEqual, equal, notEqual, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import {
  blankNode,
  dataFactory,
  defaultGraph,
  literal,
  namedNode,
  type RDF,
  type Term,
  termKey,
  toNTriples,
  typed,
  variable,
} from '../../src/rdf/terms.ts';
import { valueOf } from '../../src/sparql/value.ts';
import { type TermId, UNKNOWN } from '../../src/store/graph-view.ts';
import { TermDictionary } from '../../src/store/image/dictionary.ts';
import { INLINE_BASE, isInlineId } from '../../src/store/image/inline-terms.ts';
import { TERM_LENGTH_LIMIT } from '../../src/store/storable.ts';
import { anyTerm, anyValueLiteral } from './arbitrary-terms.ts';

const encoder = new TextEncoder();
const entered = (dictionary: TermDictionary, text: string): TermId => {
  const bytes = encoder.encode(`..${text}..`);
  const id = dictionary.enter(bytes, 2, bytes.length - 2);
  dictionary.retain(id);
  return id;
};

type Step =
  | { readonly kind: 'acquire'; readonly term: Term }
  | { readonly kind: 'enter'; readonly term: Term }
  | { readonly kind: 'find'; readonly term: Term }
  | { readonly kind: 'release'; readonly pick: number }
  | { readonly kind: 'term'; readonly pick: number }
  | { readonly kind: 'compact' }
  | { readonly kind: 'restore' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('acquire', 'enter', 'find'), term: anyTerm }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('release', 'term'), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('compact', 'restore') }) },
);

/** What the dictionary must be: uses by key, and the id and first writing of each. */
class Model {
  readonly held = new Map<string, { id: TermId; count: number; term: Term }>();

  use(term: Term, id: TermId): void {
    const known = this.held.get(termKey(term));
    if (known) {
      equal(id, known.id, `${toNTriples(term)} has one id`);
      known.count++;
      return;
    }
    for (const [key, other] of this.held) notEqual(id, other.id, `the id of ${key} is free`);
    this.held.set(termKey(term), { id, count: 1, term });
  }
}

describe('term dictionary', () => {
  it('is a map by term key that counts', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
        let dictionary = new TermDictionary({ hashSeed: steps.length });
        const model = new Model();
        for (const step of steps) {
          if (step.kind === 'acquire') model.use(step.term, dictionary.acquire(step.term));
          else if (step.kind === 'enter') {
            if (step.term.termType === 'DefaultGraph') continue;
            model.use(step.term, entered(dictionary, toNTriples(step.term)));
          } else if (step.kind === 'find') {
            const known = model.held.get(termKey(step.term));
            const id = dictionary.find(step.term);
            if (known) equal(id, known.id);
            else ok(id === UNKNOWN || isInlineId(id));
          } else if (step.kind === 'compact') dictionary.compact();
          else if (step.kind === 'restore') dictionary = TermDictionary.restore(dictionary.serialise());
          else {
            const all = [...model.held];
            if (all.length === 0) continue;
            const [key, known] = all[step.pick % all.length]!;
            if (step.kind === 'term') {
              ok(dictionary.term(known.id).equals(known.term), toNTriples(known.term));
            } else {
              dictionary.release(known.id);
              if (--known.count === 0) model.held.delete(key);
            }
          }
          equal(dictionary.size, [...model.held.values()].filter(({ id }) => !isInlineId(id)).length);
        }
        for (const { id, term } of model.held.values()) {
          ok(id > 0 && id < 2 ** 31);
          ok(dictionary.term(id).equals(term), toNTriples(term));
          equal(dictionary.find(term), id);
        }
      }),
      { numRuns: Number(process.env['FABRIC_DICTIONARY_RUNS'] ?? 300) },
    );
  }).timeout(120_000);

  it('gives one id to equal terms and other ids to others, however alike they are', () => {
    const dictionary = new TermDictionary();
    const lexical = [
      '2',
      '02',
      '+2',
      '2.0',
      '2.',
      '2.00',
      '.2',
      '0.2',
      '0.20',
      '-0',
      '0',
      '00',
      '-0.0',
      '0.0',
      ' 2',
      '',
    ];
    const exponents = [
      '2E0',
      '2.0E0',
      '2.00E0',
      '2e0',
      '2.0e0',
      '2.0E00',
      '2.0E+0',
      '2.0E-0',
      '20.0E-1',
      '0.2E1',
      '-0.0E0',
    ];
    const times = [
      '',
      'Z',
      '+00:00',
      '-00:00',
      '+01:00',
      '-01:00',
      '.0',
      '.00Z',
      '.5Z',
      '.500Z',
      '.500000000Z',
      '.5000000000Z',
    ];
    const others = ['true', 'false', '1', 'TRUE', 'INF', 'NaN', '\u0662', '2\u0000', '"2', '2"^^<x'];
    const days = [
      '2024-02-29',
      '2023-02-29',
      '2024-2-29',
      '0000-01-01',
      '9999-12-31',
      '10000-01-01',
      '-0001-01-01',
    ];
    const clocks = times.map((rest) => `2024-02-29T12:00:00${rest}`);
    const edges = [
      '1969-12-31T23:59:59Z',
      '2106-02-07T06:28:15Z',
      '2106-02-07T06:28:16Z',
      '2024-02-29T24:00:00Z',
      '2024-02-29T23:59:60Z',
    ];
    const names = [
      'integer',
      'decimal',
      'double',
      'float',
      'int',
      'unsignedByte',
      'dateTime',
      'date',
      'boolean',
      'string',
      'doubl',
      'Integer',
      'time',
    ];
    const all = [
      ...lexical,
      ...exponents,
      ...others,
      ...days,
      ...clocks,
      ...edges,
      ...days.map((day) => `${day}Z`),
    ];
    const terms = all.flatMap((text) =>
      names.map((name) => literal(text, namedNode(`http://www.w3.org/2001/XMLSchema#${name}`))),
    );
    const tagged = ['en', 'en-gb'].flatMap((tag) => all.map((text) => literal(text, tag)));
    const others2 = ['http://example.org/integer', 'urn:x"', 'urn:x\\'].map((iri) =>
      literal('2', namedNode(iri)),
    );
    const distinct = [
      ...terms,
      ...tagged,
      ...others2,
      ...all.map(namedNode),
      ...all.map(blankNode),
      defaultGraph(),
    ];
    const ids = distinct.map((term) => dictionary.acquire(term));
    equal(new Set(ids).size, new Set(distinct.map(termKey)).size);
    equal(new Set(distinct.map(termKey)).size, distinct.length);
    distinct.forEach((term, index) => {
      ok(dictionary.term(ids[index]!).equals(term), toNTriples(term));
      equal(dictionary.find(term), ids[index]);
      if (term.termType !== 'DefaultGraph')
        equal(entered(dictionary, toNTriples(term)), ids[index], toNTriples(term));
    });
  });

  it('has numbers, booleans and dates of everyday use as their own ids', () => {
    const dictionary = new TermDictionary();
    const everyday = [
      typed(0, 'integer'),
      typed(-(2 ** 27), 'integer'),
      typed(2 ** 27 - 1, 'integer'),
      typed('0.37', 'decimal'),
      typed('0.370', 'decimal'),
      typed('-12.5', 'double'),
      typed('3.7E-1', 'double'),
      typed('0.0E0', 'double'),
      typed('98.6', 'float'),
      typed(true, 'boolean'),
      typed('1', 'boolean'),
      literal('42', namedNode('http://www.w3.org/2001/XMLSchema#nonNegativeInteger')),
      literal('2024-02-29', namedNode('http://www.w3.org/2001/XMLSchema#date')),
      literal('2024-02-29Z', namedNode('http://www.w3.org/2001/XMLSchema#date')),
    ];
    for (const term of everyday) ok(isInlineId(dictionary.acquire(term)), toNTriples(term));
    equal(dictionary.size, 0);
    for (const term of [
      typed(2 ** 27, 'integer'),
      typed(-(2 ** 27) - 1, 'integer'),
      typed('-0', 'integer'),
    ]) {
      ok(!isInlineId(dictionary.acquire(term)), toNTriples(term));
    }
    equal(dictionary.statistics().arenaBytes, 0, 'what does not fit an id is no text either');
  });

  it('gives every inline id one literal, which has that id', () => {
    const dictionary = new TermDictionary();
    fc.assert(
      fc.property(anyValueLiteral, (term) => {
        const id = dictionary.acquire(term);
        ok(
          dictionary.term(id).equals(term),
          `${toNTriples(term)} came back as ${toNTriples(dictionary.term(id))}`,
        );
        equal(dictionary.find(term), id);
        equal(entered(dictionary, toNTriples(term)), id);
      }),
      { numRuns: 3000 },
    );
    // From the ids: what one of them is has that id, and those between the ranges are nothing.
    let counted = 0;
    fc.assert(
      fc.property(fc.integer({ min: INLINE_BASE, max: 2 ** 31 - 1 }), (id) => {
        let term: Term;
        try {
          term = dictionary.term(id);
        } catch {
          return;
        }
        equal(dictionary.find(term), id, toNTriples(term));
        counted++;
      }),
      { numRuns: 3000 },
    );
    ok(counted > 2000);
  }).timeout(60_000);

  it('tells numbers without their text, as expressions read them', () => {
    const dictionary = new TermDictionary();
    fc.assert(
      fc.property(anyValueLiteral, (term) => {
        const number = dictionary.numberOf(dictionary.acquire(term));
        const value = valueOf(term);
        if (number !== undefined)
          ok(value.kind === 'number' && Object.is(value.number, number), toNTriples(term));
        else
          ok(
            value.kind !== 'number' || !/^-?(0|[1-9]\d{0,14})(\.\d{1,3})?$/.test(term.value),
            toNTriples(term),
          );
      }),
      { numRuns: 3000 },
    );
    equal(dictionary.numberOf(dictionary.acquire(typed('INF', 'double'))), undefined);
    equal(dictionary.numberOf(dictionary.acquire(namedNode('urn:1'))), undefined);
    throws(() => dictionary.numberOf(9999), /No term has the id 9999/);
    throws(() => dictionary.numberOf(UNKNOWN), /No term has the id -1/);
    equal(
      dictionary.numberOf(dictionary.acquire(typed('1700000000123456789', 'integer'))),
      Number('1700000000123456789'),
    );
  });

  it('compares language tags in lower case, whoever made the term', () => {
    const dictionary = new TermDictionary();
    const id = dictionary.acquire({ ...literal('colour', 'en-gb'), language: 'en-GB', equals: () => false });
    equal(dictionary.acquire(literal('colour', 'EN-gb')), id);
    equal(dictionary.find(literal('colour', 'en-gb')), id);
    equal(entered(dictionary, '"colour"@en-Gb'), id);
    equal((dictionary.term(id) as RDF.Literal).language, 'en-gb');
    for (let i = 0; i < 3; i++) dictionary.release(id);
    equal(dictionary.size, 0, 'to find counts nothing');
  });

  it('takes terms of megabytes, and refuses longer ones and what is not well-formed', () => {
    const dictionary = new TermDictionary();
    const huge = [
      literal('x'.repeat(TERM_LENGTH_LIMIT)),
      literal('\u{1F600}'.repeat(TERM_LENGTH_LIMIT / 2)),
      literal('"\\\n'.repeat(500_000), 'de'),
      namedNode(`urn:${'é'.repeat(1_000_000)}`),
    ];
    const ids = huge.map((term) => dictionary.acquire(term));
    huge.forEach((term, index) => {
      ok(dictionary.term(ids[index]!).equals(term));
      equal(dictionary.find(term), ids[index]);
    });
    for (const id of ids) dictionary.release(id);
    equal(dictionary.statistics().arenaBytes, 0, 'blocks of their own leave with them');
    for (const term of [
      literal('x'.repeat(TERM_LENGTH_LIMIT + 1)),
      literal('\ud800'),
      namedNode('urn:\udc00'),
      literal('a', 'en-\ud800'),
    ]) {
      throws(() => dictionary.acquire(term), { type: 'not-supported' });
    }
    throws(() => entered(dictionary, `<${'x'.repeat(TERM_LENGTH_LIMIT + 1)}>`), { type: 'not-supported' });
    throws(() => dictionary.acquire(variable('v')), { type: 'not-supported' });
    throws(() => dictionary.find(dataFactory.quad(namedNode('s'), namedNode('p'), literal('o'))), {
      type: 'not-supported',
    });
    equal(dictionary.size, 0);
    dictionary.acquire(literal('\ufffd'));
    equal(dictionary.find(literal('\ud800')), UNKNOWN, 'no character is not the replacement character');
  }).timeout(60_000);

  it('stops at its limit of ids, and goes on when some are free', () => {
    const dictionary = new TermDictionary({ idLimit: 3 });
    const ids = [typed('123456.123456789', 'decimal'), namedNode('urn:2'), blankNode('3')].map((term) =>
      dictionary.acquire(term),
    );
    deepEqual(ids, [1, 2, 3]);
    throws(() => dictionary.acquire(namedNode('urn:4')), { type: 'storage-full' });
    throws(() => entered(dictionary, '"1E999"^^<http://www.w3.org/2001/XMLSchema#double>'), {
      type: 'storage-full',
    });
    ok(isInlineId(dictionary.acquire(typed(4, 'integer'))));
    dictionary.release(2);
    equal(dictionary.acquire(namedNode('urn:4')), 2);
    equal(dictionary.find(namedNode('urn:2')), UNKNOWN);
    equal(dictionary.size, 3);
    dictionary.release(2);
    throws(() => {
      dictionary.release(2);
    }, /No term has the id 2/);
    throws(() => dictionary.term(2), /No term has the id 2/);
    throws(() => dictionary.term(-1), /No term has the id -1/);
  });
});

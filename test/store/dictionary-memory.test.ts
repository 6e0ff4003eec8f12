/** What the dictionary keeps in memory: flat under churn, moved together when half is garbage, whole in a file. */
import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  blankNode,
  defaultGraph,
  literal,
  namedNode,
  type Term,
  toNTriples,
  typed,
} from '../../src/rdf/terms.ts';
import type { TermId } from '../../src/store/graph-view.ts';
import { UNKNOWN } from '../../src/store/graph-view.ts';
import { TermDictionary } from '../../src/store/image/dictionary.ts';
import type { DictionaryParts } from '../../src/store/image/dictionary-parts.ts';

const MIB = 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Values as telemetry brings them, each only once; every third is text. */
function sample(n: number): Term {
  if (n % 3 === 0) return typed(`${n}.${String(n * 7919).padStart(9, '0')}`, 'double');
  if (n % 3 === 1) return typed(new Date(1_700_000_000_000 + n * 137).toISOString(), 'dateTime');
  return literal(`state ${n} of many`, n % 2 === 0 ? 'en' : undefined);
}

describe('memory of the term dictionary', () => {
  it('is flat while a million values come and go', () => {
    const dictionary = new TermDictionary();
    const HELD = 5000;
    const held: TermId[] = [];
    const churn = (from: number, to: number): void => {
      for (let n = from; n < to; n++) {
        const id = dictionary.acquire(sample(n));
        equal(dictionary.find(sample(n)), id);
        if (n >= HELD) dictionary.release(held[n % HELD]!);
        held[n % HELD] = id;
        if (n % 1000 === 0) while (dictionary.compact());
      }
    };
    churn(0, 200_000);
    const [before, heap] = [dictionary.statistics(), heapBytes()];
    churn(200_000, 1_000_000);
    const after = dictionary.statistics();
    equal(after.terms, HELD);
    ok(after.entries <= HELD + 1, `${after.entries} entries for ${HELD} terms`);
    deepEqual([after.entryBytes, after.tableBytes], [before.entryBytes, before.tableBytes]);
    ok(after.arenaBytes <= 3 * MIB, `${after.arenaBytes} bytes of texts`);
    ok(heapBytes() - heap < 2 * MIB, `the heap grew by ${heapBytes() - heap} bytes`);
    for (let n = 1_000_000 - HELD; n < 1_000_000; n++) ok(dictionary.term(held[n % HELD]!).equals(sample(n)));
    equal(dictionary.find(sample(1_000_000 - HELD - 1)), UNKNOWN);
  }).timeout(120_000);

  it('moves texts together in steps, while terms come and go', () => {
    const dictionary = new TermDictionary();
    const TERMS = 120_000;
    const name = (n: number): Term => namedNode(`http://example.org/continuum/element/${n}`);
    const ids = Array.from({ length: TERMS }, (_, n) => dictionary.acquire(name(n)));
    const empty = dictionary.acquire(defaultGraph());
    const large = literal('x'.repeat(MIB));
    const largeId = dictionary.acquire(large);
    equal(dictionary.compact(), false, 'nothing is garbage');
    const stays = (n: number): boolean => n % 10 === 0;
    for (let n = 0; n < TERMS; n++) if (!stays(n)) dictionary.release(ids[n]!);
    const before = dictionary.statistics();
    ok(before.garbageBytes > before.arenaBytes / 2);
    let steps = 0;
    const added = new Map<TermId, Term>();
    do {
      steps++;
      // Some go and others come meanwhile.
      if (steps < TERMS / 1000) dictionary.release(ids[steps * 1000]!);
      const term = blankNode(`new-${steps}-${'y'.repeat(5000)}`);
      added.set(dictionary.acquire(term), term);
    } while (dictionary.compact());
    ok(steps >= TERMS / 16_384, `all was done in ${steps} steps`);
    const after = dictionary.statistics();
    ok(after.garbageBytes < MIB, `${after.garbageBytes} bytes of garbage stay`);
    ok(after.arenaBytes < before.arenaBytes / 2);
    for (let n = 0; n < TERMS; n += 10) {
      const isGone = n % 1000 === 0 && n > 0 && n <= steps * 1000;
      const id = dictionary.find(name(n));
      equal(id, isGone ? UNKNOWN : ids[n]);
      if (!isGone) equal(dictionary.term(id).value, name(n).value);
    }
    for (const [id, term] of added) ok(dictionary.term(id).equals(term));
    ok(dictionary.term(largeId).equals(large));
    equal(dictionary.find(defaultGraph()), empty);
    equal(dictionary.term(empty).termType, 'DefaultGraph');
  }).timeout(60_000);

  it('keeps the default graph when all that stood around it is gone', () => {
    const dictionary = new TermDictionary();
    const id = dictionary.acquire(defaultGraph());
    for (let n = 0; n < 3; n++) {
      const others = Array.from({ length: 300 }, (_, i) =>
        dictionary.acquire(literal(`${n} ${i} ${'x'.repeat(10_000)}`)),
      );
      for (const other of others) dictionary.release(other);
      while (dictionary.compact());
      equal(dictionary.acquire(defaultGraph()), id);
      equal(dictionary.term(id).termType, 'DefaultGraph');
    }
    ok(dictionary.statistics().arenaBytes <= 2 * MIB);
  });

  it('takes no texts for values, and no objects for terms', () => {
    const dictionary = new TermDictionary();
    const TERMS = 200_000;
    const heap = heapBytes();
    for (let n = 0; n < TERMS; n++)
      dictionary.acquire(namedNode(`http://example.org/continuum/element/${n}`));
    const { entryBytes, tableBytes, arenaBytes } = dictionary.statistics();
    const texts = 42 * TERMS;
    ok(entryBytes + tableBytes + arenaBytes < texts + 50 * TERMS, 'a term costs its text and some words');
    ok(heapBytes() - heap < 40 * TERMS, `the heap grew by ${heapBytes() - heap} bytes`);
  }).timeout(60_000);

  it('goes into a file and comes back with ids, counts and free ids', () => {
    const dictionary = new TermDictionary({ hashSeed: 4711 });
    const terms = Array.from({ length: 40_000 }, (_, n) => sample(n));
    terms.push(literal('z'.repeat(2 * MIB - 500_000)), literal('', 'en'), namedNode(''));
    const ids = terms.map((term) => dictionary.acquire(term));
    for (let n = 0; n < 40_000; n += 4) dictionary.release(ids[n]!);
    dictionary.retain(ids[1]!);
    const { header, words } = dictionary.serialise();
    ok(words.every(({ buffer }) => buffer instanceof SharedArrayBuffer));
    const file: DictionaryParts = {
      header: JSON.parse(JSON.stringify(header)) as typeof header,
      words: words.map((array) => Int32Array.from(array)),
    };
    const restored = TermDictionary.restore(file);
    equal(restored.size, dictionary.size);
    const before = dictionary.statistics();
    const after = restored.statistics();
    equal(after.garbageBytes, before.garbageBytes);
    equal(after.entries, before.entries);
    ok(after.arenaBytes <= before.arenaBytes);
    terms.forEach((term, n) => {
      const isGone = n < 40_000 && n % 4 === 0;
      equal(restored.find(term), isGone ? UNKNOWN : ids[n], toNTriples(term).slice(0, 80));
      if (!isGone) ok(restored.term(ids[n]!).equals(term));
    });
    // What is free is used before there are more ids, and the counts are those that were.
    const free = new Set(ids.filter((_id, n) => n < 40_000 && n % 4 === 0));
    for (let n = 0; n < free.size; n++) ok(free.has(restored.acquire(namedNode(`urn:new:${n}`))));
    equal(restored.acquire(namedNode('urn:next')), before.entries + 1);
    equal(restored.release(ids[1]!), false);
    equal(restored.release(ids[1]!), true);
    equal(restored.release(ids[2]!), true);
  });

  it('comes back from a file while texts are moved, and empty', () => {
    const dictionary = new TermDictionary();
    const ids = Array.from({ length: 60_000 }, (_, n) =>
      dictionary.acquire(namedNode(`http://example.org/continuum/e/${n}`)),
    );
    for (let n = 0; n < 60_000; n++) if (n % 5 !== 0) dictionary.release(ids[n]!);
    ok(dictionary.compact(), 'it is halfway');
    const restored = TermDictionary.restore(dictionary.serialise());
    for (let n = 0; n < 60_000; n += 5)
      equal(restored.term(ids[n]!).value, `http://example.org/continuum/e/${n}`);
    const empty = TermDictionary.restore(new TermDictionary().serialise());
    equal(empty.size, 0);
    equal(empty.acquire(namedNode('urn:1')), 1);
  });

  it('does not grow from restart to restart', () => {
    let dictionary = new TermDictionary();
    for (let n = 0; n < 20; n++) {
      dictionary.acquire(namedNode(`urn:${n}`));
      dictionary = TermDictionary.restore(dictionary.serialise());
      for (let i = 0; i <= n; i++) ok(dictionary.find(namedNode(`urn:${i}`)) > 0);
    }
    equal(dictionary.serialise().header.blocks.length, 1);
  });

  it('refuses parts that do not fit each other', () => {
    const dictionary = new TermDictionary();
    for (let n = 0; n < 1000; n++) dictionary.acquire(namedNode(`urn:${n}`));
    const { header, words } = dictionary.serialise();
    const refused = (parts: DictionaryParts): void => {
      throws(() => TermDictionary.restore(parts), RangeError);
    };
    refused({ header: { ...header, version: 2 }, words });
    refused({ header: { ...header, isLittleEndian: !header.isLittleEndian }, words });
    refused({ header, words: words.slice(1) });
    refused({ header, words: [words[0]!.subarray(4), words[1]!] });
    refused({ header: { ...header, pages: [4002] }, words: [words[0]!.subarray(0, 4002), words[1]!] });
    // Entries whose texts lie behind what the block holds, or in a block that there is not.
    refused({ header: { ...header, blocks: [8] }, words: [words[0]!, words[1]!.subarray(0, 8)] });
    refused({ header: { ...header, blocks: [null] }, words: [words[0]!] });
  });
});

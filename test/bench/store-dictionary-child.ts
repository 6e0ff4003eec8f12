/**
 * What the term dictionary costs, as one line of JSON: bytes a term, and nanoseconds of CPU for each kind of call.
 * `node test/bench/store-dictionary-child.ts`; nothing else should run meanwhile.
 */
import { literal, namedNode, type Term, toNTriples, typed } from '../../src/rdf/terms.ts';
import { TermDictionary } from '../../src/store/image/dictionary.ts';
import { held, report, stopwatch } from './store-cost.ts';

const TERMS = 1_000_000;
const HOT = 40;
const CALLS = 1_000_000;

/** Names of elements and graphs, labels, identifiers: about 45 bytes each. */
function termOf(n: number): Term {
  if (n % 4 === 0) return namedNode(`http://example.org/continuum/element/${n}`);
  if (n % 4 === 1) return namedNode(`https://w3id.org/continuum-fabric/graphs/record/source-a/element-${n}`);
  if (n % 4 === 2) return literal(`Infrastructure element number ${n}`);
  return namedNode(`urn:ngsi-ld:InfrastructureElement:domain-${n % 97}:${n}`);
}

/** Nanoseconds of CPU for each of some items, all of them taken until there were `calls`. */
function cost<Item>(items: readonly Item[], calls: number, use: (item: Item) => unknown): number {
  const rounds = Math.ceil(calls / items.length);
  if (rounds > 1) for (const item of items) use(item);
  const time = stopwatch();
  for (let round = 0; round < rounds; round++) for (const item of items) use(item);
  return Math.round((time().cpuSeconds / (rounds * items.length)) * 1e9);
}

const listOf = <Item>(length: number, make: (n: number) => Item): Item[] =>
  Array.from({ length }, (_, n) => make(n));

const dictionary = new TermDictionary();
const acquire = (term: Term): unknown => dictionary.acquire(term);

const before = await held();
const making = stopwatch();
for (let n = 0; n < TERMS; n++) termOf(n);
const makingSeconds = making().cpuSeconds;
const time = stopwatch();
for (let n = 0; n < TERMS; n++) dictionary.acquire(termOf(n));
const newNs = Math.round(((time().cpuSeconds - makingSeconds) / TERMS) * 1e9);
const after = await held();
const { entryBytes, tableBytes, arenaBytes } = dictionary.statistics();

const cold = listOf(200_000, (n) => termOf((n * 7919) % TERMS));
const ids = cold.map((term) => dictionary.find(term));
const encoder = new TextEncoder();
const texts = cold.map((term) => encoder.encode(toNTriples(term)));
const hot = listOf(HOT, (n) => termOf(4 * n));
const strings = hot.map(({ value }) => new TextEncoder().encode(value));
const decoder = new TextDecoder();
const fresh = (bytes: Uint8Array): Term => namedNode(decoder.decode(bytes));
const integers = listOf(1000, (n) => typed(37 * n, 'integer'));
const decimals = listOf(1000, (n) => typed((n / 100).toFixed(2), 'decimal'));
const doubles = listOf(1000, (n) => typed(n / 97 + 0.5, 'double'));
const times = listOf(1000, (n) => typed(new Date(1.7e12 + 1234 * n).toISOString(), 'dateTime'));
const numbers = [...integers, ...decimals, ...doubles].map((term) => dictionary.acquire(term));
let sum = 0;

report({
  bytesPerTerm: Math.round((entryBytes + tableBytes + arenaBytes) / TERMS),
  textBytesPerTerm: Math.round(texts.reduce((bytes, { length }) => bytes + length, 0) / texts.length),
  rssBytesPerTerm: Math.round((after.rssBytes - before.rssBytes) / TERMS),
  heapBytesPerTerm: Math.round((after.heapBytes - before.heapBytes) / TERMS),
  acquireNs: {
    new: newNs,
    coldOfAMillion: cost(cold, 1, acquire),
    hot: cost(hot, CALLS, acquire),
    hotFreshStrings:
      cost(strings, CALLS, (bytes) => acquire(fresh(bytes))) - cost(strings, CALLS, (bytes) => fresh(bytes)),
    integer: cost(integers, CALLS, acquire),
    decimal: cost(decimals, CALLS, acquire),
    doubleOf17Digits: cost(doubles, CALLS, acquire),
    dateTimeOfMilliseconds: cost(times, CALLS, acquire),
  },
  acquireAndReleaseNs: cost(
    listOf(CALLS, (n) => typed(`${n}.123456789`, 'double')),
    1,
    (term) => dictionary.release(dictionary.acquire(term)),
  ),
  enterNs: { known: cost(texts, 1, (bytes) => dictionary.enter(bytes, 0, bytes.length)) },
  termNs: {
    coldOfAMillion: cost(ids, 1, (id) => dictionary.term(id)),
    hot: cost(ids.slice(0, HOT), CALLS, (id) => dictionary.term(id)),
  },
  numberOfNs: cost(numbers, CALLS, (id) => {
    sum += dictionary.numberOf(id) ?? 0;
  }),
  sum,
});

/**
 * A digest of 128 bits of a quad, made of digests of its terms: equal for equal quads (language tags in lower
 * case), and so cheap that every quad of a start-up and of every write can have one.
 *
 * It finds damage and faults; it is no defence against somebody who makes up quads that collide on purpose, and
 * whoever uses it as a key must compare the quads themselves. The mixing is that of MurmurHash3 (x86, 128 bits)
 * over UTF-16 code units, each term a block of four words. Its values are written to disk: never change them.
 */
import type { RDF } from '../rdf/terms.ts';

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** One for each kind of term, so that a blank node is not the IRI of the same letters. */
const SEED = { NamedNode: 0x1b873593, BlankNode: 0x52dce729, Literal: 0x85ebca6b, Language: 0xc2b2ae35 };
const QUAD_SEED = 0x27d4eb2f;
/** IRIs of predicates and datatypes that are remembered; there are few, and they come again and again. */
const REMEMBERED_MAX = 4096;
const WORDS_OF_DEFAULT_GRAPH = [0x9e3779b9, 0x7f4a7c15, 0x94d049bb, 0x133111eb] as const;

export class QuadDigester {
  /** The digest that {@link digest} made last. */
  readonly lanes = new Int32Array(4);
  /** Digests of subject, predicate, object and graph of the last quad: four words each. */
  readonly #words = new Int32Array(16);
  readonly #scratch = new Int32Array(4);
  readonly #remembered = new Map<string, Int32Array>();
  #subject: RDF.Term | undefined;
  #predicate: RDF.Term | undefined;
  #graph: RDF.Term | undefined;

  /** Leaves the digest of `q` in {@link lanes}. */
  digest(q: RDF.Quad): void {
    const words = this.#words;
    if (!isSame(q.subject, this.#subject)) {
      this.#subject = q.subject;
      this.#node(q.subject, 0);
    }
    if (!isSame(q.predicate, this.#predicate)) {
      this.#predicate = q.predicate;
      words.set(this.#iri(q.predicate.value), 4);
    }
    if (!isSame(q.graph, this.#graph)) {
      this.#graph = q.graph;
      this.#node(q.graph, 12);
    }
    if (q.object.termType === 'Literal') this.#literal(q.object);
    else this.#node(q.object, 8);
    hashWords(words, this.lanes);
  }

  #node(term: RDF.Term, at: number): void {
    if (term.termType === 'DefaultGraph') this.#words.set(WORDS_OF_DEFAULT_GRAPH, at);
    else {
      hashText(term.value, term.termType === 'BlankNode' ? SEED.BlankNode : SEED.NamedNode, this.#words, at);
    }
  }

  #literal(term: RDF.Literal): void {
    const words = this.#words;
    hashText(term.value, SEED.Literal, words, 8);
    let kind: Int32Array;
    if (term.language === '') kind = this.#iri(term.datatype.value);
    else {
      hashText(term.language.toLowerCase(), SEED.Language, this.#scratch, 0);
      kind = this.#scratch;
    }
    // The multiplier keeps the lexical form and the datatype from changing places.
    for (let i = 0; i < 4; i++) words[8 + i] = (Math.imul(words[8 + i]!, 5) + kind[i]!) | 0;
  }

  #iri(iri: string): Int32Array {
    let known = this.#remembered.get(iri);
    if (known === undefined) {
      known = new Int32Array(4);
      hashText(iri, SEED.NamedNode, known, 0);
      if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
      this.#remembered.set(iri, known);
    }
    return known;
  }
}

function isSame(term: RDF.Term, last: RDF.Term | undefined): boolean {
  if (term === last) return true;
  return last !== undefined && term.value === last.value && term.termType === last.termType;
}

/** The digest of the sixteen words of a quad: four blocks of four. */
function hashWords(words: Int32Array, out: Int32Array): void {
  let h1 = QUAD_SEED;
  let h2 = QUAD_SEED;
  let h3 = QUAD_SEED;
  let h4 = QUAD_SEED;
  for (let at = 0; at < 16; at += 4) {
    h1 ^= Math.imul(rotate(Math.imul(words[at]!, C1), 15), C2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(words[at + 1]!, C2), 16), C3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(words[at + 2]!, C3), 17), C4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(words[at + 3]!, C4), 18), C1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  finish(h1, h2, h3, h4, 64, out, 0);
}

/** The digest of a text, by blocks of eight code units; what a block lacks is zero, the length tells it apart. */
function hashText(text: string, seed: number, out: Int32Array, offset: number): void {
  let h1 = seed | 0;
  let h2 = h1;
  let h3 = h1;
  let h4 = h1;
  const { length } = text;
  for (let at = 0; at < length; at += 8) {
    h1 ^= Math.imul(rotate(Math.imul(pair(text, at, length), C1), 15), C2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(pair(text, at + 2, length), C2), 16), C3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(pair(text, at + 4, length), C3), 17), C4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(pair(text, at + 6, length), C4), 18), C1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  finish(h1, h2, h3, h4, length, out, offset);
}

/** Two code units as a word. */
function pair(text: string, at: number, length: number): number {
  if (at + 1 < length) return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
  return at < length ? text.charCodeAt(at) : 0;
}

function finish(
  a: number,
  b: number,
  c: number,
  d: number,
  length: number,
  out: Int32Array,
  offset: number,
): void {
  let h1 = a ^ length;
  let h2 = b ^ length;
  let h3 = c ^ length;
  let h4 = d ^ length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = avalanche(h1);
  h2 = avalanche(h2);
  h3 = avalanche(h3);
  h4 = avalanche(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out[offset] = h1;
  out[offset + 1] = h1 + h2;
  out[offset + 2] = h1 + h3;
  out[offset + 3] = h1 + h4;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function avalanche(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

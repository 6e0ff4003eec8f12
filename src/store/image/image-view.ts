/**
 * One state of an image, as readers see it: a generation and a sequence number, nothing else.
 */
import type { RDF, Term } from '../../rdf/terms.ts';
import { ANY, type GraphView, NAMED, type QuadIds, type TermId, UNKNOWN } from '../graph-view.ts';
import type { TermDictionary } from './dictionary.ts';
import type { Generation } from './generation.ts';

const NOTHING: QuadIds = [];
/** Fewer quads than these are counted one by one. */
const COUNTED_MAX = 256;

export class ImageView implements GraphView {
  readonly seq: number;
  readonly level = 0;
  readonly #dictionary: TermDictionary;
  readonly #generation: Generation;

  constructor(dictionary: TermDictionary, generation: Generation, seq: number) {
    this.#dictionary = dictionary;
    this.#generation = generation;
    this.seq = seq;
  }

  find(term: RDF.Term): TermId {
    return this.#dictionary.find(term);
  }

  term(id: TermId): Term {
    return this.#dictionary.term(id);
  }

  match(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    return isPossible(s, p, o, g) ? this.#generation.match(this.seq, { s, p, o, g }) : NOTHING;
  }

  estimate(s: TermId, p: TermId, o: TermId, g: TermId): number {
    if (!isPossible(s, p, o, g)) return 0;
    const most = this.#generation.countMax({ s, p, o, g });
    return most > COUNTED_MAX ? most : this.match(s, p, o, g).length / 4;
  }

  has(s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    return isPossible(s, p, o, g) && this.#generation.match(this.seq, { s, p, o, g }, 1).length > 0;
  }
}

/** Ids of terms that the image does not hold match nothing. */
const isPossible = (s: TermId, p: TermId, o: TermId, g: TermId): boolean =>
  s >= ANY && p >= ANY && o >= ANY && g !== UNKNOWN && g >= NAMED;

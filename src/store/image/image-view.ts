/**
 * One state of an image, as readers see it: the image and a sequence number, nothing else.
 */
import type { RDF, Term } from '../../rdf/terms.ts';
import type { GraphView, QuadIds, TermId } from '../graph-view.ts';
import type { Image } from './image.ts';

export class ImageView implements GraphView {
  readonly seq: number;
  readonly level = 0;
  readonly #image: Image;

  constructor(image: Image, seq: number) {
    this.#image = image;
    this.seq = seq;
  }

  find(term: RDF.Term): TermId {
    return this.#image.find(term);
  }

  term(id: TermId): Term {
    return this.#image.term(id);
  }

  match(s: TermId, p: TermId, o: TermId, g: TermId): QuadIds {
    return this.#image.matchAt(this.seq, s, p, o, g);
  }

  estimate(s: TermId, p: TermId, o: TermId, g: TermId): number {
    return this.#image.estimateAt(this.seq, s, p, o, g);
  }

  has(s: TermId, p: TermId, o: TermId, g: TermId): boolean {
    return this.#image.hasAt(this.seq, s, p, o, g);
  }
}

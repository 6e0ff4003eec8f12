/**
 * What matches a pattern in one state: a stream that makes quads as they are asked for, and a dataset.
 *
 * A reader who does not read costs nothing but the state that it holds. Who listens to `data` asks for everything
 * at once, and is given it in portions, so that others get their turn.
 */
import { AsyncIterator } from 'asynciterator';
import { FabricError } from '../../errors.ts';
import type { RDF } from '../../rdf/terms.ts';

/** A term of a pattern; nothing stands for any term. */
export type Wanted = RDF.Term | null | undefined;

/** Subject, predicate, object, graph. */
export type QuadTerms = readonly [Wanted, Wanted, Wanted, Wanted];

/** Where quads come from: one state. */
export interface QuadSupply {
  has(q: RDF.Quad): boolean;
  /** Quads that match, made one by one. */
  quadsOf(pattern: QuadTerms): Iterator<RDF.Quad>;
  /** Exactly how many quads match. */
  countOf(pattern: QuadTerms): number;
  /** A stream has begun. */
  enter(): void;
  /** A stream is over. */
  leave(): void;
}

/** Quads after which others get their turn. */
const PORTION = 4096;

export class QuadMatch extends AsyncIterator<RDF.Quad> implements RDF.Stream, RDF.DatasetCore {
  readonly #source: QuadSupply;
  readonly #pattern: QuadTerms;
  /** Undefined until the stream is first read. */
  #quads: Iterator<RDF.Quad> | undefined;
  #inPortion = 0;
  #hasLeft = false;
  #size: number | undefined;

  constructor(source: QuadSupply, pattern: QuadTerms) {
    super();
    this.#source = source;
    this.#pattern = pattern;
    source.enter();
    this.readable = true;
  }

  override read(): RDF.Quad | null {
    if (this.closed || !this.readable) return null;
    if (this.#inPortion >= PORTION) {
      this.#pause();
      return null;
    }
    this.#inPortion++;
    try {
      this.#quads ??= this.#source.quadsOf(this.#pattern);
      const next = this.#quads.next();
      if (next.done !== true) return next.value;
      this.close();
    } catch (thrown) {
      this.destroy(thrown as Error);
    }
    return null;
  }

  protected override _end(destroy?: boolean): void {
    super._end(destroy);
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#source.leave();
  }

  /** How many there are in all, however many were read. */
  get size(): number {
    return (this.#size ??= this.#source.countOf(this.#pattern));
  }

  has(q: RDF.Quad): boolean {
    return this.#agrees([q.subject, q.predicate, q.object, q.graph]) && this.#source.has(q);
  }

  /** Those of them that match a narrower pattern. */
  match(subject?: Wanted, predicate?: Wanted, object?: Wanted, graph?: Wanted): QuadMatch {
    const narrower: QuadTerms = [subject, predicate, object, graph];
    if (!this.#agrees(narrower)) return new QuadMatch(this.#source, NOTHING);
    const [s, p, o, g] = this.#pattern;
    return new QuadMatch(this.#source, [subject ?? s, predicate ?? p, object ?? o, graph ?? g]);
  }

  /** All of them, however many were read. */
  [Symbol.iterator](): Iterator<RDF.Quad> {
    return this.#source.quadsOf(this.#pattern);
  }

  toStream(): QuadMatch {
    return new QuadMatch(this.#source, this.#pattern);
  }

  /** @throws FabricError `not-supported`: what was found does not change */
  add(_quad: RDF.Quad): this {
    throw immutable();
  }

  /** @throws FabricError `not-supported` */
  delete(_quad: RDF.Quad): this {
    throw immutable();
  }

  /** Whether terms that are given are those of the pattern. */
  #agrees(terms: QuadTerms): boolean {
    return this.#pattern.every((own, position) => {
      const given = terms[position];
      return !own || !given || own.equals(given);
    });
  }

  #pause(): void {
    this.readable = false;
    setTimeout(() => {
      this.#inPortion = 0;
      this.readable = true;
    }, 0);
  }
}

const variable = { termType: 'Variable', value: 'none', equals: () => false } as const;

/** A pattern that nothing matches: no quad of a state has a variable. */
const NOTHING: QuadTerms = [variable, undefined, undefined, undefined];

export function immutable(): FabricError {
  return new FabricError(
    'not-supported',
    'A snapshot is one state and does not change; write through a FabricStore or SPARQL UPDATE',
  );
}

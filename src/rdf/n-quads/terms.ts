/**
 * N-Quads to what others than an image want of them: quads of terms, or lines in canonical form. Each holds the terms of
 * one piece of the text at a time, so that memory does not grow with the text.
 */
import { termOfNTriples } from '../n-triples-term.ts';
import type { QuadIdColumns, TermIds } from '../term-ids.ts';
import { defaultGraph, quad, type RDF, type Term, toNTriples } from '../terms.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Terms that were given as bytes, by their number. */
export class PieceTerms implements TermIds {
  readonly defaultGraph = 0;
  #terms: Term[] = [defaultGraph()];
  #graph: Term | undefined;

  intern(bytes: Uint8Array, from: number, to: number): number {
    return this.#terms.push(termOfNTriples(decoder.decode(bytes.subarray(from, to)))) - 1;
  }

  /** The quads of what a parser gave for one piece; the terms of that piece are let go. */
  quadsOf(columns: QuadIdColumns): RDF.Quad[] {
    const terms = this.#terms;
    const quads: RDF.Quad[] = [];
    for (let i = 0; i < columns.length; i += 4) {
      quads.push(
        quad(
          terms[columns[i]!] as RDF.Quad_Subject,
          terms[columns[i + 1]!] as RDF.Quad_Predicate,
          terms[columns[i + 2]!] as RDF.Quad_Object,
          terms[columns[i + 3]!] as RDF.Quad_Graph,
        ),
      );
    }
    // The graph that a parser was given stays: it asks for its number once.
    this.#graph ??= terms[1];
    this.#terms = this.#graph === undefined ? [terms[0]!] : [terms[0]!, this.#graph];
    return quads;
  }
}

/** As {@link PieceTerms}, for lines: equal quads have equal lines, language tags being in lower case. */
export class PieceLines implements TermIds {
  readonly defaultGraph = 0;
  #texts: string[] = [''];
  #graph: string | undefined;

  intern(bytes: Uint8Array, from: number, to: number): number {
    return this.#texts.push(canonicalTag(decoder.decode(bytes.subarray(from, to)))) - 1;
  }

  /** Lines of N-Quads, without their ends. */
  linesOf(columns: QuadIdColumns): string[] {
    const texts = this.#texts;
    const lines: string[] = [];
    for (let i = 0; i < columns.length; i += 4) {
      const graph = columns[i + 3] === 0 ? '' : ` ${texts[columns[i + 3]!]!}`;
      lines.push(`${texts[columns[i]!]!} ${texts[columns[i + 1]!]!} ${texts[columns[i + 2]!]!}${graph} .`);
    }
    this.#graph ??= texts[1];
    this.#texts = this.#graph === undefined ? [''] : ['', this.#graph];
    return lines;
  }
}

/** The line of a quad as {@link PieceLines} gives it. */
export function canonicalLine(q: RDF.Quad): string {
  const terms =
    q.graph.termType === 'DefaultGraph'
      ? [q.subject, q.predicate, q.object]
      : [q.subject, q.predicate, q.object, q.graph];
  return `${terms.map((term) => canonicalTag(toNTriples(term))).join(' ')} .`;
}

function canonicalTag(text: string): string {
  if (!text.startsWith('"') || text.endsWith('"') || text.endsWith('>')) return text;
  const at = text.lastIndexOf('@');
  return text.slice(0, at) + text.slice(at).toLowerCase();
}

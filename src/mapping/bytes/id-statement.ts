/**
 * Statements that give ids: what stands behind a subject, as predicate, object and graph of four bytes each.
 *
 * A term is written as text on the page behind the quad at hand, looked up, and overwritten by what comes next.
 * Constants are looked up once, when the statement is compiled.
 */
import type { TermIds } from '../../rdf/term-ids.ts';
import { sameBytes } from './fields.ts';
import type { Page } from './page.ts';
import { DEFAULT_GRAPH, type StatementTerms } from './statement.ts';
import { type TermWriter, wholeTerm } from './term-writer.ts';
import { type Desk, NOTHING, type Write } from './value-writer.ts';

/** Bytes of an id on the page. */
const ID_BYTES = 4;

/** Ids are read as a column of numbers, and so stand in the order of the machine. */
const IS_LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** Makes the id of a term, with the page behind a place as paper. @returns `NOTHING` when there is no term */
type MakeId = (at: number) => number;

/** Writes an id. @returns the end */
export function putId(page: Page, at: number, id: number): number {
  page.reserve(at + ID_BYTES);
  page.view.setInt32(at, id, IS_LITTLE_ENDIAN);
  return at + ID_BYTES;
}

/** Compiles what stands behind the id of the subject. */
export function compileIdStatement(terms: StatementTerms, desk: Desk, ids: TermIds): Write {
  const object = compileId(terms.object, desk, ids);
  const predicate = compileId(terms.predicate, desk, ids);
  const graph = terms.graph === undefined ? undefined : compileGraphId(terms.graph, desk, ids);
  const { page } = desk;
  return (at) => {
    const paper = at + 3 * ID_BYTES;
    // Without an object the predicate is not asked for, and has no problem to tell.
    const o = object(paper);
    if (o < 0) return NOTHING;
    const p = predicate(paper);
    if (p < 0) return NOTHING;
    const g = graph === undefined ? ids.defaultGraph : graph(paper);
    if (g < 0) return NOTHING;
    return putId(page, putId(page, putId(page, at, p), o), g);
  };
}

const encoder = new TextEncoder();

function compileId(term: TermWriter, desk: Desk, ids: TermIds): MakeId {
  if (term.write === undefined) {
    const bytes = encoder.encode(term.head);
    const id = ids.intern(bytes, 0, bytes.length);
    return () => id;
  }
  const { page } = desk;
  const write = wholeTerm(term, desk);
  return (at) => {
    const end = write(at);
    return end < 0 ? NOTHING : ids.intern(page.bytes, at, end);
  };
}

function compileGraphId(graph: TermWriter, desk: Desk, ids: TermIds): MakeId {
  if (graph.write === undefined) {
    return graph.head === DEFAULT_GRAPH ? () => ids.defaultGraph : compileId(graph, desk, ids);
  }
  // Data may name the default graph.
  const { page } = desk;
  const write = wholeTerm(graph, desk);
  const name = encoder.encode(DEFAULT_GRAPH);
  return (at) => {
    const end = write(at);
    if (end < 0) return NOTHING;
    return sameBytes(page.bytes, at, end, name) ? ids.defaultGraph : ids.intern(page.bytes, at, end);
  };
}

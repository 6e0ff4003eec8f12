/**
 * Statements: what stands behind a subject, written as the rest of a line of N-Quads.
 *
 * All static text between two values is one text. A statement of which some term is missing writes nothing.
 */
import { rml } from '../vocabulary.ts';
import { sameBytes } from './fields.ts';
import { putStatic, staticText } from './page.ts';
import type { TermWriter } from './term-writer.ts';
import { wholeTerm } from './term-writer.ts';
import { type Desk, NOTHING, type Write } from './value-writer.ts';

/** Predicate, object and graph; undefined: the default graph. */
export interface StatementTerms {
  readonly predicate: TermWriter;
  readonly object: TermWriter;
  readonly graph: TermWriter | undefined;
}

/** The default graph, where a graph has to be named. */
export const DEFAULT_GRAPH = `<${rml('defaultGraph')}>`;

/** Compiles the rest of a line, its end included. */
export function compileStatement({ predicate, object, graph }: StatementTerms, desk: Desk): Write {
  const texts = [''];
  const writes: Write[] = [];
  const add = ({ head, write, tail }: TermWriter): void => {
    texts.push(texts.pop()! + head);
    if (write === undefined) return;
    writes.push(write);
    texts.push(tail);
  };
  const space: TermWriter = { head: ' ', write: undefined, tail: '' };
  const terms = [space, predicate, space, object, ...graphPart(graph, desk)];
  for (const term of terms) add(term);
  add({ head: ' .\n', write: undefined, tail: '' });
  const line = join(
    texts.map((text) => staticText(text)),
    writes,
    desk,
  );
  const { write } = object;
  if (predicate.write === undefined || write === undefined) return line;
  // Without an object the predicate is not asked for, and has no problem to tell.
  return (at) => (write(at) < 0 ? NOTHING : line(at));
}

/**
 * A writer of the predicate and the graph alone, for the problems that they tell where a join finds no object;
 * undefined when they are constants.
 */
export function compileQualifiers({ predicate, graph }: StatementTerms, desk: Desk): Write | undefined {
  if (predicate.write === undefined && graph?.write === undefined) return undefined;
  const first = wholeTerm(predicate, desk);
  const second = graph === undefined ? undefined : wholeTerm(graph, desk);
  return (at) => {
    const end = first(at);
    return end < 0 || second === undefined ? end : second(end);
  };
}

/** A graph with the space before it. */
function graphPart(graph: TermWriter | undefined, desk: Desk): readonly TermWriter[] {
  if (graph === undefined) return [];
  if (graph.write === undefined) {
    return graph.head === DEFAULT_GRAPH ? [] : [{ ...graph, head: ` ${graph.head}` }];
  }
  // Data may name the default graph.
  const { page } = desk;
  const term = wholeTerm({ ...graph, head: ` ${graph.head}` }, desk);
  const name = new TextEncoder().encode(DEFAULT_GRAPH);
  const write: Write = (at) => {
    const end = term(at);
    return end > 0 && sameBytes(page.bytes, at + 1, end, name) ? at : end;
  };
  return [{ head: '', write, tail: '' }];
}

function join(
  texts: readonly ReturnType<typeof staticText>[],
  writes: readonly Write[],
  { page }: Desk,
): Write {
  const [first, second] = texts as [ReturnType<typeof staticText>, ReturnType<typeof staticText>];
  const [only] = writes;
  if (only === undefined) return (at) => putStatic(page, at, first);
  if (writes.length === 1) {
    return (at) => {
      const end = only(putStatic(page, at, first));
      return end < 0 ? NOTHING : putStatic(page, end, second);
    };
  }
  return (at) => {
    let end = putStatic(page, at, first);
    for (let i = 0; i < writes.length; i++) {
      end = writes[i]!(end);
      if (end < 0) return NOTHING;
      end = putStatic(page, end, texts[i + 1]!);
    }
    return end;
  };
}

/**
 * A mapping in Turtle as statements.
 */
import { FabricError } from '../../errors.ts';
import { parseTurtleFamily } from '../../rdf/parse.ts';
import { declaredBase, indexPositions, type Positions } from './positions.ts';
import type { MappingStatements, MappingText } from './statements.ts';

/** @throws FabricError `syntax-error` with line and column */
export function readTurtle(document: MappingText, base: string): MappingStatements {
  const { quads, prefixes } = parseTurtle(document, base);
  let index: Positions | undefined;
  return {
    quads,
    prefixes,
    declaredBase: declaredBase(document.text),
    legacy: undefined,
    labels: new Map(),
    positions: () => {
      index ??= indexPositions(document.text, base, anonymousKeys(document.text, quads));
      return index;
    },
  };
}

/** Keys of the blank nodes without a label in the order of the text: the parser numbers them so. */
function anonymousKeys(text: string, quads: MappingStatements['quads']): readonly string[] {
  const labels = new Set(
    Array.from(text.matchAll(/_:([^\s;,.()[\]<>"']+(?:\.[^\s;,.()[\]<>"']+)*)/gu), (match) => match[1]),
  );
  const terms = quads.flatMap(({ subject, object }) => [subject, object]);
  const nodes = new Set(terms.filter((term) => term.termType === 'BlankNode').map((term) => term.value));
  const anonymous = [...nodes].filter((label) => !labels.has(label));
  const serial = (label: string): number => Number(/\d+$/.exec(label)?.[0] ?? 0);
  return anonymous.sort((a, b) => serial(a) - serial(b)).map((label) => `_:${label}`);
}

/** Parses the Turtle; a syntax error always gets a column, the start of the line where none is known. */
function parseTurtle(document: MappingText, baseIRI: string): ReturnType<typeof parseTurtleFamily> {
  try {
    return parseTurtleFamily(document.text, { format: 'turtle', source: document.name, baseIRI });
  } catch (thrown) {
    if (!(thrown instanceof FabricError) || thrown.location?.line === undefined) throw thrown;
    if (thrown.location.column !== undefined) throw thrown;
    const line = document.text.split('\n')[thrown.location.line - 1] ?? '';
    const column = Math.max(0, line.search(/\S/)) + 1;
    throw new FabricError(thrown.type, thrown.message, {
      location: { ...thrown.location, column },
      cause: thrown.cause,
    });
  }
}

/**
 * Single terms read from N-Triples (RDF 1.1 N-Triples, section 2): the inverse of `toNTriples`. Documents are for
 * parsers; this one takes what our own writers made and checks nothing.
 */
import { blankNode, literal, namedNode, type Term } from './terms.ts';

const ESCAPED: Readonly<Record<string, string>> = { t: '\t', b: '\b', n: '\n', r: '\r', f: '\f' };

const unescaped = (text: string): string =>
  text.includes('\\')
    ? text.replace(
        /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gs,
        (_, short?: string, long?: string, letter?: string) => {
          const point = short ?? long;
          return point === undefined
            ? (ESCAPED[letter!] ?? letter!)
            : String.fromCodePoint(Number.parseInt(point, 16));
        },
      )
    : text;

/** The term that `toNTriples` wrote as `text`. */
export function termOfNTriples(text: string): Term {
  if (text.startsWith('<')) return namedNode(unescaped(text.slice(1, -1)));
  if (text.startsWith('_:')) return blankNode(text.slice(2));
  // Quotes within the text are escaped, and neither tags nor datatypes have any.
  const end = text.lastIndexOf('"');
  const value = unescaped(text.slice(1, end));
  const rest = text.slice(end + 1);
  if (rest === '') return literal(value);
  if (rest.startsWith('@')) return literal(value, rest.slice(1));
  return literal(value, namedNode(unescaped(rest.slice(3, -1))));
}

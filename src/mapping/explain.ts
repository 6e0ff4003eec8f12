/**
 * Why a quad is there: the rules of the mapping and the records that make it.
 *
 * Nothing of this is kept while data are mapped: a quad is explained by mapping again and looking.
 */
import { FabricError } from '../errors.ts';
import { parseTurtleFamily } from '../rdf/parse.ts';
import { namedNode, type RDF, termKey, toNQuads } from '../rdf/terms.ts';
import type { Place, TriplesMap } from './normal-form.ts';
import type { RulePlace } from './record.ts';

/** What a quad has to be; what is undefined may be anything. */
export interface QuadMatch {
  readonly subject: RDF.Term | undefined;
  readonly predicate: RDF.Term | undefined;
  readonly object: RDF.Term | undefined;
  readonly graph: RDF.Term | undefined;
}

export interface Explanation<Record> {
  /** A line of N-Quads. */
  readonly quad: string;
  readonly triplesMap: RulePlace;
  /** The object map; for classes the subject map. */
  readonly rule: RulePlace;
  readonly record: Record;
}

/** A quad as a run emits it. */
export interface Derivation<Record> {
  readonly quad: RDF.Quad;
  /** The map that made its object. */
  readonly place: Place;
  readonly triplesMap: TriplesMap;
  readonly record: Record;
}

const WILDCARD = '*';
/** Stands for a wildcard while the others are parsed; an IRI that no data has. */
const ANY = 'urn:continuum-fabric:any';

/**
 * Reads what is to be explained: a line of N-Quads, or subject, predicate, object and perhaps graph in the same
 * syntax with `*` for any. Without a graph the quads of all graphs match.
 *
 * @param prefixes  names for namespaces that may be used as in Turtle
 * @throws FabricError `request-invalid`
 */
export function parseQuadMatch(text: string, prefixes: Readonly<Record<string, string>> = {}): QuadMatch {
  const terms = text.trim().replace(/\s*\.$/, '');
  const tokens = terms.match(TOKEN) ?? [];
  if (
    (tokens.length !== 3 && tokens.length !== 4) ||
    tokens.join('').length !== terms.replace(SPACE, '').length
  ) {
    throw invalid(text, `it has ${tokens.length} terms where three or four are wanted`);
  }
  const written = tokens.map((token) => (token === WILDCARD ? `<${ANY}>` : expand(token, prefixes)));
  const [subject, predicate, object, graph] = parse(text, written);
  return { subject, predicate, object, graph };
}

/** An IRI, a literal with its datatype or language, a wildcard, a blank node or a name with a prefix. */
const TOKEN =
  /<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n\r]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^(?:<[^<>\s]*>|[^\s]+))?|\*|_:[^\s]+|[^\s"<>]+/g;
/** White space outside of literals. */
const SPACE = /\s+(?=(?:[^"\\]|\\.|"(?:[^"\\]|\\.)*")*$)/g;

function expand(token: string, prefixes: Readonly<Record<string, string>>): string {
  if (token.startsWith('<') || token.startsWith('_:')) return token;
  if (token.startsWith('"')) {
    const at = token.lastIndexOf('^^');
    const datatype = at > 0 ? token.slice(at + 2) : '';
    return datatype === '' || datatype.startsWith('<') || datatype.endsWith('"')
      ? token
      : `${token.slice(0, at)}^^${expand(datatype, prefixes)}`;
  }
  if (token === 'a') return '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';
  const colon = token.indexOf(':');
  const prefix = token.slice(0, colon);
  const namespace = Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined;
  return namespace === undefined || colon < 0 ? `<${token}>` : `<${namespace}${token.slice(colon + 1)}>`;
}

function parse(text: string, terms: readonly string[]): (RDF.Term | undefined)[] {
  // A literal as the subject cannot match anything; the parser refuses it.
  try {
    const { quads } = parseTurtleFamily(`${terms.join(' ')} .`, { format: 'n-quads' });
    const quad = quads[0]!;
    const found: RDF.Term[] = [quad.subject, quad.predicate, quad.object];
    if (terms.length === 4) found.push(quad.graph);
    return found.map((term) => (term.equals(namedNode(ANY)) ? undefined : term));
  } catch (thrown) {
    throw invalid(text, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function invalid(text: string, why: string): FabricError {
  return new FabricError('request-invalid', `"${text}" is nothing to explain: ${why}`, {
    extensions: {
      hint: 'Give a line of N-Quads, or subject, predicate and object with * for any: \'<urn:a> * "5"\'.',
    },
  });
}

/** Whether a quad is one of those asked for. Blank nodes match by their labels. */
export function matches(match: QuadMatch, quad: RDF.Quad): boolean {
  return (
    same(match.predicate, quad.predicate) &&
    same(match.subject, quad.subject) &&
    same(match.object, quad.object) &&
    same(match.graph, quad.graph)
  );
}

const same = (wanted: RDF.Term | undefined, term: RDF.Term): boolean =>
  wanted === undefined || (wanted.termType === term.termType && termKey(wanted) === termKey(term));

/** The explanation of each derivation that matches, in the order of the run. */
export async function* explainQuads<Record>(
  derivations: AsyncIterable<Derivation<Record>>,
  match: QuadMatch,
): AsyncGenerator<Explanation<Record>> {
  for await (const { quad, place, triplesMap, record } of derivations) {
    if (!matches(match, quad)) continue;
    yield { quad: toNQuads(quad), triplesMap: rulePlace(triplesMap.place), rule: rulePlace(place), record };
  }
}

/** Where a map stands. */
export function rulePlace(place: Place): RulePlace {
  const { document, label, position } = place.node();
  return { document, line: position?.line, column: position?.column, label };
}

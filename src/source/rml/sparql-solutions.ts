/**
 * Solutions of SPARQL queries as rows: from the JSON results format, or from our own engine.
 */
import { FabricError, messageOf } from '../../errors.ts';
import type { Scalar, SourceRow } from '../../mapping/reference/formulation.ts';
import { TypedText } from '../../mapping/reference/typed-text.ts';
import type { Term } from '../../rdf/terms.ts';

export interface Solutions {
  readonly variables: readonly string[];
  readonly rows: readonly (readonly (Scalar | undefined)[])[];
}

/** A name that is selected twice would make two columns of one name. @throws FabricError `mapping-failed` */
export function checkVariables(variables: readonly string[], source: string): void {
  const twice = variables.find((name, i) => variables.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new FabricError('mapping-failed', `Source ${source}: the query selects ?${twice} twice`);
}

/** What to do where the solutions of a source are too many to be held. */
export const SOLUTIONS_HINT =
  'Ask for less with LIMIT and OFFSET, or read formats:SPARQL_Results_CSV, which goes row by row.';

const CHUNK_ROWS = 1000;

/** The rows of solutions, a thousand at a time. */
// eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous, the solutions are at hand
export async function* rowsOf({ variables, rows }: Solutions): AsyncGenerator<readonly SourceRow[]> {
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    yield rows
      .slice(start, start + CHUNK_ROWS)
      .map((row) => Object.fromEntries(variables.map((name, i) => [name, row[i]])));
  }
}

const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';
const RDF_LANG_STRING = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString';

/** An IRI is its text, a blank node its label, a literal keeps its datatype and language. */
export function valueOfTerm(term: Term | undefined): Scalar | undefined {
  if (term === undefined) return undefined;
  if (term.termType !== 'Literal') return term.value;
  return literalValue(term.value, term.datatype.value, term.language === '' ? undefined : term.language);
}

const literalValue = (text: string, datatype: string, language: string | undefined): Scalar => {
  if (language !== undefined) return new TypedText(text, RDF_LANG_STRING, language);
  return datatype === XSD_STRING ? text : new TypedText(text, datatype);
};

interface Binding {
  readonly type: string;
  readonly value: string;
  readonly datatype?: string;
  readonly 'xml:lang'?: string;
}

/**
 * Reads SPARQL 1.1 Query Results JSON Format.
 *
 * @throws FabricError `syntax-error` for what is no such document, `mapping-failed` for the answer to an ASK
 */
export function readJsonSolutions(text: string, source: string): Solutions {
  const { head, results, boolean } = parseAnswer(text, source);
  if (boolean !== undefined) {
    throw new FabricError(
      'mapping-failed',
      `Source ${source}: the query is no SELECT and gives no solutions`,
    );
  }
  const variables = head?.vars;
  const bindings = results?.bindings;
  if (!isList(variables) || !isList(bindings)) {
    throw new FabricError('syntax-error', `Source ${source} gives JSON that is no SPARQL result`);
  }
  const rows = bindings.map((solution) => variables.map((name) => valueOf(solution[name])));
  return { variables, rows };
}

/** The check of the library forgets what the items are. */
const isList = <T>(value: readonly T[] | undefined): value is readonly T[] => Array.isArray(value);

interface Answer {
  readonly head?: { readonly vars?: readonly string[] };
  readonly results?: { readonly bindings?: readonly Readonly<Record<string, Binding | undefined>>[] };
  readonly boolean?: boolean;
}

function parseAnswer(text: string, source: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch (thrown) {
    throw new FabricError('syntax-error', `Source ${source} gives no JSON: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function valueOf(binding: Binding | undefined): Scalar | undefined {
  if (binding === undefined) return undefined;
  const { type, value, datatype = XSD_STRING, 'xml:lang': language } = binding;
  return type === 'literal' || type === 'typed-literal' ? literalValue(value, datatype, language) : value;
}

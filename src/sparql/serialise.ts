/**
 * SELECT and ASK answers as text: SPARQL 1.1 Query Results JSON Format, XML Format, CSV and TSV Formats.
 */
import { FabricError } from '../errors.ts';
import { type RDF, type Term, toNTriples } from '../rdf/terms.ts';
import type { QueryResult } from './result.ts';

export type ResultFormat = 'json' | 'xml' | 'csv' | 'tsv';

/** Media types, the preferred one first. */
export const RESULT_MEDIA_TYPES: Readonly<Record<ResultFormat, readonly [string, ...string[]]>> = {
  json: ['application/sparql-results+json', 'application/json'],
  xml: ['application/sparql-results+xml', 'application/xml'],
  csv: ['text/csv'],
  tsv: ['text/tab-separated-values'],
};

type Select = Extract<QueryResult, { kind: 'select' }>;
type Ask = Extract<QueryResult, { kind: 'ask' }>;

/** @throws FabricError `not-acceptable` for an ASK answer as CSV or TSV, which have no form for it */
export function serialiseResult(result: Select | Ask, format: ResultFormat): string {
  switch (format) {
    case 'json':
      return toJson(result);
    case 'xml':
      return toXml(result);
    case 'csv':
    case 'tsv':
      if (result.kind === 'ask') {
        throw new FabricError('not-acceptable', `An ASK answer has no ${format.toUpperCase()} form`, {
          extensions: { supported: [RESULT_MEDIA_TYPES.json[0], RESULT_MEDIA_TYPES.xml[0]] },
        });
      }
      return format === 'csv' ? toCsv(result) : toTsv(result);
  }
}

const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';

function toJson(result: Select | Ask): string {
  if (result.kind === 'ask') return JSON.stringify({ head: {}, boolean: result.value });
  const bindings = result.rows.map((row) => {
    const solution: Record<string, object> = {};
    row.forEach((term, i) => {
      if (term) solution[result.variables[i]!] = jsonTerm(term);
    });
    return solution;
  });
  return JSON.stringify({ head: { vars: result.variables }, results: { bindings } });
}

function jsonTerm(term: Term): object {
  if (term.termType === 'NamedNode') return { type: 'uri', value: term.value };
  if (term.termType === 'BlankNode') return { type: 'bnode', value: term.value };
  const { value, language, datatype } = term as RDF.Literal;
  if (language !== '') return { type: 'literal', value, 'xml:lang': language };
  return datatype.value === XSD_STRING
    ? { type: 'literal', value }
    : { type: 'literal', value, datatype: datatype.value };
}

function toXml(result: Select | Ask): string {
  const open = '<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">';
  if (result.kind === 'ask') return `${open}<head/><boolean>${result.value}</boolean></sparql>\n`;
  const head = result.variables.map((name) => `<variable name="${escapeXml(name)}"/>`).join('');
  const rows = result.rows.map((row) => {
    const bindings = row.map((term, i) =>
      term ? `<binding name="${escapeXml(result.variables[i]!)}">${xmlTerm(term)}</binding>` : '',
    );
    return `<result>${bindings.join('')}</result>\n`;
  });
  return `${open}<head>${head}</head><results>\n${rows.join('')}</results></sparql>\n`;
}

function xmlTerm(term: Term): string {
  if (term.termType === 'NamedNode') return `<uri>${escapeXml(term.value)}</uri>`;
  if (term.termType === 'BlankNode') return `<bnode>${escapeXml(term.value)}</bnode>`;
  const { value, language, datatype } = term as RDF.Literal;
  const attribute =
    language !== ''
      ? ` xml:lang="${escapeXml(language)}"`
      : datatype.value === XSD_STRING
        ? ''
        : ` datatype="${escapeXml(datatype.value)}"`;
  return `<literal${attribute}>${escapeXml(value)}</literal>`;
}

const XML_ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** Characters that XML 1.0 cannot hold, even escaped, become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()

    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
    .replace(/[&<>"\r]/g, (character) => XML_ESCAPES[character]!);
}

/** CSV carries the text of the terms only (section 3). */
function toCsv(result: Select): string {
  const lines = result.rows.map((row) => row.map((term) => (term ? csvField(csvTerm(term)) : '')).join(','));
  return [result.variables.map(csvField).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

const csvTerm = (term: Term): string => (term.termType === 'BlankNode' ? `_:${term.value}` : term.value);

const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** TSV carries the terms in the syntax of Turtle; tabs and line ends are escaped in it (section 4). */
function toTsv(result: Select): string {
  const lines = result.rows.map((row) => row.map((term) => (term ? toNTriples(term) : '')).join('\t'));
  return [result.variables.map((name) => `?${name}`).join('\t'), ...lines]
    .map((line) => `${line}\n`)
    .join('');
}

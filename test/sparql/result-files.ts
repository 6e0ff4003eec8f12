/**
 * Reads SPARQL result files (XML, JSON, CSV, TSV) and compares results as bags of solutions up to the labels
 * of blank nodes. Independent of what the engine writes.
 */
import { DOMParser, type Element } from '@xmldom/xmldom';
import { parse as parseCsv } from 'csv-parse/sync';
import { parseTurtleFamily } from '../../src/rdf/parse.ts';
import { blankNode, literal, namedNode, quad, type RDF, type Term } from '../../src/rdf/terms.ts';
import type { QueryResult } from '../../src/sparql/result.ts';
import { isomorphic } from '../rdf/canonical.ts';

export type Table = Extract<QueryResult, { kind: 'select' }>;
type TableOrTruth = Exclude<QueryResult, { kind: 'graph' }>;

export function readResult(text: string, ending: string, baseIRI = 'http://base.invalid/'): TableOrTruth {
  switch (ending) {
    case 'srx':
      return readXml(text);
    case 'srj':
      return readJson(text);
    case 'csv':
      return readCsv(text);
    case 'tsv':
      return readTsv(text);
    case 'ttl':
      return readGraph(text, baseIRI);
    default:
      throw new Error(`No reader for .${ending}`);
  }
}

function readXml(text: string): TableOrTruth {
  const root = new DOMParser().parseFromString(text, 'application/xml').documentElement!;
  const all = (element: Element, name: string): Element[] => [...element.getElementsByTagName(name)];
  const truth = all(root, 'boolean')[0];
  if (truth) return { kind: 'ask', value: truth.textContent!.trim() === 'true' };
  const variables = all(root, 'variable').map((element) => element.getAttribute('name')!);
  const rows = all(root, 'result').map((result) => {
    const row: (Term | undefined)[] = variables.map(() => undefined);
    for (const binding of all(result, 'binding')) {
      const value = [...binding.childNodes].find((node) => node.nodeType === 1) as Element;
      row[variables.indexOf(binding.getAttribute('name')!)] = xmlTerm(value);
    }
    return row;
  });
  return { kind: 'select', variables, rows };
}

function xmlTerm(element: Element): Term {
  const text = element.textContent ?? '';
  if (element.localName === 'uri') return namedNode(text.trim());
  if (element.localName === 'bnode') return blankNode(text.trim());
  const language = element.getAttribute('xml:lang');
  if (language) return literal(text, language);
  const datatype = element.getAttribute('datatype');
  return datatype ? literal(text, namedNode(datatype)) : literal(text);
}

interface JsonTerm {
  readonly type: string;
  readonly value: string;
  readonly datatype?: string;
  readonly 'xml:lang'?: string;
}

function readJson(text: string): TableOrTruth {
  const document = JSON.parse(text) as {
    boolean?: boolean;
    head: { vars?: string[] };
    results?: { bindings: Record<string, JsonTerm>[] };
  };
  if (document.boolean !== undefined) return { kind: 'ask', value: document.boolean };
  const variables = document.head.vars ?? [];
  const rows = document.results!.bindings.map((binding) =>
    variables.map((name) => {
      const term = binding[name];
      return term && jsonTerm(term);
    }),
  );
  return { kind: 'select', variables, rows };
}

function jsonTerm(term: JsonTerm): Term {
  if (term.type === 'uri') return namedNode(term.value);
  if (term.type === 'bnode') return blankNode(term.value);
  if (term['xml:lang'] !== undefined) return literal(term.value, term['xml:lang']);
  return term.datatype === undefined ? literal(term.value) : literal(term.value, namedNode(term.datatype));
}

/** CSV does not say what a value is: blank nodes are told by their sign, the rest are plain texts. */
function readCsv(text: string): Table {
  const [variables, ...rows]: string[][] = parseCsv(text, { relax_column_count: true });
  return {
    kind: 'select',
    variables: variables!,
    rows: rows.map((row) =>
      row.map((field) =>
        field === '' ? undefined : field.startsWith('_:') ? blankNode(field.slice(2)) : literal(field),
      ),
    ),
  };
}

function readTsv(text: string): Table {
  const [head, ...lines] = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const variables = head!.split('\t').map((name) => name.replace(/^\?/, ''));
  const term = (field: string): Term | undefined => {
    if (field === '') return undefined;
    const [q] = parseTurtleFamily(`<urn:s> <urn:p> ${field} .`, { format: 'turtle' }).quads;
    return q!.object as Term;
  };
  return { kind: 'select', variables, rows: lines.map((line) => line.split('\t').map(term)) };
}

const RS = 'http://www.w3.org/2001/sw/DataAccess/tests/result-set#';

/** A result set as RDF, in the vocabulary of the older test suites. */
function readGraph(text: string, baseIRI: string): Table {
  const { quads } = parseTurtleFamily(text, { format: 'turtle', baseIRI });
  const about = (subject: RDF.Term | undefined, name: string): RDF.Term[] =>
    quads
      .filter((q) => (!subject || q.subject.equals(subject)) && q.predicate.value === RS + name)
      .map((q) => q.object);
  const variables = about(undefined, 'resultVariable').map((term) => term.value);
  const rows = about(undefined, 'solution').map((solution) => {
    const row: (Term | undefined)[] = variables.map(() => undefined);
    for (const binding of about(solution, 'binding')) {
      row[variables.indexOf(about(binding, 'variable')[0]!.value)] = about(binding, 'value')[0] as Term;
    }
    return row;
  });
  return { kind: 'select', variables, rows };
}

/** Whether two tables hold the same solutions as often; in the same order where `ordered`. Numbers compare by type and value. */
export async function sameTable(a: Table, b: Table, ordered = false): Promise<boolean> {
  if (a.rows.length !== b.rows.length) return false;
  if ([...a.variables].sort().join() !== [...b.variables].sort().join()) return false;
  return isomorphic(tableQuads(a, ordered), tableQuads(b, ordered));
}

/** A row becomes a blank node, so that equal rows stay as many as they are. */
function tableQuads({ variables, rows }: Table, ordered: boolean): RDF.Quad[] {
  return rows.flatMap((row, index) => {
    const node = blankNode(`row${index}`);
    const quads = row.flatMap((term, i) =>
      term ? [quad(node, namedNode(`urn:variable:${variables[i]}`), ownLabel(term) as RDF.Quad_Object)] : [],
    );
    quads.push(quad(node, namedNode('urn:in'), namedNode('urn:table')));
    if (ordered) quads.push(quad(node, namedNode('urn:index'), literal(String(index))));
    return quads;
  });
}

/** Blank nodes get labels that no row has; numbers are told apart by type and value, not by how they are written. */
function ownLabel(term: Term): Term {
  if (term.termType === 'BlankNode') return blankNode(`t_${term.value}`);
  if (term.termType !== 'Literal' || !NUMERIC.test(term.datatype.value)) return term;
  return literal(String(Number(term.value)), term.datatype);
}

const NUMERIC = /XMLSchema#(integer|decimal|float|double)$/;

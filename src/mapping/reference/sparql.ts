/**
 * Solutions of a SPARQL query: a reference is the name of a variable, a value keeps datatype and language.
 *
 * `sparql` reads rows that an adapter made from solutions, `sparql-csv` the CSV results format. That format
 * has lost the datatypes; a field that reads as a number gets the datatype that SPARQL gives such a token.
 * `sparql-json` reads the JSON results format by JSONPath, as mappings did before references were variables.
 */
import { csv } from './csv.ts';
import type { DataProblem, Formulation, Reference, Scalar, Values } from './formulation.ts';
import { jsonPath } from './json-path.ts';
import { adoptRow, compileColumn, tableDocuments } from './table.ts';
import { TypedText } from './typed-text.ts';

/** The name of a variable, with or without its mark. */
const variableOf = (reference: string): string => reference.replace(/^[?$]/, '');

/** Every document is one solution; the iterator is the query, which has been answered. */
const compileIterator = (): ((document: unknown) => readonly unknown[]) => (document) => [document];

export const sparqlSolutions: Formulation = {
  name: 'SPARQL',
  compileIterator,
  compileReference: (reference) => compileColumn(variableOf(reference)),
  documents(data) {
    if (data.kind !== 'rows') throw new Error('The source has text and no solutions');
    return tableDocuments(data.rows);
  },
  adopt: adoptRow,
};

export const sparqlCsv: Formulation = {
  ...csv,
  name: 'SPARQL results in CSV',
  compileIterator,
  compileReference(reference, spec): Reference {
    const read = csv.compileReference(variableOf(reference), spec);
    return (record, problem) => boundValues(read(record, problem));
  },
};

export const sparqlJson: Formulation = {
  ...jsonPath,
  name: 'SPARQL results in JSON',
  compileReference(reference, spec): Reference {
    const read = jsonPath.compileReference(reference, spec);
    const binding = jsonPath.compileReference(`${reference}.value`, spec);
    return (record, problem) => {
      const problems: DataProblem[] = [];
      const values = read(record, (found) => problems.push(found));
      if (problems.length === 0) return values;
      // What is no value by itself may be a term, which stands for its value.
      const term = binding(record, () => undefined);
      if (term === undefined || (isArray(term) && term.length === 0))
        for (const found of problems) problem(found);
      return term;
    };
  },
};

const isArray = (values: Values): values is readonly Scalar[] => Array.isArray(values);

const XSD = 'http://www.w3.org/2001/XMLSchema#';
/** Numbers as SPARQL writes them, without leading zeros. */
const NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/^-?(?:0|[1-9]\d*)$/, `${XSD}integer`],
  [/^-?(?:0|[1-9]\d*)?\.\d+$/, `${XSD}decimal`],
  [/^-?(?:\d+\.\d*|\.\d+|\d+)[eE][+-]?\d+$/, `${XSD}double`],
];

/** An empty field stands for an unbound variable (SPARQL 1.1 CSV, section 3.2), and for an empty string. */
function boundValues(values: Values): Values {
  if (typeof values !== 'string') return values;
  return values === '' ? undefined : typedNumber(values);
}

function typedNumber(text: string): Scalar {
  const datatype = NUMBERS.find(([form]) => form.test(text))?.[1];
  return datatype === undefined ? text : new TypedText(text, datatype);
}

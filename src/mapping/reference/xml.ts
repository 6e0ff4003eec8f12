/**
 * XML: references and iterators are XPath 3.1, a value is the string value of a node (RML-IO registry, XPath).
 *
 * A document is held as a tree while its records are made: whole, unless its records can be told from names on
 * the way down and nothing looks beyond them. A record of the live fabric is JSON and cannot be
 * read by XPath; that is refused.
 */
import { FabricError, messageOf } from '../../errors.ts';
import type { FormulationSpec } from '../normal-form.ts';
import type { Formulation, Part, Reference, Scalar } from './formulation.ts';
import { decodedText, limitsOf, problemOfText, textOfSource } from './text.ts';
import { xmlFacade } from './xml-facade.ts';
import { emptyDocument, readXml, readXmlText, readXmlUnits, XmlSyntaxError } from './xml-reader.ts';
import { stringValue, type XmlNode } from './xml-tree.ts';
import { unitsOf } from './xml-units.ts';
import { xpathEngine } from './xpath-engine.ts';
import { compilePlainPath, namespaceOf, type SelectNodes } from './xpath-path.ts';

/** Nodes, or values of other types. */
type Select = (context: XmlNode) => readonly unknown[];

/** @throws Error that says what is wrong with the expression */
function compileXPath(path: string, spec: FormulationSpec): { nodes: SelectNodes } | { any: Select } {
  const nodes = compilePlainPath(path, spec.namespaces);
  if (nodes !== undefined) return { nodes };
  const { evaluateXPath } = xpathEngine();
  const options = { namespaceResolver: resolver(spec), language: evaluateXPath.XPATH_3_1_LANGUAGE };
  const type = evaluateXPath.ALL_RESULTS_TYPE;
  const any: Select = (context) => evaluateXPath(path, context, xmlFacade, null, type, options);
  checkStatically(any);
  return { any };
}

/** Static errors (XPST) do not depend on data: they show on an empty document too. */
function checkStatically(select: Select): void {
  try {
    select(emptyDocument());
  } catch (thrown) {
    const [problem] = /XPST\d{4}[^\n]*|the prefix "[^\n]*/.exec(messageOf(thrown)) ?? [];
    if (problem !== undefined) throw new Error(problem, { cause: thrown });
  }
}

/** Prefixes that XPath itself declares. */
const PREDECLARED: Readonly<Record<string, string>> = {
  xs: 'http://www.w3.org/2001/XMLSchema',
  fn: 'http://www.w3.org/2005/xpath-functions',
  map: 'http://www.w3.org/2005/xpath-functions/map',
  array: 'http://www.w3.org/2005/xpath-functions/array',
  math: 'http://www.w3.org/2005/xpath-functions/math',
};

const resolver =
  ({ namespaces }: FormulationSpec) =>
  (prefix: string): string | null =>
    prefix === '' ? null : (PREDECLARED[prefix] ?? namespaceOf(prefix, namespaces));

const isNode = (value: unknown): value is XmlNode =>
  typeof value === 'object' && value !== null && 'nodeType' in value;

/** What an XPath makes of dates and durations has no text of its own; functions give it one. */
function scalarOf(value: unknown): Scalar | undefined {
  if (isNode(value)) return stringValue(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}

const STRUCTURED = {
  code: 'value-structured',
  message: 'gives a date, a map or an array, which is no value; make it a text with string()',
};

function compileReference(reference: string, spec: FormulationSpec): Reference {
  const path = compileXPath(reference, spec);
  if ('nodes' in path) {
    const { nodes } = path;
    return (record) => {
      const found = nodes(record as XmlNode);
      const [only] = found;
      if (only === undefined) return undefined;
      return found.length === 1 ? stringValue(only) : found.map(stringValue);
    };
  }
  const { any } = path;
  return (record, problem) => {
    let found: readonly unknown[];
    try {
      found = any(record as XmlNode);
    } catch (thrown) {
      problem({ code: 'xpath-failed', message: `cannot be evaluated: ${messageOf(thrown)}` });
      return undefined;
    }
    const values = found.map(scalarOf);
    if (values.includes(undefined)) problem(STRUCTURED);
    return values.filter((value) => value !== undefined);
  };
}

/** @throws FabricError `mapping-failed` for an iterator that gives values instead of nodes */
function compileIterator(
  iterator: string | undefined,
  spec: FormulationSpec,
): (document: unknown) => readonly unknown[] {
  if (iterator === undefined) return (document) => [document];
  const path = compileXPath(iterator, spec);
  if ('nodes' in path) return (document) => path.nodes(document as XmlNode);
  return (document) => {
    let found: readonly unknown[];
    try {
      found = path.any(document as XmlNode);
    } catch (thrown) {
      throw new FabricError(
        'mapping-failed',
        `XPath "${iterator}" cannot be evaluated: ${messageOf(thrown)}`,
        { cause: thrown },
      );
    }
    if (found.every(isNode)) return found;
    throw new FabricError('mapping-failed', `XPath "${iterator}" gives values that are no nodes`);
  };
}

export const xpath: Formulation = {
  name: 'XPath',
  compileIterator,
  compileReference,
  async *documents(data) {
    let part: Part;
    try {
      part = { document: await readXml(textOfSource(data)), row: 1 };
    } catch (thrown) {
      part = problemOf(thrown);
    }
    yield [part];
  },
  streamed(asked, { namespaces }) {
    const units = unitsOf(asked, namespaces);
    if (units === undefined) return undefined;
    return async function* (data) {
      const { documentCharactersMax } = limitsOf(data);
      try {
        const parts = readXmlUnits(decodedText(data), units, documentCharactersMax);
        for await (const document of parts) yield [{ document, row: 1 }];
      } catch (thrown) {
        yield [problemOf(thrown)];
      }
    };
  },
  ofText(text) {
    try {
      return [{ document: readXmlText(text), row: 1 }];
    } catch (thrown) {
      return [problemOf(thrown)];
    }
  },
  adopt() {
    throw new FabricError('not-supported', 'Records of the fabric are JSON and cannot be read by XPath', {
      extensions: { hint: 'Use rml:JSONPath for the triples maps of this source.' },
    });
  },
};

function problemOf(thrown: unknown): Part {
  if (!(thrown instanceof XmlSyntaxError)) return problemOfText(thrown);
  const { code, message, line, column } = thrown;
  return { problem: { code, message: `XML is not read: ${message}` }, row: 1, line, column, fatal: true };
}

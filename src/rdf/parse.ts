/**
 * RDF text to quads: n3 for the Turtle family, jsonld for JSON-LD, rdflib for RDF/XML.
 *
 * Every failure is a `syntax-error` with line and column where the parser knows them. Nothing is fetched:
 * a JSON-LD context is found among those handed in, or refused. XML with a document type is refused.
 */
import { FabricError, type FabricErrorOptions, messageOf } from '../errors.ts';
import type { RdfFormat } from './formats.ts';
import { jsonFaultAt } from './json-fault.ts';
import { keepDoubles, statedDatatype } from './json-ld-doubles.ts';
import { Parser } from './n3.ts';
import {
  dataFactory,
  defaultGraph,
  literal,
  namedNode,
  quad,
  quadKey,
  type RDF,
  type Term,
} from './terms.ts';

export interface ParseOptions {
  readonly format: RdfFormat;
  readonly baseIRI?: string;
  /** Name of the text in messages: a path, a graph, a source. */
  readonly source?: string;
  /** JSON-LD contexts by address; any other address is refused. */
  readonly contexts?: ReadonlyMap<string, object>;
}

/**
 * Parses a whole document. Blank nodes keep the labels of the text where it has any.
 *
 * @throws FabricError `syntax-error` (with location), `not-supported` for RDF 1.2 terms,
 *   `origin-refused` for a JSON-LD context that is not at hand
 */
export async function parseRdf(text: string, options: ParseOptions): Promise<RDF.Quad[]> {
  switch (options.format) {
    case 'json-ld':
      return parseJsonLd(text, options);
    case 'rdf-xml':
      return parseRdfXml(text, options);
    default:
      return parseTurtleFamily(text, options).quads;
  }
}

export interface TurtleDocument {
  readonly quads: RDF.Quad[];
  readonly prefixes: ReadonlyMap<string, string>;
}

const N3_FORMATS = {
  turtle: 'text/turtle',
  trig: 'application/trig',
  'n-triples': 'application/n-triples',
  'n-quads': 'application/n-quads',
} as const;

/** Parses Turtle, TriG, N-Triples or N-Quads at once, with the prefixes that the text declares. */
export function parseTurtleFamily(text: string, options: ParseOptions): TurtleDocument {
  const format = N3_FORMATS[options.format as keyof typeof N3_FORMATS];
  const parser = new Parser({
    format,
    factory: dataFactory,
    blankNodePrefix: '',
    ...(options.baseIRI === undefined ? {} : { baseIRI: options.baseIRI }),
  });
  const prefixes = new Map<string, string>();
  try {
    const quads = parser.parse(text, null, (prefix, iri) => {
      prefixes.set(prefix, iri.value);
    }) as RDF.Quad[];
    for (const q of quads) quadKey(q); // refuses RDF 1.2 terms
    return { quads, prefixes };
  } catch (thrown) {
    if (thrown instanceof FabricError) throw thrown;
    throw syntaxError(thrown, options.source, positionOfN3Error(text, thrown));
  }
}

function positionOfN3Error(text: string, thrown: unknown): { line: number; column?: number } | undefined {
  const context = (thrown as { context?: { line?: number; token?: { start?: number } } }).context;
  const line = context?.line ?? Number(/on line (\d+)/.exec(messageOf(thrown))?.[1] ?? Number.NaN);
  if (Number.isNaN(line)) return undefined;
  // n3 names the line; the offending token, quoted in the message, gives the column when it is found there.
  const token = /"([^"]+)"|but got (\S+)/.exec(messageOf(thrown));
  const lineText = text.split('\n', line)[line - 1] ?? '';
  const at = token ? lineText.indexOf(token[1] ?? token[2] ?? '') : -1;
  return at < 0 ? { line } : { line, column: at + 1 };
}

type JsonLdAlgorithm = (document: unknown, settings: object) => Promise<unknown>;

async function parseJsonLd(text: string, options: ParseOptions): Promise<RDF.Quad[]> {
  const document = parseJson(text, options.source);
  const { default: jsonld } = await import('jsonld');
  try {
    const settings = {
      ...(options.baseIRI === undefined ? {} : { base: options.baseIRI }),
      documentLoader: closedLoader(options.contexts),
    };
    // The published types mix the form with a callback into the one with a promise.
    const { expand, toRDF } = jsonld as unknown as Record<'expand' | 'toRDF', JsonLdAlgorithm>;
    const expanded = keepDoubles(await expand(document, settings));
    return ((await toRDF(expanded, { ...settings, skipExpansion: true })) as RDF.Quad[]).map(copyQuad);
  } catch (thrown) {
    // jsonld wraps what the loader throws
    const refusal = [thrown, (thrown as { details?: { cause?: unknown } }).details?.cause].find(
      (error) => error instanceof FabricError,
    );
    if (refusal) throw refusal;
    throw syntaxError(thrown, options.source);
  }
}

/** A JSON-LD document loader that knows the given contexts and refuses every other address. */
function closedLoader(contexts: ReadonlyMap<string, object> = new Map()) {
  return (url: string): Promise<{ documentUrl: string; document: object; contextUrl: null }> => {
    const document = contexts.get(url);
    if (document) return Promise.resolve({ documentUrl: url, document, contextUrl: null });
    return Promise.reject(
      new FabricError('origin-refused', `JSON-LD context <${url}> is not shipped and nothing is fetched`, {
        extensions: { context: url },
      }),
    );
  };
}

/**
 * Parses JSON.
 *
 * @throws FabricError `syntax-error` with line and column
 */
export function parseJson(text: string, source?: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, which may hold a secret: only the place is told.
    const offset = jsonFaultAt(text);
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    const what = offset >= text.trimEnd().length ? 'ends too early' : 'has an unexpected character';
    throw new FabricError('syntax-error', `JSON ${what} at line ${line}, column ${column}`, {
      location: { ...(source === undefined ? {} : { source }), line, column, offset },
    });
  }
}

async function parseRdfXml(text: string, options: ParseOptions): Promise<RDF.Quad[]> {
  const doctype = text.search(/<!DOCTYPE/i);
  if (doctype >= 0) {
    throw new FabricError('syntax-error', 'RDF/XML with a document type (<!DOCTYPE ...>) is refused', {
      location: {
        ...(options.source === undefined ? {} : { source: options.source }),
        line: text.slice(0, doctype).split('\n').length,
      },
      extensions: { hint: 'Write the entities out and remove the document type, or send Turtle.' },
    });
  }
  const [{ DOMParser }, rdflib] = await Promise.all([import('@xmldom/xmldom'), import('rdflib')]);
  const reader = new DOMParser({
    onError: (level, message, context) => {
      if (level === 'warning') return;
      const locator = (context as { locator?: { lineNumber?: number; columnNumber?: number } }).locator;
      throw syntaxError(new Error(message), options.source, {
        line: locator?.lineNumber ?? 1,
        ...(locator?.columnNumber === undefined ? {} : { column: locator.columnNumber }),
      });
    },
  });
  const base = options.baseIRI ?? 'http://base.invalid/';
  try {
    const store = rdflib.graph();
    const document = reader.parseFromString(text, 'application/xml');
    new rdflib.RDFParser(store).parse(document, base, rdflib.sym(base));
    return fromRdflib(store.statements);
  } catch (thrown) {
    if (thrown instanceof FabricError) throw thrown;
    throw syntaxError(thrown, options.source);
  }
}

interface RdflibTerm {
  readonly termType: string;
  readonly value: string;
  readonly language?: string;
  readonly datatype?: { value: string };
  readonly elements?: readonly RdflibTerm[];
}
interface RdflibStatement {
  readonly subject: RdflibTerm;
  readonly predicate: RdflibTerm;
  readonly object: RdflibTerm;
}

const RDF_NS = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';

/** rdflib keeps a collection as one term; RDF has it as a chain of rdf:first and rdf:rest. */
function fromRdflib(statements: readonly RdflibStatement[]): RDF.Quad[] {
  const quads: RDF.Quad[] = [];
  let lists = 0;
  const convert = (term: RdflibTerm): RDF.Term => {
    switch (term.termType) {
      case 'NamedNode':
        return namedNode(term.value);
      case 'BlankNode':
        return dataFactory.blankNode(term.value);
      case 'Literal':
        return term.language
          ? literal(term.value, term.language)
          : literal(term.value, namedNode(term.datatype?.value ?? 'http://www.w3.org/2001/XMLSchema#string'));
      case 'Collection': {
        const elements = term.elements ?? [];
        const cells = elements.map(() => dataFactory.blankNode(`list${lists++}`));
        elements.forEach((element, index) => {
          const rest = cells[index + 1] ?? namedNode(`${RDF_NS}nil`);
          quads.push(
            quad(cells[index]!, namedNode(`${RDF_NS}first`), convert(element) as RDF.Quad_Object),
            quad(cells[index]!, namedNode(`${RDF_NS}rest`), rest),
          );
        });
        return cells[0] ?? namedNode(`${RDF_NS}nil`);
      }
      default:
        throw new FabricError('not-supported', `RDF/XML gave a ${term.termType}, which cannot be stored`);
    }
  };
  for (const statement of statements) {
    quads.push(
      quad(
        convert(statement.subject) as RDF.Quad_Subject,
        namedNode(statement.predicate.value),
        convert(statement.object) as RDF.Quad_Object,
      ),
    );
  }
  return quads;
}

function copyQuad(q: RDF.Quad): RDF.Quad {
  const copy = (term: RDF.Term): Term =>
    term.termType === 'BlankNode'
      ? dataFactory.blankNode(term.value.replace(/^_:/, ''))
      : term.termType === 'NamedNode'
        ? namedNode(term.value)
        : term.termType === 'Literal'
          ? term.language
            ? literal(term.value, term.language)
            : literal(term.value, namedNode(statedDatatype(term.datatype.value)))
          : defaultGraph();
  return quad(
    copy(q.subject) as RDF.Quad_Subject,
    copy(q.predicate) as RDF.Quad_Predicate,
    copy(q.object) as RDF.Quad_Object,
    copy(q.graph) as RDF.Quad_Graph,
  );
}

function syntaxError(
  thrown: unknown,
  source: string | undefined,
  position?: { line: number; column?: number },
): FabricError {
  const location = { ...(source === undefined ? {} : { source }), ...position };
  const options: FabricErrorOptions = { cause: thrown, location };
  return new FabricError('syntax-error', messageOf(thrown), options);
}

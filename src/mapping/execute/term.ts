/**
 * Term maps compiled to closures: a record in, RDF terms out.
 *
 * Data that makes no term is reported and gives none; a closure throws only what the run throws.
 */
import { blankNode, literal, namedNode, type RDF, type Term } from '../../rdf/terms.ts';
import { encoderOf, type IriKind, iriOf } from '../iri.ts';
import type { TermMap } from '../normal-form.ts';
import type { Scalar, Values } from '../reference/formulation.ts';
import { ExactNumber } from '../reference/number.ts';
import { TypedText } from '../reference/typed-text.ts';
import { isLanguageTag, lexicalCheck } from './lexical.ts';
import type { Reader } from './reader.ts';
import { blankNodeLabel, type Run } from './run.ts';
import {
  compileExecution,
  compilePlainTexts,
  compileReference,
  compileTexts,
  isList,
  listOf,
  textOf,
  type ValueFunction,
  whenHolds,
} from './values.ts';

export type Terms<T extends Term = Term> = T | readonly T[] | undefined;
export type TermFunction<T extends Term = Term> = (record: unknown, run: Run) => Terms<T>;

/** What a term map is compiled for. */
export interface TermContext extends Reader {
  readonly base: string;
  /** Whether values of references keep the datatype that their document gives them. */
  readonly natural: boolean;
  /** Number of the triples map, for blank nodes of its own. */
  readonly rule: number;
  /** Tells the term map from the others of its triples map; absent for the subject map. Letters and digits. */
  readonly path?: string;
}

type Node = RDF.NamedNode | RDF.BlankNode;

/** @throws FabricError `mapping-invalid` */
export function compileTerm(map: TermMap, context: TermContext): TermFunction {
  if (map.termType !== 'Literal') return compileNode(map, context);
  return whenHolds(map.conditions, context, compileLiteral(map, context));
}

/** A term map that makes no literals. */
export function compileNode(map: TermMap, context: TermContext): TermFunction<Node> {
  if (map.termType !== 'BlankNode') return compileIri(map, context);
  return whenHolds(map.conditions, context, compileBlankNode(map, context));
}

/** A term map that makes IRIs only. */
export function compileIri(map: TermMap, context: TermContext): TermFunction<RDF.NamedNode> {
  return whenHolds(map.conditions, context, compilePlainIri(map, context));
}

function compilePlainIri(map: TermMap, context: TermContext): TermFunction<RDF.NamedNode> {
  const kind = map.termType as IriKind;
  if (map.expression.kind === 'constant') {
    const term = namedNode(map.expression.term.value);
    return () => term;
  }
  const texts = compilePlainTexts(map, context, encoderOf(kind));
  const toIri = memo((text) => {
    const iri = iriOf(text, kind, context.base);
    return iri === undefined ? undefined : namedNode(iri);
  });
  return mapTexts(texts, (text, run) => {
    const term = toIri(text);
    if (term === undefined) {
      run.report(map.place, {
        code: 'iri-invalid',
        message: `makes "${shorten(text)}", which is no ${kind}`,
      });
    }
    return term;
  });
}

function compileBlankNode(map: TermMap, context: TermContext): TermFunction<RDF.BlankNode> {
  const { expression } = map;
  if (expression.kind === 'constant') {
    const label = blankNodeLabel('c', expression.term.value);
    return (_record, run) => run.blankNode(label);
  }
  if (expression.kind === 'fresh') {
    const prefix = `f${context.rule}_${context.path === undefined ? '' : `${context.path}_`}`;
    return (_record, run) => run.blankNode(prefix + run.iteration);
  }
  const texts = compilePlainTexts(map, context, asIs);
  return mapTexts(texts, (text, run) => run.blankNode(blankNodeLabel('v', text)));
}

const asIs = (value: string): string => value;

const XSD = 'http://www.w3.org/2001/XMLSchema#';
const RDF_LANG_STRING = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString';
const INTEGER = namedNode(`${XSD}integer`);
const DOUBLE = namedNode(`${XSD}double`);
const BOOLEAN = namedNode(`${XSD}boolean`);

/** A literal of the datatype that the value has in its document (RML-IO registry, natural mapping). */
function naturalLiteral(value: Scalar): RDF.Literal {
  if (typeof value === 'string') return literal(value);
  if (typeof value === 'boolean') return literal(String(value), BOOLEAN);
  if (value instanceof TypedText) return literal(value.text, value.language ?? namedNode(value.datatype));
  const text = textOf(value);
  const integer = value instanceof ExactNumber ? /^-?\d+$/.test(text) : Number.isInteger(value);
  return literal(text, integer ? INTEGER : DOUBLE);
}

function compileLiteral(map: TermMap, context: TermContext): TermFunction<RDF.Literal> {
  const { expression, datatype, language } = map;
  if (expression.kind === 'constant' && !datatype && !language) {
    const term = expression.term as RDF.Literal;
    return () => term;
  }
  const values = compileLexical(map, context);
  if (datatype) return withDatatype(map, values, compileIri(datatype, context));
  if (language) return withLanguage(map, values, compileTexts(language, context, asIs));
  if (!context.natural) return mapTexts(compilePlainTexts(map, context, asIs), (text) => literal(text));
  return (record, run) => {
    const found = values(record, run);
    if (found === undefined) return undefined;
    return isList(found) ? found.map(naturalLiteral) : naturalLiteral(found);
  };
}

/** What the literals of a map are made from; values of references and functions bring their datatypes. */
function compileLexical(map: TermMap, context: TermContext): ValueFunction {
  const { expression, place } = map;
  if (expression.kind === 'reference') return compileReference(expression.reference, context, place);
  if (expression.kind === 'function') return compileExecution(expression.execution, context);
  return compilePlainTexts(map, context, asIs);
}

function withDatatype(
  map: TermMap,
  values: ValueFunction,
  datatypes: TermFunction<RDF.NamedNode>,
): TermFunction<RDF.Literal> {
  const checkOf = memo(lexicalCheck);
  const make = (text: string, datatype: RDF.NamedNode, run: Run): RDF.Literal | undefined => {
    if (datatype.value === RDF_LANG_STRING) {
      run.report(map.place, {
        code: 'datatype-invalid',
        message: 'makes an rdf:langString without a language',
      });
      return undefined;
    }
    if (checkOf(datatype.value)?.(text) === false) {
      const message = `makes "${shorten(text)}", which is no lexical form of <${datatype.value}>`;
      run.report(map.place, { code: 'lexical-invalid', message });
      return undefined;
    }
    return literal(text, datatype);
  };
  return (record, run) => {
    const found = values(record, run);
    if (found === undefined) return undefined;
    return combine(found, datatypes(record, run), (text, datatype) => make(text, datatype, run));
  };
}

function withLanguage(
  map: TermMap,
  values: ValueFunction,
  languages: (record: unknown, run: Run) => string | readonly string[] | undefined,
): TermFunction<RDF.Literal> {
  const isTag = memo(isLanguageTag);
  return (record, run) => {
    const found = values(record, run);
    if (found === undefined) return undefined;
    return combine(found, languages(record, run), (text, language) => {
      if (isTag(language)) return literal(text, language);
      const message = `makes the language "${shorten(language)}", which is no language tag (BCP 47)`;
      run.report(map.place, { code: 'language-invalid', message });
      return undefined;
    });
  };
}

/** Every value with every qualifier; what `make` refuses is left out. */
function combine<Q>(
  values: Values,
  qualifiers: Q | readonly Q[] | undefined,
  make: (text: string, qualifier: Q) => RDF.Literal | undefined,
): Terms<RDF.Literal> {
  const terms: RDF.Literal[] = [];
  for (const value of listOf<Scalar>(values)) {
    for (const qualifier of listOf<Q>(qualifiers)) {
      const term = make(textOf(value), qualifier);
      if (term) terms.push(term);
    }
  }
  return terms.length > 1 ? terms : terms[0];
}

function mapTexts<T extends Term>(
  texts: (record: unknown, run: Run) => string | readonly string[] | undefined,
  make: (text: string, run: Run) => T | undefined,
): TermFunction<T> {
  return (record, run) => {
    const found = texts(record, run);
    if (found === undefined) return undefined;
    if (typeof found === 'string') return make(found, run);
    return found.map((text) => make(text, run)).filter((term) => term !== undefined);
  };
}

const MEMO_ENTRIES_MAX = 2048;
/** Longer texts are hardly names. */
const MEMO_CHARACTERS_MAX = 512;

/** Remembers results of a pure function of a text, in bounded room: data repeats its names. */
function memo<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    if (text.length > MEMO_CHARACTERS_MAX) return compute(text);
    const result = known.get(text);
    if (result !== undefined) return result;
    const made = compute(text);
    if (known.size >= MEMO_ENTRIES_MAX) known.clear();
    known.set(text, made);
    return made;
  };
}

const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}...` : text);

/** The term with the blank node label that the run gives it. */
export const relabelled = (term: Node, run: Run): Node =>
  term.termType === 'BlankNode' ? run.blankNode(term.value) : term;

/** Blank nodes by their labels as they are, for terms that are kept beyond a run. */
export const plainBlankNode = (label: string): RDF.BlankNode => blankNode(label);

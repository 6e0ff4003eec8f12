/**
 * What terms a term map can make, told by its constant parts alone.
 *
 * A pattern holds at least all terms that any data can give; it never looks at data.
 */
import type { RDF } from '../rdf/terms.ts';
import type { Expression, TermMap } from './normal-form.ts';
import { ANY_TEXT, exactly, prefixed, type TextPattern, textsMeet } from './text-pattern.ts';
import { rml } from './vocabulary.ts';

/** One sort of term; texts are IRIs, or what blank nodes are made from. */
export type TermSort =
  | { readonly kind: 'iri' | 'blank'; readonly text: TextPattern }
  | {
      readonly kind: 'literal';
      readonly text: TextPattern;
      readonly datatype: TextPattern;
      /** The empty text for none. */
      readonly language: TextPattern;
    }
  | { readonly kind: 'default-graph' };

/** Every sort of term that may come. */
export type TermPattern = readonly TermSort[];

/** Whether some term belongs to both. */
export const termsMeet = (a: TermPattern, b: TermPattern): boolean =>
  (a === b && a.length > 0) || a.some((left) => b.some((right) => sortsMeet(left, right)));

function sortsMeet(a: TermSort, b: TermSort): boolean {
  if (a.kind === 'literal' && b.kind === 'literal') {
    return (
      textsMeet(a.datatype, b.datatype) && textsMeet(a.language, b.language) && textsMeet(a.text, b.text)
    );
  }
  if (a.kind === 'literal' || b.kind === 'literal' || a.kind !== b.kind) return false;
  return a.kind === 'default-graph' || b.kind === 'default-graph' || textsMeet(a.text, b.text);
}

const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';
const LANG_STRING = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString';
const NO_LANGUAGE = exactly('');
const DEFAULT_GRAPH = rml('defaultGraph');

export const iriPattern = (iri: string): TermPattern => [{ kind: 'iri', text: exactly(iri) }];
export const DEFAULT_GRAPH_PATTERN: TermPattern = [{ kind: 'default-graph' }];
export const ANY_NODE: TermPattern = [
  { kind: 'iri', text: ANY_TEXT },
  { kind: 'blank', text: ANY_TEXT },
];
export const ANY_TERM: TermPattern = [
  ...ANY_NODE,
  { kind: 'literal', text: ANY_TEXT, datatype: ANY_TEXT, language: ANY_TEXT },
];

/** What a term map is part of. */
export interface PatternContext {
  /** Index of its triples map: fresh blank nodes are told apart by it. */
  readonly rule: number;
  readonly base: string;
  /** Whether values of references are plain strings, as in legacy mappings of texts. */
  readonly strings: boolean;
  /** Whether values may come with a language of their own, as results of queries do. */
  readonly tagged: boolean;
}

/** The terms that a map can make. */
export function patternOf(map: TermMap, context: PatternContext): TermPattern {
  // Heads of lists are made from more than the expression says.
  if (map.gather !== undefined) return ANY_NODE;
  if (map.termType === 'Literal') return literalPattern(map, context);
  if (map.termType === 'BlankNode') return [{ kind: 'blank', text: blankText(map.expression, context) }];
  if (map.expression.kind === 'constant') return iriPattern(map.expression.term.value);
  const encoded = map.termType === 'IRI' || map.termType === 'URI';
  return iriTexts(textOf(map.expression, encoded), context.base).map((text) => ({ kind: 'iri', text }));
}

/** The graphs that a graph map can name: `rml:defaultGraph` is the default graph, from data too. */
export function graphPatternOf(map: TermMap, context: PatternContext): TermPattern {
  const named = patternOf(map, context);
  if (!termsMeet(named, iriPattern(DEFAULT_GRAPH))) return named;
  return map.expression.kind === 'constant' ? DEFAULT_GRAPH_PATTERN : [...named, ...DEFAULT_GRAPH_PATTERN];
}

function textOf(expression: Expression, encoded: boolean): TextPattern {
  if (expression.kind === 'constant') return exactly(expression.term.value);
  if (expression.kind !== 'template') return ANY_TEXT;
  return { texts: expression.template.texts, hole: encoded ? 'encoded' : 'any' };
}

/** Labels start with a letter for what they are made from, so that these never meet. */
function blankText(expression: Expression, { rule }: PatternContext): TextPattern {
  if (expression.kind === 'constant') return exactly(`c${expression.term.value}`);
  if (expression.kind === 'fresh') return prefixed(`f${rule}_`, ANY_TEXT);
  return prefixed('v', textOf(expression, false));
}

function literalPattern(map: TermMap, context: PatternContext): TermPattern {
  const { expression, datatype, language } = map;
  const sort = (type: TextPattern, tag = NO_LANGUAGE): TermPattern => [
    { kind: 'literal', text: textOf(expression, false), datatype: type, language: tag },
  ];
  if (datatype !== undefined) {
    return sort(datatype.expression.kind === 'constant' ? exactly(datatype.expression.term.value) : ANY_TEXT);
  }
  if (language !== undefined) {
    const constant = language.expression.kind === 'constant' ? language.expression.term.value : undefined;
    return sort(exactly(LANG_STRING), constant === undefined ? ANY_TEXT : exactly(constant.toLowerCase()));
  }
  if (expression.kind === 'constant') {
    const term = expression.term as RDF.Literal;
    return sort(exactly(term.datatype.value), exactly(term.language.toLowerCase()));
  }
  if (expression.kind === 'template' || (context.strings && expression.kind === 'reference'))
    return sort(exactly(XSD_STRING));
  if (expression.kind === 'function') return sort(ANY_TEXT, ANY_TEXT);
  return context.tagged ? sort(ANY_TEXT, ANY_TEXT) : sort(ANY_TEXT); // natural datatypes are the data's
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
/** A base behind which no text becomes an IRI that is none by itself although it has a scheme. */
const PLAIN_BASE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]+\/(?:[^?#]*\/)?$/;

/** A value without a scheme stands behind the base. */
function iriTexts(text: TextPattern, base: string): readonly TextPattern[] {
  const relative = prefixed(base, text);
  const [start = ''] = text.texts;
  if (SCHEME.test(start) && PLAIN_BASE.test(base)) return [text];
  return mayHaveScheme(text) ? [text, relative] : [relative];
}

/** Whether a colon can come before every slash, question mark and hash: encoded holes have none of these. */
function mayHaveScheme({ texts, hole }: TextPattern): boolean {
  const [start = ''] = texts;
  const known = hole === 'any' && texts.length > 1 ? start : texts.join('');
  const mark = /[:/?#]/.exec(known)?.[0];
  return mark === ':' || (mark === undefined && hole === 'any' && texts.length > 1);
}

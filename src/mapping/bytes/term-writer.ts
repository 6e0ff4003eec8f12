/**
 * Term maps compiled to writers of N-Triples terms. What is static before and behind the value is given apart,
 * so that a statement can join it to its own text.
 *
 * Terms, problems and their codes are those of `execute/term.ts`.
 */
import { literal, namedNode, toNTriples } from '../../rdf/terms.ts';
import { isLanguageTag, lexicalCheck } from '../execute/lexical.ts';
import { blankNodeLabel } from '../execute/run.ts';
import { type IriKind, iriOf } from '../iri.ts';
import type { TermMap } from '../normal-form.ts';
import { putViewed } from './escape.ts';
import { BOOLEAN, NUMBER, STRING, textOfBytes } from './fields.ts';
import { ABSOLUTE, alwaysIri, isPlainBase, RELATIVE, sortOfIri } from './iri-text.ts';
import { byteCheck } from './lexical-bytes.ts';
import { putStatic, putText, staticText } from './page.ts';
import {
  compileValue,
  type Desk,
  NOTHING,
  type PutValue,
  presence,
  putBlankLabel,
  putIriPart,
  putLiteral,
  putRaw,
  putUriPart,
  type Write,
} from './value-writer.ts';

/** `head`, what `write` writes, `tail`; a constant is its head alone. */
export interface TermWriter {
  readonly head: string;
  readonly write: Write | undefined;
  readonly tail: string;
}

/** What a term map is compiled for. */
export interface WriterContext {
  readonly desk: Desk;
  readonly base: string;
  readonly natural: boolean;
  /** Number of the triples map, for blank nodes of its own. */
  readonly rule: number;
  /** Tells an object map from the others of its triples map, for such blank nodes; as in `execute/rule.ts`. */
  readonly path?: string;
}

const constant = (text: string): TermWriter => ({ head: text, write: undefined, tail: '' });

export function compileTermWriter(map: TermMap, context: WriterContext): TermWriter {
  if (map.termType === 'Literal') return compileLiteral(map, context);
  return map.termType === 'BlankNode' ? compileBlankNode(map, context) : compileIri(map, context);
}

function compileBlankNode(
  { expression, ...map }: TermMap,
  { desk, rule, path = '' }: WriterContext,
): TermWriter {
  if (expression.kind === 'constant') return constant(`_:${blankNodeLabel('c', expression.term.value)}`);
  if (expression.kind === 'fresh') {
    const write: Write = (at) => putText(desk.page, at, String(desk.fields.record));
    return { head: `_:f${rule}_${path}`, write, tail: '' };
  }
  if (expression.kind === 'reference') {
    return { head: '_:', write: compileValue({ ...map, expression }, desk, putBlankLabel), tail: '' };
  }
  const text = compileValue({ ...map, expression }, desk, putRaw);
  const write = rewrite(text, desk, (from) => blankNodeLabel('v', from));
  return { head: '_:', write, tail: '' };
}

/** Writes a text, reads it and puts what is made of it in its place. */
function rewrite(text: Write, { page }: Desk, make: (text: string) => string | undefined): Write {
  return (at) => {
    const end = text(at);
    if (end < 0) return NOTHING;
    const made = make(textOfBytes(page.bytes, at, end));
    return made === undefined ? NOTHING : putText(page, at, made);
  };
}

const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}...` : text);

/** The IRI that a text stands for, in N-Triples; undefined, and reported, when it stands for none. */
function iriMaker(map: TermMap, { desk, base }: WriterContext): (text: string) => string | undefined {
  const kind = map.termType as IriKind;
  return (text) => {
    const iri = iriOf(text, kind, base);
    if (iri !== undefined) return toNTriples(namedNode(iri));
    const message = `makes "${shorten(text)}", which is no ${kind}`;
    desk.run.report(map.place, { code: 'iri-invalid', message });
    return undefined;
  };
}

const ENCODERS: Readonly<Record<IriKind, PutValue>> = {
  IRI: putIriPart,
  URI: putUriPart,
  UnsafeIRI: putRaw,
  UnsafeURI: putRaw,
};

function compileIri(map: TermMap, context: WriterContext): TermWriter {
  const { expression } = map;
  const { desk } = context;
  const kind = map.termType as IriKind;
  if (expression.kind === 'constant') return constant(toNTriples(namedNode(expression.term.value)));
  if (expression.kind === 'reference') return iriOfReference(map, expression.reference, context);
  if (expression.kind === 'template' && (kind === 'IRI' || kind === 'URI')) {
    const { texts, references } = expression.template;
    if (alwaysIri(expression.template, kind)) {
      const inner = { texts: ['', ...texts.slice(1, -1), ''], references };
      const value = { ...map, expression: { kind: 'template', template: inner } } as const;
      const write = compileValue(value, desk, ENCODERS[kind]);
      return { head: `<${texts[0]!}`, write, tail: `${texts.at(-1)!}>` };
    }
  }
  const text = compileValue(map, desk, ENCODERS[kind]);
  return { head: '', write: rewrite(text, desk, iriMaker(map, context)), tail: '' };
}

/** A reference whose value is an IRI or a path behind the base; plain ASCII needs no grammar. */
function iriOfReference(map: TermMap, reference: string, context: WriterContext): TermWriter {
  const { desk, base } = context;
  const { page, fields } = desk;
  const { start, end } = fields;
  const slot = desk.slotOf(reference);
  const isPresent = presence(slot, reference, map.place, desk);
  const make = iriMaker(map, context);
  const isSafe = map.termType === 'IRI' || map.termType === 'URI';
  const prefix = isSafe && isPlainBase(base) ? staticText(`<${base}`) : undefined;
  const open = staticText('<');
  const close = staticText('>');
  const write: Write = (at) => {
    if (!isPresent()) return NOTHING;
    const from = start[slot]!;
    const to = end[slot]!;
    const sort = isSafe ? sortOfIri(fields.bytes, from, to) : 0;
    if (sort === ABSOLUTE || (sort === RELATIVE && prefix !== undefined)) {
      const begun = putStatic(page, at, sort === ABSOLUTE ? open : prefix!);
      return putStatic(page, putViewed(page, begun, fields, from, to), close);
    }
    const made = make(textOfBytes(fields.bytes, from, to));
    return made === undefined ? NOTHING : putText(page, at, made);
  };
  return { head: '', write, tail: '' };
}

const XSD = 'http://www.w3.org/2001/XMLSchema#';
const RDF_LANG_STRING = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString';

function compileLiteral(map: TermMap, context: WriterContext): TermWriter {
  const { expression, datatype, language } = map;
  const { desk } = context;
  if (datatype !== undefined) return withDatatype(map, datatype, context);
  if (language !== undefined) return withLanguage(map, language, context);
  if (expression.kind === 'constant') {
    return constant(toNTriples(expression.term));
  }
  if (expression.kind === 'reference' && context.natural) return natural(map, expression.reference, desk);
  return { head: '"', write: compileValue(map, desk, putLiteral), tail: '"' };
}

/** A literal of the datatype that the value has in its document (RML-IO registry, natural mapping). */
function natural(map: TermMap, reference: string, desk: Desk): TermWriter {
  const { page, fields } = desk;
  const { start, end, kind } = fields;
  const slot = desk.slotOf(reference);
  const isPresent = presence(slot, reference, map.place, desk);
  const plain = staticText('"');
  const boolean = staticText(`"^^<${XSD}boolean>`);
  const integer = staticText(`"^^<${XSD}integer>`);
  const double = staticText(`"^^<${XSD}double>`);
  const tailOf = (bytes: Uint8Array, from: number, to: number): typeof plain => {
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!;
      if ((byte < 48 || byte > 57) && !(i === from && byte === 45)) return double;
    }
    return integer;
  };
  const write: Write = (at) => {
    if (!isPresent()) return NOTHING;
    const from = start[slot]!;
    const to = end[slot]!;
    const { bytes } = fields;
    const sort = kind[slot];
    if (sort === STRING) return putStatic(page, putLiteral(page, at, fields, from, to), plain);
    const tail = sort === BOOLEAN ? boolean : sort === NUMBER ? tailOf(bytes, from, to) : plain;
    return putStatic(page, putViewed(page, at, fields, from, to), tail);
  };
  return { head: '"', write, tail: '' };
}

function withDatatype(map: TermMap, datatype: TermMap, context: WriterContext): TermWriter {
  const { desk } = context;
  const { expression } = datatype;
  const iri = expression.kind === 'constant' ? expression.term.value : undefined;
  if (iri === undefined || iri === RDF_LANG_STRING || map.expression.kind !== 'reference') {
    return qualified(map, compileTermWriter(datatype, context), desk, (text, type) => {
      if (type === `<${RDF_LANG_STRING}>`) {
        const message = 'makes an rdf:langString without a language';
        desk.run.report(map.place, { code: 'datatype-invalid', message });
        return undefined;
      }
      const name = type.slice(1, -1);
      if (lexicalCheck(name)?.(text) === false) {
        refuseLexical(map, text, name, desk);
        return undefined;
      }
      return toNTriples(literal(text, namedNode(name)));
    });
  }
  const tail = iri === `${XSD}string` ? '"' : `"^^${toNTriples(namedNode(iri))}`;
  const check = byteCheck(iri);
  if (check === undefined) return { head: '"', write: compileValue(map, desk, putLiteral), tail };
  const { reference } = map.expression;
  const { page, fields } = desk;
  const { start, end } = fields;
  const slot = desk.slotOf(reference);
  const isPresent = presence(slot, reference, map.place, desk);
  const write: Write = (at) => {
    if (!isPresent()) return NOTHING;
    const from = start[slot]!;
    const to = end[slot]!;
    if (check(fields.bytes, from, to)) return putViewed(page, at, fields, from, to);
    refuseLexical(map, textOfBytes(fields.bytes, from, to), iri, desk);
    return NOTHING;
  };
  return { head: '"', write, tail };
}

function refuseLexical(map: TermMap, text: string, datatype: string, { run }: Desk): void {
  const message = `makes "${shorten(text)}", which is no lexical form of <${datatype}>`;
  run.report(map.place, { code: 'lexical-invalid', message });
}

function withLanguage(map: TermMap, language: TermMap, context: WriterContext): TermWriter {
  const { desk } = context;
  const { expression } = language;
  if (expression.kind === 'constant' && isLanguageTag(expression.term.value)) {
    const tail = `"@${expression.term.value.toLowerCase()}`;
    return { head: '"', write: compileValue(map, desk, putLiteral), tail };
  }
  const tag: TermWriter = { head: '', write: compileValue(language, desk, putRaw), tail: '' };
  return qualified(map, tag, desk, (text, found) => {
    if (isLanguageTag(found)) return toNTriples(literal(text, found));
    const message = `makes the language "${shorten(found)}", which is no language tag (BCP 47)`;
    desk.run.report(map.place, { code: 'language-invalid', message });
    return undefined;
  });
}

/** A literal whose datatype or language comes from the record too. */
function qualified(
  map: TermMap,
  qualifier: TermWriter,
  desk: Desk,
  make: (text: string, qualifier: string) => string | undefined,
): TermWriter {
  const { page } = desk;
  const value = compileValue(map, desk, putRaw);
  const second = wholeTerm(qualifier, desk);
  const write: Write = (at) => {
    const middle = value(at);
    if (middle < 0) return NOTHING;
    const end = second(middle);
    if (end < 0) return NOTHING;
    const made = make(textOfBytes(page.bytes, at, middle), textOfBytes(page.bytes, middle, end));
    return made === undefined ? NOTHING : putText(page, at, made);
  };
  return { head: '', write, tail: '' };
}

/** A writer of all of a term. */
export function wholeTerm({ head, write, tail }: TermWriter, { page }: Desk): Write {
  const before = staticText(head);
  const after = staticText(tail);
  if (write === undefined) return (at) => putStatic(page, at, before);
  return (at) => {
    const end = write(putStatic(page, at, before));
    return end < 0 ? NOTHING : putStatic(page, end, after);
  };
}

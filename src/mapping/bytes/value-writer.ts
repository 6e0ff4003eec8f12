/**
 * Expressions compiled to writers of text: references, templates and constants, each value encoded as its
 * place in a term asks for.
 *
 * A writer gives the end of what it wrote, or `NOTHING`; what stands on the page behind `at` is then void.
 */
import { literal, toNTriples } from '../../rdf/terms.ts';
import type { Run, RunProblem } from '../execute/run.ts';
import type { Place, TermMap } from '../normal-form.ts';
import { putEncoded, putLabel, putLiteralText, putViewed, type Viewed } from './escape.ts';
import { ABSENT, type Fields, STRUCTURED } from './fields.ts';
import { type Page, putStatic, staticText } from './page.ts';
import type { ByteReader } from './reader.ts';

export const NOTHING = -1;

/** Writes at a place of the page. @returns the end, or `NOTHING` */
export type Write = (at: number) => number;

/** Writes bytes of a field. */
export type PutValue = (page: Page, at: number, text: Viewed, from: number, to: number) => number;

/** What writers of the records of one source share. */
export interface Desk {
  readonly page: Page;
  readonly fields: Fields;
  readonly reader: ByteReader;
  readonly run: Run;
  /** The slot of a reference. */
  readonly slotOf: (reference: string) => number;
}

export const putRaw: PutValue = putViewed;
export const putLiteral: PutValue = putLiteralText;
export const putBlankLabel: PutValue = putLabel;
export const putIriPart: PutValue = (page, at, text, from, to) => putEncoded(page, at, text, from, to, true);
export const putUriPart: PutValue = (page, at, text, from, to) => putEncoded(page, at, text, from, to, false);

const STRUCTURED_VALUE: RunProblem = {
  code: 'value-structured',
  message: 'gives an object or an array, which is no value; name its members, as in [*]',
};

/** Whether a slot holds a value; what stands in the way of one is reported once or each time, as it is due. */
export type Present = () => boolean;

/** The test to make before the text of a slot is taken. */
export function presence(slot: number, reference: string, place: Place, desk: Desk): Present {
  const { fields, reader, run } = desk;
  const { kind } = fields;
  let isTold = false;
  return () => {
    const found = kind[slot]!;
    if (found !== ABSENT && found !== STRUCTURED) return true;
    if (found === STRUCTURED) run.report(place, { ...STRUCTURED_VALUE, attribute: reference });
    else if (!isTold && reader.unknown.has(slot)) {
      isTold = true;
      const message = `names no column; there are ${reader.known.join(', ')}`;
      run.report(place, { code: 'column-unknown', message, attribute: reference });
    }
    return false;
  };
}

/** A writer of the text of a term map; static parts of templates are written as they are, but in literals. */
export function compileValue(map: TermMap, desk: Desk, put: PutValue): Write {
  const { expression, place } = map;
  switch (expression.kind) {
    case 'reference':
      return writeReference(expression.reference, place, desk, put);
    case 'template':
      return writeTemplate(expression.template, place, desk, put);
    case 'constant':
      return writeConstant(expression.term.value, desk, put);
    default:
      throw new Error(`The byte engine makes no text of a ${expression.kind}`);
  }
}

function writeReference(reference: string, place: Place, desk: Desk, put: PutValue): Write {
  const { page, fields } = desk;
  const { start, end, kind } = fields;
  const slot = desk.slotOf(reference);
  const isPresent = presence(slot, reference, place, desk);
  return (at) => {
    const found = kind[slot]!;
    if ((found === ABSENT || found === STRUCTURED) && !isPresent()) return NOTHING;
    return put(page, at, fields, start[slot]!, end[slot]!);
  };
}

function writeConstant(text: string, { page }: Desk, put: PutValue): Write {
  const { length } = new TextEncoder().encode(text);
  const bytes = new Uint8Array(length + 8);
  new TextEncoder().encodeInto(text, bytes);
  const constant: Viewed = { bytes, view: new DataView(bytes.buffer) };
  return (at) => put(page, at, constant, 0, length);
}

interface Parts {
  readonly texts: readonly string[];
  readonly references: readonly string[];
}

function writeTemplate({ texts, references }: Parts, place: Place, desk: Desk, put: PutValue): Write {
  const { page } = desk;
  // What stands between the values of a literal needs its escapes too.
  const encoded = put === putLiteral ? texts.map((text) => toNTriples(literal(text)).slice(1, -1)) : texts;
  const [head = ''] = encoded;
  const before = staticText(head);
  const values = references.map((reference) => writeReference(reference, place, desk, put));
  const after = encoded.slice(1).map((text) => staticText(text));
  if (values.length === 1 && head === '' && encoded[1] === '') return values[0]!;
  return (at) => {
    let end = putStatic(page, at, before);
    for (let i = 0; i < values.length; i++) {
      end = values[i]!(end);
      if (end < 0) return NOTHING;
      end = putStatic(page, end, after[i]!);
    }
    return end;
  };
}

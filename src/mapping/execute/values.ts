/**
 * Values and texts of a record: compiled references and templates, before they become terms.
 */

import { messageOf } from '../../errors.ts';
import type { Expression, Place, TermMap } from '../normal-form.ts';
import type { Reference, Scalar, Values } from '../reference/formulation.ts';
import { ExactNumber } from '../reference/number.ts';
import { TypedText } from '../reference/typed-text.ts';
import type { Reader } from './reader.ts';
import type { Run } from './run.ts';

export type ValueFunction = (record: unknown, run: Run) => Values;
export type TextFunction = (record: unknown, run: Run) => string | readonly string[] | undefined;

/** The text of a value (RML-Core, "natural RDF lexical form"): numbers keep the digits of the document. */
export function textOf(value: Scalar): string {
  if (typeof value === 'string') return value;
  if (value instanceof ExactNumber || value instanceof TypedText) return value.text;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) >= 1e21)
    return String(BigInt(value));
  return String(value);
}

/** Compiles a reference. @throws FabricError `mapping-invalid` when it breaks the syntax of the formulation */
export function compileReference(reference: string, reader: Reader, place: Place): ValueFunction {
  const read = syntaxChecked(() => reader.compileReference(reference), reference, place);
  const withNulls = reader.nulls.length === 0 ? read : withoutNulls(read, new Set(reader.nulls));
  return (record, run) =>
    withNulls(record, ({ code, message }) => {
      run.report(place, { code, message, attribute: reference });
    });
}

function syntaxChecked(compile: () => Reference, reference: string, place: Place): Reference {
  try {
    return compile();
  } catch (thrown) {
    return place.refuse(`has the reference "${reference}": ${messageOf(thrown)}`, 'reference');
  }
}

function withoutNulls(read: Reference, nulls: ReadonlySet<string>): Reference {
  const isNull = (value: Scalar): boolean => typeof value === 'string' && nulls.has(value);
  return (record, problem) => {
    const values = read(record, problem);
    if (isList(values)) return values.filter((value) => !isNull(value));
    return values !== undefined && isNull(values) ? undefined : values;
  };
}

/** Compiles the expression of a term map to texts; `encode` is applied to what the references of a template give. */
export function compileTexts(map: TermMap, reader: Reader, encode: (value: string) => string): TextFunction {
  const { expression, place } = map;
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression.term;
      return () => value;
    }
    case 'reference': {
      const values = compileReference(expression.reference, reader, place);
      return (record, run) => {
        const found = values(record, run);
        if (typeof found === 'string' || found === undefined) return found;
        return isList(found) ? found.map(textOf) : textOf(found);
      };
    }
    case 'template':
      return compileTemplate(expression, reader, place, encode);
    case 'function':
      return place.refuse('calls a function, which is not supported');
    case 'fresh':
      return place.refuse('makes a blank node of its own, which has no text');
  }
}

/** Several references with many values each would fill the memory with one record. */
export const COMBINATIONS_MAX = 65_536;

const TOO_MANY = {
  code: 'values-too-many',
  message: `has references with more than ${COMBINATIONS_MAX} combinations of values`,
};

function compileTemplate(
  { template }: Expression & { kind: 'template' },
  reader: Reader,
  place: Place,
  encode: (value: string) => string,
): TextFunction {
  const { texts } = template;
  const references = template.references.map((reference) => compileReference(reference, reader, place));
  const [head = ''] = texts;
  return (record, run) => {
    let built: string | string[] = head;
    for (let i = 0; i < references.length; i++) {
      const values = references[i]!(record, run);
      if (values === undefined) return undefined;
      const tail = texts[i + 1]!;
      if (isList(values)) {
        const starts: string[] = typeof built === 'string' ? [built] : built;
        if (starts.length * values.length > COMBINATIONS_MAX) {
          run.report(place, TOO_MANY);
          return undefined;
        }
        const ends = values.map((value) => encode(textOf(value)) + tail);
        built = starts.flatMap((start) => ends.map((end) => start + end));
      } else {
        const end = encode(textOf(values)) + tail;
        built = typeof built === 'string' ? built + end : built.map((start) => start + end);
      }
    }
    return built;
  };
}

/** Whether there is a list of values: the library's own check forgets what the items are. */
export const isList = (values: Values): values is readonly Scalar[] => Array.isArray(values);

/** One value or several as a list. */
export function listOf<T>(values: T | readonly T[] | undefined): readonly T[] {
  if (values === undefined) return [];
  return Array.isArray(values) ? (values as readonly T[]) : [values as T];
}

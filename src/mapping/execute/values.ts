/**
 * Values and texts of a record: compiled references, templates and calls, before they become terms.
 */

import { messageOf } from '../../errors.ts';
import { isTrue } from '../function/vocabulary.ts';
import type { Expression, FunctionExecution, Place, TermMap } from '../normal-form.ts';
import type { Reference, Scalar, Values } from '../reference/formulation.ts';
import { ExactNumber } from '../reference/number.ts';
import { TypedText } from '../reference/typed-text.ts';
import { compileCall } from './call.ts';
import type { Reader } from './reader.ts';
import type { ReferenceUse, Run } from './run.ts';

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
  const use: ReferenceUse = { place, reference };
  return (record, run) => {
    const values = withNulls(record, ({ code, message }) => {
      run.report(place, { code, message, attribute: reference });
    });
    if (run.asked !== undefined && reader.schemaless === true) {
      const found = isList(values) ? values.length > 0 : values !== undefined;
      if (found || !run.asked.has(use)) run.asked.set(use, found);
    }
    return values;
  };
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

/** The values of a term map with the datatypes that they have, where its conditions hold. */
export function compileValues(map: TermMap, reader: Reader): ValueFunction {
  return whenHolds(map.conditions, reader, compilePlainValues(map, reader));
}

function compilePlainValues(map: TermMap, reader: Reader): ValueFunction {
  const { expression, place, datatype } = map;
  if (datatype !== undefined) {
    if (datatype.expression.kind !== 'constant') return place.refuse('has a datatype that depends on data');
    const { value: iri } = datatype.expression.term;
    const texts = compilePlainTexts(map, reader, (value) => value);
    return (record, run) => listOf(texts(record, run)).map((text) => new TypedText(text, iri));
  }
  if (expression.kind === 'reference') return compileReference(expression.reference, reader, place);
  if (expression.kind === 'function') return compileExecution(expression.execution, reader);
  if (expression.kind === 'constant' && expression.term.termType === 'Literal') {
    const { value, datatype: type, language } = expression.term;
    const constant = type.value === XSD_STRING || language !== '' ? value : new TypedText(value, type.value);
    return () => constant;
  }
  return compilePlainTexts(map, reader, (value) => value);
}

const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';

/** @throws FabricError `mapping-invalid` for what cannot be called so */
export const compileExecution = (execution: FunctionExecution, reader: Reader): ValueFunction =>
  compileCall(execution, (map) => compileValues(map, reader));

/** A compiled map that makes nothing unless all conditions hold; the map itself where there are none. */
export function whenHolds<T>(
  conditions: readonly FunctionExecution[],
  reader: Reader,
  compiled: (record: unknown, run: Run) => T | undefined,
): (record: unknown, run: Run) => T | undefined {
  if (conditions.length === 0) return compiled;
  const holds = compileConditions(conditions, reader);
  return (record, run) => (holds(record, run) ? compiled(record, run) : undefined);
}

/** Whether each condition is true; of several values of one, any (RML-FNML, "Conditions"). */
export function compileConditions(
  conditions: readonly FunctionExecution[],
  reader: Reader,
): (record: unknown, run: Run) => boolean {
  const tests = conditions.map((condition) => compileExecution(condition, reader));
  return (record, run) => tests.every((test) => listOf<Scalar>(test(record, run)).some(isTrue));
}

/**
 * Compiles a term map to texts, where its conditions hold; `encode` is applied to what the references of a
 * template give.
 */
export function compileTexts(map: TermMap, reader: Reader, encode: (value: string) => string): TextFunction {
  return whenHolds(map.conditions, reader, compilePlainTexts(map, reader, encode));
}

/** The same without regard to conditions. */
export function compilePlainTexts(
  map: TermMap,
  reader: Reader,
  encode: (value: string) => string,
): TextFunction {
  const { expression, place } = map;
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression.term;
      return () => value;
    }
    case 'reference':
      return textsOf(compileReference(expression.reference, reader, place));
    case 'template':
      return compileTemplate(expression, reader, place, encode);
    case 'function':
      return textsOf(compileExecution(expression.execution, reader));
    case 'fresh':
      return place.refuse('makes a blank node of its own, which has no text');
  }
}

const textsOf =
  (values: ValueFunction): TextFunction =>
  (record, run) => {
    const found = values(record, run);
    if (typeof found === 'string' || found === undefined) return found;
    return isList(found) ? found.map(textOf) : textOf(found);
  };

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

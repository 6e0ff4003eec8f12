/**
 * Fields of logical views compiled: a record in, the fragments of rows that the field gives out.
 *
 * A field that gives nothing gives one fragment of nulls: no field ever takes an iteration away (RML-LV, "Logical
 * view iterator"). Fragments come in document order and have the width of the field.
 */

import type { Reader } from '../execute/reader.ts';
import type { Run } from '../execute/run.ts';
import { compileReference, compileValues, listOf } from '../execute/values.ts';
import type { ExpressionField, Field, FormulationSpec, IterableField } from '../normal-form.ts';
import type { Scalar } from '../reference/formulation.ts';
import { formulationNamed } from '../reference/registry.ts';
import { type Row, widthOf } from './keys.ts';
import { compileIterator, compileText } from './text-field.ts';

export type Expand = (record: unknown, run: Run) => readonly Row[];

/** What a field stands in. */
export interface FieldParent {
  /** Rows of a view have no parts but their keys; a value has none at all. */
  readonly kind: 'records' | 'rows' | 'value';
  readonly reader: Reader;
  /** How records are read, or what a value that says nothing else is read as. */
  readonly spec: FormulationSpec;
}

/** Whether a key is asked for. */
export type IsNeeded = (key: string) => boolean;

/** Compiles a field whose name is `name`. @throws FabricError `mapping-invalid` */
export function compileField(field: Field, name: string, parent: FieldParent, isNeeded: IsNeeded): Expand {
  const expand =
    field.kind === 'expression'
      ? compileExpressionField(field, name, parent, isNeeded)
      : compileIterableField(field, name, parent, isNeeded);
  if (someNeeded(field, name, isNeeded)) return expand;
  const nulls = [nullsOf(field)];
  return () => nulls;
}

function someNeeded(field: Field, name: string, isNeeded: IsNeeded): boolean {
  if (isNeeded(name) || isNeeded(`${name}.#`)) return true;
  return field.fields.some((inner) => someNeeded(inner, `${name}.${inner.name}`, isNeeded));
}

const nullsOf = (field: Field): Row => Array.from({ length: widthOf(field) }, () => undefined);

function compileExpressionField(
  field: ExpressionField,
  name: string,
  { reader, spec, kind }: FieldParent,
  isNeeded: IsNeeded,
): Expand {
  if (kind === 'value') {
    return field.place.refuse(
      'is a field within values, which have no parts; put an rml:IterableField between them',
    );
  }
  const values = compileValues(field.expression, reader);
  const inner = compileFields(field, name, { kind: 'value', reader, spec }, isNeeded);
  const nulls = [nullsOf(field)];
  return (record, run) => {
    const found = values(record, run);
    if (found === undefined) return nulls;
    if (!Array.isArray(found)) {
      const start = [0, found as Scalar];
      return inner === undefined ? [start] : inner(found, run).map((rest) => [...start, ...rest]);
    }
    const list = found as readonly Scalar[];
    if (list.length === 0) return nulls;
    if (inner === undefined) return list.map((value, index) => [index, value]);
    return list.flatMap((value, index) => inner(value, run).map((rest) => [index, value, ...rest]));
  };
}

function compileIterableField(
  field: IterableField,
  name: string,
  parent: FieldParent,
  isNeeded: IsNeeded,
): Expand {
  const spec = field.formulation ?? parent.spec;
  const iterate = compileIterations(field, parent, spec);
  const reader: Reader = {
    nulls: parent.reader.nulls,
    compileReference: (reference) => formulationNamed(spec.name).compileReference(reference, spec),
  };
  const inner = compileFields(field, name, { kind: 'records', reader, spec }, isNeeded)!;
  const nulls = [nullsOf(field)];
  return (record, run) => {
    const records = iterate(record, run);
    if (records.length === 0) return nulls;
    if (records.length === 1) return inner(records[0], run).map((rest) => [0, ...rest]);
    return records.flatMap((item, index) => inner(item, run).map((rest) => [index, ...rest]));
  };
}

type Iterations = (record: unknown, run: Run) => readonly unknown[];

/** The records of an iterable field: parts of its parent's record, or of a text in another formulation. */
function compileIterations(field: IterableField, parent: FieldParent, spec: FormulationSpec): Iterations {
  const { place, reference } = field;
  if (parent.kind === 'value') {
    if (reference !== undefined) place.refuse('refers into a value, which has no parts', 'reference');
    return compileText(field, spec);
  }
  const same = field.formulation === undefined || field.formulation.name === parent.spec.name;
  if (parent.kind === 'records' && same) {
    const steps = [reference, field.iterator].filter((path) => path !== undefined);
    const [first, second] = (steps.length === 0 ? [undefined] : steps).map((path) =>
      compileIterator(field, path, spec),
    );
    return second === undefined ? first! : (record) => first!(record).flatMap((item) => second(item));
  }
  if (reference === undefined) {
    return place.refuse('reads whole records in another formulation; name the text in them by rml:reference');
  }
  const texts = compileReference(reference, parent.reader, place);
  const read = compileText(field, spec);
  return (record, run) => listOf<Scalar>(texts(record, run)).flatMap((text) => read(text, run));
}

/** The fields within a field together; undefined where there are none. */
function compileFields(
  field: Field,
  name: string,
  parent: FieldParent,
  isNeeded: IsNeeded,
): Expand | undefined {
  if (field.fields.length === 0) return undefined;
  const parts = field.fields.map((inner) => compileField(inner, `${name}.${inner.name}`, parent, isNeeded));
  return (record, run) => {
    let rows: readonly Row[] = [[]];
    for (const part of parts) rows = crossed(rows, part(record, run), run, field);
    return rows;
  };
}

/** Two fields with many values each would fill the memory with one record. */
const ROWS_MAX = 262_144;

/** Each row with each fragment; rows of one combination that are too many are reported and left out. */
export function crossed(
  rows: readonly Row[],
  fragments: readonly Row[],
  run: Run,
  { place }: Pick<Field, 'place'>,
): readonly Row[] {
  const [only] = fragments;
  if (only !== undefined && fragments.length === 1) return rows.map((row) => [...row, ...only]);
  if (rows.length > 1 && rows.length * fragments.length > ROWS_MAX) {
    run.report(place, {
      code: 'values-too-many',
      message: `has fields with more than ${ROWS_MAX} combinations of values`,
    });
    return [];
  }
  return rows.flatMap((row) => fragments.map((fragment) => [...row, ...fragment]));
}

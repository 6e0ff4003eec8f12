/**
 * Fields whose values are texts of another formulation: JSON in a cell, a table in a member (RML-LV, "Field
 * reference formulations and iterators").
 */
import { messageOf } from '../../errors.ts';
import type { Run } from '../execute/run.ts';
import { textOf } from '../execute/values.ts';
import type { FormulationSpec, IterableField } from '../normal-form.ts';
import type { Iterate, Scalar } from '../reference/formulation.ts';
import { formulationNamed } from '../reference/registry.ts';

/**
 * The records in a text, for an iterable field. What cannot be read is reported; what stands before it counts.
 *
 * @throws FabricError `mapping-invalid` for a formulation that does not read texts
 */
export function compileText(
  field: IterableField,
  spec: FormulationSpec,
): (value: unknown, run: Run) => readonly unknown[] {
  const { place, iterator } = field;
  const formulation = formulationNamed(spec.name);
  const read = formulation.ofText?.bind(formulation);
  if (read === undefined) {
    return place.refuse(
      `reads texts as ${formulation.name}, which is no text format`,
      'referenceFormulation',
    );
  }
  const iterate = compileIterator(field, iterator, spec);
  return (value, run) => {
    const records: unknown[] = [];
    for (const part of read(textOf(value as Scalar), spec)) {
      if ('document' in part) for (const record of iterate(part.document)) records.push(record);
      else run.report(place, { code: part.problem.code, message: `cannot be read: ${part.problem.message}` });
    }
    return records;
  };
}

/** @throws FabricError `mapping-invalid` when it breaks the syntax of the formulation */
export function compileIterator(
  { place }: IterableField,
  iterator: string | undefined,
  spec: FormulationSpec,
): Iterate {
  try {
    return formulationNamed(spec.name).compileIterator(iterator, spec);
  } catch (thrown) {
    return place.refuse(`has the iterator "${iterator}": ${messageOf(thrown)}`, 'iterator');
  }
}

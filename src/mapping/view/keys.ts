/**
 * The keys of a logical view and where their values are in a row (RML-LV, "Logical view references").
 *
 * A row is one array: the index of the iteration, then for each field, depth first, its index and its value.
 */
import { nearest } from '../../errors.ts';
import type { Field, LogicalView } from '../normal-form.ts';
import type { Scalar } from '../reference/formulation.ts';

/** One iteration of a view; absent values are null in the sense of the specification. */
export type Row = readonly (Scalar | undefined)[];

export interface ViewKeys {
  /** Number of slots in a row. */
  readonly width: number;
  /** Names that may be referenced. */
  readonly names: readonly string[];
  /** The slot of a key, or why it cannot be referenced. */
  find(key: string): { readonly slot: number } | { readonly problem: string };
}

/** Slots that a field takes with all fields in it. */
export function widthOf(field: Field): number {
  return field.fields.reduce((sum, inner) => sum + widthOf(inner), field.kind === 'iterable' ? 1 : 2);
}

const known = new WeakMap<LogicalView, ViewKeys>();

/** The keys of a view, those of its joins included. */
export function keysOf(view: LogicalView): ViewKeys {
  const before = known.get(view);
  if (before !== undefined) return before;
  const slots = new Map([['#', 0]]);
  const iterables = new Set(['<it>']);
  let width = 1;
  const add = (field: Field, prefix: string): void => {
    const name = prefix + field.name;
    slots.set(`${name}.#`, width++);
    if (field.kind === 'expression') slots.set(name, width++);
    else iterables.add(name);
    for (const inner of field.fields) add(inner, `${name}.`);
  };
  for (const field of [...view.fields, ...view.joins.flatMap(({ fields }) => fields)]) add(field, '');
  const names = [...slots.keys()];
  const find = (key: string): { slot: number } | { problem: string } => {
    const slot = slots.get(key);
    if (slot !== undefined) return { slot };
    if (iterables.has(key)) return { problem: 'it is the key of whole records, which are no values' };
    const isIndex = (name: string): boolean => name.endsWith('#');
    const near = nearest(
      key,
      names.filter((name) => isIndex(name) === isIndex(key)),
    );
    const hint = near === undefined ? `its fields are ${names.join(', ')}` : `did you mean "${near}"?`;
    return { problem: `the view has no such field; ${hint}` };
  };
  const keys = { width, names, find };
  known.set(view, keys);
  return keys;
}

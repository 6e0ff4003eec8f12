/**
 * Logical views compiled: a record of the base source in, rows out (RML-LV, "Logical view iterator").
 *
 * Only what is asked for is looked up. Nothing is held but the last record's rows, for the next rule that asks.
 */
import type { Join, JoinLookup } from '../execute/join.ts';
import { baseOf, type Reader, readerOf } from '../execute/reader.ts';
import type { Run } from '../execute/run.ts';
import type { LogicalView, ViewJoin } from '../normal-form.ts';
import { compileField, crossed, type Expand, type FieldParent } from './fields.ts';
import { type CompiledViewJoin, compileViewJoin, neededOfParent } from './join.ts';
import { keysOf, type Row, widthOf } from './keys.ts';
import { type Needed, neededBy } from './references.ts';

type Indexes = (join: Join) => JoinLookup;

export interface Rows {
  /** All joins that rows of this view depend on; those that others need come first. */
  readonly joins: readonly Join[];
  /** Calls `visit` with each row; the run knows the row meanwhile. */
  each(record: unknown, run: Run, indexes: Indexes, visit: (row: Row) => void): void;
}

const compiled = new WeakMap<LogicalView, Map<string, Rows>>();

/**
 * The rows of a view, compiled once for all that need the same keys.
 *
 * @throws FabricError `mapping-invalid`
 */
export function rowsOf(view: LogicalView, needed: Needed): Rows {
  const known = compiled.get(view) ?? new Map<string, Rows>();
  compiled.set(view, known);
  const key = needed === undefined ? '' : JSON.stringify([...needed].sort());
  const rows = known.get(key) ?? compileRows(view, needed);
  known.set(key, rows);
  return rows;
}

/** The rows of the lower view, or the one record that a view stands on. */
type Lower = (record: unknown, run: Run, indexes: Indexes) => readonly unknown[];

function compileRows(view: LogicalView, needed: Needed): Rows {
  const joins = view.joins.map((join) => compileIfNeeded(view, join, needed));
  const all = withConditions(view, joins, needed);
  const parent: FieldParent = {
    kind: view.on.kind === 'view' ? 'rows' : 'records',
    reader: readerOf(view.on),
    spec: baseOf(view).formulation,
  };
  const fields = view.fields.map((field) =>
    compileField(field, field.name, parent, (key) => all === undefined || all.has(key)),
  );
  const lower = view.on.kind === 'view' ? rowsOf(view.on, neededOfLower(view, view.on, all)) : undefined;
  const own: Join[] = joins.flatMap((join) => (join === undefined ? [] : [...join.join.needs, join.join]));
  return eachOf({
    lower: lower === undefined ? (record) => [record] : listOfRows(lower),
    item: compileItem(view, fields, joins),
    counts: lower !== undefined && (needed === undefined || needed.has('#')),
    joins: [...new Set([...(lower?.joins ?? []), ...own])],
  });
}

/** Nobody sees whether a left join was made of which no field is asked for. */
function compileIfNeeded(view: LogicalView, join: ViewJoin, needed: Needed): CompiledViewJoin | undefined {
  const isSeen = join.fields.some(({ name }) => needed?.has(name) !== false || needed.has(`${name}.#`));
  if (join.type === 'left' && !isSeen) return undefined;
  return compileViewJoin(join, childReader(view), rowsOf(join.parent, neededOfParent(join, needed)));
}

/** What is asked for together with what the joins ask of the view itself. */
function withConditions(
  view: LogicalView,
  joins: readonly (CompiledViewJoin | undefined)[],
  needed: Needed,
): Needed {
  const conditions = view.joins.flatMap((join, i) => (joins[i] === undefined ? [] : join.conditions));
  const forJoins = neededBy(conditions.map(({ child }) => child));
  return needed === undefined || forJoins === undefined ? undefined : new Set([...needed, ...forJoins]);
}

type Item = (item: unknown, number: number, run: Run, indexes: Indexes) => readonly Row[];

interface Parts {
  readonly lower: Lower;
  readonly item: Item;
  /** Whether the index counts the rows of a lower view over all records. */
  readonly counts: boolean;
  readonly joins: readonly Join[];
}

function eachOf({ lower, item: rowsOfItem, counts, joins }: Parts): Rows {
  const rows: Rows = {
    joins,
    each(record, run, indexes, visit) {
      const state = run.rowsOf(rows);
      const { record: number } = run;
      // Joins may have changed since, and who asks has to be seen by them.
      const isKnown = joins.length === 0 || state.indexes === indexes;
      if (!isKnown || state.record !== record || state.number !== number) {
        const items = lower(record, run, indexes);
        const start = counts ? (state.starts[number] ?? 0) : number;
        if (counts) state.starts[number + 1] = start + items.length;
        const made = items.flatMap((item, i) => rowsOfItem(item, counts ? start + i : number, run, indexes));
        Object.assign(state, { record, number, indexes, rows: made });
      }
      const { rows: made } = state;
      for (let i = 0; i < made.length; i++) {
        run.row = i;
        visit(made[i]!);
      }
      run.row = undefined;
    },
  };
  return rows;
}

/** All rows of a view for a record, as a list. */
const listOfRows =
  (rows: Rows): Lower =>
  (record, run, indexes) => {
    const list: Row[] = [];
    rows.each(record, run, indexes, (row) => list.push(row));
    return list;
  };

function compileItem(
  view: LogicalView,
  fields: readonly Expand[],
  joins: readonly (CompiledViewJoin | undefined)[],
): Item {
  const nulls = view.joins.map((join): readonly Row[] => [join.fields.flatMap(() => [undefined, undefined])]);
  return (item, number, run, indexes) => {
    let rows: readonly Row[] = [[number]];
    for (const field of fields) rows = crossed(rows, field(item, run), run, view);
    joins.forEach((join, i) => {
      if (join === undefined) {
        rows = crossed(rows, nulls[i]!, run, view);
        return;
      }
      const lookup = indexes(join.join);
      rows = rows.flatMap((row) => join.expand(row, lookup, run).map((fragment) => [...row, ...fragment]));
    });
    return rows;
  };
}

/** What a view on a view asks of the lower one: all of it, where it counts its rows. */
function neededOfLower(view: LogicalView, lower: LogicalView, needed: Needed): Needed {
  if (needed === undefined || needed.has('#')) return undefined;
  const keys = new Set(keysOf(lower).names);
  const asked = view.fields.flatMap((field) => (field.kind === 'expression' ? [field.expression] : []));
  const names = neededBy(asked);
  if (names === undefined) return undefined;
  const references = view.fields.flatMap((field) =>
    field.kind === 'iterable' && field.reference !== undefined ? [field.reference] : [],
  );
  return new Set([...names, ...references].filter((name) => keys.has(name)));
}

/** Conditions of joins see the fields of the view itself and not those of its joins. */
function childReader(view: LogicalView): Reader {
  const reader = readerOf(view);
  const keys = keysOf(view);
  const width = view.fields.reduce((sum, field) => sum + widthOf(field), 1);
  return {
    nulls: [],
    compileReference(reference) {
      const key = keys.find(reference);
      if ('slot' in key && key.slot >= width)
        throw new Error('it is a field of a join and not of the view itself');
      return reader.compileReference(reference);
    },
  };
}

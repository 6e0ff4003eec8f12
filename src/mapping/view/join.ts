/**
 * Joins of logical views: for each key of the parent's rows what the fields of the join make of them.
 *
 * Rows of the parent are entered once and found by key; no row of the child ever looks at all of them.
 */
import type { Join, JoinLookup, JoinParent } from '../execute/join.ts';
import { joinKeys } from '../execute/join-keys.ts';
import { baseOf, type Reader, readerOf } from '../execute/reader.ts';
import type { Run } from '../execute/run.ts';
import { compileTexts, compileValues, listOf } from '../execute/values.ts';
import type { ViewJoin } from '../normal-form.ts';
import type { Scalar } from '../reference/formulation.ts';
import type { Row } from './keys.ts';
import type { Needed } from './references.ts';
import { neededBy } from './references.ts';
import type { Rows } from './rows.ts';

/** What the fields of a join make of a row of the parent; stands in a join index beside nodes. */
export class ParentRow {
  readonly termType = 'Row';
  /** Values by field. */
  readonly fields: readonly (readonly Scalar[])[];

  constructor(fields: readonly (readonly Scalar[])[]) {
    this.fields = fields;
  }

  /** Equal for rows that a child cannot tell apart. */
  get value(): string {
    return JSON.stringify(this.fields);
  }
}

export interface CompiledViewJoin {
  readonly join: Join;
  /** The fragments that a row of the child gets; none: an inner join takes the row away. */
  expand(row: Row, lookup: JoinLookup, run: Run): readonly Row[];
}

/** What a join asks of its parent: all, where a key counts the rows. */
export function neededOfParent({ conditions, fields }: ViewJoin, needed: Needed): Needed {
  const counts = fields.some(({ name }) => needed === undefined || needed.has(`${name}.#`));
  if (counts) return undefined;
  return neededBy([...conditions.map(({ parent }) => parent), ...fields.map(({ expression }) => expression)]);
}

const compiled = new WeakMap<ViewJoin, Map<Rows, CompiledViewJoin>>();

/**
 * Compiles a join, once for all rules that see the same of the parent: they share an index.
 *
 * @param parents  the rows of the parent view
 */
export function compileViewJoin(view: ViewJoin, child: Reader, parents: Rows): CompiledViewJoin {
  const known = compiled.get(view) ?? new Map<Rows, CompiledViewJoin>();
  compiled.set(view, known);
  const join = known.get(parents) ?? compileOnce(view, child, parents);
  known.set(parents, join);
  return join;
}

function compileOnce(view: ViewJoin, child: Reader, parents: Rows): CompiledViewJoin {
  const asIs = (value: string): string => value;
  const parent = readerOf(view.parent);
  const childKeys = joinKeys(view.conditions.map((condition) => compileTexts(condition.child, child, asIs)));
  const parentKeys = joinKeys(
    view.conditions.map((condition) => compileTexts(condition.parent, parent, asIs)),
  );
  const values = view.fields.map(({ expression }) => compileValues(expression, parent));
  const join: Join = {
    parentSource: baseOf(view.parent).id,
    needs: parents.joins,
    enter(index, record, run, indexes) {
      parents.each(record, run, indexes, (row) => {
        const keys = parentKeys(row, run);
        if (keys.length === 0) return;
        const entry = new ParentRow(values.map((value) => listOf<Scalar>(value(row, run))));
        for (const key of keys) {
          const known = index.get(key);
          if (known) known.push(entry);
          else index.set(key, [entry]);
        }
      });
    },
    find: () => [],
  };
  const nulls: readonly Row[] = [view.fields.flatMap(() => [undefined, undefined])];
  return {
    join,
    expand(row, lookup, run) {
      const found = new Set<JoinParent>();
      for (const key of childKeys(row, run)) for (const entry of lookup.get(key) ?? []) found.add(entry);
      if (found.size === 0) return view.type === 'inner' ? [] : nulls;
      return fragmentsOf(found, view.fields.length);
    },
  };
}

/** Each parent's fields; the index of a field counts its values over all parents of the row. */
function fragmentsOf(parents: Iterable<JoinParent>, width: number): readonly Row[] {
  const counts = new Array<number>(width).fill(0);
  const rows: Row[] = [];
  for (const parent of parents) {
    if (!(parent instanceof ParentRow)) continue;
    let own: Row[] = [[]];
    parent.fields.forEach((values, field) => {
      const cells: Row[] = values.map((value) => [counts[field]!++, value]);
      own = own.flatMap((row) => (cells.length === 0 ? ABSENT : cells).map((cell) => [...row, ...cell]));
    });
    rows.push(...own);
  }
  return rows;
}

const ABSENT: readonly Row[] = [[undefined, undefined]];

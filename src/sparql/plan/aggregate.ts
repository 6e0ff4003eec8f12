/**
 * GROUP BY and the aggregates (SPARQL 1.1 sections 11 and 18.5.1).
 *
 * An error in an operand makes an error of SUM, AVG, MIN, MAX and GROUP_CONCAT; COUNT and SAMPLE pass it over.
 */
import type { TermId } from '../../store/graph-view.ts';
import { Algebra } from '../algebra.ts';
import { numberValue, orderValues, promote, stringValue, termOf, type Value } from '../value.ts';
import { bindingsOf } from './analysis.ts';
import type { Evaluation } from './evaluation.ts';
import type { Expression } from './expression.ts';
import { expressionOf } from './filter.ts';
import type { Compile, PlanContext, Run } from './plan.ts';
import { type Bindings, bothBound, NotCovered, type Row, UNBOUND } from './scope.ts';

/** Takes the rows of one group and gives the value at their end; undefined is an error. */
interface Accumulator {
  add(row: Row): void;
  result(): Value | undefined;
}

export function compileGroup(
  operation: Algebra.Group,
  context: PlanContext,
  incoming: Bindings,
  compile: Compile,
): Run {
  const { evaluation, scope } = context;
  const input = compile(operation.input, context, incoming);
  const bound = bothBound(incoming, bindingsOf(operation.input));
  const slots = operation.variables.map((variable) => scope.slot(variable.value));
  const makers = operation.aggregates.map((aggregate) => ({
    slot: scope.slot(aggregate.variable.value),
    make: accumulatorOf(aggregate, context, bound, compile),
  }));
  return (row, emit) => {
    const groups = new Map<string | number, { key: Row; accumulators: Accumulator[] }>();
    const open = (key: Row): { key: Row; accumulators: Accumulator[] } => ({
      key,
      accumulators: makers.map(({ make }) => make()),
    });
    if (slots.length === 0) groups.set('', open([]));
    input(row, () => {
      const key = slots.map((slot) => row[slot]!);
      const name = key.length === 1 ? key[0]! : key.join();
      let group = groups.get(name);
      if (!group) {
        group = open(key);
        groups.set(name, group);
        evaluation.checkRows(groups.size);
      }
      for (const accumulator of group.accumulators) accumulator.add(row);
      return true;
    });
    const touched = [...slots, ...makers.map(({ slot }) => slot)];
    const before = touched.map((slot) => row[slot]!);
    let goOn = true;
    for (const { key, accumulators } of groups.values()) {
      slots.forEach((slot, i) => {
        row[slot] = key[i]!;
      });
      accumulators.forEach((accumulator, i) => {
        const value = accumulator.result();
        row[makers[i]!.slot] = value ? evaluation.idOfValue(value) : UNBOUND;
      });
      goOn = emit();
      if (!goOn) break;
    }
    touched.forEach((slot, i) => {
      row[slot] = before[i]!;
    });
    return goOn;
  };
}

function accumulatorOf(
  aggregate: Algebra.BoundAggregate,
  context: PlanContext,
  bound: Bindings,
  compile: Compile,
): () => Accumulator {
  const { evaluation, scope } = context;
  if (aggregate.expression.subType === Algebra.ExpressionTypes.WILDCARD) {
    const slots = [...bound.possible].filter((name) => !name.includes(' ')).map((name) => scope.slot(name));
    return () => countRows(slots, aggregate.distinct);
  }
  const expression = expressionOf(aggregate.expression, context, bound, compile);
  const fold = FOLDS[aggregate.aggregator];
  if (!fold) throw new NotCovered(`aggregate ${aggregate.aggregator}`);
  const separator = aggregate.separator ?? ' ';
  return () => accumulate(expression, evaluation, fold(separator), aggregate.distinct);
}

function countRows(slots: readonly number[], distinct: boolean): Accumulator {
  let count = 0;
  const seen = new Set<string>();
  return {
    add: (row) => {
      if (distinct) seen.add(slots.map((slot) => row[slot]).join());
      else count++;
    },
    result: () => numberValue(distinct ? seen.size : count, 'integer'),
  };
}

interface Folding {
  /** Takes a value; false makes an error of the whole. */
  take(value: Value): boolean;
  result(): Value | undefined;
  /** Whether errors of operands are passed over. */
  readonly lenient?: boolean;
}

type Fold = (separator: string) => Folding;

function accumulate(
  expression: Expression,
  evaluation: Evaluation,
  folding: Folding,
  distinct: boolean,
): Accumulator {
  let failed = false;
  const seen = new Set<TermId>();
  return {
    add: (row) => {
      if (failed) return;
      const value = expression(row, evaluation);
      if (!value) {
        failed = folding.lenient !== true;
        return;
      }
      if (distinct) {
        const id = evaluation.idOfValue(value);
        if (seen.has(id)) return;
        seen.add(id);
      }
      failed = !folding.take(value);
    },
    result: () => (failed ? undefined : folding.result()),
  };
}

/** The first in the order of ORDER BY, by `sign`. */
const extreme =
  (sign: 1 | -1): Fold =>
  () => {
    let best: Value | undefined;
    return {
      take: (value) => {
        if (!best || sign * orderValues(value, best) < 0) best = value;
        return true;
      },
      result: () => best,
    };
  };

const total = (): {
  take: (value: Value) => boolean;
  sum: () => Value & { kind: 'number' };
  count: () => number;
} => {
  let sum = numberValue(0, 'integer') as Value & { kind: 'number' };
  let count = 0;
  return {
    take: (value) => {
      if (value.kind !== 'number') return false;
      count++;
      sum = numberValue(sum.number + value.number, promote(sum.type, value.type)) as Value & {
        kind: 'number';
      };
      return true;
    },
    sum: () => sum,
    count: () => count,
  };
};

const FOLDS: Readonly<Record<string, Fold>> = {
  count: () => {
    let count = 0;
    return {
      lenient: true,
      take: () => {
        count++;
        return true;
      },
      result: () => numberValue(count, 'integer'),
    };
  },
  sum: () => {
    const { take, sum } = total();
    return { take, result: sum };
  },
  avg: () => {
    const { take, sum, count } = total();
    return {
      take,
      result: () => {
        if (count() === 0) return numberValue(0, 'integer');
        const { number, type } = sum();
        return numberValue(number / count(), type === 'integer' ? 'decimal' : type);
      },
    };
  },
  min: extreme(1),
  max: extreme(-1),
  sample: () => {
    let first: Value | undefined;
    return {
      lenient: true,
      take: (value) => {
        first ??= value;
        return true;
      },
      result: () => first,
    };
  },
  group_concat: (separator) => {
    const parts: string[] = [];
    return {
      take: (value) => {
        const term = termOf(value);
        if (term.termType !== 'Literal') return false;
        parts.push(term.value);
        return true;
      },
      result: () => stringValue(parts.join(separator)),
    };
  },
};

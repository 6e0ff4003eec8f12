/**
 * VALUES: inline solutions, looked up by key where everything they bind is bound already.
 */
import type { TermId } from '../../store/graph-view.ts';
import type { Algebra } from '../algebra.ts';
import { bindingsOf } from './analysis.ts';
import type { PlanContext, Run } from './plan.ts';
import { type Bindings, UNBOUND } from './scope.ts';

export function compileValues(operation: Algebra.Values, context: PlanContext, incoming: Bindings): Run {
  const names = operation.variables.map((variable) => variable.value);
  const slots = names.map((name) => context.scope.slot(name));
  const { evaluation } = context;
  const rows = operation.bindings.map((binding) =>
    names.map((name): TermId => {
      const term = binding[name];
      return term === undefined ? UNBOUND : evaluation.idOf(term);
    }),
  );
  const { certain } = bindingsOf(operation);
  if (names.every((name) => certain.has(name) && incoming.certain.has(name))) return lookup(rows, slots);
  return (row, emit) => {
    const before = slots.map((slot) => row[slot]!);
    evaluation.tick(rows.length);
    let goOn = true;
    for (const values of rows) {
      const compatible = values.every((id, i) => before[i] === UNBOUND || id === UNBOUND || before[i] === id);
      if (!compatible) continue;
      slots.forEach((slot, i) => {
        row[slot] = before[i] === UNBOUND ? values[i]! : before[i]!;
      });
      goOn = emit();
      if (!goOn) break;
    }
    slots.forEach((slot, i) => {
      row[slot] = before[i]!;
    });
    return goOn;
  };
}

function lookup(rows: readonly (readonly TermId[])[], slots: readonly number[]): Run {
  const counts = new Map<TermId | string, number>();
  const single = slots.length === 1 ? slots[0]! : undefined;
  for (const values of rows) {
    const key = single === undefined ? values.join() : values[0]!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (row, emit) => {
    const key = single === undefined ? slots.map((slot) => row[slot]).join() : row[single]!;
    for (let count = counts.get(key) ?? 0; count > 0; count--) if (!emit()) return false;
    return true;
  };
}

/**
 * Join keys: what the conditions of a join say of a record, as texts that are equal when all conditions hold.
 */
import type { Run } from './run.ts';
import { listOf, type TextFunction } from './values.ts';

/** The keys of a record: every combination of the values of the conditions, as one text each. */
export function joinKeys(
  conditions: readonly TextFunction[],
): (record: unknown, run: Run) => readonly string[] {
  const [only] = conditions;
  if (only !== undefined && conditions.length === 1) return (record, run) => listOf(only(record, run));
  return (record, run) => {
    let keys: readonly (readonly string[])[] = [[]];
    for (const condition of conditions) {
      const values = listOf(condition(record, run));
      keys = keys.flatMap((key) => values.map((value) => [...key, value]));
    }
    return keys.map((key) => JSON.stringify(key));
  };
}

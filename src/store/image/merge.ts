/**
 * A merge: the base and the delta of a generation, as of one state, become the base of the next. In small steps, so
 * that writes and readers go on meanwhile; what is written then is kept in a journal and repeated at the end.
 *
 * It changes nothing of the generation that it reads.
 */
import { type BaseRuns, buildRuns, newColumns, type QuadColumns, sortColumns } from './base-runs.ts';
import type { Generation } from './generation.ts';
import { STEP_ROWS, type Steps } from './order.ts';

/** The base of what is alive at a state, which has to be held as long as this takes. */
export function* mergeRuns(generation: Generation, seq: number): Steps<BaseRuns> {
  const added = yield* sortColumns(yield* deltaAt(generation, seq));
  const columns = yield* interleave(generation, seq, added);
  return yield* buildRuns(columns);
}

/** The base with quads that it does not hold. */
export function* joinRuns(generation: Generation, seq: number, added: QuadColumns): Steps<BaseRuns> {
  return yield* buildRuns(yield* interleave(generation, seq, added));
}

/** What of the delta is alive, in no order. */
function* deltaAt(generation: Generation, seq: number): Steps<QuadColumns> {
  const { delta } = generation;
  const slots: number[] = [];
  const { end } = delta;
  for (let start = 0; start < end; start += STEP_ROWS) {
    const stop = Math.min(end, start + STEP_ROWS);
    for (let slot = start; slot < stop; slot++) if (generation.isSlotAt(slot, seq)) slots.push(slot);
    yield;
  }
  const columns = newColumns(slots.length);
  for (let position = 0; position < 4; position++) {
    const to = columns[position]!;
    for (let start = 0; start < slots.length; start += STEP_ROWS) {
      const from = delta.columns[position]!.values;
      const stop = Math.min(slots.length, start + STEP_ROWS);
      for (let i = start; i < stop; i++) to[i] = from[slots[i]!]!;
      yield;
    }
  }
  return columns;
}

/** The rows of the base that are alive, with `added` in between; both rise, and none is in both. */
function* interleave(generation: Generation, seq: number, added: QuadColumns): Steps<QuadColumns> {
  const { base } = generation;
  const [s, p, o, g] = base.columns;
  const [addedS, addedP, addedO, addedG] = added;
  const count = addedS.length;
  const length = base.size - goneAt(generation, seq) + count;
  const [toS, toP, toO, toG] = newColumns(length);
  let to = 0;
  let at = 0;
  const takeAdded = (): void => {
    toS[to] = addedS[at]!;
    toP[to] = addedP[at]!;
    toO[to] = addedO[at]!;
    toG[to++] = addedG[at++]!;
  };
  for (let start = 0; start < base.size; start += STEP_ROWS) {
    const stop = Math.min(base.size, start + STEP_ROWS);
    for (let row = start; row < stop; row++) {
      while (
        at < count &&
        (addedS[at]! - s[row]! || addedP[at]! - p[row]! || addedO[at]! - o[row]! || addedG[at]! - g[row]!) < 0
      )
        takeAdded();
      if (!generation.isRowAt(row, seq)) continue;
      toS[to] = s[row]!;
      toP[to] = p[row]!;
      toO[to] = o[row]!;
      toG[to++] = g[row]!;
    }
    yield;
  }
  while (at < count) {
    takeAdded();
    if (at % STEP_ROWS === 0) yield;
  }
  return [toS, toP, toO, toG];
}

function goneAt({ removals }: Generation, seq: number): number {
  let gone = 0;
  for (const removedAt of removals.values()) if (removedAt <= seq) gone++;
  return gone;
}

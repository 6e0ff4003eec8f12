/**
 * A load of many quads: gathered as ids, sorted once, and joined with what the image holds.
 */
import type { QuadIdColumns } from '../../rdf/term-ids.ts';
import type { TermId } from '../graph-view.ts';
import { type BaseRuns, newColumns, type QuadColumns } from './base-runs.ts';
import { Generation } from './generation.ts';
import { joinRuns, mergeRuns } from './merge.ts';
import type { MergedGraphs } from './merged-graphs.ts';
import { allSteps } from './order.ts';

/** Quads as they come. */
export class QuadBuffer {
  #ids = new Int32Array(4096);
  #length = 0;

  add(s: TermId, p: TermId, o: TermId, g: TermId): void {
    this.#reserve(4);
    this.#ids[this.#length++] = s;
    this.#ids[this.#length++] = p;
    this.#ids[this.#length++] = o;
    this.#ids[this.#length++] = g;
  }

  addAll(quads: QuadIdColumns): void {
    this.#reserve(quads.length);
    this.#ids.set(quads, this.#length);
    this.#length += quads.length;
  }

  /** As columns; the buffer is empty then. */
  columns(): QuadColumns {
    const columns = newColumns(this.#length / 4);
    const [subjects, predicates, objects, graphs] = columns;
    for (let i = 0, row = 0; i < this.#length; i += 4, row++) {
      subjects[row] = this.#ids[i]!;
      predicates[row] = this.#ids[i + 1]!;
      objects[row] = this.#ids[i + 2]!;
      graphs[row] = this.#ids[i + 3]!;
    }
    this.#ids = new Int32Array(0);
    this.#length = 0;
    return columns;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#ids.length) return;
    const grown = new Int32Array(Math.max(needed, 2 * this.#ids.length));
    grown.set(this.#ids.subarray(0, this.#length));
    this.#ids = grown;
  }
}

/**
 * The base of what a generation holds at a state, and of quads that come to it.
 *
 * @param quads  sorted, none twice
 */
export function loadedRuns(
  generation: Generation,
  seq: number,
  quads: QuadColumns,
  graphs: MergedGraphs,
): { readonly base: BaseRuns; readonly added: QuadColumns } {
  const isPlain = generation.delta.size === 0 && generation.removals.size === 0;
  const present = isPlain ? generation : new Generation(allSteps(mergeRuns(generation, seq)), graphs);
  const added = present.base.size === 0 ? quads : absentFrom(present.base, quads);
  return { base: allSteps(joinRuns(present, seq, added)), added };
}

/** The quads that a base does not hold. */
function absentFrom(base: BaseRuns, [subjects, predicates, objects, graphs]: QuadColumns): QuadColumns {
  const rows: number[] = [];
  for (let i = 0; i < subjects.length; i++) {
    if (base.rowOf(subjects[i]!, predicates[i]!, objects[i]!, graphs[i]!) < 0) rows.push(i);
  }
  if (rows.length === subjects.length) return [subjects, predicates, objects, graphs];
  const columns = newColumns(rows.length);
  for (const [to, from] of [subjects, predicates, objects, graphs].entries()) {
    rows.forEach((row, at) => {
      columns[to]![at] = from[row]!;
    });
  }
  return columns;
}

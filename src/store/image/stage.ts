/**
 * What was done to a generation, in order: staged by the writer, or published while a merge makes the next generation
 * and to be repeated there.
 */
import type { Generation } from './generation.ts';
import type { RetiredQuads } from './retired-quads.ts';

export class Stage {
  /** A row of the base, or the complement of a slot of the delta. */
  readonly refs: number[] = [];
  /** The change that did it. */
  readonly seqs: number[] = [];
  /** 1: the quad was added; 0: it was removed. */
  readonly kinds: number[] = [];

  add(ref: number, seq: number, isAdded: boolean): void {
    this.refs.push(ref);
    this.seqs.push(seq);
    this.kinds.push(isAdded ? 1 : 0);
  }

  /** How many entries belong to changes up to `seq`. */
  countUpTo(seq: number): number {
    let count = this.seqs.length;
    while (count > 0 && this.seqs[count - 1]! > seq) count--;
    return count;
  }

  dropFirst(count: number): void {
    if (count === 0) return;
    this.refs.splice(0, count);
    this.seqs.splice(0, count);
    this.kinds.splice(0, count);
  }

  /** Does entry `at`, of one generation, in the next. @param retired  takes what is removed */
  repeat(at: number, from: Generation, to: Generation, retired?: RetiredQuads): number {
    const [s, p, o, g] = from.idsOf(this.refs[at]!);
    const seq = this.seqs[at]!;
    if (this.kinds[at] === 1) return ~to.add(s, p, o, g, seq);
    const ref = to.remove(s, p, o, g, seq)!;
    retired?.push(to, ref, seq);
    return ref;
  }

  /** All of it, done in the next generation. */
  movedTo(from: Generation, to: Generation): Stage {
    const moved = new Stage();
    for (let at = 0; at < this.refs.length; at++) {
      moved.add(this.repeat(at, from, to), this.seqs[at]!, this.kinds[at] === 1);
    }
    return moved;
  }
}

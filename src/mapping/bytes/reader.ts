/**
 * The port of byte readers: records out of a window of bytes, one at a time, as fields by slot.
 */
import type { Part, TextLimits } from '../reference/formulation.ts';
import type { Fields } from './fields.ts';
import type { Window } from './window.ts';

/** All bytes of the window are used: more have to be joined, or the source is at its end. */
export const MORE = 0;
/** The fields hold the next record. */
export const RECORD = 1;
/** Something cannot be read; `problem` says what. */
export const PROBLEM = 2;
export type Step = typeof MORE | typeof RECORD | typeof PROBLEM;

export type ReadProblem = Extract<Part, { problem: unknown }>;

export interface ByteReader {
  readonly window: Window;
  readonly fields: Fields;
  /** What may be in memory at once; set before anything is read. */
  set limits(limits: TextLimits);
  readonly problem: ReadProblem | undefined;
  /** Data row of a table, line of NDJSON, from 1; 1 for a document that is the whole text. */
  readonly row: number;
  /** Where the record starts, if its formulation tells. */
  readonly line: number | undefined;
  /** References that no record can answer; known once the first record is read. */
  readonly unknown: ReadonlySet<number>;
  /** What a reference in `unknown` is told. */
  readonly known: readonly string[];
  next(): Step;
}

/**
 * What goes between a thread that runs user functions and the one that maps: plain data only.
 */

import type { MessagePort } from 'node:worker_threads';

/** A value that threads can hand over; digits and datatypes travel as text. */
export type WireScalar = string | number | boolean | { readonly text: string; readonly datatype: string };
export type WireValue = WireScalar | readonly WireScalar[] | undefined;

/** A function as its module describes it, everything but what it does. */
export interface WireDescription {
  readonly iri: string;
  readonly parameters: readonly {
    readonly iri: string;
    readonly required: boolean;
    readonly takes: 'one' | 'all';
    readonly nullable: boolean;
  }[];
  readonly outputs: readonly string[];
  readonly pure: boolean;
}

export interface Call {
  /** Index among the functions of the module. */
  readonly index: number;
  readonly args: readonly WireValue[];
  readonly output: number;
}

/** What the thread says first, and after each call. */
export type Reply =
  | { readonly kind: 'ready'; readonly functions: readonly WireDescription[] }
  | { readonly kind: 'value'; readonly value: WireValue }
  | { readonly kind: 'failed'; readonly message: string };

/** What a thread is started with; `replies` counts what it has said, so that one can wait for it. */
export interface ThreadData {
  readonly module: string;
  readonly port: MessagePort;
  readonly replies: Int32Array;
}

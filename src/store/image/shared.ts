/**
 * Arrays that threads can read without copying. Only the thread of the writer ever writes them.
 */

/** Zeros. */
export const sharedInt32 = (length: number): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));

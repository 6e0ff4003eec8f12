/**
 * Growing typed arrays: the columns of the image.
 */

/** A column of 32-bit integers. */
export class Int32Column {
  #values = new Int32Array(1024);

  /** The array as it is now; it is replaced when the column grows, so do not keep it over a write. */
  get values(): Int32Array {
    return this.#values;
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const grown = new Int32Array(Math.max(index + 1, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[index] = value;
  }
}

/** A column of numbers up to 2^53; here sequence numbers. */
export class Float64Column {
  #values = new Float64Array(1024);

  get values(): Float64Array {
    return this.#values;
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const grown = new Float64Array(Math.max(index + 1, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[index] = value;
  }
}

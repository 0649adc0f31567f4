const firstRows = 1_024;

/** A column of numbers that grows at its end. */
export class GrowingColumn {
  #values = new Float64Array(firstRows);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  toArray(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}

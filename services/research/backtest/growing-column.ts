const firstRows = 1_024;

/** A column of numbers that grows at its end. */
export class GrowingColumn {
  #values = new Float64Array(firstRows);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(row: number): number {
    return this.#values[row] ?? Number.NaN;
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

  /** Of all rows only these are left, ascending. */
  keep(rows: readonly number[]): void {
    for (const [place, row] of rows.entries()) this.#values[place] = this.at(row);
    this.#length = rows.length;
  }

  toArray(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}

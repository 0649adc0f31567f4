import { styleText } from 'node:util';

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** How many characters a line of a terminal holds. */
  readonly columns?: number | undefined;
}

/**
 * Where a verb speaks. Without `--json` results are text on stdout; with it every line of stdout is JSON and text for
 * people goes to stderr. Colours only where a person looks, and never under NO_COLOR.
 */
export class Terminal {
  readonly isJson: boolean;
  /** Characters that a line for a person may have; without an end where no terminal is. */
  readonly width: number;
  readonly #out: TextStream;
  readonly #error: TextStream;
  readonly #hasColours: boolean;

  constructor(options: {
    readonly isJson: boolean;
    readonly out: TextStream;
    readonly error: TextStream;
    readonly noColor: boolean;
  }) {
    this.isJson = options.isJson;
    this.#out = options.out;
    this.#error = options.error;
    const people = options.isJson ? options.error : options.out;
    this.width = (people.isTTY === true ? people.columns : undefined) ?? Number.POSITIVE_INFINITY;
    this.#hasColours = people.isTTY === true && !options.noColor;
  }

  /** A line for a person. */
  say(line: string): void {
    const people = this.isJson ? this.#error : this.#out;
    people.write(`${line}\n`);
  }

  /** A sentence about a failure. */
  complain(line: string): void {
    this.#error.write(`${line}\n`);
  }

  /** A line for a program; nothing without `--json`. */
  tell(value: unknown): void {
    if (this.isJson) this.#out.write(`${JSON.stringify(value)}\n`);
  }

  /** One result, in the form that was asked for. */
  result(value: unknown, lines: readonly string[]): void {
    if (this.isJson) this.tell(value);
    else for (const line of lines) this.say(line);
  }

  colour(colour: Colour, text: string): string {
    return this.#hasColours ? styleText(colour, text, { validateStream: false }) : text;
  }
}

/** Columns as wide as their widest cell; numbers are the caller's to align. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return [header, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

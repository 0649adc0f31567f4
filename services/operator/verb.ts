import { Asked } from '../../infra/process/asked.ts';
import type { ExitCode } from '../../infra/process/user-error.ts';
import type { Terminal } from './terminal.ts';

/** One row of the command line: what is typed, what help says of it, and where its code is. */
export interface Verb {
  /** The words that call it, such as `up` or `journal show`. */
  readonly name: string;
  readonly summary: string;
  readonly operands?: readonly Operand[];
  readonly options?: readonly Option[];
  /** Not typed by people: left out of help and reference. */
  readonly isInternal?: true;
  /** What follows `interlock ` in an example that works. */
  readonly example: string;
  /** Loaded when called: `kill` does not wait for what only `up` needs. */
  load(): Promise<{ readonly run: RunVerb }>;
}

export interface Operand {
  /** `<order>`, or `[order]` when it may be left out. */
  readonly notation: string;
  readonly meaning: string;
}

export interface Option {
  /** `--for <duration>`, or `--all` for a flag. */
  readonly notation: string;
  readonly meaning: string;
  /** Left out of `--help` and kept in the reference, so that help shows what matters. */
  readonly isRare?: true;
}

export type RunVerb = (given: Given, terminal: Terminal) => Promise<ExitCode>;

/** What was typed after a verb. */
export class Given extends Asked {
  readonly #operands: readonly unknown[];

  constructor(operands: readonly unknown[], options: Readonly<Record<string, unknown>>) {
    super(options);
    this.#operands = operands;
  }

  /** All that were typed. */
  operands(): readonly string[] {
    return this.#operands.filter((value) => typeof value === 'string');
  }

  operand(index: number): string | undefined {
    const value = this.#operands[index];
    return typeof value === 'string' ? value : undefined;
  }

  /** For an operand that the command line has checked to be there. */
  requiredOperand(index: number): string {
    const value = this.operand(index);
    if (value === undefined) throw new Error(`operand ${index} was not declared as required`);
    return value;
  }
}

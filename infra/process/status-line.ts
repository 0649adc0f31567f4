import type { Program } from './program.ts';

const intervalUs = 200_000;

/** One line of a terminal, rewritten in place; nothing where no person looks. */
export class StatusLine {
  readonly #program: Pick<Program, 'isTerminal' | 'columns' | 'say' | 'monotonicUs'>;
  #shownUs: number;
  #width = 0;

  constructor(program: Pick<Program, 'isTerminal' | 'columns' | 'say' | 'monotonicUs'>) {
    this.#program = program;
    this.#shownUs = program.monotonicUs();
  }

  /** Asks for the text a few times a second. */
  show(text: () => string): void {
    const nowUs = this.#program.monotonicUs();
    if (!this.#program.isTerminal || nowUs - this.#shownUs < intervalUs) return;
    this.#shownUs = nowUs;
    const shown = text().slice(0, this.#program.columns - 1);
    this.#program.say(`\r${shown.padEnd(this.#width)}`);
    this.#width = shown.length;
  }

  clear(): void {
    if (this.#width > 0) this.#program.say(`\r${''.padEnd(this.#width)}\r`);
    this.#width = 0;
  }
}

import type { Program } from '../../../infra/process/program.ts';

/** How many windows are done, in one line of a terminal; nothing where no person looks. */
export class WindowProgress {
  readonly #program: Program;
  readonly #total: number;
  readonly #before: number;
  readonly #startedUs: number;
  #width = 0;

  constructor(program: Program, { total, before }: { readonly total: number; readonly before: number }) {
    this.#program = program;
    this.#total = total;
    this.#before = before;
    this.#startedUs = program.monotonicUs();
  }

  show(done: number): void {
    if (!this.#program.isTerminal) return;
    const perWindowUs = (this.#program.monotonicUs() - this.#startedUs) / Math.max(1, done - this.#before);
    const leftS = Math.round((perWindowUs * (this.#total - done)) / 1_000_000);
    const rate = (1_000_000 / perWindowUs).toFixed(1);
    const share = Math.floor((100 * done) / this.#total);
    const text = `window ${done} of ${this.#total}  ${share}%  ${rate} windows/s  ${leftS} s left`;
    this.#program.say(`\r${text.slice(0, this.#program.columns - 1).padEnd(this.#width)}`);
    this.#width = Math.min(text.length, this.#program.columns - 1);
  }

  clear(): void {
    if (this.#width > 0) this.#program.say(`\r${''.padEnd(this.#width)}\r`);
  }
}

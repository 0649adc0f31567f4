import type { Program } from '../../../infra/process/program.ts';
import { StatusLine } from '../../../infra/process/status-line.ts';

/** How many windows are done, in one line of a terminal; nothing where no person looks. */
export class WindowProgress {
  readonly #program: Program;
  readonly #line: StatusLine;
  readonly #total: number;
  readonly #before: number;
  readonly #startedUs: number;

  constructor(program: Program, { total, before }: { readonly total: number; readonly before: number }) {
    this.#program = program;
    this.#line = new StatusLine(program);
    this.#total = total;
    this.#before = before;
    this.#startedUs = program.monotonicUs();
  }

  show(done: number): void {
    this.#line.show(() => {
      const elapsedUs = this.#program.monotonicUs() - this.#startedUs;
      const perWindowUs = elapsedUs / Math.max(1, done - this.#before);
      const leftS = Math.round((perWindowUs * (this.#total - done)) / 1_000_000);
      const rate = (1_000_000 / perWindowUs).toFixed(1);
      const share = Math.floor((100 * done) / this.#total);
      return `window ${done} of ${this.#total}  ${share}%  ${rate} windows/s  ${leftS} s left`;
    });
  }

  clear(): void {
    this.#line.clear();
  }
}

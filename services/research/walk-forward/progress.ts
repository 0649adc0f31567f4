import type { Program } from '../../../infra/process/program.ts';
import { StatusLine } from '../../../infra/process/status-line.ts';
import { span, whole } from '../report/wording.ts';

/** What there is to do: a piece weighs what it takes, next to another. */
export interface WorkSize {
  readonly pieces: number;
  readonly weight: number;
}

/** How far it is, in one line of a terminal; nothing where no person looks. */
export class WorkProgress {
  readonly #program: Program;
  readonly #line: StatusLine;
  readonly #noun: string;
  readonly #total: WorkSize;
  readonly #before: WorkSize;
  readonly #startedUs: number;
  #done: WorkSize;

  /** `before`: of an earlier start, which says nothing of how fast this one is. */
  constructor(
    program: Program,
    { noun, total, before }: { readonly noun: string; readonly total: WorkSize; readonly before: WorkSize },
  ) {
    this.#program = program;
    this.#line = new StatusLine(program);
    this.#noun = noun;
    this.#total = total;
    this.#before = before;
    this.#done = before;
    this.#startedUs = program.monotonicUs();
  }

  add(weight: number): void {
    this.#done = { pieces: this.#done.pieces + 1, weight: this.#done.weight + weight };
    this.#line.show(() => {
      const elapsedUs = this.#program.monotonicUs() - this.#startedUs;
      const [done, total, before] = [this.#done, this.#total, this.#before];
      const share = Math.floor((100 * done.weight) / total.weight);
      const rate = ((1_000_000 * (done.pieces - before.pieces)) / elapsedUs).toFixed(1);
      const leftUs = (elapsedUs / (done.weight - before.weight)) * (total.weight - done.weight);
      const left = span(Math.round(leftUs / 1_000_000) * 1_000_000);
      return `${this.#noun} ${whole(done.pieces)} of ${whole(total.pieces)}  ${share}%  ${rate} ${this.#noun}s/s  ${left} left`;
    });
  }

  clear(): void {
    this.#line.clear();
  }
}

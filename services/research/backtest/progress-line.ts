import type { Program } from '../../../infra/process/program.ts';

const intervalUs = 200_000;

/** How far a run is: what a person sees of it while it goes on. */
export interface ProgressLine {
  show(run: { readonly bars: number; readonly time: number }): void;
  clear(): void;
}

/** One line of a terminal, rewritten in place; nothing where no person looks. `until` is the market time of the end. */
export function createProgressLine(program: Program, until: number | undefined): ProgressLine {
  const startedUs = program.monotonicUs();
  let shownUs = startedUs;
  let from: number | undefined;
  let width = 0;

  function write(text: string): void {
    program.say(`\r${text.slice(0, program.columns - 1).padEnd(width)}`);
    width = Math.min(text.length, program.columns - 1);
  }

  return {
    show({ bars, time }) {
      from ??= time;
      const nowUs = program.monotonicUs();
      if (!program.isTerminal || nowUs - shownUs < intervalUs) return;
      shownUs = nowUs;
      const elapsedUs = nowUs - startedUs;
      const rate = Math.round((bars * 1_000_000) / elapsedUs).toLocaleString('en-US');
      const day = new Date(time / 1_000).toISOString().slice(0, 10);
      const share = until === undefined ? undefined : Math.min(1, (time - from) / Math.max(1, until - from));
      if (share === undefined || share === 0) return write(`${day}  ${rate} bars/s`);
      const leftS = Math.round((elapsedUs * (1 - share)) / share / 1_000_000);
      write(`${day}  ${Math.floor(100 * share)}%  ${rate} bars/s  ${leftS} s left`);
    },
    clear() {
      if (width > 0) program.say(`\r${''.padEnd(width)}\r`);
    },
  };
}

import type { Program } from '../../../infra/process/program.ts';
import { StatusLine } from '../../../infra/process/status-line.ts';

/** How far a run is: what a person sees of it while it goes on. */
export interface ProgressLine {
  show(run: { readonly bars: number; readonly time: number }): void;
  clear(): void;
}

/** `until` is the market time of the end. */
export function createProgressLine(program: Program, until: number | undefined): ProgressLine {
  const line = new StatusLine(program);
  const startedUs = program.monotonicUs();
  let from: number | undefined;

  function textOf(bars: number, time: number, first: number): string {
    const elapsedUs = program.monotonicUs() - startedUs;
    const rate = Math.round((bars * 1_000_000) / elapsedUs).toLocaleString('en-US');
    const day = new Date(time / 1_000).toISOString().slice(0, 10);
    const share = until === undefined ? undefined : Math.min(1, (time - first) / Math.max(1, until - first));
    if (share === undefined || share === 0) return `${day}  ${rate} bars/s`;
    const leftS = Math.round((elapsedUs * (1 - share)) / share / 1_000_000);
    return `${day}  ${Math.floor(100 * share)}%  ${rate} bars/s  ${leftS} s left`;
  }

  return {
    show({ bars, time }) {
      from ??= time;
      const first = from;
      line.show(() => textOf(bars, time, first));
    },
    clear: () => line.clear(),
  };
}

import type { OnBarProgress } from '../../infra/bar-cache/bar-origin.ts';
import type { TextStream } from './terminal.ts';

const lineCharacters = 60;
/** Often enough to look alive. */
const msBetween = 100;

/** One line on a terminal that is written over: how much is done, how fast, how long still. Elsewhere silent. */
export function importProgress(out: TextStream): { readonly tell: OnBarProgress; end(): void } {
  const startedMs = performance.now();
  let toldMs = 0;
  let isShown = false;
  return {
    tell({ rows, share }) {
      const nowMs = performance.now();
      if (out.isTTY !== true || nowMs - toldMs < msBetween) return;
      toldMs = nowMs;
      isShown = true;
      const seconds = (nowMs - startedMs) / 1000;
      const left = share > 0 ? Math.ceil((seconds / share) * (1 - share)) : 0;
      const rate = Math.round(rows / seconds).toLocaleString('en');
      out.write(`\r  ${Math.floor(share * 100)}% · ${rate} rows/s · ${left} s left`.padEnd(lineCharacters));
    },
    end() {
      if (isShown) out.write(`\r${' '.repeat(lineCharacters)}\r`);
    },
  };
}

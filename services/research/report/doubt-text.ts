import type { DataDoubts } from '../market/data-doubts.ts';
import { counted, dayOf } from './wording.ts';

/** More are counted, and told by their number. */
const jumpsTold = 3;

/** What was earned over a jump that nothing explains, nobody ever had. */
export function isBroken(doubts: DataDoubts | undefined): boolean {
  return doubts !== undefined && doubts.jumps.length > 0;
}

/** In words, one sentence an instrument. */
export function doubtSentences({ withoutFactors: unknown, jumps }: DataDoubts): readonly string[] {
  const named = [...new Set([...unknown, ...jumps.map(({ instrument }) => instrument)])];
  return named.map((instrument) => {
    const own = jumps.filter((jump) => jump.instrument === instrument);
    const moves = own
      .slice(0, jumpsTold)
      .map(({ at: time, from, to }) => `from ${price(from)} to ${price(to)} on ${dayOf(time)}`);
    const others = own.length > jumpsTold ? [counted(own.length - jumpsTold, 'other jump')] : [];
    const went = own.length === 0 ? '' : `its close went ${[...moves, ...others].join(', ')}`;
    if (!unknown.includes(instrument)) return `${instrument}: ${went}, and no split of that time is known.`;
    const known = `No factors of ${instrument}: splits and dividends are unknown`;
    return went === '' ? `${known}.` : `${known}; ${went}.`;
  });
}

function price(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 4 });
}

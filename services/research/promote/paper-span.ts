import { dayOf } from '../report/wording.ts';
import type { PaperJournals } from './paper-journals.ts';

/** What paper did on days that are not among those it is judged by. */
export interface OutsideSpan {
  /** Of orders, in execution's journal. */
  readonly rows: number;
  /** Each as `2021-03-31`, in UTC. */
  readonly days: readonly string[];
}

interface Judged {
  /** Market time of the first and the last bar. */
  readonly from: number;
  readonly to: number;
}

/**
 * Which days are judged is what somebody typed, and which were traded is what the journal says. By days: an order may well
 * be filled by a quote before the first bar ends, or after the last one.
 */
export function outsideSpan(rows: PaperJournals['rows'], { from, to }: Judged): OutsideSpan {
  const [first, last] = [dayOf(from), dayOf(to)];
  const days = ordersOf(rows).map(({ time }) => dayOf(time));
  const outside = days.filter((day) => day < first || day > last);
  return { rows: outside.length, days: [...new Set(outside)].sort() };
}

/** Market time of the first datum that paper had: no later than its first order. */
export function firstTime(rows: PaperJournals['rows'], { from }: Judged): number {
  return ordersOf(rows).reduce((earliest, { time }) => Math.min(earliest, time), from);
}

/** Nothing is ordered before there are data; books are opened and compared before that. */
function ordersOf(rows: PaperJournals['rows']): PaperJournals['rows'] {
  return rows.filter(({ fact }) => fact.case === 'order');
}

import { assertNever } from '../../kernel/assert-never.ts';
import type { OrderOutcome } from '../backtest/order-log.ts';
import { counted, money, plain, span, timeOf, whole } from '../report/wording.ts';
import { type Comparison, type DifferenceKind, differenceKinds, type OrderDifference } from './comparison.ts';

const shownMax = 20;

/** What a person needs to find out why two runs part: where first, how often in which way, and what it cost. */
export function comparisonLines(
  found: Comparison,
  names: { readonly first: string; readonly second: string },
): readonly string[] {
  const head = [`first   ${names.first}`, `second  ${names.second}`, ''];
  const outside = outsideLines(found);
  const [earliest, ...later] = found.differences;
  if (earliest === undefined) {
    const said = `${counted(found.compared, 'order')} compared, all the same: terms, states, fills, prices, fees and times.`;
    return [...head, said, ...equityLines(found), ...outside];
  }
  const kinds = differenceKinds.filter((kind) => (found.counts[kind] ?? 0) > 0);
  const width = Math.max(...kinds.map((kind) => kindNames[kind].length));
  const rest = later.length - shownMax;
  return [
    ...head,
    `${counted(found.compared, 'order')} compared, ${whole(found.same)} the same. The second is ${worseText(found.worseBy)} off in what both have filled.`,
    ...equityLines(found),
    ...outside,
    '',
    ...kinds.map(
      (kind) =>
        `  ${whole(found.counts[kind]).padStart(6)}  ${kindNames[kind].padEnd(width)}  ${explanationOf(kind)}`,
    ),
    '',
    'They part here first; what comes later may follow from it:',
    ...differenceLines(earliest),
    '',
    ...later.slice(0, shownMax).map(shortLine),
    ...(rest > 0 ? [`  and ${whole(rest)} more: --json has them all.`] : []),
  ];
}

const kindNames: Readonly<Record<DifferenceKind, string>> = {
  missing: 'only in one',
  denied: 'denied otherwise',
  notSent: 'not sent in one',
  terms: 'other terms',
  state: 'other end',
  filledQuantity: 'other quantity filled',
  price: 'other price',
  fees: 'other fees',
  time: 'other time',
};

/** The usual causes, the likeliest first. */
export function explanationOf(kind: DifferenceKind): string {
  switch (kind) {
    case 'missing':
      return 'the strategy saw other data, or stood otherwise because of an earlier difference';
    case 'denied':
      return 'risk measured otherwise: limits, exposure or age of the quote were not the same';
    case 'notSent':
      return 'decided or staged too late: deadline, restart, halt or a lost lease in the live run';
    case 'terms':
      return 'the same datum, another wish: parameters, cash or position were not the same';
    case 'state':
      return 'the venue ended it otherwise: time in force against the time that the answer took';
    case 'filledQuantity':
      return 'liquidity: share of the volume, partial fills, an order that came too late for it';
    case 'price':
      return 'the market moved in between (see other time), or frictions: spread, slippage, impact';
    case 'fees':
      return 'another schedule of fees, or it follows from price and quantity';
    case 'time':
      return 'latency: a bus and a venue take time that a backtest has to assume; live on bars, a fill is heard after its bar';
    default:
      return assertNever(kind);
  }
}

function differenceLines({ kinds, pair }: OrderDifference): readonly string[] {
  const told = kinds.map((kind) => kindNames[kind]).join(', ');
  return [`  ${told}`, `    first   ${orderText(pair.first)}`, `    second  ${orderText(pair.second)}`];
}

function shortLine({ kinds, pair, worseBy }: OrderDifference): string {
  const order = pair.first ?? pair.second;
  const told = kinds.map((kind) => kindNames[kind]).join(', ');
  const where = pair.first === undefined ? ' (second)' : pair.second === undefined ? ' (first)' : '';
  const late =
    pair.first?.lastFillAt === undefined || pair.second?.lastFillAt === undefined
      ? ''
      : lateText(pair.second.lastFillAt - pair.first.lastFillAt);
  const worse = worseBy === 0 ? '' : `, ${worseText(worseBy)}`;
  return `  ${timeOf(order?.stagedAt ?? Number.NaN)}  ${order?.instrument ?? ''} ${order?.side ?? ''}  ${told}${where}${late}${worse}`;
}

function worseText(amount: number): string {
  return `${money(Math.abs(amount))} ${amount < 0 ? 'better' : 'worse'}`;
}

function lateText(us: number): string {
  if (us === 0) return '';
  return us > 0 ? `, ${span(us)} later` : `, ${span(-us)} earlier`;
}

function orderText(order: OrderOutcome | undefined): string {
  if (order === undefined) return 'no such order';
  const limit = order.limitPrice === undefined ? '' : ` @ ${plain(order.limitPrice)}`;
  const stop = order.stopPrice === undefined ? '' : ` stop ${plain(order.stopPrice)}`;
  const wish = `${order.side} ${plain(order.quantity)} ${order.instrument} ${order.type}${limit}${stop}`;
  const reasons = order.reasons.length === 0 ? '' : ` (${order.reasons.join(', ')})`;
  const fills =
    order.averagePrice === undefined || order.lastFillAt === undefined
      ? ''
      : `, ${plain(order.filledQuantity)} filled at ${plain(order.averagePrice)} by ${timeOf(order.lastFillAt)}, fees ${money(order.fees)}`;
  return `${timeOf(order.stagedAt)}  ${order.strategy}  ${wish}: ${order.state}${reasons}${fills}`;
}

function equityLines({ equity }: Comparison): readonly string[] {
  if (equity === undefined) return [];
  const { firstDifference, rows } = equity;
  if (firstDifference === undefined)
    return [`Equity is the same in ${counted(rows, 'row')} of the same time.`];
  const { time, first, second } = firstDifference;
  return [
    `Equity differs from ${timeOf(time)} on (${money(first)} against ${money(second)}), by ${money(equity.largestDifference)} at most and ${money(equity.atEnd, { sign: true })} at the end.`,
  ];
}

function outsideLines({ outside }: Comparison): readonly string[] {
  const parts = [
    ...(outside.first > 0 ? [`${whole(outside.first)} of the first`] : []),
    ...(outside.second > 0 ? [`${whole(outside.second)} of the second`] : []),
  ];
  return parts.length === 0 ? [] : [`Not compared, beyond the time that both know: ${parts.join(', ')}.`];
}

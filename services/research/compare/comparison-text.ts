import { assertNever } from '../../kernel/assert-never.ts';
import { isoTime } from '../../kernel/clock/iso-time.ts';
import type { OrderOutcome } from '../backtest/order-log.ts';
import { counted, money, plain, span, timeOf, whole } from '../report/wording.ts';
import { type Comparison, type DifferenceKind, differenceKinds, type OrderDifference } from './comparison.ts';
import { conditionNames } from './conditions.ts';

const shownMax = 20;

/** What a person needs to find out why two runs part: where first, how often in which way, and what it cost. */
export function comparisonLines(
  found: Comparison,
  names: { readonly first: string; readonly second: string },
): readonly string[] {
  const head = [`first   ${names.first}`, `second  ${names.second}`, '', ...conditionLines(found.conditions)];
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
    `${counted(found.compared, 'order')} compared, ${whole(found.same)} the same. ${cashText(found.worseBy)}`,
    ...equityLines(found),
    ...outside,
    '',
    ...kinds.map(
      (kind) =>
        `  ${whole(found.counts[kind]).padStart(6)}  ${kindNames[kind].padEnd(width)}  ${explanationOf(kind, found.conditions)}`,
    ),
    ...orderOfTellingLines(found),
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

const conditionsShownMax = 12;

/** What the two were made of comes first: it explains more than any order does. */
function conditionLines(conditions: Comparison['conditions']): readonly string[] {
  if (conditions === undefined) return [];
  if (conditions.length === 0) {
    return [`Both were made of the same: ${inWords(conditionNames, 'and')}.`, ''];
  }
  const width = Math.max(...conditions.map(({ condition }) => condition.length));
  const lines = conditions.slice(0, conditionsShownMax).map(({ condition, key, first, second }) => {
    const what = key === undefined ? '' : `${key}: `;
    return `  ${condition.padEnd(width)}  ${what}${first} against ${second}`;
  });
  const rest = conditions.length - conditionsShownMax;
  const more = rest > 0 ? [`  and ${whole(rest)} more: --json has them all.`] : [];
  return ['They were not made of the same:', ...lines, ...more, ''];
}

/** The usual causes, the likeliest first; of what the two were made of, only what was not the same. */
export function explanationOf(kind: DifferenceKind, conditions?: Comparison['conditions']): string {
  switch (kind) {
    case 'missing':
      return missingText(conditions);
    case 'denied':
      return 'risk measured otherwise: limits, exposure or age of the quote were not the same';
    case 'notSent':
      return 'decided or staged too late: deadline, restart, halt or a lost lease in the live run';
    case 'terms':
      return termsText(conditions);
    case 'state':
      return 'the venue ended it otherwise: time in force against the time that the answer took';
    case 'filledQuantity':
      return 'liquidity: share of the volume, partial fills, an order that came too late for it';
    case 'price':
      return 'the market moved in between (see other time), or frictions: spread, slippage, impact';
    case 'fees':
      return 'another schedule of fees, or it follows from price and quantity';
    case 'time':
      return conditions === undefined
        ? 'latency: a bus and a venue take time that a backtest has to assume'
        : 'it was asked for, or found its price, at another time: see the first difference';
    default:
      return assertNever(kind);
  }
}

function missingText(conditions: Comparison['conditions']): string {
  const before = 'stood otherwise because of an earlier difference';
  if (conditions === undefined) return `the strategy saw other data, or ${before}`;
  const others = othersOf(conditions);
  if (others.length > 0) return `not made of the same ${inWords(others, 'and')}, or it ${before}`;
  return `it ${before}; or the strategy does not do the same twice: time, random numbers, files`;
}

function termsText(conditions: Comparison['conditions']): string {
  const others = conditions === undefined ? ['parameters'] : othersOf(conditions);
  const causes = [...others, 'cash', 'position'];
  return `the same datum, another wish: ${inWords(causes, 'or')} were not the same`;
}

function othersOf(conditions: NonNullable<Comparison['conditions']>): readonly string[] {
  return conditionNames.filter((name) => conditions.some(({ condition }) => condition === name));
}

function inWords(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

/** Kinds that a fill which is heard after its bar may lead to. */
const lateKinds: readonly DifferenceKind[] = ['missing', 'terms', 'price', 'time'];

function orderOfTellingLines({ conditions, counts }: Comparison): readonly string[] {
  if (conditions !== undefined || lateKinds.every((kind) => (counts[kind] ?? 0) === 0)) return [];
  return [
    '',
    'Where a live system has bars alone, its strategies hear a bar before the fills that happened in it; a backtest tells',
    'the fills first. A strategy that waits for its orders then acts up to a bar later live (docs/decisions/0014).',
  ];
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

function cashText(worseBy: number): string {
  if (worseBy === 0) return 'What both have filled left them with the same cash.';
  return `The second is ${worseText(worseBy)} off in what both have filled.`;
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

/** For programs: times in ISO 8601. */
export function comparisonObject(found: Comparison) {
  const orderObject = (order: OrderOutcome | undefined) =>
    order && {
      ...order,
      stagedAt: isoTime(order.stagedAt),
      sentAt: order.sentAt === undefined ? undefined : isoTime(order.sentAt),
      lastFillAt: order.lastFillAt === undefined ? undefined : isoTime(order.lastFillAt),
    };
  const { equity } = found;
  const parted = equity?.firstDifference;
  return {
    ...found,
    differences: found.differences.map(({ pair, ...rest }) => ({
      ...rest,
      pair: { first: orderObject(pair.first), second: orderObject(pair.second) },
    })),
    equity: equity && {
      ...equity,
      firstDifference: parted && { ...parted, time: isoTime(parted.time) },
    },
  };
}

import type { OrderIntent } from '../../../protos/gen/order.ts';
import type { TimestampUs } from '../../kernel/codec/brand.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { formatAmount, notional } from '../../kernel/money/amount.ts';
import { table } from '../terminal.ts';
import { visible } from '../visible-text.ts';
import type { WaitingOrder } from './waiting-orders.ts';

const limitsCharacters = 8;

/** A table where it fits, else one block an order: nothing that is signed is cut off. */
export function approvalLines(
  waiting: readonly WaitingOrder[],
  { now, width }: { readonly now: TimestampUs; readonly width: number },
): readonly string[] {
  if (waiting.length === 0) return ['no order waits for approval'];
  const header = ['order', 'what', 'value', 'why', 'limits', 'waits'];
  const rows = waiting.map((order) => {
    const { clientOrderId, limitsVersion } = order;
    return [
      visible(clientOrderId),
      whatText(order.order),
      valueText(order),
      whyText(order),
      visible(limitsVersion).slice(0, limitsCharacters),
      waitText(order, now),
    ];
  });
  const lines = table(header, rows);
  if (lines.every((line) => line.length <= width)) return [...lines, ...hint];
  const blocks = waiting.flatMap((order) => [...blockLines(order, { now, width }), '']);
  return [...blocks, ...hint];
}

const hint = [
  'approve with: npx --no interlock approve <order>     reject with: npx --no interlock reject <order> --reason <text>',
];

/** Everything about one order that is signed, and what helps to decide. */
export function blockLines(
  order: WaitingOrder,
  { now, width }: { readonly now: TimestampUs; readonly width: number },
): readonly string[] {
  const { account, venue, strategy, environment, reason } = order.order;
  const fields: readonly (readonly [string, string])[] = [
    ['order', order.clientOrderId],
    ['what', whatText(order.order)],
    ['value', valueText(order)],
    ['account', `${account} at ${venue} (${environment})`],
    ['strategy', strategy],
    ['wanted', reason],
    ['risk says', riskText(order)],
    ['limits', order.limitsVersion],
    ['digest', hexOf(order.digest)],
    ['waits', waitText(order, now)],
  ];
  const margin = Math.max(...fields.map(([name]) => name.length)) + 2;
  return fields.flatMap(([name, text]) =>
    wrap(visible(text) || '-', width - margin).map(
      (line, index) => `${(index === 0 ? name : '').padEnd(margin)}${line}`,
    ),
  );
}

export function plainOrder(waiting: WaitingOrder, now: TimestampUs): Readonly<Record<string, unknown>> {
  const { order, clientOrderId, digest, limitsVersion, detail, reasons, since, estimate } = waiting;
  const decimal = (units: bigint | undefined): string | null =>
    units === undefined ? null : formatAmount(units);
  return {
    clientOrderId,
    account: order.account,
    venue: order.venue,
    strategy: order.strategy,
    environment: order.environment,
    side: order.side,
    quantity: formatAmount(order.quantity),
    instrument: order.instrument,
    type: order.type,
    timeInForce: order.timeInForce,
    limitPrice: decimal(order.limitPrice),
    stopPrice: decimal(order.stopPrice),
    trailOffset: decimal(order.trailOffset),
    value: decimal(priceTimesQuantity(order)),
    estimatedValue: estimate === '' ? null : estimate,
    wanted: order.reason,
    reasons,
    detail,
    limitsVersion,
    digest: hexOf(digest),
    sinceTime: timeText(since),
    untilTime: timeText(order.deadline),
    waitedSeconds: Math.max(0, Math.floor((now - since) / 1e6)),
  };
}

export function whatText(order: OrderIntent): string {
  const { side, quantity, instrument, type, timeInForce, limitPrice, stopPrice, trailOffset, reduceOnly } =
    order;
  const parts = [
    side.toUpperCase(),
    formatAmount(quantity),
    visible(instrument),
    type,
    ...(limitPrice === undefined ? [] : [`limit ${formatAmount(limitPrice, 2)}`]),
    ...(stopPrice === undefined ? [] : [`stop ${formatAmount(stopPrice, 2)}`]),
    ...(trailOffset === undefined ? [] : [`trail ${formatAmount(trailOffset, 2)}`]),
    timeInForce,
    ...(reduceOnly ? ['reduce-only'] : []),
  ];
  return parts.join(' ').replace('limit limit', 'limit').replace('stop stop', 'stop');
}

/** Price times quantity where the order has a price; else what the monitor estimates, and says so by the sign. */
function valueText({ order, estimate }: WaitingOrder): string {
  const value = priceTimesQuantity(order);
  if (value !== undefined) return formatAmount(value, 2);
  return estimate === '' ? 'at market' : `≈ ${visible(estimate)}`;
}

function priceTimesQuantity({ limitPrice, stopPrice, quantity }: OrderIntent): bigint | undefined {
  const price = limitPrice ?? stopPrice;
  return price && notional(price, quantity, { multiplier: 1, rounding: 'up' });
}

function whyText(order: WaitingOrder): string {
  return (
    [visible(order.order.reason), visible(riskText(order))].filter((part) => part !== '').join('; ') || '-'
  );
}

function riskText({ reasons, detail }: WaitingOrder): string {
  return [reasons.join(' '), detail].filter((part) => part !== '').join(': ');
}

/** Both in market time: a deadline is. */
function waitText({ since, order }: WaitingOrder, now: TimestampUs): string {
  const left = order.deadline - now;
  const end =
    left <= 0 ? 'its deadline has passed' : `until ${timeText(order.deadline)}, ${durationText(left)} left`;
  return `${durationText(Math.max(0, now - since))}, ${end}`;
}

export function durationText(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function timeText(time: TimestampUs): string {
  return new Date(time / 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

const charactersAtLeast = 20;

/** At spaces where there are any; never an endless loop on a terminal that is hardly wide. */
function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(charactersAtLeast, width);
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room);
    const end = space > 0 ? space : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

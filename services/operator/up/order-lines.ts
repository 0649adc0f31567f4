import { type OrderEvent, OrderIntent, type OrderState } from '../../../protos/gen/order.ts';
import type { LotMatch } from '../../../protos/gen/portfolio.ts';
import type { Clock, StopTimer } from '../../kernel/clock/clock.ts';
import type { ClientOrderId, TimestampUs } from '../../kernel/codec/brand.ts';
import { formatAmount } from '../../kernel/money/amount.ts';

/** As many of an order's id as tell it from the others that wait. */
const idCharacters = 8;

/** What happens within this time stands on one line: an order's first states follow each other at once. */
const gatherUs = 300_000;
/** After a fill only its result may follow at once. */
const gatherFilledUs = 30_000;

/** States after which nothing more is expected: the line need not wait. */
const final: readonly OrderState[] = [
  'resolved',
  'canceled',
  'expired',
  'rejected',
  'notFound',
  'denied',
  'lapsed',
  'canceledUnsent',
];

/** Most orders that are filled stay so for long, until their lots are closed. */
const closed: readonly OrderState[] = [...final, 'filled'];

/** States in which the venue may hold the order. */
const liveAtVenue: readonly OrderState[] = [
  'submitting',
  'unknown',
  'working',
  'partiallyFilled',
  'pendingCancel',
  'pendingReplace',
];

interface Gathered {
  readonly head: string;
  time: TimestampUs;
  readonly steps: string[];
  isContinued: boolean;
  lastState: OrderState | undefined;
  stopTimer: StopTimer | undefined;
}

/** What an order has gained by closing what others opened. */
interface Gain {
  readonly pnl: bigint;
  readonly fees: bigint;
}

export interface OrderLines {
  take(event: OrderEvent, time: TimestampUs): void;
  /** The profit of a match is shown once: with the order that closed the lot, not with the one that opened it. */
  takeMatch(match: LotMatch): void;
  /** Prints what was gathered so far. */
  flush(): void;
  /** Orders that the venue may hold, as far as events have told. */
  openCount(): number;
}

/** Turns order events into lines for a person: one a step of an order's life, its quick steps together. */
export function createOrderLines(options: {
  readonly clock: Clock;
  readonly print: (line: string, time: TimestampUs) => void;
}): OrderLines {
  const gathered = new Map<ClientOrderId, Gathered>();
  const gains = new Map<ClientOrderId, Gain>();
  const open = new Set<ClientOrderId>();

  return {
    take: (event, time) => {
      const id = event.clientOrderId;
      if (liveAtVenue.includes(event.state)) open.add(id);
      else open.delete(id);
      if (event.ignored) return;
      const order = gathered.get(id) ?? begin(id, event, time);
      if (order.steps.length === 0) order.time = time;
      // Between approved and the venue's answer lies an instant: worth a word only when it lasts.
      if (order.steps.at(-1) === 'submitting') order.steps.pop();
      order.steps.push(...stepsOf(event, order.lastState, gains.get(id)));
      order.lastState = event.state;
      if (event.state === 'resolved') gains.delete(id);
      if (final.includes(event.state)) print(id, order);
      else wait(id, order);
    },
    takeMatch: ({ closeOrderId, pnl, fees }) => {
      if (closeOrderId === undefined) return;
      const gain = gains.get(closeOrderId);
      gains.set(closeOrderId, { pnl: (gain?.pnl ?? 0n) + pnl, fees: (gain?.fees ?? 0n) + fees });
    },
    flush: () => {
      for (const [id, order] of gathered) print(id, order);
    },
    openCount: () => open.size,
  };

  function begin(id: ClientOrderId, event: OrderEvent, time: TimestampUs): Gathered {
    const order: Gathered = {
      head: headOf(event),
      time,
      steps: [],
      isContinued: event.body?.case !== 'staged',
      lastState: undefined,
      stopTimer: undefined,
    };
    gathered.set(id, order);
    return order;
  }

  function wait(id: ClientOrderId, order: Gathered): void {
    if (order.lastState === 'filled') order.stopTimer?.();
    else if (order.stopTimer !== undefined) return;
    const waitUs = order.lastState === 'filled' ? gatherFilledUs : gatherUs;
    order.stopTimer = options.clock.after(waitUs, () => print(id, order));
  }

  function print(id: ClientOrderId, order: Gathered): void {
    order.stopTimer?.();
    order.stopTimer = undefined;
    if (order.steps.length > 0) {
      const path = [...(order.isContinued ? ['…'] : []), ...order.steps].join(' → ').replace('… → ', '… ');
      options.print(`${order.head}   ${path}`, order.time);
    }
    order.steps.length = 0;
    order.isContinued = true;
    // A closed order that comes back, by a late fill or its last lot, gets its head from that event.
    if (order.lastState !== undefined && closed.includes(order.lastState)) gathered.delete(id);
  }
}

function headOf(event: OrderEvent): string {
  const what = `${event.instrument.padEnd(5)} ${event.side.toUpperCase().padEnd(4)} ${formatAmount(event.quantity)}`;
  if (event.body?.case !== 'staged') return what;
  const intent = OrderIntent.decode(event.body.value.intent);
  const price = intent.limitPrice ?? intent.stopPrice;
  return `${what} @ ${intent.type}${price === undefined ? '' : ` ${formatAmount(price, 2)}`}`;
}

function stepsOf(event: OrderEvent, lastState: OrderState | undefined, gain?: Gain): readonly string[] {
  const step = stepOf(event, lastState, gain);
  return [...(step === undefined ? [] : [step]), ...event.flags];
}

/** Undefined for an event that a person need not see: the state is what it was. */
function stepOf(event: OrderEvent, lastState: OrderState | undefined, gain?: Gain): string | undefined {
  const { body, state } = event;
  switch (body?.case) {
    case 'filled': {
      const { quantity, price } = body.value;
      const part = state === 'partiallyFilled' ? ` of ${formatAmount(event.quantity)}` : '';
      return `filled ${formatAmount(quantity)}${part} @ ${formatAmount(price, 2)}`;
    }
    case 'lotsMatched': {
      if (gain === undefined) return undefined;
      const sign = gain.pnl < 0n ? '' : '+';
      const fees = gain.fees === 0n ? '' : ` (fees ${formatAmount(gain.fees, 2)})`;
      return `${state} ${sign}${formatAmount(gain.pnl, 2)}${fees}`;
    }
    case 'decided': {
      const decided = [state, ...body.value.reasons].join(' ');
      if (state !== 'awaitingApproval') return decided;
      const shortId = event.clientOrderId.slice(0, idCharacters);
      return `${decided}: npx --no interlock approve ${shortId}`;
    }
    case 'approvalDecided':
      return `${state} (${body.value.approved ? 'approved' : 'rejected'} by key ${body.value.keyId})`;
    case 'rejected':
      return `${state} ${body.value.code}`;
    case 'killApplied':
      return state === lastState ? undefined : `${state} (killed)`;
    case 'cancelEscalated':
      return 'CANCEL NOT CONFIRMED';
    default:
      return state === lastState ? undefined : state;
  }
}

import { createActor } from 'xstate';
import { type OrderEvent, OrderIntent, type OrderState } from '../../../protos/gen/order.ts';
import type { ClientOrderId } from '../codec/brand.ts';
import type { OrderBody, OrderContext, OrderEffect } from './order.ts';
import { effectOf, leavesQuantityOf } from './order-effect.ts';
import { orderMachine } from './order-machine.ts';

/** One order of the house. All of its state comes from its rows, so that replaying them gives it back. */
export interface OrderActor {
  readonly id: ClientOrderId;
  readonly state: OrderState;
  readonly context: OrderContext;
  /** Nothing more is owed to the venue; evidence still counts. */
  readonly closed: boolean;
  readonly effect: OrderEffect;
  /** Takes what happened; the row, to be journaled, tells what it did. Throws only when an invariant is broken. */
  apply(body: OrderBody): OrderEvent;
  /** The first row, as it was when the order was staged. */
  stagedRow(): OrderEvent;
}

/** `intentBytes` are those of `intent`, as received: they are never encoded again. */
export function createOrder(intent: OrderIntent, intentBytes: Uint8Array): OrderActor {
  const actor = createActor(orderMachine, { input: { intent } });
  let failure: unknown;
  // Without an observer XState would report a failure to the process, later, and go on.
  actor.subscribe({
    error: (error) => {
      failure = error;
    },
  });
  actor.start();
  const stagedRow = rowOf('staged', {
    context: actor.getSnapshot().context,
    closed: false,
    body: { case: 'staged', value: { intent: intentBytes } },
    ignored: false,
  });
  return {
    id: intent.clientOrderId,
    get state() {
      return actor.getSnapshot().value;
    },
    get context() {
      return actor.getSnapshot().context;
    },
    get closed() {
      return actor.getSnapshot().hasTag('closed');
    },
    get effect() {
      const { value, context } = actor.getSnapshot();
      return effectOf(value, context);
    },
    apply(body) {
      const before = actor.getSnapshot().value;
      if (failure === undefined) actor.send({ type: body.case, body });
      if (failure !== undefined) {
        throw new Error(`order ${intent.clientOrderId}: ${body.case} in ${before} failed`, {
          cause: failure,
        });
      }
      const after = actor.getSnapshot();
      const { value, context } = after;
      // What moved the order was not ignored, even when it taught nothing.
      const ignored = context.note.ignored && value === before;
      return rowOf(value, { context, closed: after.hasTag('closed'), body, ignored });
    },
    stagedRow: () => stagedRow,
  };
}

/** The order that `rows`, all of its history, tell of. */
export function restoreOrder(rows: readonly OrderEvent[]): OrderActor {
  const [first, ...others] = rows;
  if (first?.body.case !== 'staged') {
    throw new Error(`an order begins with its staged row, found ${first?.body.case ?? 'nothing'}`);
  }
  const intentBytes = first.body.value.intent;
  const order = createOrder(OrderIntent.decode(intentBytes), intentBytes);
  for (const row of others) order.apply(row.body);
  return order;
}

function rowOf(
  state: OrderState,
  after: {
    readonly context: OrderContext;
    readonly closed: boolean;
    readonly body: OrderBody;
    readonly ignored: boolean;
  },
): OrderEvent {
  const { context, closed, body, ignored } = after;
  const { intent } = context;
  return {
    clientOrderId: intent.clientOrderId,
    account: intent.account,
    strategy: intent.strategy,
    venue: intent.venue,
    instrument: intent.instrument,
    side: intent.side,
    state,
    quantity: context.order.quantity,
    filledQuantity: context.filledQuantity,
    leavesQuantity: leavesQuantityOf(context, closed),
    ignored,
    flags: context.note.flags,
    groupId: intent.groupId,
    environment: intent.environment,
    venueOrderId: context.venueOrderId,
    body,
  };
}

import { createActor } from 'xstate';
import { type OrderEvent, OrderIntent, type OrderState } from '../../../protos/gen/order.ts';
import type { ClientOrderId } from '../codec/brand.ts';
import { type OrderRun, startCompiled } from './compiled-order.ts';
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

/**
 * `machine`: an XState actor, as orders are live. `compiled`: the table compiled from that machine, which does the same
 * and spends a fraction of the time, for backtests.
 */
export type OrderEngine = 'machine' | 'compiled';

/** `intentBytes` are those of `intent`, as received: they are never encoded again. */
export function createOrder(
  intent: OrderIntent,
  intentBytes: Uint8Array,
  engine: OrderEngine = 'machine',
): OrderActor {
  const start = engine === 'machine' ? startMachine : startCompiled;
  return new Order(start(intent, intentBytes));
}

class Order implements OrderActor {
  readonly id: ClientOrderId;
  readonly #run: OrderRun;
  readonly #stagedRow: OrderEvent;
  #failure: { readonly cause: unknown } | undefined;

  constructor(run: OrderRun) {
    this.id = run.context.intent.clientOrderId;
    this.#run = run;
    this.#stagedRow = rowOf(run, { case: 'staged', value: { intent: run.context.intentBytes } }, false);
  }

  get state() {
    return this.#run.state;
  }

  get context() {
    return this.#run.context;
  }

  get closed() {
    return this.#run.closed;
  }

  get effect() {
    return effectOf(this.#run.state, this.#run.context);
  }

  apply(body: OrderBody): OrderEvent {
    const run = this.#run;
    const before = run.state;
    try {
      if (this.#failure === undefined) run.take({ type: body.case, body });
    } catch (cause) {
      this.#failure = { cause };
    }
    if (this.#failure !== undefined) {
      throw new Error(`order ${this.id}: ${body.case} in ${before} failed`, this.#failure);
    }
    // What moved the order was not ignored, even when it taught nothing.
    return rowOf(run, body, run.context.note.ignored && run.state === before);
  }

  stagedRow(): OrderEvent {
    return this.#stagedRow;
  }
}

function startMachine(intent: OrderIntent, intentBytes: Uint8Array): OrderRun {
  const actor = createActor(orderMachine, { input: { intent, intentBytes } });
  let failure: { readonly error: unknown } | undefined;
  // Without an observer XState would report a failure to the process, later, and go on.
  actor.subscribe({
    error: (error) => {
      failure = { error };
    },
  });
  actor.start();
  return {
    get state() {
      return actor.getSnapshot().value;
    },
    get context() {
      return actor.getSnapshot().context;
    },
    get closed() {
      return actor.getSnapshot().hasTag('closed');
    },
    take(input) {
      actor.send(input);
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** The order that `rows`, all of its history, tell of; by the compiled table, for it lives no longer than a look at it. */
export function restoreOrder(rows: readonly OrderEvent[]): OrderActor {
  const [first, ...others] = rows;
  if (first?.body.case !== 'staged') {
    throw new Error(`an order begins with its staged row, found ${first?.body.case ?? 'nothing'}`);
  }
  const intentBytes = first.body.value.intent;
  const order = createOrder(OrderIntent.decode(intentBytes), intentBytes, 'compiled');
  for (const row of others) order.apply(row.body);
  return order;
}

function rowOf(run: OrderRun, body: OrderBody, ignored: boolean): OrderEvent {
  const { state, context, closed } = run;
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

import type { Client } from '../../../infra/client/open-client.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { OrderState } from '../../../protos/gen/order.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { expectWithin } from '../expectation.ts';
import { arrayAt, textAt } from '../json-value.ts';
import { monitorUrlOf, readMonitor } from '../monitor-client.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const answeredWithinUs = 10_000_000;
/** Acknowledged by the order's event; until it is seen the command is sent again. */
const resendIntervalUs = 1_000_000;

/** States in which there is something to cancel. */
const cancelable: readonly OrderState[] = [
  'staged',
  'awaitingApproval',
  'rechecking',
  'approved',
  'contingent',
  'submitting',
  'unknown',
  'working',
  'partiallyFilled',
  'pendingReplace',
];

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const orders = await ordersOf(given);
  const client = await connectToSystem(given);
  try {
    const outcomes = await Promise.all(
      orders.map((order) => cancel(client, order, given.text('reason') ?? 'by hand')),
    );
    for (const { order, state } of outcomes) {
      terminal.result({ order, state: state ?? null }, [
        `${order}  ${state ?? 'NO ANSWER: look at it with "npx --no interlock orders"'}`,
      ]);
    }
    if (outcomes.length === 0) terminal.result({ canceled: 0 }, ['no order works: nothing to cancel']);
    return outcomes.every(({ state }) => state !== undefined) ? exitCodes.success : exitCodes.failedCheck;
  } finally {
    await client.close();
  }
}

async function ordersOf(given: Given): Promise<readonly ClientOrderId[]> {
  const order = given.operand(0);
  if (given.isSet('all') === (order !== undefined)) {
    throw new UserError(exitCodes.usage, 'name one order, or say --all.');
  }
  if (order !== undefined) return [brandOf.clientOrderId(order)];
  const url = monitorUrlOf(given);
  const pages = await Promise.all(cancelable.map((state) => readMonitor(url, `/orders?state=${state}`)));
  return pages
    .flatMap((page) => arrayAt(page, 'orders'))
    .map((row) => brandOf.clientOrderId(textAt(row, 'clientOrderId')));
}

/** The state the order is in once it has nothing more to cancel, or its cancel is refused; undefined without an answer. */
async function cancel(
  { bus, clock }: Client,
  clientOrderId: ClientOrderId,
  reason: string,
): Promise<{ readonly order: ClientOrderId; readonly state: string | undefined }> {
  const answered = expectWithin<string>(clock, answeredWithinUs);
  const subscription = bus.subscribe(subjects.orderEvent.matching({ clientOrderId }), ({ message }) => {
    if (message.body?.case === 'cancelRefused')
      answered.meet(`${message.state}: ${message.body.value.reason}`);
    else if (message.state !== 'pendingCancel' && !cancelable.includes(message.state))
      answered.meet(message.state);
  });
  const send = (): void => {
    bus.publish({
      subject: subjects.cancelOrder.of({ clientOrderId }),
      message: { clientOrderId, requestedBy: 'operator', reason },
      eventTime: clock.wallUs(),
    });
  };
  const stopResending = clock.every(resendIntervalUs, send);
  send();
  const state = await answered.outcome;
  stopResending();
  subscription.unsubscribe();
  return { order: clientOrderId, state };
}

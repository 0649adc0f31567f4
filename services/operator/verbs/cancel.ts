import type { Client } from '../../../infra/client/open-client.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { OrderState } from '../../../protos/gen/order.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { sealedCancel } from '../../kernel/signing/sealed-cancel.ts';
import { type ActOutcome, perform } from '../acts/perform.ts';
import { reportFailure } from '../acts/refusal.ts';
import { type Sealer, sealerOf, typist } from '../acts/sealing.ts';
import { arrayAt, textAt } from '../json-value.ts';
import { monitorUrlOf, readMonitor } from '../monitor-client.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

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
    if (orders.length === 0) {
      terminal.result({ canceled: 0 }, ['no order works: nothing to cancel']);
      return exitCodes.success;
    }
    const sealer = await sealerOf(client, given);
    const reason = given.text('reason') ?? 'by hand';
    const exits = await Promise.all(
      orders.map(async (order) => {
        const outcome = await cancel(client, { order, reason, sealer });
        if (outcome.kind !== 'answered') return reportFailure(terminal, { act: 'cancel', order }, outcome);
        terminal.result({ order, state: outcome.answer }, [`${order}  ${outcome.answer}`]);
        return exitCodes.success;
      }),
    );
    return exits.every((exit) => exit === exitCodes.success) ? exitCodes.success : exitCodes.failedCheck;
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

/** Answered with the state the order is in once it has nothing more to cancel, or its cancel is refused by the venue. */
function cancel(
  client: Client,
  asked: { readonly order: ClientOrderId; readonly reason: string; readonly sealer: Sealer },
): Promise<ActOutcome<string>> {
  const { order: clientOrderId, reason, sealer } = asked;
  const message = sealer.seal(sealedCancel, (seal) => ({
    clientOrderId,
    requestedBy: typist(),
    reason,
    seal,
  }));
  const subject = { ...subjects.cancelOrder.of({ clientOrderId }), type: sealedCancel };
  return perform(client, { subject, message }, ({ hear, answer }) =>
    hear(subjects.orderEvent.matching({ clientOrderId }), ({ message: { body, state } }) => {
      if (body.case === 'cancelRefused') answer(`${state}: ${body.value.reason}`);
      else if (state !== 'pendingCancel' && !cancelable.includes(state)) answer(state);
    }),
  );
}

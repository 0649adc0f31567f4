import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RejectOrder } from '../../../protos/gen/order.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { followOrder, reportOrder } from '../acts/followed-order.ts';
import { perform } from '../acts/perform.ts';
import { reportFailure } from '../acts/refusal.ts';
import { sealerOf } from '../acts/sealing.ts';
import { pickOrder, readWaitingOrders } from '../acts/waiting-orders.ts';
import { knownMonitorUrl } from '../monitor-client.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const reason = given.text('reason');
  if (reason === undefined || reason.trim() === '') {
    throw new UserError(exitCodes.usage, 'say why with --reason <text>: it is kept in the journal.');
  }
  const client = await connectToSystem(given);
  try {
    const sealer = await sealerOf(client, given);
    const waiting = await readWaitingOrders(client, knownMonitorUrl(given));
    const { clientOrderId } = pickOrder(waiting, given.requiredOperand(0));
    const message = sealer.seal<RejectOrder>(RejectOrder, (seal) => ({ clientOrderId, reason, seal }));
    const subject = subjects.rejectOrder.of({ clientOrderId });
    const followed = followOrder(clientOrderId);
    const outcome = await perform(client, { subject, message }, followed.listen);
    const act = { act: 'reject' as const, order: clientOrderId, keyId: sealer.signer.keyId };
    if (outcome.kind !== 'answered' && !followed.isSigned()) return reportFailure(terminal, act, outcome);
    return reportOrder(terminal, act, followed);
  } finally {
    await client.close();
  }
}

import type { Client } from '../../../infra/client/open-client.ts';
import type { ExitCode } from '../../../infra/process/user-error.ts';
import { ApproveOrder } from '../../../protos/gen/order.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { blockLines } from '../acts/approval-lines.ts';
import { followOrder, reportOrder } from '../acts/followed-order.ts';
import { perform } from '../acts/perform.ts';
import { reportFailure } from '../acts/refusal.ts';
import { type Sealer, sealerOf } from '../acts/sealing.ts';
import { pickOrder, readWaitingOrders, type WaitingOrder } from '../acts/waiting-orders.ts';
import { knownMonitorUrl } from '../monitor-client.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';
import { showApprovals } from './approvals.ts';

/** Shows what is signed, signs it, and says what became of the order. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const client = await connectToSystem(given);
  try {
    const asked = given.operand(0);
    if (asked === undefined) return await showApprovals(client, given, terminal);
    const sealer = await sealerOf(client, given);
    const waiting = pickOrder(await readWaitingOrders(client, knownMonitorUrl(given)), asked);
    const shown = { now: sealer.circumstances.now, width: terminal.width };
    for (const line of blockLines(waiting, shown)) terminal.say(line);
    return await approve(client, { waiting, sealer, terminal });
  } finally {
    await client.close();
  }
}

async function approve(
  client: Client,
  {
    waiting,
    sealer,
    terminal,
  }: { readonly waiting: WaitingOrder; readonly sealer: Sealer; readonly terminal: Terminal },
): Promise<ExitCode> {
  const { clientOrderId, digest, limitsVersion, order } = waiting;
  const message = sealer.seal<ApproveOrder>(ApproveOrder, (seal) => ({
    clientOrderId,
    digest,
    account: order.account,
    venue: order.venue,
    limitsVersion,
    seal,
  }));
  const subject = subjects.approveOrder.of({ clientOrderId });
  const followed = followOrder(clientOrderId);
  const outcome = await perform(client, { subject, message }, followed.listen);
  const act = { act: 'approve' as const, order: clientOrderId, keyId: sealer.signer.keyId };
  if (outcome.kind !== 'answered' && !followed.isSigned()) return reportFailure(terminal, act, outcome);
  return reportOrder(terminal, act, followed);
}

import type { Client } from '../../../infra/client/open-client.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { approvalLines, plainOrder } from '../acts/approval-lines.ts';
import { learnCircumstances } from '../acts/sealing.ts';
import { readWaitingOrders } from '../acts/waiting-orders.ts';
import { knownMonitorUrl } from '../monitor-client.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** The orders that wait for a signature. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const client = await connectToSystem(given);
  try {
    return await showApprovals(client, given, terminal);
  } finally {
    await client.close();
  }
}

export async function showApprovals(client: Client, given: Given, terminal: Terminal): Promise<ExitCode> {
  const { now } = await learnCircumstances(client);
  const waiting = await readWaitingOrders(client, knownMonitorUrl(given));
  terminal.result(
    { approvals: waiting.map((order) => plainOrder(order, now)) },
    approvalLines(waiting, { now, width: terminal.width }),
  );
  return exitCodes.success;
}

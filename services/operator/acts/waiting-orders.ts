import type { Client } from '../../../infra/client/open-client.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { type OrderDecided, OrderEvent, OrderIntent } from '../../../protos/gen/order.ts';
import type { JournalRecord } from '../../../protos/gen/system.ts';
import type { ClientOrderId, TimestampUs } from '../../kernel/codec/brand.ts';
import { isSha256Of } from '../../kernel/signing/digest.ts';
import { arrayAt, textAt, valueAt } from '../json-value.ts';
import { readMonitor } from '../monitor-client.ts';
import { readRecord, readRecords } from './journal-page.ts';

/** An order that waits for a signature, as execution's own journal has it. */
export interface WaitingOrder {
  readonly clientOrderId: ClientOrderId;
  /** Read from the very bytes whose digest is signed. */
  readonly order: OrderIntent;
  readonly digest: Uint8Array;
  readonly limitsVersion: string;
  /** Risk's figures, and its codes. */
  readonly detail: string;
  readonly reasons: readonly string[];
  /** Market time of the decision. */
  readonly since: TimestampUs;
  /** The monitor's word, for orders without a price of their own. */
  readonly estimate: string;
}

/**
 * The monitor, when there is one, knows where to look; what is shown and signed is read from execution's journal.
 * Without a monitor the whole journal is read.
 */
export async function readWaitingOrders(
  client: Client,
  monitorUrl: string | undefined,
): Promise<readonly WaitingOrder[]> {
  const hints = monitorUrl === undefined ? undefined : await readHints(monitorUrl);
  if (hints === undefined) return scan(client);
  const found = await Promise.all(
    hints.map(async ({ sequence, estimate }) => {
      const record = await readRecord(client, sequence);
      const order = record === undefined ? undefined : waitingOrderIn(record);
      return order && { ...order, estimate };
    }),
  );
  return found.filter((order) => order !== undefined);
}

interface Hint {
  readonly sequence: number;
  readonly estimate: string;
}

/** Undefined when the monitor does not answer. */
async function readHints(url: string): Promise<readonly Hint[] | undefined> {
  try {
    return arrayAt(await readMonitor(url, '/approvals'), 'approvals').map((row) => ({
      sequence: Number(valueAt(row, 'decidedSequence')),
      estimate: textAt(row, 'estimatedValue'),
    }));
  } catch (error) {
    if (error instanceof UserError && error.exitCode === exitCodes.unavailable) return undefined;
    throw error;
  }
}

async function scan(client: Client): Promise<readonly WaitingOrder[]> {
  const waiting = new Map<ClientOrderId, WaitingOrder>();
  for await (const record of readRecords(client)) {
    if (record.type !== OrderEvent.name) continue;
    const { clientOrderId, state } = OrderEvent.decode(record.payload);
    const order = waitingOrderIn(record);
    if (order !== undefined) waiting.set(clientOrderId, order);
    else if (state !== 'awaitingApproval') waiting.delete(clientOrderId);
  }
  return [...waiting.values()];
}

/** Undefined for a row that does not make an order wait. */
function waitingOrderIn({ type, payload, time }: JournalRecord): WaitingOrder | undefined {
  if (type !== OrderEvent.name) return undefined;
  const { clientOrderId, state, body, ignored } = OrderEvent.decode(payload);
  if (body.case !== 'decided' || state !== 'awaitingApproval' || ignored) return undefined;
  return { ...termsOf(clientOrderId, body.value), since: time, estimate: '' };
}

function termsOf(
  clientOrderId: ClientOrderId,
  { effectiveOrder, digest, limitsVersion, detail, reasons }: OrderDecided,
): Omit<WaitingOrder, 'since' | 'estimate'> {
  const order = OrderIntent.decode(effectiveOrder);
  if (!isSha256Of(effectiveOrder, digest) || order.clientOrderId !== clientOrderId) {
    throw new UserError(
      exitCodes.corruptData,
      `the decision of order ${clientOrderId} does not belong to its order: do not sign, and run "npx --no interlock audit verify".`,
    );
  }
  return { clientOrderId, order, digest, limitsVersion, detail, reasons };
}

const prefixCharactersMin = 4;

/** The one that is meant: its id, or the beginning of it. Throws a UserError. */
export function pickOrder(waiting: readonly WaitingOrder[], asked: string): WaitingOrder {
  const exact = waiting.find(({ clientOrderId }) => clientOrderId === asked);
  if (exact !== undefined) return exact;
  const meant =
    asked.length < prefixCharactersMin
      ? []
      : waiting.filter(({ clientOrderId }) => clientOrderId.startsWith(asked));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  throw new UserError(
    exitCodes.failedCheck,
    meant.length > 1
      ? `${meant.length} waiting orders begin with ${asked}: type more of the id.`
      : `no order ${asked} waits for approval: "npx --no interlock approvals" lists those that do, "npx --no interlock orders ${asked}" says what became of it.`,
  );
}

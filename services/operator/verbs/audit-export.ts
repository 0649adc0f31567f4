import type { ShownRow } from '../../../infra/journal/audit.ts';
import { journalPathOf } from '../../../infra/journal/journal-path.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { OrderEvent, OrderIntent } from '../../../protos/gen/order.ts';
import { LedgerEvent } from '../../../protos/gen/portfolio.ts';
import { plainMessage } from '../../kernel/codec/plain-message.ts';
import { messageText } from '../message-text.ts';
import { dataFolderOf } from '../running-system.ts';
import { plainRow, readRows, rowLine } from '../shown-rows.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** An order's rows, the matches of its lots, and what was asked for and allowed in plain words. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const order = given.requiredOperand(0);
  const dataFolder = dataFolderOf(given);
  const rows = [...readRows(journalPathOf(dataFolder, 'execution'), {})].filter((row) => isAbout(row, order));
  if (rows.length === 0) {
    throw new UserError(
      exitCodes.failedCheck,
      `the journal of execution in ${dataFolder} knows no order ${order}.`,
    );
  }
  const { asked, allowed } = termsOf(rows);
  const proof = `npx --no interlock audit verify --data-folder ${dataFolder}`;
  const story = {
    order,
    asked: plainMessage(asked),
    allowed: plainMessage(allowed),
    rows: rows.map(plainRow),
  };
  terminal.result({ ...story, proof }, [
    `order    ${order}`,
    `asked    ${messageText(asked)}`,
    `allowed  ${messageText(allowed)}`,
    ...rows.map(rowLine),
    `prove that nothing was edited: ${proof}`,
  ]);
  return exitCodes.success;
}

function isAbout(row: ShownRow, order: string): boolean {
  if (row.aggregate === `order/${order}`) return true;
  if (row.type !== LedgerEvent.name) return false;
  const { body } = LedgerEvent.decode(row.payload);
  if (body?.case !== 'lotMatched' && body?.case !== 'lotUnmatched') return false;
  return body.value.openOrderId === order || body.value.closeOrderId === order;
}

/** What the strategy wanted, with the datum that made it want it, and what risk let through under which limits. */
function termsOf(rows: readonly ShownRow[]): { readonly asked: unknown; readonly allowed: unknown } {
  let asked: unknown;
  let allowed: unknown;
  for (const row of rows) {
    if (row.type !== OrderEvent.name) continue;
    const { body } = OrderEvent.decode(row.payload);
    if (body?.case === 'staged') asked = OrderIntent.decode(body.value.intent);
    if (body?.case === 'decided') {
      const { effectiveOrder, ...decision } = body.value;
      const order = effectiveOrder.length === 0 ? undefined : OrderIntent.decode(effectiveOrder);
      allowed = { ...decision, order };
    }
  }
  return { asked, allowed };
}

import type { ShownRow } from '../../../infra/journal/audit.ts';
import { journalPathOf } from '../../../infra/journal/journal-path.ts';
import { readTrustedKeys } from '../../../infra/keys/key-folder.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { AuthorityEvent, type OperatorKey } from '../../../protos/gen/authority.ts';
import { ExitEvent, type OrderDecided, OrderEvent, OrderIntent } from '../../../protos/gen/order.ts';
import { AcceptDifferences, LedgerEvent } from '../../../protos/gen/portfolio.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { plainMessage } from '../../kernel/codec/plain-message.ts';
import { isSame } from '../acts/perform.ts';
import { isActOn, type Signature, signatureOf } from '../acts/signatures.ts';
import { messageText } from '../message-text.ts';
import { dataFolderOf, keyFolderOf } from '../running-system.ts';
import { plainRow, readRows, rowLine } from '../shown-rows.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';
import { visible } from '../visible-text.ts';

/** An order's rows, the matches of its lots, what was asked for and allowed in plain words, and who signed. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const order = given.requiredOperand(0);
  const dataFolder = dataFolderOf(given);
  const { own, acts, exits, keys } = collect(readRows(journalPathOf(dataFolder, 'execution'), {}), order);
  if (own.length === 0) {
    throw new UserError(
      exitCodes.failedCheck,
      `the journal of execution in ${dataFolder} knows no order ${order}.`,
    );
  }
  const { asked, decided, waited } = termsOf(own);
  const exit = exits.filter(({ event }) => decided?.exitId !== undefined && event.exitId === decided.exitId);
  const signed = acts.filter(
    ({ event }) =>
      isActOn(order, event) ||
      exit.some((row) => isAskedBy(row.event, event)) ||
      own.some((row) => isAcceptedBy(row, event)),
  );
  for (const key of trustedKeys(keyFolderOf(given))) if (!keys.has(key.keyId)) keys.set(key.keyId, key);
  const signatures = signed.map(({ row, event }) =>
    signatureOf({ sequence: row.sequence, event }, { keys, digest: waited?.digest }),
  );
  const rows = [...own, ...[...exit, ...signed].map(({ row }) => row)].sort(
    (one, other) => one.sequence - other.sequence,
  );
  const allowed = allowedBy(decided);
  const proof = `npx --no interlock audit verify --data-folder ${dataFolder}`;
  const story = {
    order,
    asked: plainMessage(asked),
    allowed: plainMessage(allowed),
    signatures,
    rows: rows.map(plainRow),
  };
  terminal.result({ ...story, proof }, [
    `order    ${order}`,
    `asked    ${messageText(asked)}`,
    `allowed  ${messageText(allowed)}`,
    ...(signatures.length === 0 ? ['signed   by nobody'] : signatures.map(signatureLine)),
    ...rows.map(rowLine),
    `prove that nothing was edited: ${proof}`,
  ]);
  return signatures.every(({ verified }) => verified) ? exitCodes.success : exitCodes.failedCheck;
}

interface Found<Event> {
  readonly row: ShownRow;
  readonly event: Event;
}

/** What of the journal an order's story may need; whose exit or act it is shows once all is read. */
function collect(journal: Iterable<ShownRow>, order: string) {
  const own: ShownRow[] = [];
  const acts: Found<AuthorityEvent>[] = [];
  const exits: Found<ExitEvent>[] = [];
  const keys = new Map<string, OperatorKey>();
  for (const row of journal) {
    if (isAbout(row, order)) own.push(row);
    if (row.type === ExitEvent.name) exits.push({ row, event: ExitEvent.decode(row.payload) });
    if (row.type !== AuthorityEvent.name) continue;
    const event = AuthorityEvent.decode(row.payload);
    acts.push({ row, event });
    const { body } = event;
    if (body.case !== 'keyringChanged' || body.value.body.case !== 'enrolled') continue;
    keys.set(body.value.body.value.keyId, body.value.body.value);
  }
  return { own, acts, exits, keys };
}

/** Without the file, keys that were trusted from the start cannot be proven; the story says so. */
function trustedKeys(folder: string): readonly OperatorKey[] {
  try {
    return readTrustedKeys(folder);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

function isAskedBy({ body }: ExitEvent, act: AuthorityEvent): boolean {
  return (
    body.case === 'requested' &&
    act.body.case === 'accepted' &&
    body.value.evidence.length > 0 &&
    isSame(body.value.evidence, act.evidence)
  );
}

/** The order ended because a person took over what the venue said: its row names the act. */
function isAcceptedBy(row: ShownRow, { type, nonce, body: accepted }: AuthorityEvent): boolean {
  if (accepted.case !== 'accepted' || type !== AcceptDifferences.name || row.type !== OrderEvent.name)
    return false;
  const { body } = OrderEvent.decode(row.payload);
  return body.case === 'canceled' && body.value.reason.includes(`(act ${hexOf(nonce)})`);
}

function isAbout(row: ShownRow, order: string): boolean {
  if (row.aggregate === `order/${order}`) return true;
  if (row.type !== LedgerEvent.name) return false;
  const { body } = LedgerEvent.decode(row.payload);
  if (body?.case !== 'lotMatched' && body?.case !== 'lotUnmatched') return false;
  return body.value.openOrderId === order || body.value.closeOrderId === order;
}

/** What the strategy wanted, with the datum that made it want it, and what risk let through under which limits. */
function termsOf(rows: readonly ShownRow[]): {
  readonly asked: unknown;
  readonly decided: OrderDecided | undefined;
  /** The decision that made it wait for a signature. */
  readonly waited: OrderDecided | undefined;
} {
  let asked: unknown;
  let decided: OrderDecided | undefined;
  let waited: OrderDecided | undefined;
  for (const row of rows) {
    if (row.type !== OrderEvent.name) continue;
    const { body, state, ignored } = OrderEvent.decode(row.payload);
    if (body.case === 'staged') asked = OrderIntent.decode(body.value.intent);
    if (body.case !== 'decided') continue;
    decided = body.value;
    if (state === 'awaitingApproval' && !ignored) waited = body.value;
  }
  return { asked, decided, waited };
}

function allowedBy(decided: OrderDecided | undefined): unknown {
  if (decided === undefined) return undefined;
  const { effectiveOrder, ...decision } = decided;
  return { ...decision, order: effectiveOrder.length === 0 ? undefined : OrderIntent.decode(effectiveOrder) };
}

function signatureLine({ act, keyId, name, verified, why }: Signature): string {
  const who = `${visible(name) || 'somebody unknown'} (key ${visible(keyId)})`;
  return `signed   ${act} by ${who}: ${verified ? 'the signature holds' : `NOT PROVEN: ${why}`}`;
}

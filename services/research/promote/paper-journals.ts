import { type ShownRow, showJournal, verifyJournal } from '../../../infra/journal/audit.ts';
import {
  isJournalThere,
  type JournalOwner,
  journalOwners,
  journalPathOf,
} from '../../../infra/journal/journal-path.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { OrderEvent } from '../../../protos/gen/order.ts';
import type { ReconciliationEvent } from '../../../protos/gen/portfolio.ts';
import { KillSwitchEvent } from '../../../protos/gen/risk.ts';
import { type ExecutionRow, readExecutionRow } from '../../kernel/bus/execution-row.ts';
import type { ClientOrderId } from '../../kernel/codec/brand.ts';
import { hexOf } from '../../kernel/codec/hex.ts';

/** A switch that tripped on paper. */
export interface Trip {
  readonly name: string;
  /** Market time in microseconds since the Unix epoch. */
  readonly at: number;
  readonly reason: string;
}

/** What the two journals of a paper system say, each proven from its first row to its last. */
export interface PaperJournals {
  readonly dataFolder: string;
  readonly ledgerId: string;
  readonly heads: Readonly<Record<JournalOwner, string>>;
  /** Execution's, in order. */
  readonly rows: readonly ExecutionRow[];
  /** Market time of the newest row of either. */
  readonly until: number;
  readonly trips: readonly Trip[];
  /** Tripped in either journal, and not reset. */
  readonly latched: readonly string[];
  /** Of books and venue; undefined: they were never compared. */
  readonly reconciled: ReconciliationEvent | undefined;
  /** Orders of which nobody knows whether they live. */
  readonly inDoubt: readonly ClientOrderId[];
  /** Versions of the limits that decided. */
  readonly limitsVersions: readonly string[];
}

/** Throws a UserError where they are not there, or were edited. */
export function readPaperJournals(dataFolder: string): PaperJournals {
  const verified = journalOwners.map((owner) => [owner, provenHead(dataFolder, owner)] as const);
  const [execution, risk] = verified.map(([, { rows }]) => rows);
  if (execution === undefined || risk === undefined) throw new Error('both journals were read');
  const rows = execution.map((row) => readExecutionRow(row));
  const orders = rows.flatMap(({ fact }) => (fact.case === 'order' ? [fact.value] : []));
  const reconciliations = rows.flatMap(({ fact }) => (fact.case === 'reconciliation' ? [fact.value] : []));
  const switches = { execution: switchRows(execution), risk: switchRows(risk) };
  const last = new Map(orders.map((event) => [event.clientOrderId, event.state]));
  return {
    dataFolder,
    ledgerId: verified[0]?.[1].ledgerId ?? '',
    heads: { execution: headOf(verified, 'execution'), risk: headOf(verified, 'risk') },
    rows,
    until: [...execution, ...risk].reduce((newest, { time }) => Math.max(newest, time), 0),
    trips: tripsOf([...switches.risk, ...switches.execution]),
    latched: [...new Set(Object.values(switches).flatMap(latchedIn))].sort(),
    reconciled: reconciliations.at(-1),
    inDoubt: [...last].filter(([, state]) => state === 'unknown').map(([id]) => id),
    limitsVersions: [...new Set(orders.flatMap(decidedUnder))],
  };
}

interface Proven {
  readonly ledgerId: string;
  readonly head: string;
  readonly rows: readonly ShownRow[];
}

function provenHead(dataFolder: string, owner: JournalOwner): Proven {
  const path = journalPathOf(dataFolder, owner);
  if (!isJournalThere(dataFolder, owner)) {
    throw new UserError(
      exitCodes.unavailable,
      `no paper trading in ${dataFolder}: expected ${path}. Name the data folder that "npx --no interlock up" was given, with --paper.`,
    );
  }
  const verified = verifyJournal(path);
  if (!verified.ok) {
    throw new UserError(
      exitCodes.corruptData,
      `${path} is NOT sound: ${verified.detail}. It proves nothing.`,
    );
  }
  const { ledgerId, head } = verified;
  // A system that runs goes on writing: what is told is what was proven.
  const rows = [...showJournal(path, {})].filter(({ sequence }) => sequence <= head.sequence);
  return { ledgerId, head: hexOf(head.hash), rows };
}

function headOf(verified: readonly (readonly [JournalOwner, Proven])[], owner: JournalOwner): string {
  return verified.find(([each]) => each === owner)?.[1].head ?? '';
}

/** An exit that execution has proven to reduce needs no limits. */
function decidedUnder({ body, ignored }: OrderEvent): readonly string[] {
  if (ignored || body.case !== 'decided' || body.value.exitId !== undefined) return [];
  return [body.value.limitsVersion];
}

interface SwitchRow {
  readonly at: number;
  readonly event: KillSwitchEvent;
}

function switchRows(rows: readonly ShownRow[]): readonly SwitchRow[] {
  return rows
    .filter(({ type }) => type === KillSwitchEvent.name)
    .map(({ time, payload }) => ({ at: time, event: KillSwitchEvent.decode(payload) }));
}

function latchedIn(rows: readonly SwitchRow[]): readonly string[] {
  const levels = new Map(rows.map(({ event }) => [String(event.name), event.level]));
  return [...levels].filter(([, level]) => level === 'tripped').map(([name]) => name);
}

/** Both journals have a trip that both have seen: it is told once. */
function tripsOf(rows: readonly SwitchRow[]): readonly Trip[] {
  const trips = new Map<string, Trip>();
  for (const { at, event } of rows) {
    const { name, body, ignored } = event;
    if (ignored || (body.case !== 'tripped' && !(body.case === 'graceExpired' && event.level === 'tripped')))
      continue;
    const reason = body.case === 'tripped' ? body.value.reason : 'what it measures was lost for too long';
    const key = `${name} ${body.value.marketTime}`;
    if (!trips.has(key)) trips.set(key, { name, at, reason });
  }
  return [...trips.values()].toSorted((one, other) => one.at - other.at);
}

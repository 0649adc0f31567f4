import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { activityFromRow, fillReportFromRow, logEntryToRow } from './log-row.ts';
import { orderFromRow, orderToRow } from './order-row.ts';
import { type Columns, openVenueDatabase, readColumns } from './venue-database.ts';
import type { AccountRecord, VenueStore } from './venue-store.ts';

/**
 * The venue's memory in a file of its own. Writes gather in one transaction, which `commit` brings to the disk: after a
 * crash all of it is there or none. How far a queue had moved or a trailing stop had followed is written with the next
 * commit of anything, so a crash can lose only that, never an order or a fill.
 */
export function openSqliteVenueStore(path: string): VenueStore {
  const database = openVenueDatabase(path);
  const insert = writerOf(database, 'INSERT');
  const replace = writerOf(database, 'INSERT OR REPLACE');
  const read = readerOf(database);
  let isWriting = false;
  const begin = (): void => {
    if (!isWriting) database.exec('BEGIN IMMEDIATE');
    isWriting = true;
  };

  return {
    loadAccount() {
      const [row] = read('SELECT * FROM account', {});
      return row === undefined ? undefined : accountFromRow(row, read('SELECT * FROM position', {}));
    },
    loadOpenOrders: () =>
      read('SELECT * FROM paper_order WHERE is_open = 1 ORDER BY arrival', {}).map(orderFromRow),
    saveAccount(record) {
      begin();
      const { account, cash, cursor, arrival, marketTime } = record;
      replace('account', { id: 1, account, cash, cursor, arrival, market_time: marketTime });
      database.exec('DELETE FROM position');
      for (const { instrument, quantity } of record.positions) replace('position', { instrument, quantity });
    },
    saveOrder(order) {
      begin();
      replace('paper_order', orderToRow(order));
    },
    append(entry) {
      begin();
      insert('log', logEntryToRow(entry));
    },
    findOrder(clientOrderId) {
      const [row] = read('SELECT * FROM paper_order WHERE client_order_id = :clientOrderId', {
        clientOrderId,
      });
      return row === undefined ? undefined : orderFromRow(row);
    },
    ordersOfGroup: (groupId) =>
      read('SELECT * FROM paper_order WHERE group_id = :groupId ORDER BY arrival', { groupId }).map(
        orderFromRow,
      ),
    hasActivity: (activityId) =>
      read('SELECT 1 FROM log WHERE activity_id = :activityId', { activityId }).length > 0,
    fillsSince: (cursor) =>
      read(`${since} AND execution_id IS NOT NULL ORDER BY cursor`, { cursor }).map(fillReportFromRow),
    reportsOfFill: (executionId) =>
      read('SELECT * FROM log WHERE execution_id = :executionId ORDER BY cursor', { executionId }).map(
        fillReportFromRow,
      ),
    activitiesSince: (cursor) =>
      read(`${since} AND activity IS NOT NULL ORDER BY cursor`, { cursor }).map(activityFromRow),
    commit() {
      if (isWriting) database.exec('COMMIT');
      isWriting = false;
    },
    close: () => database.close(),
  };
}

const since = 'SELECT * FROM log WHERE cursor > :cursor';

type Row = Readonly<Record<string, SQLInputValue>>;

/** Writes rows by column. */
function writerOf(
  database: DatabaseSync,
  verb: 'INSERT' | 'INSERT OR REPLACE',
): (table: string, row: Row) => void {
  const statements = new Map<string, StatementSync>();
  return (table, row) => {
    let statement = statements.get(table);
    if (statement === undefined) {
      const names = Object.keys(row);
      statement = database.prepare(
        `${verb} INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `:${name}`).join(', ')})`,
      );
      statements.set(table, statement);
    }
    statement.run(row);
  };
}

function readerOf(database: DatabaseSync): (sql: string, parameters: Row) => Columns[] {
  const statements = new Map<string, StatementSync>();
  return (sql, parameters) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statement.setReadBigInts(true);
      statements.set(sql, statement);
    }
    return statement.all(parameters).map(readColumns);
  };
}

function accountFromRow(row: Columns, positions: readonly Columns[]): AccountRecord {
  return {
    account: row.text('account'),
    cash: brandOf.money(row.integer('cash')),
    cursor: row.count('cursor'),
    arrival: row.count('arrival'),
    marketTime: brandOf.timestampUs(row.count('market_time')),
    positions: positions.map((position) => ({
      instrument: brandOf.instrumentId(position.text('instrument')),
      quantity: brandOf.signedQuantity(position.integer('quantity')),
    })),
  };
}

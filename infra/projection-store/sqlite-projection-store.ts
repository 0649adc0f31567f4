import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { orderStates, sides } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type {
  Checkpoint,
  ProjectedFill,
  ProjectedRow,
  ProjectionStore,
} from '../../services/kernel/projection/projection-store.ts';
import { openProjectionDatabase, projectionTables } from './projection-schema.ts';

// Integers are read as bigint: amounts do not fit into a double.
const sequence = z.bigint().transform((value) => brandOf.sequence(Number(value)));
const time = z.bigint().transform((value) => brandOf.timestampUs(Number(value)));
const mark = z.bigint().transform((value) => value !== 0n);
const count = z.bigint().transform(Number);
const clientOrderId = z.string().transform(brandOf.clientOrderId);
const price = z.bigint().transform(brandOf.price);

const projectedRow = z.object({ sequence, time, payload: z.instanceof(Uint8Array) });
const checkpointRow = z
  .object({ ledger_id: z.string().transform(brandOf.ledgerId), sequence, hash: z.string() })
  .transform(({ ledger_id: ledgerId, ...rest }): Checkpoint => ({ ledgerId, ...rest }));
const idRow = z.object({ client_order_id: clientOrderId });
const stateCountRow = z.object({ state: z.enum(orderStates), count });
const countRow = z.object({ count });
const priceRow = z.object({ price });
const fillRow = z
  .object({
    client_order_id: clientOrderId,
    execution_id: z.string().transform(brandOf.executionId),
    sequence,
    time,
    account: z.string().transform(brandOf.accountId),
    strategy: z.string().transform(brandOf.strategyId),
    instrument: z.string().transform(brandOf.instrumentId),
    side: z.enum(sides),
    quantity: z.bigint().transform(brandOf.quantity),
    price,
    fees: z.bigint().transform(brandOf.money),
    inferred: mark,
    busted: mark,
  })
  .transform(
    ({ client_order_id, execution_id, ...rest }): ProjectedFill => ({
      clientOrderId: client_order_id,
      executionId: execution_id,
      ...rest,
    }),
  );

const saveFill = `
  INSERT INTO fill VALUES (:clientOrderId, :executionId, :sequence, :time, :account, :strategy, :instrument, :side,
    :quantity, :price, :fees, :inferred, :busted)
  ON CONFLICT DO UPDATE SET quantity = excluded.quantity, price = excluded.price, fees = excluded.fees,
    inferred = excluded.inferred, busted = excluded.busted`;

/** The projections in one SQLite file; see openProjectionDatabase for what becomes of a damaged or older one. */
export function openSqliteProjectionStore(path: string): ProjectionStore {
  const database = openProjectionDatabase(path);
  const prepare = statementsOf(database);
  const run = (sql: string, parameters: Parameters): void => {
    prepare(sql).run(parameters);
  };
  const read = <Row>(row: z.ZodType<Row>, sql: string, parameters: Parameters = {}): Row[] =>
    prepare(sql)
      .all(parameters)
      .map((found: Readonly<Record<string, SQLOutputValue>>) => row.parse(found));
  const readCount = (sql: string, parameters: Parameters = {}): number =>
    read(countRow, sql, parameters)[0]?.count ?? 0;

  return {
    checkpoint: () => read(checkpointRow, 'SELECT * FROM checkpoint')[0],
    commit({ ledgerId, sequence, hash }) {
      run('INSERT OR REPLACE INTO checkpoint VALUES (1, :ledgerId, :sequence, :hash)', {
        ledgerId,
        sequence,
        hash,
      });
      database.exec('COMMIT; BEGIN IMMEDIATE');
    },
    clear: () => database.exec(projectionTables.map((table) => `DELETE FROM ${table};`).join('')),

    addOrderRow({ sequence, clientOrderId, state, time, payload }) {
      run('INSERT INTO order_row VALUES (:sequence, :clientOrderId, :state, :time, :payload)', {
        sequence,
        clientOrderId,
        state,
        time,
        payload,
      });
      run(
        `INSERT INTO order_now VALUES (:clientOrderId, :sequence, :state)
         ON CONFLICT (client_order_id) DO UPDATE SET state = excluded.state`,
        { clientOrderId, sequence, state },
      );
    },
    orderRows: (clientOrderId) =>
      read(projectedRow, 'SELECT * FROM order_row WHERE client_order_id = :clientOrderId ORDER BY sequence', {
        clientOrderId,
      }),
    orderIds({ state, limit }) {
      const where = state === undefined ? '' : 'WHERE state = :state';
      const sql = `SELECT client_order_id FROM order_now ${where} ORDER BY first_sequence DESC LIMIT :limit`;
      const rows = read(idRow, sql, state === undefined ? { limit } : { state, limit });
      return rows.map((row) => row.client_order_id);
    },
    countByState() {
      const rows = read(stateCountRow, 'SELECT state, count(*) AS count FROM order_now GROUP BY state');
      return new Map(rows.map((row) => [row.state, row.count]));
    },
    countReached: (state) =>
      readCount('SELECT count(DISTINCT client_order_id) AS count FROM order_row WHERE state = :state', {
        state,
      }),

    saveFill: ({ inferred, busted, ...fill }) =>
      run(saveFill, { ...fill, inferred: Number(inferred), busted: Number(busted) }),
    fillsOf: (clientOrderId) =>
      read(fillRow, 'SELECT * FROM fill WHERE client_order_id = :clientOrderId ORDER BY sequence', {
        clientOrderId,
      }),
    fills: (limit) =>
      read(fillRow, 'SELECT * FROM fill WHERE busted = 0 ORDER BY sequence DESC LIMIT :limit', { limit }),
    countFills: () => readCount('SELECT count(*) AS count FROM fill WHERE busted = 0'),
    lastFillPrice: (instrument) =>
      read(
        priceRow,
        `SELECT price FROM fill WHERE instrument = :instrument AND busted = 0
         ORDER BY sequence DESC LIMIT 1`,
        { instrument },
      )[0]?.price,

    saveLatest: (kind, key, row) =>
      run('INSERT OR REPLACE INTO latest VALUES (:kind, :key, :sequence, :time, :payload)', {
        kind,
        key,
        ...row,
      }),
    latest: (kind) => read(projectedRow, 'SELECT * FROM latest WHERE kind = :kind ORDER BY key', { kind }),

    ...eventTables({ run, read }),
    close: () => database.close(),
  };
}

/** Rows that are kept as they came, to be read back as they are. */
function eventTables({
  run,
  read,
}: {
  readonly run: (sql: string, parameters: Parameters) => void;
  readonly read: <Row>(row: z.ZodType<Row>, sql: string, parameters?: Parameters) => Row[];
}): Pick<
  ProjectionStore,
  | 'addKillSwitchRow'
  | 'killSwitchRows'
  | 'addAuthorityRow'
  | 'authorityRows'
  | 'keyringRows'
  | 'addExitRow'
  | 'exitRows'
> {
  const insert = (table: 'kill_switch_row' | 'exit_row', { sequence, time, payload }: ProjectedRow): void =>
    run(`INSERT INTO ${table} VALUES (:sequence, :time, :payload)`, { sequence, time, payload });
  return {
    addKillSwitchRow: (row) => insert('kill_switch_row', row),
    killSwitchRows: () => read(projectedRow, 'SELECT * FROM kill_switch_row ORDER BY sequence'),
    addAuthorityRow: ({ sequence, time, payload, changesKeyring }) =>
      run('INSERT INTO authority_row VALUES (:sequence, :time, :payload, :changesKeyring)', {
        sequence,
        time,
        payload,
        changesKeyring: Number(changesKeyring),
      }),
    authorityRows: (limit) =>
      read(projectedRow, 'SELECT * FROM authority_row ORDER BY sequence DESC LIMIT :limit', { limit }),
    keyringRows: () =>
      read(projectedRow, 'SELECT * FROM authority_row WHERE changes_keyring = 1 ORDER BY sequence'),
    addExitRow: (row) => insert('exit_row', row),
    exitRows: () => read(projectedRow, 'SELECT * FROM exit_row ORDER BY sequence'),
  };
}

type Parameters = Readonly<Record<string, SQLInputValue>>;

function statementsOf(database: DatabaseSync): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statement.setReadBigInts(true);
      statements.set(sql, statement);
    }
    return statement;
  };
}

import { join } from 'node:path';
import { logEntryFromRow } from '../../infra/venues/paper/log-row.ts';
import { orderFromRow } from '../../infra/venues/paper/order-row.ts';
import { isOpen, type PaperOrder } from '../../infra/venues/paper/paper-order.ts';
import { openVenueDatabaseToRead, readColumns } from '../../infra/venues/paper/venue-database.ts';
import type { NumberedLogEntry, VenueLogEntry } from '../../infra/venues/paper/venue-store.ts';
import type { VenueFill } from '../../services/kernel/venue/venue-gateway.ts';

/** What the paper venue itself has on disk, read past all that we journal. */
export interface VenueBook {
  readonly cash: bigint;
  /** Signed quantity by instrument, none that is 0. */
  readonly positions: ReadonlyMap<string, bigint>;
  readonly orders: readonly PaperOrder[];
  readonly openOrders: readonly PaperOrder[];
  readonly fills: readonly VenueFill[];
  /** Oldest first. */
  readonly log: readonly NumberedLogEntry[];
}

export function venuePathOf(dataFolder: string): string {
  return join(dataFolder, 'venue', 'paper.sqlite');
}

/** One consistent view; the venue may be running. */
export function readVenueBook(dataFolder: string): VenueBook {
  const database = openVenueDatabaseToRead(venuePathOf(dataFolder));
  const all = (sql: string) => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all().map(readColumns);
  };
  try {
    database.exec('BEGIN');
    const [account] = all('SELECT * FROM account');
    if (account === undefined) throw new Error('the paper venue has no account');
    const log = all('SELECT * FROM log ORDER BY sequence').map(logEntryFromRow);
    const orders = all('SELECT * FROM paper_order ORDER BY arrival').map(orderFromRow);
    return {
      cash: account.integer('cash'),
      positions: new Map(
        all('SELECT * FROM position').map((row) => [row.text('instrument'), row.integer('quantity')]),
      ),
      orders,
      openOrders: orders.filter(isOpen),
      fills: log.flatMap(({ fill }) => fill ?? []),
      log,
    };
  } finally {
    database.close();
  }
}

/** Submits that reached the venue, whatever became of them. */
export function submitsIn(log: readonly VenueLogEntry[]): readonly VenueLogEntry[] {
  return log.filter(({ kind }) => kind === 'received');
}

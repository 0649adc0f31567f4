import { logEntryFromRow } from './log-row.ts';
import { openVenueDatabaseToRead, readColumns } from './venue-database.ts';
import type { NumberedLogEntry } from './venue-store.ts';

/** What the venue itself says happened, oldest first; the venue may be running. */
export function readVenueLog(path: string): readonly NumberedLogEntry[] {
  const database = openVenueDatabaseToRead(path);
  try {
    const statement = database.prepare('SELECT * FROM log ORDER BY sequence');
    statement.setReadBigInts(true);
    return statement.all().map((row) => logEntryFromRow(readColumns(row)));
  } finally {
    database.close();
  }
}

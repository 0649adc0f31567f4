import { existsSync } from 'node:fs';
import type { Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { openForReading } from './schema.ts';
import { storedLedger } from './stored-rows.ts';

/** The last row of a journal as its ledger says, unproven; 0 where there is none that can be read. */
export function journalHead(path: string): Sequence {
  const none = brandOf.sequence(0);
  if (!existsSync(path)) return none;
  try {
    const database = openForReading(path);
    try {
      return storedLedger(database).head.sequence;
    } finally {
      database.close();
    }
  } catch {
    // Its owner proves it at the start and says what is wrong.
    return none;
  }
}

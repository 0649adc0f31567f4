import { journalPathOf } from '../../infra/journal/journal-path.ts';
import { openForReading } from '../../infra/journal/schema.ts';
import { storedLedger } from '../../infra/journal/stored-rows.ts';
import { readVenueLog } from '../../infra/venues/paper/venue-log.ts';
import type { LedgerId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { deriveClientOrderId } from '../../services/kernel/signing/digest.ts';
import { type BenchSystem, venuePathOf } from './bench-system.ts';
import type { Quote } from './observer.ts';

/** Fewer than this share of the orders expected, and the system did not keep up: latencies would tell of queues only. */
const sentShareMin = 0.5;

/** When the venue received each order, by its own log. */
export interface SendTimes {
  readonly ledgerId: LedgerId;
  readonly receivedUs: ReadonlyMap<string, number>;
}

export function readSendTimes(system: BenchSystem): SendTimes {
  const database = openForReading(journalPathOf(system.dataFolder, 'execution'));
  const { ledgerId } = storedLedger(database);
  database.close();
  const receivedUs = new Map<string, number>();
  for (const { kind, clientOrderId, wallTime } of readVenueLog(venuePathOf(system.dataFolder))) {
    if (kind === 'received' && clientOrderId !== undefined) receivedUs.set(clientOrderId, wallTime);
  }
  return { ledgerId, receivedUs };
}

/**
 * Microseconds from the publish call of each quote that gave an order to the order's submit call: joined by the
 * identity that a quote gives its order. `skewUs`: by how much the second clock is ahead of the first.
 */
export function quoteToSendUs(
  { ledgerId, receivedUs }: SendTimes,
  quotes: readonly Quote[],
  { skewUs, quotesPerOrder }: { readonly skewUs: number; readonly quotesPerOrder: number },
): readonly number[] {
  const origin = {
    ledgerId,
    account: brandOf.accountId('bench-1'),
    strategy: brandOf.strategyId('bench'),
    ordinal: 0,
  };
  const latencies = quotes.flatMap(({ id, publishTime }) => {
    const sentUs = receivedUs.get(deriveClientOrderId({ ...origin, triggerId: id }));
    return sentUs === undefined ? [] : [sentUs - publishTime - skewUs];
  });
  const expected = Math.floor(quotes.length / quotesPerOrder);
  if (latencies.length < expected * sentShareMin) {
    throw new Error(
      `the system did not keep up: of ${expected} orders in a block ${latencies.length} were sent`,
    );
  }
  return latencies;
}

import type { SQLInputValue } from 'node:sqlite';
import { CashAdjusted, PositionAdjusted } from '../../../protos/gen/portfolio.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import type { FillReport, VenueActivity, VenueFill } from '../../../services/kernel/venue/venue-gateway.ts';
import type { Columns } from './venue-database.ts';
import { type NumberedLogEntry, type VenueLogEntry, venueLogKinds } from './venue-store.ts';

/** A log entry as a row of `log`, by column. A fill stands in the columns, an activity as its message. */
export function logEntryToRow(entry: VenueLogEntry): Readonly<Record<string, SQLInputValue>> {
  const { fill, change, activity } = entry;
  const corrected = change?.kind === 'fillCorrected' ? change : undefined;
  return {
    kind: entry.kind,
    market_time: entry.marketTime,
    wall_time: entry.wallTime,
    client_order_id: entry.clientOrderId ?? null,
    instrument: entry.instrument ?? null,
    quantity: fill?.quantity ?? corrected?.quantity ?? entry.quantity ?? null,
    price: fill?.price ?? corrected?.price ?? entry.price ?? null,
    code: entry.code ?? null,
    reason: (change?.kind === 'fillBusted' ? change.reason : entry.reason) ?? null,
    cursor: fill?.cursor ?? change?.cursor ?? activity?.cursor ?? null,
    venue_order_id: fill?.venueOrderId ?? null,
    execution_id: fill?.executionId ?? change?.executionId ?? null,
    fees: fill?.fees ?? corrected?.fees ?? null,
    activity_id: entry.activityId ?? null,
    activity_kind: activity?.kind ?? null,
    activity: activity === undefined ? null : encodeActivity(activity),
  };
}

export function logEntryFromRow(row: Columns): NumberedLogEntry {
  const text = (name: string) => row.text(name);
  const report = row.optional('execution_id', () => fillReportFromRow(row));
  return {
    sequence: brandOf.sequence(row.count('sequence')),
    kind: kindOf(row.text('kind')),
    marketTime: brandOf.timestampUs(row.count('market_time')),
    wallTime: brandOf.timestampUs(row.count('wall_time')),
    clientOrderId: row.optional('client_order_id', (name) => brandOf.clientOrderId(text(name))),
    instrument: row.optional('instrument', (name) => brandOf.instrumentId(text(name))),
    quantity: row.optional('quantity', (name) => brandOf.quantity(row.integer(name))),
    price: row.optional('price', (name) => brandOf.price(row.integer(name))),
    code: row.optional('code', text),
    reason: row.optional('reason', text),
    activityId: row.optional('activity_id', text),
    fill: report?.kind === 'filled' ? report.fill : undefined,
    change: report?.kind === 'filled' ? undefined : report,
    activity: row.optional('activity_kind', () => activityFromRow(row)),
  };
}

/** What a row with an execution id says of it. */
export function fillReportFromRow(row: Columns): FillReport {
  const kind = kindOf(row.text('kind'));
  if (kind !== 'fillBusted' && kind !== 'fillCorrected') return { kind: 'filled', fill: fillFromRow(row) };
  const place = {
    clientOrderId: brandOf.clientOrderId(row.text('client_order_id')),
    executionId: brandOf.executionId(row.text('execution_id')),
    time: brandOf.timestampUs(row.count('market_time')),
    cursor: row.count('cursor'),
  };
  if (kind === 'fillBusted') return { ...place, kind, reason: row.text('reason') };
  return {
    ...place,
    kind,
    quantity: brandOf.quantity(row.integer('quantity')),
    price: brandOf.price(row.integer('price')),
    fees: brandOf.money(row.integer('fees')),
  };
}

function fillFromRow(row: Columns): VenueFill {
  return {
    clientOrderId: brandOf.clientOrderId(row.text('client_order_id')),
    venueOrderId: brandOf.venueOrderId(row.text('venue_order_id')),
    instrument: brandOf.instrumentId(row.text('instrument')),
    executionId: brandOf.executionId(row.text('execution_id')),
    quantity: brandOf.quantity(row.integer('quantity')),
    price: brandOf.price(row.integer('price')),
    fees: brandOf.money(row.integer('fees')),
    time: brandOf.timestampUs(row.count('market_time')),
    cursor: row.count('cursor'),
  };
}

export function activityFromRow(row: Columns): VenueActivity {
  const shared = { cursor: row.count('cursor'), time: brandOf.timestampUs(row.count('market_time')) };
  return row.text('activity_kind') === 'cash'
    ? { kind: 'cash', ...shared, adjusted: CashAdjusted.decode(row.bytes('activity')) }
    : { kind: 'position', ...shared, adjusted: PositionAdjusted.decode(row.bytes('activity')) };
}

function encodeActivity(activity: VenueActivity): Uint8Array {
  return activity.kind === 'cash'
    ? CashAdjusted.encode(activity.adjusted)
    : PositionAdjusted.encode(activity.adjusted);
}

function kindOf(text: string): VenueLogEntry['kind'] {
  const kind = venueLogKinds.find((candidate) => candidate === text);
  if (kind === undefined) throw new Error(`the paper venue's log holds the kind ${text}`);
  return kind;
}

import type { Client } from '../../../infra/client/open-client.ts';
import { badOption, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import {
  type Difference,
  type PositionDifference,
  ReconciliationEvent,
  type StatedPrice,
} from '../../../protos/gen/portfolio.ts';
import type { JournalRecord } from '../../../protos/gen/system.ts';
import type { AccountId, TimestampUs } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { AmountSyntax, formatAmount, parseAmount } from '../../kernel/money/amount.ts';
import { differencesDigest } from '../../kernel/signing/digest.ts';
import { arrayAt, textAt, valueAt } from '../json-value.ts';
import { readMonitor } from '../monitor-client.ts';
import type { Terminal } from '../terminal.ts';
import { visible } from '../visible-text.ts';
import { durationText } from './approval-lines.ts';
import { readNewestRecord, readRecord } from './journal-page.ts';

/** What execution's own journal says of its last comparison with the venue, and at which prices it might be booked. */
export interface OpenDifferences {
  readonly account: AccountId;
  readonly venue: string;
  readonly converged: boolean;
  /** Market time of the row: since then it has been so. */
  readonly since: TimestampUs;
  readonly texts: readonly string[];
  readonly details: readonly Difference[];
  /** Of the texts: what is signed. */
  readonly digest: Uint8Array;
  readonly prices: readonly StatedPrice[];
}

const shownCharacters = 12;

export function shortDigest(digest: Uint8Array): string {
  return hexOf(digest).slice(0, shownCharacters);
}

/**
 * The monitor, when there is one, knows where to look and what the market says; what is shown and signed is read from
 * execution's journal. `typed`: prices that go before the market's.
 */
export async function readOpenDifferences(
  client: Client,
  monitorUrl: string | undefined,
  typed: readonly StatedPrice[],
): Promise<OpenDifferences> {
  const hint = monitorUrl === undefined ? undefined : await readHint(monitorUrl);
  const { name: type } = ReconciliationEvent;
  const newer = await readNewestRecord(client, { type, after: hint?.applied ?? 0 });
  const record = newer ?? (hint && (await readRecord(client, hint.sequence)));
  if (record?.type !== type) {
    throw new UserError(exitCodes.unavailable, 'execution has not compared its books with the venue yet.');
  }
  return openDifferencesIn(record, [...typed, ...(hint?.prices ?? [])]);
}

function openDifferencesIn(
  { payload, time }: JournalRecord,
  prices: readonly StatedPrice[],
): OpenDifferences {
  const { account, venue, converged, differences, details } = ReconciliationEvent.decode(payload);
  const stated = positionsIn(details).flatMap(({ instrument }) => {
    const found = prices.find((price) => price.instrument === instrument);
    return found === undefined ? [] : [found];
  });
  return {
    ...{ account, venue, converged, since: time, details, prices: stated },
    texts: differences,
    digest: differencesDigest(differences),
  };
}

/** `SPY=512.30,QQQ=440`. Throws a UserError. */
export function pricesTyped(text: string | undefined): readonly StatedPrice[] {
  if (text === undefined) return [];
  return text.split(',').map((piece) => {
    const at = piece.lastIndexOf('=');
    const instrument = piece.slice(0, at).trim();
    const price = exactPrice(piece.slice(at + 1).trim());
    if (at < 1 || instrument === '' || price === undefined || price <= 0n) {
      throw badOption('price', 'instruments and prices, such as SPY=512.30,QQQ=440', text);
    }
    return { instrument: brandOf.instrumentId(instrument), price: brandOf.price(price), source: 'typed' };
  });
}

/** Positions for which nobody has named a price. */
export function unpriced({ details, prices }: OpenDifferences): readonly string[] {
  return positionsIn(details)
    .map(({ instrument }) => instrument)
    .filter((instrument) => !prices.some((price) => price.instrument === instrument));
}

export function tellDifferences(open: OpenDifferences, now: TimestampUs, terminal: Terminal): void {
  const { account, venue, converged, since, texts, details, digest, prices } = open;
  const waitedUs = Math.max(0, now - since);
  const told = {
    ...{ account, venue, converged, digest: shortDigest(digest) },
    since: new Date(since / 1000).toISOString(),
    sinceSeconds: Math.floor(waitedUs / 1e6),
    differences: texts.map((text, index) => ({ text, remedy: remedyIn(details[index]) ?? null })),
    prices: prices.map(({ instrument, price, source }) => ({
      ...{ instrument, source },
      price: formatAmount(price),
    })),
  };
  terminal.result(told, converged ? agreeingLines(venue) : linesOf(open, waitedUs, terminal));
}

function agreeingLines(venue: string): readonly string[] {
  return [`books and ${visible(venue)} agree: there is nothing to accept`];
}

function linesOf(
  open: OpenDifferences,
  waitedUs: number,
  terminal: Pick<Terminal, 'colour'>,
): readonly string[] {
  const { venue, texts, details, digest } = open;
  const remedies = details.filter((difference) => remedyIn(difference) !== undefined);
  const missing = unpriced(open);
  const price =
    missing.length === 0 ? '' : ` --price ${missing.map((name) => `${visible(name)}=<price>`).join()}`;
  return [
    `${terminal.colour('red', 'HELD')}: books and ${visible(venue)} differ, for ${durationText(waitedUs)} by the market's clock`,
    ...texts.map((text, index) => `  ${visible(text)}${afterthought(details[index], open)}`),
    remedies.length > 0
      ? 'not all of this can be accepted: put right at the venue what says so, and look again'
      : `accept it with: npx --no interlock reconcile --accept ${shortDigest(digest)} --reason <text>${price}`,
  ];
}

function afterthought(difference: Difference | undefined, { prices }: OpenDifferences): string {
  const remedy = remedyIn(difference);
  if (remedy !== undefined) return `: ${visible(remedy)}`;
  if (difference?.body.case === 'order') return '; accepted, it is canceled here';
  if (difference?.body.case !== 'position') return '';
  const { instrument } = difference.body.value;
  const stated = prices.find((price) => price.instrument === instrument);
  return stated === undefined
    ? '; no price is known'
    : `; accepted, it is booked at ${formatAmount(stated.price, 2)} (${visible(stated.source)})`;
}

function remedyIn(difference: Difference | undefined): string | undefined {
  return difference?.body.case === 'order' ? difference.body.value.remedy : undefined;
}

function positionsIn(details: readonly Difference[]): readonly PositionDifference[] {
  return details.flatMap(({ body }) => (body.case === 'position' ? [body.value] : []));
}

interface Hint {
  readonly sequence: number;
  /** The monitor has seen all rows up to this one. */
  readonly applied: number;
  readonly prices: readonly StatedPrice[];
}

/** Undefined when the monitor does not answer, or knows of no comparison. */
async function readHint(url: string): Promise<Hint | undefined> {
  try {
    const answer = await readMonitor(url, '/reconciliation');
    const sequence = Number(valueAt(answer, 'sequence'));
    const applied = Number(valueAt(answer, 'applied'));
    if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(applied)) return undefined;
    return { sequence, applied, prices: arrayAt(answer, 'differences').flatMap(markIn) };
  } catch (error) {
    if (error instanceof UserError && error.exitCode === exitCodes.unavailable) return undefined;
    throw error;
  }
}

function markIn(row: unknown): readonly StatedPrice[] {
  const price = exactPrice(textAt(row, 'mark'));
  const instrument = textAt(row, 'instrument');
  if (price === undefined || instrument === '') return [];
  const source = textAt(row, 'markSource');
  return [{ instrument: brandOf.instrumentId(instrument), price: brandOf.price(price), source }];
}

function exactPrice(text: string): bigint | undefined {
  try {
    return parseAmount(text);
  } catch (error) {
    if (error instanceof AmountSyntax) return undefined;
    throw error;
  }
}

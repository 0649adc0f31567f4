import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { chainRow, genesisHead, verifyRows } from '../../services/kernel/journal/hash-chain.ts';
import { JournalCorrupt, type JournalEvent, type JournalRow } from '../../services/kernel/journal/journal.ts';

const ledgerId = brandOf.ledgerId('LEDGER');
const genesis = genesisHead(ledgerId);

const event = (text: string): JournalEvent => ({
  aggregate: `order/${text}`,
  type: 'interlock.order.v1.OrderEvent',
  time: brandOf.timestampUs(-1),
  payload: new TextEncoder().encode(text),
});

function chained(events: readonly JournalEvent[]): JournalRow[] {
  const rows: JournalRow[] = [];
  for (const each of events) rows.push(chainRow(each, rows.at(-1) ?? genesis, brandOf.sequence(1)));
  return rows;
}

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
const verified = (rows: readonly JournalRow[], head = genesis) => [...verifyRows(rows, head)];
const flipped = (bytes: Uint8Array) => bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte));

describe('the hash chain', () => {
  it('keeps its form: old journals must verify for ever', () => {
    const [first, second] = chained([event('A'), event('Ä')]);
    expect(hex(genesis.hash)).toBe('fd6f1ec5b242291994c52a6e1e7cf67386d5eaf38320c61ad742386bd4464fd4');
    expect(hex(first?.hash)).toBe('98c9d6151d8f6a114081b8c4b3af6d8a71e3b12ebbc52a6bbeb3de452d78f5e3');
    expect(hex(second?.hash)).toBe('cc73e95920bcc09e3d31551e95be55427477ae8752af17a4cc13f40aac3075c3');
  });

  it('gives on any rows that continue it, from the first or from any other', () => {
    const events = fc.array(
      fc.record({
        aggregate: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        type: fc.string(),
        time: fc.maxSafeInteger().map(brandOf.timestampUs),
        payload: fc.uint8Array({ maxLength: 9000, size: 'max' }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(events, (some) => {
        const rows = chained(some);
        expect(verified(rows)).toEqual(rows);
        expect(verified(rows.slice(1), rows[0])).toEqual(rows.slice(1));
      }),
    );
  });

  it.each<[string, (row: JournalRow) => Partial<JournalRow>]>([
    ['sequence', () => ({ sequence: brandOf.sequence(7) })],
    ['aggregate', () => ({ aggregate: 'order/X' })],
    ['aggregate sequence', () => ({ aggregateSequence: brandOf.sequence(2) })],
    ['type', () => ({ type: 'interlock.order.v1.OrderEvenu' })],
    ['time', () => ({ time: brandOf.timestampUs(-2) })],
    ['payload', (row) => ({ payload: flipped(row.payload) })],
    ['previous hash', (row) => ({ previousHash: flipped(row.previousHash) })],
    ['hash', (row) => ({ hash: flipped(row.hash) })],
    [
      'border between aggregate and type',
      (row) => ({ aggregate: `${row.aggregate}i`, type: row.type.slice(1) }),
    ],
  ])('finds a changed %s and names the row', (_name, change) => {
    const rows = chained(['A', 'B', 'C'].map(event));
    const changed = rows.map((row) => (row.sequence === 2 ? { ...row, ...change(row) } : row));
    expect(() => verified(changed)).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT', sequence: 2 }),
    );
  });

  it('finds a row that is missing, moved or of another ledger', () => {
    const rows = chained(['A', 'B', 'C'].map(event));
    const [first, second, third] = rows;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three rows');
    expect(() => verified([first, third])).toThrow(/^journal row 2: is missing/);
    expect(() => verified([first, third, second])).toThrow(JournalCorrupt);
    expect(() => verified([second, third])).toThrow(/^journal row 1: is missing/);
    expect(() => verified(rows, genesisHead(brandOf.ledgerId('OTHER')))).toThrow(/^journal row 1/);
  });
});

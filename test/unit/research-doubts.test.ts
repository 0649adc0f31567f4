// Aim: a jump that no known split explains, and data of which nobody knows the splits, are told by name and day.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FeedProfile } from '../../infra/config/profile.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { type DataDoubts, doubtsOf } from '../../services/research/market/data-doubts.ts';
import type { ShareAction } from '../../services/research/market/market-series.ts';
import { doubtSentences } from '../../services/research/report/doubt-text.ts';
import { honesty, verdictOf } from '../../services/research/report/honesty.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-doubts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'equity', 'usa', 'factor_files'), { recursive: true });
writeFileSync(join(folder, 'equity', 'usa', 'factor_files', 'spy.csv'), '20501231,1,1,0\n');

const dayUs = 86_400_000_000;
const firstDay = Date.UTC(2003, 3, 7) / 86_400_000;

function lean(...symbols: readonly string[]): FeedProfile {
  return {
    ...{ kind: 'lean', data: folder, resolution: 'daily', from: '2003-01-02', to: '2003-12-31' },
    symbols: symbols.map(brandOf.instrumentId),
    ...{ speed: 'max', staleAfter: brandOf.durationUs(dayUs) },
  };
}

const csv = (actions?: string): FeedProfile => ({
  ...{ kind: 'csv', data: 'x.csv', interval: brandOf.durationUs(dayUs), actions },
  symbols: [brandOf.instrumentId('SPY')],
  ...{ speed: 'max', staleAfter: brandOf.durationUs(dayUs) },
});

/** Days that open where they close. */
function barsOf(symbol: string, closes: readonly number[]): BarSeries {
  const close = Float64Array.from(closes);
  const openTime = close.map((_, row) => (firstDay + row) * dayUs);
  const [instrument, interval] = [brandOf.instrumentId(symbol), brandOf.durationUs(dayUs)];
  const same = { open: close, high: close, low: close, close, volume: close };
  return { instrument, interval, length: close.length, openTime, ...same };
}

const jumped = [10, 10.1, 9.98, 99.7, 99];
const doubted = (
  feed: FeedProfile,
  closes: readonly number[],
  actions: readonly ShareAction[] = [],
): DataDoubts => doubtsOf(feed, [{ bars: barsOf(feed.symbols[0] ?? '', closes), actions }]);

describe('doubts of the data', () => {
  it('are instruments without factors, and jumps with their days', () => {
    const doubts = doubted(lean('EEM'), jumped);
    expect(doubts).toMatchObject({ withoutFactors: ['EEM'], jumps: [{ from: 9.98, to: 99.7 }] });
    expect(doubtSentences(doubts)).toEqual([
      'No factors of EEM: splits and dividends are unknown; its close went from 9.98 to 99.7 on 2003-04-10.',
    ]);
    expect(doubtSentences(doubted(lean('EEM'), [10, 11]))).toEqual([
      'No factors of EEM: splits and dividends are unknown.',
    ]);
  });

  it('are none where a split or a dividend is known that explains the jump', () => {
    expect(doubted(lean('SPY'), jumped, [{ row: 3, shares: 0.1, cash: 0 }])).toEqual({
      withoutFactors: [],
      jumps: [],
    });
    expect(doubted(lean('EEM'), [100, 40, 41], [{ row: 1, shares: 1, cash: 60 }]).jumps).toEqual([]);
    expect(doubted(lean('SPY'), [100, 100], [{ row: 1, shares: 0.1, cash: 0 }]).jumps).toHaveLength(1);
  });

  it('are, of prices whose splits are known, only jumps of the size of a split', () => {
    expect(doubted(lean('SPY'), [100, 170]).jumps).toEqual([]);
    expect(doubted(csv('actions.csv'), [100, 170]).jumps).toEqual([]);
    expect(doubted(csv(), [100, 170]).jumps).toHaveLength(1);
    expect(doubtSentences(doubted(lean('SPY'), [100, 50.3]))).toEqual([
      'SPY: its close went from 100 to 50.3 on 2003-04-08, and no split of that time is known.',
    ]);
  });

  it('are not what a market does, nor what only warms up', () => {
    expect(doubted(csv(), [100, 69.5, 100]).jumps).toEqual([]);
    const bars = barsOf('SPY', [10, 100, 101, 102]);
    expect(doubtsOf(csv(), [{ bars, firstRow: 1 }]).jumps).toEqual([]);
  });

  it('come first in a verdict, and leave nothing of its figures', () => {
    const found = honesty(
      Float64Array.from({ length: 600 }, (_, at) => 0.01 + (at % 2) / 100),
      { daysPerYear: 252, trials: { trials: 1, runs: 1, scoreVariance: undefined } },
    );
    const sample = { sessionDays: 600, trades: 500 };
    expect(verdictOf(found, sample).level).toBe('holds');
    const doubts = doubted(lean('EEM'), jumped);
    const verdict = verdictOf(found, { ...sample, doubts });
    expect(verdict.level).toBe('fails');
    expect(verdict.sentences[0]).toBe(doubtSentences(doubts)[0]);
    const unknown = verdictOf(found, { ...sample, doubts: { ...doubts, jumps: [] } });
    expect([unknown.level, unknown.sentences[0]]).toEqual([
      'holds',
      'No factors of EEM: splits and dividends are unknown.',
    ]);
  });
});

// Aim: dividends and splits of a file reach the replay before the first bar that trades without them, and a line that
// says something else is named.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseProfile } from '../../infra/config/profile-choice.ts';
import { createBarFileFeed } from '../../infra/feeds/bar-file-feed.ts';
import { Asked } from '../../infra/process/asked.ts';
import { UserError } from '../../infra/process/user-error.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { readMarket } from '../../services/research/market/read-market.ts';

const bars = [
  'date,open,high,low,close,volume',
  '2024-01-02,100,100,100,100,10',
  '2024-01-03,50,50,50,50,10',
  '2024-01-04,49,49,49,49,10',
];
const header = 'date,symbol,action,value';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-actions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function feedWith(lines: readonly string[], days: { from?: string; to?: string } = {}): ReplayFeed {
  const data = join(folder, 'SPY.csv');
  const actions = join(folder, 'actions.csv');
  writeFileSync(data, `${bars.join('\n')}\n`);
  writeFileSync(actions, lines.join('\r\n'));
  const dayOf = (text: string | undefined) =>
    text === undefined ? undefined : Date.parse(`${text}T00:00:00Z`) / 86_400_000;
  return createBarFileFeed({
    source: { kind: 'csv', data, interval: brandOf.durationUs(86_400_000_000), mapping: {}, timeZone: 'UTC' },
    symbols: [brandOf.instrumentId('SPY')],
    actions,
    from: dayOf(days.from),
    to: dayOf(days.to),
    cache: { folder: join(folder, 'cache') },
    venue: brandOf.venueId('paper'),
    currency: brandOf.currency('USD'),
  });
}

function told(feed: ReplayFeed): readonly string[] {
  const said: string[] = [];
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    for (const datum of instant.data) {
      if (datum.kind === 'bar') said.push(`close ${datum.bar.close}`);
      if (datum.kind !== 'corporateAction') continue;
      const { action } = datum.action;
      said.push(
        action.case === 'split'
          ? `split ${action.value.numerator}:${action.value.denominator}`
          : `dividend ${action.value.amountPerShare}`,
      );
    }
  }
  return said;
}

describe('a file of dividends and splits', () => {
  it('tells each before the bar of its day, in any order of lines and columns', () => {
    const feed = feedWith([
      'value;symbol;date;action',
      '"0.47";SPY;2024-01-04;DIVIDEND',
      '2:1;SPY;2024-01-03;split',
      '3;OTHER;2024-01-03;split',
    ]);

    expect(told(feed)).toEqual([
      'close 100',
      'split 2:1',
      'close 50',
      `dividend ${470_000_000n}`,
      'close 49',
    ]);
  });

  it('takes a split without its old shares as that many for one', () => {
    expect(told(feedWith([header, '2024-01-03,SPY,split,7']))).toContain('split 7:1');
  });

  it('leaves out what came before the first day and comes after the last', () => {
    const lines = [
      header,
      '2024-01-02,SPY,dividend,1',
      '2024-01-03,SPY,split,2:1',
      '2024-01-04,SPY,dividend,2',
    ];

    const feed = feedWith(lines, { from: '2024-01-03', to: '2024-01-03' });

    expect(told(feed)).toEqual(['split 2:1', 'close 50']);
  });

  it('is answered to who asks of the past, at the times at which a longer run has told it', () => {
    const lines = [
      header,
      '2024-01-01,SPY,dividend,1',
      '2024-01-03,SPY,split,2:1',
      '2024-01-03,OTHER,split,3',
      '2024-01-04,SPY,dividend,2',
    ];
    const whole: [number, string][] = [];
    const feed = feedWith(lines);
    for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
      for (const datum of instant.data) {
        if (datum.kind === 'corporateAction') whole.push([datum.time, datum.action.action.case]);
      }
    }
    const spy = brandOf.instrumentId('SPY');
    const answered = (from: string | undefined, [after, until]: readonly [string, string]) => {
      const at = (text: string) => brandOf.timestampUs(Date.parse(text) * 1_000);
      const later = feedWith(lines, from === undefined ? {} : { from });
      const known = later.actions?.({ instrument: spy, after: at(after), until: at(until) }) ?? [];
      return known.map(({ time, action }) => [time, action.action.case]);
    };

    for (const from of [undefined, '2024-01-03', '2024-01-04']) {
      expect(answered(from, ['2023-12-01', '2024-02-01'])).toEqual(whole);
      // What closes on the third day is first known when that bar is over.
      expect(answered(from, ['2024-01-03', '2024-01-04'])).toEqual(whole.slice(1, 2));
      expect(answered(from, ['2024-01-04', '2024-01-04'])).toEqual([]);
      expect(answered(from, ['2023-12-01', '2024-01-03T23:59'])).toEqual(whole.slice(0, 1));
    }
  });

  it('stands at the same bars in a screen', () => {
    const more = Array.from({ length: 4 }, (_, day) => `2024-01-1${day},49,49,49,49,10`);
    const data = join(folder, 'SPY.csv');
    const actions = join(folder, 'actions.csv');
    writeFileSync(data, `${[...bars, ...more].join('\n')}\n`);
    writeFileSync(actions, [header, '2024-01-03,SPY,split,2:1', '2024-01-11,SPY,dividend,1'].join('\n'));
    const asked = new Asked({ feed: 'csv', data, symbols: 'SPY', interval: '1d', actions });

    const { series } = readMarket(chooseProfile(asked, 'backtest').profile, { dataFolder: folder });

    expect(series.flatMap(({ actions: known = [] }) => known.map(({ row }) => row))).toEqual([1, 4]);

    // Bars before the first day only warm up, and are split all the same.
    const [later] = readMarket(chooseProfile(asked.with({ from: '2024-01-10' }), 'backtest').profile, {
      dataFolder: folder,
    }).series;
    expect(later).toMatchObject({ firstRow: 3, actions: [{ row: 1, shares: 2 }, { row: 4 }] });
  });

  it('goes on behind what was played', () => {
    const lines = [header, '2024-01-03,SPY,split,2:1', '2024-01-04,SPY,dividend,2'];
    const feed = feedWith(lines);

    feed.seek(brandOf.timestampUs(Date.parse('2024-01-04T00:00:00Z') * 1000));

    expect(told(feed)).toEqual([`dividend ${2_000_000_000n}`, 'close 49']);
  });

  it('changes the fingerprint of the data', () => {
    const without = feedWith([header]).fingerprint?.();
    const withSplit = feedWith([header, '2024-01-03,SPY,split,2:1']).fingerprint?.();

    expect(withSplit).not.toBe(without);
  });

  it.for([
    {
      lines: ['day,symbol,action,value'],
      says: 'actions.csv:1: expected the columns date, symbol, action, value',
    },
    { lines: [header, '2024-02-30,SPY,split,2:1'], says: 'actions.csv:2: column date: expected a day' },
    { lines: [header, '2024-01-03,,split,2:1'], says: 'actions.csv:2: column symbol: expected a symbol' },
    {
      lines: [header, '', '2024-01-03,SPY,merger,1'],
      says: 'actions.csv:3: column action: expected split or dividend',
    },
    { lines: [header, '2024-01-03,SPY,split,2/1'], says: 'column value: expected new shares for old ones' },
    { lines: [header, '2024-01-03,SPY,split,0:1'], says: 'column value: expected new shares for old ones' },
    { lines: [header, '2024-01-03,SPY,split,1:0'], says: 'column value: expected new shares for old ones' },
    { lines: [header, '2024-01-03,SPY,dividend,-0.5'], says: 'column value: expected the money a share' },
    { lines: [header, '2024-01-03,SPY,dividend,NaN'], says: 'column value: expected the money a share' },
    { lines: [header, '2024-01-03,SPY,dividend,"1,000'], says: 'expected a quote that is closed' },
  ])('names what is wrong: $says', ({ lines, says }) => {
    expect(() => feedWith(lines)).toThrowError(UserError);
    expect(() => feedWith(lines)).toThrowError(says);
  });

  it('says so when there is no such file', () => {
    const feed = () =>
      createBarFileFeed({
        source: {
          ...{ kind: 'csv', data: folder, mapping: {}, timeZone: 'UTC' },
          interval: brandOf.durationUs(86_400_000_000),
        },
        symbols: [brandOf.instrumentId('SPY')],
        actions: join(folder, 'nothing.csv'),
        cache: { folder },
        venue: brandOf.venueId('paper'),
        currency: brandOf.currency('USD'),
      });

    expect(feed).toThrowError('nothing.csv: expected a file of dividends and splits');
  });
});

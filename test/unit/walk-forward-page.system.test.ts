// Aim: the report of a walk is one file that shows windows, choices and what they are worth in a browser, on a large and a
// small screen, by day and by night, asks the network for nothing, and takes no stranger's words for markup.
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { readPageAssets } from '../../infra/report-page/page-assets.ts';
import {
  type WalkForwardPage,
  walkForwardPage,
} from '../../services/research/walk-forward/walk-forward-page.ts';
import { evil, type Look, type OpenedPage, PageBrowser } from './page-browser.ts';

const hash = 'a'.repeat(64);

const browser = new PageBrowser();
beforeAll(() => browser.start());
afterAll(() => browser.stop());

const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** Windows of 60 days, gaining and losing by turns; the last never traded. */
function aWalk({ windows: count = 12, isPlayed = false, name = 'fast' } = {}): WalkForwardPage {
  const windows = Array.from({ length: count }, (_, place) => {
    const isQuiet = place === count - 1;
    const first = 16_000 + place * 90;
    const returns = Array.from({ length: 60 }, (__, day) =>
      isQuiet ? 0 : 0.01 * Math.sin(day) + (place % 3 === 0 ? -0.001 : 0.001),
    );
    const sharpe = isQuiet ? null : place % 3 === 0 ? -1.2 : 1.4;
    const figures = { sharpeAnnual: sharpe, totalReturnRatio: isQuiet ? 0 : 0.02, maxDrawdownRatio: 0.03 };
    return {
      number: place + 1,
      train: { from: dayText(first - 360), to: dayText(first - 1) },
      test: { from: dayText(first), to: dayText(first + 89) },
      chosen: { [name]: 5 + (place % 2), slow: 20 },
      inSample: { ...figures, sharpeAnnual: 1.5 },
      screenedOutside: isPlayed ? null : figures,
      outOfSample: {
        ...figures,
        ...{ trades: isQuiet ? 0 : 4, orders: 8, denied: 0, commission: 3, slippage: 2, bars: 60 },
        ...{ ruin: null, isOpenAtEnd: !isQuiet, stateHash: hash, dataFingerprint: hash },
      },
      days: returns.map((__, day) => first + day),
      returns,
    };
  });
  return {
    result: {
      training: isPlayed ? 'played' : 'swept',
      windows,
      overall: {
        ...{ sessionDays: 60 * count, sharpeAnnual: 0.6, cagrRatio: 0.04, totalReturnRatio: 0.12 },
        ...{ maxDrawdownRatio: 0.08, volatilityAnnual: 0.1, trades: 44, commission: 36, slippage: 24 },
        ...{
          windowsWithProfit: 7,
          windowsOpenAtEnd: isPlayed ? 0 : 11,
          inSampleSharpeMean: 1.5,
          outOfSampleSharpeMean: 0.5,
        },
        ...{ screenedOutsideSharpeMean: isPlayed ? null : 0.5, degradationRatio: 0.66 },
      },
      grid: {
        ...{ combinations: 8, overfittingProbability: 0.4, lossProbability: 0.2 },
        ...{ degradationSlope: -0.3, splits: 12_870 },
      },
      honesty: { probabilisticSharpe: 0.8, deflatedSharpe: 0.6, trials: 9 },
      verdict: { level: 'open', headline: 'Luck may well explain this result.', sentences: ['As it is.'] },
    },
    ...{ strategy: 'sma-cross', instruments: ['SPY', 'QQQ'], names: [name, 'slow'], objective: 'sharpe' },
    rolling: {
      train: { count: 1, unit: 'year' },
      test: { count: 3, unit: 'month' },
      step: { count: 3, unit: 'month' },
    },
    startingCash: 100_000,
    profile: { paperVenue: { slippage: '0.02%' } },
    ...{
      dataFingerprint: hash,
      buildHash: hash,
      words: ['sma-cross', '--grid=fast=5:6'],
      folder: '/data/a-walk',
    },
  };
}

async function opened(context: TestContext, walk: WalkForwardPage, look?: Look): Promise<OpenedPage> {
  const opened = await browser.open(context, walkForwardPage(walk, readPageAssets()), look);
  await opened.page.waitForSelector('#chart[data-drawn]');
  return opened;
}

it.for([
  { width: 1440, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
] as const)('is whole at $width pixels, $colorScheme', async (look, context) => {
  const { page, complaints } = await opened(context, aWalk(), look);
  expect(complaints).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width);
  const headings = await page.locator('h2').allTextContents();
  expect(headings.map((text) => text.trim())).toEqual([
    '? Luck may well explain this result.',
    ...['Out of sample', 'What training promised', 'What choosing is worth', 'Months', 'Windows'],
    ...['Assumptions', 'Again'],
  ]);
  // Of the last day: what it was, what was promised, what was chosen; a window that never traded has no Sharpe ratio.
  expect(await page.locator('#legend').textContent()).toMatch(
    /Equity [\d,.]+Drawdown −?[\d.]+%Sharpe in training 1\.50fast 6slow 20$/,
  );
  // A dot or a cross for each window that has both ratios.
  expect(await page.locator('.figure circle, .figure .loss-line').count()).toBe(11);
  expect(await page.locator('main').textContent()).toContain(
    '11 windows end with a position, worth its last price',
  );
  const rows = page.locator('table.figures tbody tr');
  expect(await rows.count()).toBe(12);
  expect(await rows.nth(1).locator('td').allTextContents()).toEqual([
    ...[
      '2',
      dayText(16_090),
      dayText(16_179),
      'fast 6, slow 20',
      '1.50',
      '1.40',
      '1.40',
      '+2.0%',
      '−3.0%',
      '4',
    ],
  ]);
  await page.close();
});

it('of played training has nothing screened to show', async (context) => {
  const { page, complaints } = await opened(context, aWalk({ isPlayed: true }));
  expect(complaints).toEqual([]);
  expect(await page.locator('table.figures thead th').allTextContents()).not.toContain('Screened after');
  const text = await page.locator('main').textContent();
  expect(text).toContain('each combination played by the services');
  expect(text).not.toContain('with a position');
  await page.close();
});

it('of one window that never traded says what there is', async (context) => {
  const { page, complaints } = await opened(context, aWalk({ windows: 1 }));
  expect(complaints).toEqual([]);
  const text = (await page.locator('main').textContent()) ?? '';
  expect(text).toContain('No window has a Sharpe ratio.');
  expect(text).not.toMatch(/NaN|undefined|Infinity|Invalid/);
  await page.close();
});

it("strangers' words are shown as they are written", async (context) => {
  const walk = aWalk({ name: evil });
  const { page, complaints } = await opened(context, {
    ...walk,
    ...{
      strategy: evil,
      instruments: [evil],
      words: [evil],
      folder: evil,
      profile: { [evil]: { [evil]: evil } },
    },
  });
  expect(complaints).toEqual([]);
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.locator('h1').textContent()).toContain(evil);
  expect(await page.title()).toContain(evil);
  await page.close();
});

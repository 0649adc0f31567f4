// Aim: a report is one file that shows everything in a browser, on a large and a small screen, by day and by night, asks
// the network for nothing, and takes no stranger's words for markup.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { readPageAssets } from '../../infra/report-page/page-assets.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BacktestResult } from '../../services/research/backtest/backtest-result.ts';
import { reportPage } from '../../services/research/report/page.ts';
import { reportFacts } from '../../services/research/report/report-facts.ts';
import { aBacktestResult } from './backtest-samples.ts';
import { evil, type Look, type OpenedPage, PageBrowser, waitMsMax } from './page-browser.ts';

const browser = new PageBrowser();
beforeAll(() => browser.start());
afterAll(() => browser.stop());

async function opened(context: TestContext, result: BacktestResult, look?: Look): Promise<OpenedPage> {
  const facts = reportFacts({
    id: 'a-run',
    madeAt: '2026-01-05T14:30:00.000Z',
    arguments: ['sma-cross', evil],
    result,
    trials: { trials: 12, runs: 15, scoreVariance: 1 },
  });
  return browser.open(context, reportPage(facts, readPageAssets()), look);
}

/** Share of the pixels that are not of the most frequent colour, of the layer of the chart that has most of them. */
function drawnShare(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const shares = [...document.querySelectorAll('#chart canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const counts = new Map();
      for (const pixel of new Uint32Array(data.buffer)) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
      return 1 - Math.max(...counts.values()) / (data.length / 4);
    });
    return Math.max(0, ...shares);
  })()`);
}

it.for([
  { width: 1440, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
] as const)('is whole at $width pixels, $colorScheme', async (look, context) => {
  const { page, complaints } = await opened(context, aBacktestResult(), look);
  await page.waitForSelector('#chart[data-drawn]');
  await page.waitForFunction('document.querySelectorAll("#chart canvas").length > 0');
  await expect.poll(() => drawnShare(page), { timeout: waitMsMax }).toBeGreaterThan(0.02);

  expect(complaints).toEqual([]);
  // Nothing but what has a scroll bar of its own is wider than the screen.
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width);
  const headings = await page.locator('h2').allTextContents();
  expect(headings.map((text) => text.trim())).toEqual([
    '? Luck may well explain this result.',
    'Equity',
    'Months',
    'Days',
    'Trades',
    'What trades went through',
    'Worst drawdowns',
    'Costs and exposure',
    'Closed trades',
    'Orders',
    'Denials',
    'Assumptions',
    'Again',
  ]);
  expect(await page.locator('.months tbody tr').count()).toBe(10);
  expect(await page.locator('#legend').textContent()).toMatch(/Equity [\d,.]+Drawdown/);
  await page.close();
});

it('the list of trades is sorted by a click, the other way by the next, and shows more when asked', async (context) => {
  const { page, complaints } = await opened(context, aBacktestResult());
  const profits = async (): Promise<readonly number[]> => {
    const texts = await page.locator('#trade-table tbody td:nth-child(5)').allTextContents();
    return texts.map((text) => Number(text.replace('−', '-').replaceAll(',', '')));
  };
  expect(await profits()).toHaveLength(25);

  await page.getByRole('button', { name: 'Profit' }).click();
  const falling = await profits();
  expect(falling).toEqual([...falling].sort((a, b) => b - a));
  await page.getByRole('button', { name: 'Profit' }).click();
  const rising = await profits();
  expect(rising).toEqual([...rising].sort((a, b) => a - b));
  expect(rising[0]).toBeLessThan(falling.at(-1) ?? Number.NaN);
  expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');

  await page.locator('#more-trades').click();
  expect(await profits()).toHaveLength(aBacktestResult().trades.length);
  expect(await page.locator('#more-trades').isHidden()).toBe(true);
  expect(complaints).toEqual([]);
  await page.close();
});

it("strangers' words are shown as they are written", async (context) => {
  const sample = aBacktestResult({ days: 400, strategy: evil });
  const instrument = brandOf.instrumentId(evil);
  const result: BacktestResult = {
    ...sample,
    instruments: [instrument],
    trades: sample.trades.map((trade) => ({ ...trade, instrument })),
    denials: { [evil]: 1 },
    orders: { ...sample.orders, [evil]: 1 },
    inputs: { ...sample.inputs, profile: { [evil]: { [evil]: evil } }, dataFingerprint: evil },
  };
  const { page, complaints } = await opened(context, result);
  await page.waitForSelector('#chart[data-drawn]');

  expect(complaints).toEqual([]);
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.locator('h1').textContent()).toContain(evil);
  expect(await page.locator('#trade-table tbody td:nth-child(3)').first().textContent()).toBe(evil);
  expect(await page.title()).toContain(evil);
  await page.close();
});

it('a run of nothing has a page too', async (context) => {
  const { page, complaints } = await opened(context, {
    ...aBacktestResult({ days: 0 }),
    ended: 'interrupted',
  });
  expect(complaints).toEqual([]);
  const text = (await page.locator('main').textContent()) ?? '';
  expect(text).toContain('interrupted');
  expect(text).toContain('No trade was closed.');
  expect(text).toContain('No bar was played.');
  expect(text).not.toContain('report reproduce');
  expect(text).toContain('npx --no interlock backtest sma-cross');
  expect(text).not.toMatch(/NaN|undefined|Infinity|Invalid/);
  await page.close();
});

it('a run that never traded says so instead of drawing nothing', async (context) => {
  const sample = aBacktestResult({ days: 200 });
  const flat = (value: number) => sample.equity.equity.map(() => value);
  const { page, complaints } = await opened(context, {
    ...sample,
    ...{ trades: [], outcomes: [], orders: {}, denials: {}, finalEquity: '100000.00' },
    equity: { ...sample.equity, equity: flat(100_000), cash: flat(100_000), exposure: flat(0) },
    costs: { commission: 0, slippage: 0, turnover: 0 },
  });
  await page.waitForSelector('#chart[data-drawn]');
  expect(complaints).toEqual([]);
  const text = (await page.locator('main').textContent()) ?? '';
  expect(text).toContain('Equity never changed: there is nothing to judge.');
  expect(text).toContain('Equity changed on none of');
  expect(text).toContain('No order was sent.');
  expect(text).not.toMatch(/NaN|undefined|Infinity|Invalid| – days|zero is –/);
  // A pane for which there is no figure is not there, and no legend tells of it.
  expect(await page.locator('#legend').textContent()).toMatch(/Exposure 0%$/);
  await page.close();
});

it('a cross over the chart tells what is under it', async (context) => {
  const { page } = await opened(context, aBacktestResult());
  await page.waitForSelector('#chart[data-drawn]');
  const atEnd = await page.locator('#legend').textContent();
  // What stands above it may fill the screen.
  await page.locator('#chart').scrollIntoViewIfNeeded();
  const box = await page.locator('#chart').boundingBox();
  if (box === null) throw new Error('the chart has no place');
  await page.mouse.move(box.x + box.width * 0.3, box.y + 100);
  await expect.poll(() => page.locator('#legend').textContent(), { timeout: waitMsMax }).not.toBe(atEnd);
  await page.close();
});

// Aim: what programs are told of a run, people are told too: no figure is in the JSON alone.
import { expect, it } from 'vitest';
import { reportPage } from '../../services/research/report/page.ts';
import { type ReportFacts, reportFacts } from '../../services/research/report/report-facts.ts';
import { summaryLines } from '../../services/research/report/summary.ts';
import { aBacktestResult } from './backtest-samples.ts';

const facts = reportFacts({
  id: 'a-run',
  madeAt: '2026-01-05T14:30:00.000Z',
  arguments: ['sma-cross'],
  result: aBacktestResult({ days: 300 }),
  trials: { trials: 12, runs: 15, scoreVariance: 1 },
});
/** How it looks and draws is not what is asked here. */
const assets = { style: '', chartScript: '', pageScript: '', chartScriptHash: '', pageScriptHash: '' };
const text = (of: ReportFacts): string =>
  summaryLines({ facts: of, folder: 'runs/a-run', reportPath: 'runs/a-run/report.html' }).join('\n');
const page = (of: ReportFacts): string => reportPage(of, assets);

/** What the honesty of a run tells once more, and what the page takes from the result itself. */
const toldElsewhere = ['probabilisticSharpeRatio', 'minimumTrackRecordYears', 'sessionDays'];
const ofTheResult = ['finalEquity', 'commission', 'slippage', 'turnover'];
const names = Object.keys(facts.metrics).filter((name) => !toldElsewhere.includes(name));

it.each(names)('%s is told in words', (name) => {
  expect(text(changed(name))).not.toBe(text(facts));
});

it.each(names.filter((name) => !ofTheResult.includes(name)))('%s is in the report', (name) => {
  expect(page(changed(name))).not.toBe(page(facts));
});

it('what was not lost is not told as a loss of nothing', () => {
  const metrics = { ...facts.metrics, averageLoss: null, largestLoss: 0, lossStreakMax: 0 };
  expect(text({ ...facts, metrics })).toMatch(/^ {2}lost +none$/m);
});

function changed(name: string): ReportFacts {
  return { ...facts, metrics: { ...facts.metrics, [name]: 12_345.67 } };
}

// Aim: shares that have split are worth what they were, though the market has not told their new price yet.
import { expect, it } from 'vitest';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { RiskHarness } from './risk-harness.ts';

/** 1000 SPY at 110, all that the account has. */
function atThePeak(): RiskHarness {
  const harness = RiskHarness.ready({
    switches: [aSwitch({ name: 'maxDrawdown', threshold: 0.15, coolDownUs: 0 })],
  });
  harness.journalPosition('SPY', '1000');
  harness.journalAccount('0');
  harness.quote('SPY', 110, 110);
  return harness;
}

it('given the rows of a split, when the market tells the new price, then only what fell besides is a loss', () => {
  const harness = atThePeak();
  harness.marketTime += 1_000_000;
  harness.journalSplit('SPY', 2);
  harness.journalPosition('SPY', '2000');
  harness.journalAccount('0');
  // By the old price the account would be at 220,000, of which this is less than half.
  harness.quote('SPY', 47, 47);
  expect(harness.judge({})).toBe('approved');
  harness.quote('SPY', 46.7, 46.7);
  expect(harness.judge({})).toBe('KILLED');
  expect(harness.states.at(-1)?.reasons[0]).toMatch(/^maxDrawdown: drawdown 0.1509 >= 0.1500/);
});

it('given that the market has told a price as new as the row, then that price is of the new shares', () => {
  const harness = atThePeak();
  harness.journalSplit('SPY', 2);
  harness.journalPosition('SPY', '2000');
  harness.journalAccount('0');
  harness.quote('SPY', 93.6, 93.6);
  expect(harness.judge({})).toBe('approved');
  harness.quote('SPY', 93.5, 93.5);
  expect(harness.judge({})).toBe('KILLED');
});

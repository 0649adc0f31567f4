// Aim: the harness bets the same from the same seed, never risks what the guard keeps, and stops at its drawdown.
import { describe, expect, it } from 'vitest';
import type { Program } from '../../infra/process/program.ts';
import { run as runBacktestCommand } from '../../services/research/backtest/command.ts';
import { type HarnessOptions, runHarness, usualHarness } from '../../services/research/harness/harness.ts';
import { harnessText } from '../../services/research/harness/harness-text.ts';

const run = (parts: Partial<HarnessOptions> = {}) => {
  const options = { ...usualHarness, seed: 7, trades: 100, bankroll: 50, ...parts };
  return { options, result: runHarness(options) };
};
const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

describe('a run of 100 bets from 50 dollars', () => {
  it('is the same from the same seed, another from another', () => {
    expect(run().result).toEqual(run().result);
    expect(run().result.stateHash).toBe('b55bad3e715e86269b7d28fa6fe276c6fe8ddfe838cdfefe029d25b090ec9952');
    expect(run({ seed: 8 }).result.stateHash).not.toBe(run().result.stateHash);
  });

  it('is complete, and its books add up to the last unit', () => {
    const { result } = run();
    expect(result).toMatchObject({ ended: 'complete', startingBankroll: 500_000 });
    expect(result.trades).toHaveLength(100);
    let bankroll = result.startingBankroll;
    for (const trade of result.trades) {
      const won = trade.isWon ? trade.contracts * 10_000 : 0;
      expect(trade.stake).toBe(trade.contracts * trade.priceCents * 100);
      expect(trade.fee).toBe(
        Math.ceil(Number((0.07 * trade.contracts * trade.priceCents * (100 - trade.priceCents)).toFixed(6))),
      );
      expect(trade.pnl).toBe(won - trade.stake - trade.fee);
      bankroll += trade.pnl;
      expect(trade.bankroll).toBe(bankroll);
      expect(Number.isSafeInteger(trade.bankroll)).toBe(true);
    }
    expect(result.finalBankroll).toBe(bankroll);
    expect(result.fees).toBe(result.trades.reduce((sum, { fee }) => sum + fee, 0));
  });

  it('stakes at most its share, and only where it sees an edge', () => {
    for (const { trades, startingBankroll } of seeds.map((seed) => run({ seed }).result)) {
      trades.forEach(({ stake, fee, estimate, priceCents }, index) => {
        const before = trades[index - 1]?.bankroll ?? startingBankroll;
        expect(stake + fee).toBeLessThanOrEqual(before * usualHarness.stakeRatioMax);
        expect(estimate * 100).toBeGreaterThan(priceCents);
      });
    }
  });

  it('earns with an estimate better than the market, and not with a worse one', () => {
    const mean = (parts: Partial<HarnessOptions>) =>
      seeds.reduce((sum, seed) => sum + run({ seed, ...parts }).result.finalBankroll, 0) /
      seeds.length /
      10_000;
    expect(mean({})).toBeGreaterThan(60);
    expect(mean({ marketError: 0.001, modelError: 0.1 })).toBeLessThan(50);
  });
});

describe('the guards', () => {
  // An estimate that is mostly wrong, and bets as if there were no tomorrow.
  const reckless = { marketError: 0.001, modelError: 0.3, kellyFraction: 50, stakeRatioMax: 1, trades: 200 };

  it('keep what must not be risked, whatever is bet', () => {
    const ends = seeds.map((seed) => {
      const { result } = run({ seed, ...reckless, drawdownRatioMax: 1 });
      expect(Math.min(...result.trades.map(({ bankroll }) => bankroll))).toBeGreaterThanOrEqual(100_000);
      return result.ended;
    });
    expect(ends.filter((end) => end === 'ruinGuard').length).toBeGreaterThan(20);
  });

  it('end all betting at the drawdown, once', () => {
    const failed = seeds
      .map((seed) => run({ seed, ...reckless }).result)
      .filter(({ ended }) => ended === 'drawdownFailSafe');
    expect(failed.length).toBeGreaterThan(100);
    for (const { trades, startingBankroll, maxDrawdownRatio } of failed) {
      let peak = startingBankroll;
      const depths = trades.map(({ bankroll }) => {
        peak = Math.max(peak, bankroll);
        return (peak - bankroll) / peak;
      });
      expect(depths.findIndex((depth) => depth >= usualHarness.drawdownRatioMax)).toBe(trades.length - 1);
      expect(maxDrawdownRatio).toBe(Math.max(...depths));
    }
  });

  it('say so', () => {
    const { options, result } = run();
    expect(harnessText(result, options)[0]).toBe('ended         complete');
    const ruined = seeds
      .map((seed) => run({ seed, ...reckless, drawdownRatioMax: 1 }))
      .find(({ result: { ended } }) => ended === 'ruinGuard');
    if (ruined === undefined) throw new Error('none was ruined');
    expect(harnessText(ruined.result, ruined.options)[0]).toContain(
      'by the ruin guard: 20.0% of the first bankroll',
    );
  });

  it('give up where there is nothing to win', () => {
    const { result } = run({ marketError: 0, modelError: 0, trades: 10 });
    expect(result).toMatchObject({ ended: 'noOccasions', trades: [], finalBankroll: 500_000 });
    expect(result.skipped.noEdge).toBe(500);
  });
});

describe('backtest --harness', () => {
  async function typed(...words: readonly string[]) {
    const told: string[] = [];
    const program: Program = {
      command: 'backtest',
      words,
      isTerminal: false,
      cores: 1,
      columns: 80,
      tell: (line) => void told.push(line),
      say: () => {},
      monotonicUs: () => 0,
      onInterrupt: () => {},
      breathe: () => Promise.resolve(),
      fork: () => {
        throw new Error('it needs no other process');
      },
      parent: undefined,
    };
    return { exitCode: await runBacktestCommand(program), told };
  }

  it('bets as the harness does, and tells it to people and to programs', async () => {
    const words = ['--harness', '--trades', '100', '--bankroll', '50', '--seed', '7'];
    const { result, options: used } = run();
    expect(await typed(...words)).toEqual({ exitCode: 0, told: harnessText(result, used) });
    const { told } = await typed(...words, '--json');
    const plain = JSON.parse(told.join(''));
    expect(plain).toMatchObject({ ended: 'complete', seed: 7, startingBankroll: '50.0000' });
    expect(plain.stateHash).toBe(result.stateHash);
    expect(plain.finalBankroll).toBe((result.finalBankroll / 10_000).toFixed(4));
    expect(plain.trades).toHaveLength(100);
    expect(plain.trades.map((trade: { pnl: string }) => trade.pnl)).toEqual(
      result.trades.map(({ pnl }) => (pnl / 10_000).toFixed(4)),
    );
  });

  it.each([
    [['--harness', '--feed', 'csv'], /^--feed does not go with --harness/],
    [['--harness', '--data-folder', 'x'], /^--data-folder does not go with --harness/],
    [['sma-cross', '--harness'], /^sma-cross does not go with --harness/],
    [['--trades', '5'], /^--trades goes with --harness alone/],
    [['--harness', '--trades', '0'], /^--trades: expected a whole number from 1 to 1000000, found "0"/],
    [['--harness', '--bankroll', '0'], /^--bankroll: expected dollars above 0, such as 50, found "0"/],
    [['--harness', '--bankroll', '-5'], /./],
  ])('refuses %j', async (words, message) => {
    await expect(typed(...words)).rejects.toThrow(message);
  });
});

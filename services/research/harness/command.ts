import type { Asked } from '../../../infra/process/asked.ts';
import type { Program } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { type HarnessOptions, type HarnessResult, runHarness, usualHarness } from './harness.ts';
import { harnessText } from './harness-text.ts';

const usual = { trades: 100, bankroll: 50, seed: 1 };
/** So many are bet in a second or so. */
const tradesMax = 1_000_000;

/** `interlock backtest --harness`: bets drawn from a seed, to see sizing and guards at work without any market. */
export function betFromSeed(program: Program, asked: Asked): ExitCode {
  const options: HarnessOptions = {
    ...usualHarness,
    seed: asked.wholeNumber('seed') ?? usual.seed,
    trades: tradesOf(asked),
    bankroll: bankrollOf(asked),
  };
  const result = runHarness(options);
  if (asked.isSet('json')) program.tell(JSON.stringify(plainResult(result, options)));
  else for (const line of harnessText(result, options)) program.tell(line);
  return exitCodes.success;
}

const ownOptions = ['trades', 'bankroll'];
const sharedOptions = ['harness', 'seed', 'json'];

/** What goes with a run of bets does not go with a run over data, and the other way round. Throws a UserError. */
export function checkHarnessOptions(
  asked: Asked,
  { known, operands }: { readonly known: readonly string[]; readonly operands: readonly string[] },
): void {
  const isSaid = (name: string): boolean => {
    const option = name.replace(/-[a-z]/g, (part) => part.slice(1).toUpperCase());
    return asked.isSet(option) || asked.text(option) !== undefined;
  };
  if (!asked.isSet('harness')) {
    const stray = ownOptions.find(isSaid);
    if (stray === undefined) return;
    throw new UserError(
      exitCodes.usage,
      `--${stray} goes with --harness alone: a backtest over data has none.`,
    );
  }
  const [strategy] = operands;
  const stray = known.find((name) => isSaid(name) && ![...ownOptions, ...sharedOptions].includes(name));
  const found = strategy ?? (stray === undefined ? undefined : `--${stray}`);
  if (found === undefined) return;
  throw new UserError(
    exitCodes.usage,
    `${found} does not go with --harness, which draws bets from its --seed and knows no market: leave one of them out.`,
  );
}

function tradesOf(asked: Asked): number {
  const trades = asked.wholeNumber('trades') ?? usual.trades;
  if (trades >= 1 && trades <= tradesMax) return trades;
  throw badOption('trades', `a whole number from 1 to ${tradesMax}`, String(trades));
}

function bankrollOf(asked: Asked): number {
  const text = asked.text('bankroll');
  if (text === undefined) return usual.bankroll;
  if (!/^\d{1,9}(\.\d{1,4})?$/.test(text) || Number(text) === 0) {
    throw badOption('bankroll', 'dollars above 0, such as 50', text);
  }
  return Number(text);
}

/** Money as decimal text in dollars: it is exact. */
function plainResult(result: HarnessResult, options: HarnessOptions): Readonly<Record<string, unknown>> {
  const { trades, startingBankroll, finalBankroll, fees, ...rest } = result;
  return {
    ...rest,
    startingBankroll: dollars(startingBankroll),
    finalBankroll: dollars(finalBankroll),
    fees: dollars(fees),
    options,
    trades: trades.map(({ stake, fee, pnl, bankroll, ...trade }) => ({
      ...trade,
      ...{ stake: dollars(stake), fee: dollars(fee), pnl: dollars(pnl), bankroll: dollars(bankroll) },
    })),
  };
}

/** From ten-thousandths, without a division that rounds. */
function dollars(units: number): string {
  const digits = String(Math.abs(units)).padStart(5, '0');
  return `${units < 0 ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

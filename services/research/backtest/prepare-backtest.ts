import { barCacheFolder } from '../../../infra/bar-cache/cached-bars.ts';
import type { LoadedProfile, Override } from '../../../infra/config/load-profile.ts';
import { chooseProfile } from '../../../infra/config/profile-choice.ts';
import { createFeed } from '../../../infra/feeds/create-feed.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { computeBuildHash } from '../../../infra/process/build-hash.ts';
import type { WordOptions } from '../../../infra/process/program.ts';
import { badOption } from '../../../infra/process/user-error.ts';
import { loadStrategyPlans } from '../../../infra/strategy/strategy-plans.ts';
import type { ReplayFeed } from '../../kernel/venue/market-feed.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import type { BacktestOptions } from './run-backtest.ts';

/** What may be typed to say which data, strategy and account a backtest has. */
export const backtestWords: WordOptions = {
  ...{ feed: 'text', data: 'text', symbols: 'text', resolution: 'text', interval: 'text' },
  ...{ columns: 'text', timezone: 'text', actions: 'text', from: 'text', to: 'text' },
  ...{ parameters: 'text', cash: 'text', commission: 'text', slippage: 'text', impact: 'text' },
  ...{ pessimism: 'text', profile: 'text', seed: 'text', 'data-folder': 'text', json: 'flag' },
};

/**
 * What a backtest's options ask for, loaded: profile, strategies, feed. A feed plays once, so each run is prepared
 * anew. Throws a UserError.
 */
export async function readBacktest(asked: Asked, stopwatch: () => number): Promise<BacktestOptions> {
  const loaded = chooseProfile(asked, 'backtest', overridesOf(asked));
  const prepared = await prepareBacktest(loaded, { dataFolder: dataFolderOf(asked), stopwatch });
  return { ...prepared, orderEngine: asked.isSet('machine') ? 'machine' : 'compiled' };
}

/** All that a run of this profile needs. Throws a UserError. */
export async function prepareBacktest(
  loaded: LoadedProfile,
  { dataFolder, stopwatch }: { readonly dataFolder: string; readonly stopwatch: () => number },
): Promise<BacktestOptions> {
  const plans = await loadStrategyPlans(loaded.profile.strategies);
  return { loaded, plans, feed: openFeed(loaded, dataFolder), buildHash: computeBuildHash(), stopwatch };
}

/** The profile's feed, its bars from the cache. Throws a UserError. */
export function openFeed({ profile }: Pick<LoadedProfile, 'profile'>, dataFolder: string): ReplayFeed {
  const { venue, currency, feed } = profile;
  return createFeed(feed, { venue, currency, cache: { folder: barCacheFolder(dataFolder) } });
}

const frictions = [
  ['commission', ['commission', 'ratio']],
  ['slippage', ['slippage']],
  ['impact', ['impact']],
] as const;

function overridesOf(asked: Asked): readonly Override[] {
  const overrides: Override[] = [];
  const cash = asked.text('cash');
  if (cash !== undefined) {
    if (!/^\d{1,9}(\.\d{1,9})?$/.test(cash) || Number(cash) === 0) {
      throw badOption('cash', 'an amount above 0 such as 100000', cash);
    }
    overrides.push([['paperVenue', 'startingCash'], cash]);
  }
  for (const [option, path] of frictions) {
    const text = asked.text(option);
    if (text === undefined) continue;
    if (!/^\d+(\.\d{1,7})?%$/.test(text)) throw badOption(option, 'a ratio such as 0.1%', text);
    overrides.push([['paperVenue', ...path], text]);
  }
  const pessimism = asked.text('pessimism');
  if (pessimism !== undefined) {
    if (!/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/.test(pessimism)) {
      throw badOption('pessimism', 'a number from 0, fills as modelled, to 1, the worst', pessimism);
    }
    overrides.push([['paperVenue', 'pessimism'], Number(pessimism)]);
  }
  const seed = asked.wholeNumber('seed');
  if (seed !== undefined) overrides.push([['paperVenue', 'seed'], seed]);
  return overrides;
}

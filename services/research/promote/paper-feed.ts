import { chosenFeed } from '../../../infra/config/profile-choice.ts';
import { barDayOf } from '../../../infra/feeds/bar-day.ts';
import { dayText, parseDay } from '../../../infra/feeds/new-york-session.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { badOption, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { readMarket, sourceOf } from '../market/read-market.ts';
import { wholeRange } from '../market/whole-range.ts';
import type { Promotable } from './promotable.ts';

/** Throws a UserError for what was typed and says no days. */
export function checkDays(asked: Asked): void {
  for (const option of ['since', 'until'] as const) {
    const text = asked.text(option);
    if (text !== undefined && parseDay(text) === undefined)
      throw badOption(option, 'a day such as 2020-01-02', text);
  }
}

/** Which days, of which feed: `--to` says whereto a run is promoted. Throws a UserError. */
export function withDays(asked: Asked): Asked {
  if (
    asked.text('feed') === 'lean' &&
    (asked.text('since') === undefined || asked.text('until') === undefined)
  ) {
    throw new UserError(exitCodes.usage, '--feed lean needs --since and --until, such as 2020-01-02.');
  }
  return asked.without('to').with({ from: asked.text('since'), to: asked.text('until') });
}

/**
 * What paper trades on: what was asked for, else the data of the validation, from the day after the last that it saw.
 * Throws a UserError when there is no such day.
 */
export function paperFeed(asked: Asked, promotable: Promotable, dataFolder: string): Record<string, unknown> {
  const { feed } = promotable.loaded.profile;
  const isSame = (asked.text('feed') ?? feed.kind) === feed.kind && asked.text('data') === undefined;
  const wanted = isSame ? withDays(withUnseenDays(asked, promotable, dataFolder)) : withDays(asked);
  const chosen = chosenFeed(wanted, feed);
  if (chosen === undefined) throw new Error('days are asked for');
  return chosen;
}

function withUnseenDays(asked: Asked, { result, loaded }: Promotable, dataFolder: string): Asked {
  const { feed } = loaded.profile;
  const { interval } = readMarket(loaded.profile, { dataFolder });
  const lastSeen = barDayOf(sourceOf(feed))(result.to - interval);
  const { to: lastDay } = wholeRange(feed, dataFolder);
  const since = asked.text('since') ?? dayText(lastSeen + 1);
  if (asked.text('since') === undefined && since > lastDay) {
    throw new UserError(
      exitCodes.usage,
      `the data end with ${lastDay}, which validation has seen, and paper needs days that it has not: validate with an earlier --to, or name a feed that goes on, such as --feed synthetic --since 2026-01-05 --speed 60.`,
    );
  }
  return asked.with({ since, until: asked.text('until') ?? lastDay });
}

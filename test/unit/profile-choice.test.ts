// Aim: the command line changes exactly what it names in a profile, and what cannot run is refused before anything starts.
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { chooseProfile } from '../../infra/config/profile-choice.ts';
import { Asked } from '../../infra/process/asked.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';

const choose = (options: Record<string, string>) => chooseProfile(new Asked(options), 'paper');

it('nothing said is the paper profile as it ships', () => {
  expect(choose({})).toEqual(loadProfile('paper'));
});

it('a number that is said takes the place of the one in the profile, and nothing else changes', () => {
  const { feed, ...rest } = choose({ speed: '600', seed: '7' }).profile;
  const { feed: shipped, ...shippedRest } = loadProfile('paper').profile;
  expect(feed).toEqual({ ...shipped, speed: 600, seed: 7 });
  expect(rest).toEqual(shippedRest);
});

it('symbols go to the feed and to the strategies', () => {
  const { feed, strategies } = choose({ symbols: 'SPY, AAPL' }).profile;
  expect(feed.symbols).toEqual(['SPY', 'AAPL']);
  expect(strategies.map(({ instruments }) => instruments)).toEqual([['SPY', 'AAPL']]);
});

it('a LEAN replay runs on the paper profile', () => {
  const { feed, paperVenue } = choose({
    feed: 'lean',
    data: 'some/lean',
    symbols: 'SPY',
    from: '2013-10-07',
    to: '2013-10-11',
    speed: 'max',
  }).profile;
  expect(feed).toEqual({
    kind: 'lean',
    symbols: ['SPY'],
    speed: 'max',
    staleAfter: 120_000_000,
    data: resolve('some/lean'),
    from: '2013-10-07',
    to: '2013-10-11',
    resolution: 'minute',
  });
  expect(paperVenue.matching).toBe('quotes');
});

it('bars from a file are matched as bars', () => {
  const { feed, paperVenue } = choose({ feed: 'csv', data: 'bars.csv' }).profile;
  expect(feed).toMatchObject({ kind: 'csv', data: resolve('bars.csv'), interval: 60_000_000 });
  expect(paperVenue.matching).toBe('bars');
});

it.each([
  { kind: 'csv', data: 'bars.csv', interval: '1m' },
  { kind: 'lean', data: 'some/lean', from: '2013-10-07', to: '2013-10-11', resolution: 'hour' },
])('a feed of bars alone is refused with a venue that waits for quotes: %j', (feed) => {
  const common = { symbols: ['SPY'], speed: 'max', staleAfter: '2m' };
  const load = () => loadProfile('paper', [[['feed'], { ...common, ...feed }]]);
  expect(load).toThrow(
    /paper\.yaml: paperVenue\.matching: expected 'bars', for this feed has no quotes, found "quotes"$/,
  );
});

it("a person's own strategy takes the place of those in the profile", () => {
  const { strategies } = choose({ strategy: '../mine/My_Strategy.ts' }).profile;
  expect(strategies).toMatchObject([
    { id: 'my-strategy', module: resolve('../mine/My_Strategy.ts'), interval: 60_000_000, parameters: {} },
  ]);
});

it('a strategy of the profile keeps its parameters', () => {
  const { strategies } = choose({ strategy: 'sma-cross' }).profile;
  expect(strategies).toEqual(loadProfile('paper').profile.strategies);
});

it('a strategy is given the parameters that were typed, one of the profile or one from a file', () => {
  for (const strategy of ['sma-cross', './breakout.ts']) {
    const { strategies } = choose({ strategy, parameters: '{"fast":5}' }).profile;
    expect(strategies.map(({ parameters }) => parameters)).toEqual([{ fast: 5 }]);
  }
});

describe('refused with the option, what was expected and what was found', () => {
  it.each([
    [{ feed: 'bloomberg' }, '--feed: expected synthetic, csv, parquet, lean or recorded, found "bloomberg".'],
    [{ speed: 'fast' }, '--speed: expected a number or \'max\', found "fast".'],
    [{ parameters: 'fast=5' }, '--parameters: expected JSON such as {"bars":20}, found "fast=5".'],
    [{ port: 'http' }, '--port: expected a whole number, found "http".'],
    [
      { feed: 'lean', data: 'd' },
      '--feed lean needs --from and --to, such as 2013-10-07: without them there is no end.',
    ],
    [{ feed: 'csv' }, '--feed csv needs --data: where the files are.'],
  ])('%j', (options, message) => {
    expect(refusal(options)).toEqual({ exitCode: exitCodes.usage, message });
  });

  it.each([
    [{ symbols: 'spy' }, '--symbols: expected a symbol such as \'SPY\', found "spy"'],
    [{ from: 'yesterday' }, '--from: expected a day such as \'2013-10-07\', found "yesterday"'],
    [{ port: '70000' }, '--port: expected at most 65535, found 70000'],
  ])('%j', (options, message) => {
    const { exitCode, message: said } = refusal(options);
    expect(exitCode).toBe(exitCodes.usage);
    expect(said).toContain(message);
  });
});

function refusal(options: Record<string, string>): { readonly exitCode: number; readonly message: string } {
  try {
    choose(options);
  } catch (error) {
    if (error instanceof UserError) return { exitCode: error.exitCode, message: error.message };
    throw error;
  }
  throw new Error('it was not refused');
}

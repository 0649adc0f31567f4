import { basename, extname, resolve } from 'node:path';
import { intervalToken } from '../../services/kernel/bus/interval-token.ts';
import { parseBarMapping } from '../feeds/bar-mapping.ts';
import type { Asked } from '../process/asked.ts';
import { badOption, exitCodes, UserError } from '../process/user-error.ts';
import { recordedHeader, recordedMarketFiles } from '../recording/recorded-market.ts';
import { type LoadedProfile, loadProfile, type Override } from './load-profile.ts';
import type { FeedProfile, Profile } from './profile.ts';

/** A quote of a minute's data is not stale before the next one is due, and one may be missing. */
const replayStaleAfter = '2m';
const minute = '1m';

/**
 * The profile that was named, or the default one, with what the command line changes in it, and with `further`
 * changes. Throws a UserError.
 */
export function chooseProfile(
  given: Asked,
  defaultProfile: string,
  further: readonly Override[] = [],
): LoadedProfile {
  const name = given.text('profile') ?? defaultProfile;
  const { profile } = loadProfile(name);
  const recorded = recordedProfile(given);
  const symbols = symbolsOf(given) ?? (recorded ?? profile).feed.symbols;
  const overrides: Override[] = [];
  if (changesFeed(given)) overrides.push([['feed'], feedDocument(given, profile.feed, symbols)]);
  // A file of bars has no quotes to match against.
  const kind = given.text('feed');
  if (kind === 'csv' || kind === 'parquet') overrides.push([['paperVenue', 'matching'], 'bars']);
  if (recorded !== undefined) overrides.push([['paperVenue', 'matching'], recorded.paperVenue.matching]);
  const strategies = strategiesDocument(given, profile, symbols);
  if (strategies !== undefined) overrides.push([['strategies'], strategies]);
  const port = given.wholeNumber('port');
  if (port !== undefined) overrides.push([['monitor', 'port'], port]);
  return nameOptions(given, () => loadProfile(name, [...overrides, ...further]));
}

/** Keys of a profile that an option has written: what is wrong there was typed. */
const typedKeys: readonly (readonly [key: RegExp, option: string])[] = [
  [/^feed\.(from|to|data|resolution|interval|speed|seed)$/, '$1'],
  [/^feed\.timeZone$/, 'timezone'],
  [/^feed\.symbols\.\d+$/, 'symbols'],
  [/^strategies\.\d+\.instruments\.\d+$/, 'symbols'],
  [/^strategies\.\d+\.(interval|parameters)$/, '$1'],
  [/^paperVenue\.(slippage|impact|seed|pessimism)$/, '$1'],
  [/^paperVenue\.commission\.ratio$/, 'commission'],
  [/^paperVenue\.startingCash$/, 'cash'],
  [/^monitor\.port$/, 'port'],
];

/** A refusal names the option where one was typed, else file and key. */
function nameOptions(given: Asked, load: () => LoadedProfile): LoadedProfile {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const lines = error.message.split('\n').map((line) => optionLine(given, line));
    const [first] = lines;
    if (first === undefined || lines.every(({ isTyped }) => !isTyped)) throw error;
    const texts = new Set(lines.map(({ text }) => text));
    throw new UserError(
      lines.every(({ isTyped }) => isTyped) ? exitCodes.usage : error.exitCode,
      [...texts].join('\n'),
      { cause: error },
    );
  }
}

function optionLine(given: Asked, line: string): { readonly text: string; readonly isTyped: boolean } {
  const { key = '', rest = '' } = /^.*?: (?<key>[\w.]+): (?<rest>.*)$/s.exec(line)?.groups ?? {};
  for (const [pattern, name] of typedKeys) {
    if (!pattern.test(key)) continue;
    const option = key.replace(pattern, name);
    if (given.text(option) !== undefined) return { text: `--${option}: ${rest}`, isTyped: true };
  }
  return { text: line, isTyped: false };
}

const feedOptions = [
  'feed',
  'data',
  'symbols',
  'resolution',
  'from',
  'to',
  'speed',
  'seed',
  'interval',
  'columns',
  'timezone',
  'actions',
] as const;

/** The feed's section with what the command line changes in it; undefined when it changes nothing. Throws a UserError. */
export function chosenFeed(given: Asked, feed: FeedProfile): Record<string, unknown> | undefined {
  return changesFeed(given) ? feedDocument(given, feed, feed.symbols) : undefined;
}

function changesFeed(given: Asked): boolean {
  return feedOptions.some((option) => given.text(option) !== undefined);
}

/** The feed's section as a profile would write it; keys of another kind of feed are not carried over. */
function feedDocument(given: Asked, feed: FeedProfile, symbols: readonly string[]): Record<string, unknown> {
  const kind = given.text('feed') ?? feed.kind;
  const common = { kind, symbols, speed: speedOf(given) ?? feed.speed };
  const from = given.text('from') ?? ('from' in feed ? feed.from : undefined);
  const to = given.text('to') ?? ('to' in feed ? feed.to : undefined);
  const sameKind = kind === feed.kind;
  const staleAfter = sameKind ? intervalToken(feed.staleAfter) : replayStaleAfter;
  switch (kind) {
    case 'synthetic': {
      const seed = given.wholeNumber('seed') ?? (feed.kind === 'synthetic' ? feed.seed : undefined);
      if (seed === undefined) {
        throw new UserError(
          exitCodes.usage,
          '--feed synthetic needs its --seed, such as 42: its prices are drawn from it.',
        );
      }
      return { ...common, staleAfter, seed, from, ...(to === undefined ? {} : { to }) };
    }
    case 'csv':
    case 'parquet':
      return {
        ...common,
        staleAfter,
        data: dataOf(given, feed, kind),
        ...barFilesDocument(given, feed, kind),
      };
    case 'lean': {
      const resolution = given.text('resolution') ?? (feed.kind === 'lean' ? feed.resolution : 'minute');
      if (from === undefined || to === undefined) {
        throw new UserError(
          exitCodes.usage,
          '--feed lean needs --from and --to, such as 2013-10-07: without them there is no end.',
        );
      }
      return { ...common, staleAfter, data: dataOf(given, feed, kind), from, to, resolution };
    }
    case 'recorded': {
      const days = { from: given.text('from'), to: given.text('to') };
      return { ...common, staleAfter, data: dataOf(given, feed, kind), ...said(days) };
    }
    default:
      throw badOption('feed', 'synthetic, csv, parquet, lean or recorded', kind);
  }
}

/** Under which a recording was made, for what its data alone do not tell. Throws a UserError. */
function recordedProfile(given: Asked): Profile | undefined {
  const data = given.text('data');
  if (given.text('feed') !== 'recorded' || data === undefined) return undefined;
  const [first] = recordedMarketFiles(resolve(data));
  return first === undefined ? undefined : recordedHeader(first).loaded.profile;
}

/** How to read files of bars; days of another kind of feed say nothing of these. */
function barFilesDocument(given: Asked, feed: FeedProfile, kind: 'csv' | 'parquet'): Record<string, unknown> {
  const own = feed.kind === kind ? feed : undefined;
  const columns = given.text('columns');
  const actions = given.text('actions');
  const known = {
    from: given.text('from') ?? own?.from,
    to: given.text('to') ?? own?.to,
    columns: columns === undefined ? own?.columns : parseBarMapping(columns),
    timeZone: given.text('timezone') ?? own?.timeZone,
    actions: actions === undefined ? own?.actions : resolve(actions),
  };
  const interval = given.text('interval') ?? (own === undefined ? minute : intervalToken(own.interval));
  return {
    interval,
    ...said(known),
  };
}

/** Without what was not said. */
function said(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}

function dataOf(given: Asked, feed: FeedProfile, kind: string): string {
  // The files of another kind of feed hold none of this one.
  const data = given.text('data') ?? ('data' in feed && feed.kind === kind ? feed.data : undefined);
  if (data === undefined) {
    throw new UserError(exitCodes.usage, `--feed ${kind} needs --data: where the files are.`);
  }
  return resolve(data);
}

function symbolsOf(given: Asked): readonly string[] | undefined {
  return given
    .text('symbols')
    ?.split(',')
    .map((symbol) => symbol.trim());
}

function speedOf(given: Asked): number | 'max' | undefined {
  const text = given.text('speed');
  if (text === undefined || text === 'max') return text;
  if (!/^\d+(\.\d+)?$/.test(text)) throw badOption('speed', "a number or 'max'", text);
  return Number(text);
}

/** Undefined when the profile's own stay as they are. */
function strategiesDocument(
  given: Asked,
  profile: Profile,
  symbols: readonly string[],
): readonly unknown[] | undefined {
  const wanted = given.text('strategy');
  const parameters = parametersOf(given);
  const interval = intervalOf(given, profile.feed);
  const changes = [wanted, parameters, interval, symbolsOf(given)];
  if (changes.every((change) => change === undefined)) return undefined;
  const chosen = profile.strategies.filter(({ module }) => wanted === undefined || module === wanted);
  if (wanted === undefined || chosen.length > 0) {
    return chosen.map((strategy) => ({
      ...strategyDocument(strategy, symbols),
      interval: interval ?? intervalToken(strategy.interval),
      parameters: parameters ?? strategy.parameters,
    }));
  }
  const [first] = profile.strategies;
  return [
    {
      id: strategyIdOf(wanted),
      module: isPath(wanted) ? resolve(wanted) : wanted,
      instruments: symbols,
      interval: interval ?? (first === undefined ? minute : intervalToken(first.interval)),
      parameters: parameters ?? {},
    },
  ];
}

const intervals: Readonly<Record<string, string>> = { minute: '1m', hour: '1h', daily: '1d' };

/** Of the bars that strategies see. Undefined when nothing was said: that of the profile. */
function intervalOf(given: Asked, feed: FeedProfile): string | undefined {
  const wanted = given.text('interval') ?? intervals[given.text('resolution') ?? ''];
  const kind = given.text('feed');
  // Strategies see the bars of the files that were named.
  return wanted ?? ((kind === 'csv' || kind === 'parquet') && kind !== feed.kind ? minute : undefined);
}

function parametersOf(given: Asked): unknown {
  const text = given.text('parameters');
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badOption('parameters', 'JSON such as {"bars":20}', text);
  }
}

function strategyDocument(
  strategy: Profile['strategies'][number],
  instruments: readonly string[],
): Record<string, unknown> {
  const { orderLife, ...rest } = strategy;
  const life = orderLife === undefined ? {} : { orderLife: intervalToken(orderLife) };
  return { ...rest, ...life, instruments };
}

function isPath(module: string): boolean {
  return /[/\\.]/.test(module);
}

/** `my_Strategy.ts` trades as `my-strategy`. */
function strategyIdOf(module: string): string {
  const words = basename(module, extname(module)).toLowerCase();
  return words.replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-$/g, '') || 'strategy';
}

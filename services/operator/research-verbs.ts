import { handOver } from './research-program.ts';
import type { Operand, Option, Verb } from './verb.ts';

/** How to read files of bars. */
export const barFileOptions: readonly Option[] = rarely([
  {
    notation: '--interval <duration>',
    meaning: 'length of the bars of a csv or parquet feed, whose times are their beginnings (default 1m)',
  },
  {
    notation: '--columns <pairs>',
    meaning: 'columns by their names in the file, such as time=Date,open=Open',
  },
  { notation: '--timezone <zone>', meaning: 'of times without one, such as America/New_York (default UTC)' },
  {
    notation: '--actions <file>',
    meaning: 'dividends and splits, a csv of date,symbol,action,value, for prices that are not adjusted',
  },
]);

const runFolderOption: Option = {
  notation: '--data-folder <folder>',
  meaning: 'where runs are kept (default .interlock)',
};

/** What is played. */
const dataOptions: readonly Option[] = [
  { notation: '--feed <kind>', meaning: 'lean, csv, parquet, or recorded by up --record' },
  { notation: '--data <path>', meaning: 'file or folder of the feed' },
  { notation: '--symbols <symbols>', meaning: 'what to trade, such as SPY,QQQ' },
  { notation: '--resolution <resolution>', meaning: 'minute, hour or daily, of a lean feed' },
  { notation: '--from <day>', meaning: 'first day, such as 1998-01-02' },
  { notation: '--to <day>', meaning: 'last day' },
];

const frictionOptions: readonly Option[] = [
  { notation: '--commission <ratio>', meaning: 'of what is traded, such as 0.1%' },
  { notation: '--slippage <ratio>', meaning: 'of the price, whatever is traded, such as 0.02%' },
  {
    notation: '--impact <ratio>',
    meaning: 'of the price, for an order as large as all that is offered, such as 0.3%',
    isRare: true,
  },
];

/** Who trades, and under which conditions. */
const accountOptions: readonly Option[] = [
  { notation: '--parameters <json>', meaning: 'what the strategy is given, such as {"fast":10}' },
  { notation: '--cash <money>', meaning: 'what the account begins with (default 100000)' },
  ...frictionOptions,
  {
    notation: '--pessimism <number>',
    meaning: 'from 0, fills as modelled, to 1, the worst the data allow',
  },
  { notation: '--profile <profile>', meaning: 'a profile that ships, or a file (default backtest)' },
];

interface ResearchVerb {
  readonly name: string;
  readonly summary: string;
  readonly operands?: readonly Operand[];
  readonly options: readonly Option[];
  readonly example: string;
}

const verbs: readonly ResearchVerb[] = [
  {
    name: 'backtest',
    summary: 'run a strategy on past data: all services, in one process, as fast as it goes',
    operands: [
      { notation: '[strategy]', meaning: 'one that ships, or a file (default: as the profile says)' },
    ],
    options: [
      ...dataOptions,
      ...accountOptions,
      { notation: '--lookahead-check', meaning: 'run again on truncated data: no signal may change' },
      ...barFileOptions,
      { notation: '--seed <number>', meaning: 'of the paper venue and of all ids', isRare: true },
      {
        notation: '--machine',
        meaning: 'orders follow the machine itself: the same result, slower',
        isRare: true,
      },
      {
        notation: '--data-folder <folder>',
        meaning: 'where bars are cached (default .interlock)',
        isRare: true,
      },
      {
        notation: '--harness',
        meaning: 'bets drawn from the seed instead of data: sizing and guards at work',
        isRare: true,
      },
      { notation: '--trades <number>', meaning: 'of the harness (default 100)', isRare: true },
      { notation: '--bankroll <dollars>', meaning: 'of the harness (default 50)', isRare: true },
    ],
    example: 'backtest sma-cross --feed csv --data bars.csv --symbols SPY',
  },
  {
    name: 'compare',
    summary: 'whether two runs, or a run and a live journal, did the same, where they part and why',
    operands: [
      { notation: '<first>', meaning: "a run as 'report list' shows it, or the data folder of a system" },
      { notation: '<second>', meaning: 'the same' },
    ],
    options: [runFolderOption],
    example: 'compare ./.interlock latest',
  },
  {
    name: 'monte-carlo',
    summary: 'what luck, shocks and other stakes might have made of a stored run',
    operands: [{ notation: '[run]', meaning: 'its id, or a part of it (default: latest)' }],
    options: [
      { notation: '--paths <number>', meaning: 'how often it is drawn (default 10000)' },
      {
        notation: '--periods <number>',
        meaning: 'days or trades of a path (default: as many as the run has)',
      },
      {
        notation: '--block <days>',
        meaning: 'mean length of the blocks that days are drawn in (default 10)',
      },
      { notation: '--trades', meaning: 'draw closed trades, each by itself, instead of days' },
      { notation: '--ruin <ratio>', meaning: 'share of the start that counts as ruin (default 50%)' },
      { notation: '--seed <number>', meaning: 'the same gives the same (default 1)' },
      runFolderOption,
    ],
    example: 'monte-carlo latest --ruin 80%',
  },
  {
    name: 'promote',
    summary:
      'carry on what was validated: check it once more, and write a profile for paper, or after paper for live; starts nothing',
    operands: [{ notation: '<run>', meaning: 'one that was validated: its id, or a part of it, or latest' }],
    options: [
      { notation: '--to <stage>', meaning: 'paper or live' },
      {
        notation: '--reviewed <text>',
        meaning: 'what somebody found who looked, where the gate says needs_review; kept in the profile',
      },
      {
        notation: '--profile-out <file>',
        meaning: 'where the profile goes (default profiles in the data folder)',
      },
      {
        notation: '--feed <kind>',
        meaning: 'what paper trades on: synthetic, csv, parquet, lean or recorded (default: as validated)',
      },
      { notation: '--data <path>', meaning: 'file or folder of the feed' },
      {
        notation: '--since <day>',
        meaning: 'first day of paper (default: the day after the last that validation saw)',
      },
      { notation: '--until <day>', meaning: 'last day of paper (default: as far as the data go)' },
      { notation: '--speed <speed>', meaning: "market seconds a second, or 'max' (default: as validated)" },
      {
        notation: '--paper <folder>',
        meaning: 'to live: data folder of the system that traded on paper (default: the data folder)',
      },
      {
        notation: '--approval <rule>',
        meaning: 'to live: orders that wait for a signature: always, never, above=5000.00 (default always)',
      },
      {
        notation: '--resolution <resolution>',
        meaning: 'minute, hour or daily, of a lean feed',
        isRare: true,
      },
      ...barFileOptions,
      { notation: '--seed <number>', meaning: 'of the synthetic feed', isRare: true },
      runFolderOption,
    ],
    example: 'promote latest --to paper',
  },
  {
    name: 'report backtest',
    summary: 'make the report of a stored run, one page that opens anywhere, and tell what is in it',
    operands: [{ notation: '[run]', meaning: 'its id, or a part of it (default: latest)' }],
    options: [{ notation: '--csv', meaning: 'every figure, one a line' }, runFolderOption],
    example: 'report backtest latest',
  },
  {
    name: 'report list',
    summary: 'every run ever made, the newest last',
    options: [runFolderOption],
    example: 'report list',
  },
  {
    name: 'report reproduce',
    summary: 'run the stored inputs of a run again, and compare hash and figures',
    operands: [{ notation: '<run>', meaning: 'its id, or a part of it, or latest' }],
    options: [runFolderOption],
    example: 'report reproduce latest',
  },
  {
    name: 'screen',
    summary: 'try every combination of parameters on past bars, and tell what luck makes of the best',
    operands: [
      {
        notation: '<strategy>',
        meaning: 'one that ships, or a file, with a vectorised form: an export `screen`',
      },
    ],
    options: [
      {
        notation: '--grid <ranges>',
        meaning: 'what to vary: name=from:to:step, such as fast=5:50,slow=20:200:10',
      },
      { notation: '--feed <kind>', meaning: 'lean, csv or parquet' },
      { notation: '--data <path>', meaning: 'file or folder of the feed' },
      { notation: '--symbols <symbols>', meaning: 'such as SPY,QQQ: held together, in equal shares' },
      { notation: '--resolution <resolution>', meaning: 'minute, hour or daily, of a lean feed' },
      { notation: '--from <day>', meaning: 'first day, such as 1998-01-02; bars before it warm up' },
      { notation: '--to <day>', meaning: 'last day' },
      {
        notation: '--cost <ratio>',
        meaning: 'of what is traded, spread and slippage included (default 0.05%)',
      },
      { notation: '--top <number>', meaning: 'how many to show (default 20)' },
      { notation: '--workers <number>', meaning: 'threads (default: one a core)' },
      ...barFileOptions,
      { notation: '--profile <profile>', meaning: 'whose feed to use (default backtest)', isRare: true },
      {
        notation: '--data-folder <folder>',
        meaning: 'where bars are cached and trials counted (default .interlock)',
        isRare: true,
      },
    ],
    example: 'screen sma-cross --feed csv --data bars.csv --symbols SPY --grid fast=5:50:5,slow=20:200:20',
  },
  {
    name: 'simulate',
    summary: 'run the services on simulated, failing machines, and check every promise at every step',
    options: [
      { notation: '--seed <number>', meaning: 'the first seed (default 1)' },
      { notation: '--seeds <number>', meaning: 'how many seeds, each on its own (default 1)' },
      { notation: '--steps <number>', meaning: 'events of a seed before its faults stop (default 10000)' },
      { notation: '--workers <number>', meaning: 'processes that share the seeds (default: one a core)' },
      { notation: '--shrink', meaning: 'show a broken seed with as few faults and steps as it takes' },
      { notation: '--without <kinds>', meaning: 'kinds of fault to leave out, by comma', isRare: true },
    ],
    example: 'simulate --seed 1 --seeds 100 --steps 10000',
  },
  {
    name: 'validate',
    summary:
      'put a strategy through costs, sizes and regimes, and judge it: approved, needs_review, rejected',
    operands: [
      { notation: '[strategy]', meaning: 'one that ships, or a file (default: as the profile says)' },
    ],
    options: [
      ...dataOptions,
      { notation: '--parameters <json>', meaning: 'what the strategy is given, such as {"fast":10}' },
      { notation: '--cash <money>', meaning: 'what the account begins with (default 100000)' },
      {
        notation: '--limits <limits>',
        meaning: 'other than the usual, such as positionRatioMax=60%,cashRatioMin=0%',
      },
      { notation: '--commission <ratio>', meaning: 'of what is traded (default 0.2%)' },
      { notation: '--slippage <ratio>', meaning: 'of the price (default 0.02%)' },
      {
        notation: '--impact <ratio>',
        meaning: 'of the price, for an order as large as all that is offered (default 0.3%)',
      },
      { notation: '--profile <profile>', meaning: 'a profile that ships, or a file (default backtest)' },
      ...barFileOptions,
      { notation: '--seed <number>', meaning: 'of the paper venue and of all ids', isRare: true },
      runFolderOption,
    ],
    example: 'validate sma-cross --feed csv --data bars.csv --symbols SPY --limits positionRatioMax=60%',
  },
  {
    name: 'walk-forward',
    summary:
      'choose parameters anew in every window, trade them on the days right after it, and report all of it',
    operands: [
      {
        notation: '[strategy]',
        meaning:
          'one that ships, or a file; without an export `screen` each combination is played, which is slower',
      },
    ],
    options: [
      ...dataOptions,
      {
        notation: '--grid <grid>',
        meaning: 'what training tries: name=from:to:step, such as fast=5:50:5,slow=20:200:20',
      },
      { notation: '--train <length>', meaning: 'what each choice is made on (default 2y)' },
      { notation: '--test <length>', meaning: 'days that follow, and are traded (default 6m)' },
      { notation: '--step <length>', meaning: 'from one window to the next (default: as --test)' },
      { notation: '--objective <name>', meaning: 'best by sharpe, return or calmar (default sharpe)' },
      { notation: '--workers <number>', meaning: 'processes that share the work (default 1)' },
      {
        notation: '--daily',
        meaning: 'instead of windows: a --month as it is, day by day, with a folder of files a day',
      },
      { notation: '--month <month>', meaning: 'of --daily, such as 2013-10' },
      ...accountOptions,
      ...barFileOptions,
      { notation: '--seed <number>', meaning: 'of the paper venue and of all ids', isRare: true },
      runFolderOption,
    ],
    example:
      'walk-forward sma-cross --feed lean --data ../shared/data/lean --symbols SPY --resolution hour --from 1998-01-02 --to 2021-03-31 --grid fast=5:50:5,slow=20:200:20 --train 2y --test 6m',
  },
];

/** What research does, in processes of its own: each verb hands its operands and options over as they were typed. */
export const researchVerbs: readonly Verb[] = verbs.map((verb) => ({
  ...verb,
  load: async () => ({
    run: (given, terminal) => handOver(verb.name, given, { options: verb.options, terminal }),
  }),
}));

/** Left out of a verb's help: they stand in docs/generated/cli.md. */
function rarely(options: readonly Option[]): readonly Option[] {
  return options.map((option) => ({ ...option, isRare: true }));
}

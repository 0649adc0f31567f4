// Options of several verbs. Every command reads them, to parse what is typed: nothing that takes time to load belongs here.
import type { Option } from './verb.ts';

/** Options of every verb that talks to a running system. */
export const systemOptions: readonly Option[] = [
  { notation: '--data-folder <folder>', meaning: 'where the system runs (default .interlock)' },
  { notation: '--nats <url>', meaning: 'its NATS server, such as nats://127.0.0.1:4222' },
  {
    notation: '--keys <folder>',
    meaning: 'where your keys are (default keys in the data folder)',
    isRare: true,
  },
];

/** Names the private key of whoever types. */
export const keyEnvironment = 'INTERLOCK_OPERATOR_KEY';

/** Options of every verb that signs. */
export const signingOptions: readonly Option[] = [
  {
    notation: '--key <file>',
    meaning: `your private key (default $${keyEnvironment}, or operator.key in the key folder)`,
  },
  {
    notation: '--valid <duration>',
    meaning: 'how long the signature counts, by the wall clock (default 10m)',
    isRare: true,
  },
  ...systemOptions,
];

/** Options of every verb that reads files of bars. */
export const barSourceOptions: readonly Option[] = [
  {
    notation: '--format <format>',
    meaning: 'csv, lean or parquet (default: as the name or the folder says)',
  },
  { notation: '--symbols <symbols>', meaning: 'only these, such as SPY,QQQ (default: all that are there)' },
  {
    notation: '--interval <duration>',
    meaning:
      'length of the bars in csv or parquet, whose times are their beginnings, such as 1m or 1d (default: what rows are apart)',
  },
  { notation: '--resolution <name>', meaning: 'minute, hour or daily of a lean folder (default: all)' },
  {
    notation: '--columns <pairs>',
    meaning: 'columns by their names in the file, such as time=Date,open=Open',
  },
  { notation: '--timezone <zone>', meaning: 'of times without one, such as America/New_York (default UTC)' },
];

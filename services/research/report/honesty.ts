import type { Ruin } from '../backtest/ruin.ts';
import type { DataDoubts } from '../market/data-doubts.ts';
import {
  deflatedSharpe,
  deflatedThreshold,
  minimumTrackRecord,
  probabilisticSharpe,
} from '../overfitting/sharpe-significance.ts';
import { moments } from '../statistics/moments.ts';
import { periodSharpe } from '../statistics/performance.ts';
import { doubtSentences, isBroken } from './doubt-text.ts';
import { ruinText } from './ruin-text.ts';
import { counted, decimal, percent, whole } from './wording.ts';

/** How often something was tried on data that overlap with its own, as the trial log counts it, this run included. */
export interface Trials {
  readonly trials: number;
  readonly runs: number;
  /** Of the trials' Sharpe ratios of one period, each times the root of its periods; undefined with fewer than two. */
  readonly scoreVariance: number | undefined;
}

/** What is left of a Sharpe ratio when luck, tails, length and the number of trials are counted. */
export interface Honesty {
  readonly sharpeAnnual: number;
  /** That the true Sharpe ratio is above 0. */
  readonly probabilisticSharpe: number;
  /** That it is above what the best of all trials has by luck. The same as above when there was one trial. */
  readonly deflatedSharpe: number;
  /** What the best of so many trials without skill is to be expected to have. */
  readonly luckySharpeAnnual: number;
  readonly minimumRecordYears: number;
  readonly recordYears: number;
  /** Of the trials' Sharpe ratios of one period, as if all were as long as this record; undefined with fewer than two. */
  readonly sharpeVariance: number | undefined;
  readonly trials: Trials;
}

/** As told to a trader: whether to believe it, and why. */
export interface Verdict {
  readonly level: 'holds' | 'open' | 'fails';
  readonly headline: string;
  readonly sentences: readonly string[];
}

/** The customary bar of the literature that these figures come from. */
const confidence = 0.95;
/** Below, a chance is nearer to even than to proof. */
const coinToss = 0.75;
/** Below, moments of returns say next to nothing. */
const periodsMin = 60;
const tradesMin = 30;
/** A win rate that may be off by more is none. */
const marginMax = 0.3;

/** `returns` of session days. Of a ruined account, whatever it had before: no ratio, and no chance of skill. */
export function honesty(
  returns: Float64Array,
  context: { readonly daysPerYear: number; readonly trials: Trials; readonly isRuined?: boolean },
): Honesty {
  const { skew, kurtosis, count } = moments(returns);
  const record = { sharpe: periodSharpe(returns), skew, kurtosis, periods: count };
  const yearly = Math.sqrt(context.daysPerYear);
  const { trials, scoreVariance } = context.trials;
  // A week's Sharpe ratio is large by luck alone. What it says of a record of years is what that luck leaves there.
  const sharpeVariance = scoreVariance === undefined || count === 0 ? undefined : scoreVariance / count;
  const search = { trials, variance: sharpeVariance ?? 0 };
  const found = {
    sharpeAnnual: record.sharpe * yearly,
    probabilisticSharpe: probabilisticSharpe(record),
    deflatedSharpe: deflatedSharpe(record, search),
    luckySharpeAnnual: deflatedThreshold(search) * yearly,
    minimumRecordYears: minimumTrackRecord(record, { confidence }) / context.daysPerYear,
    recordYears: count / context.daysPerYear,
    sharpeVariance,
    trials: context.trials,
  };
  if (context.isRuined !== true) return found;
  const never = { sharpeAnnual: Number.NaN, minimumRecordYears: Number.POSITIVE_INFINITY };
  return { ...found, ...never, probabilisticSharpe: 0, deflatedSharpe: 0 };
}

export function verdictOf(
  found: Honesty,
  sample: {
    readonly sessionDays: number;
    readonly trades: number;
    readonly signalsChanged?: number | undefined;
    readonly ruin?: Ruin | undefined;
    readonly doubts?: DataDoubts | undefined;
  },
): Verdict {
  const { signalsChanged = 0, ruin, doubts } = sample;
  const doubted = doubts === undefined ? [] : doubtSentences(doubts);
  if (signalsChanged > 0) {
    return {
      level: 'fails',
      headline: 'It knows the future: no figure of it can be believed.',
      sentences: [
        ...doubted,
        `On data that end earlier ${counted(signalsChanged, 'signal')} came out otherwise: the strategy acts on what had not happened yet.`,
        trialSentence(found, sample),
      ],
    };
  }
  if (ruin !== undefined) {
    return {
      level: 'fails',
      headline: ruinText(ruin),
      sentences: [
        ...doubted,
        'The run ends there: the broker closes what is held, and what the strategy would have done later never happens.',
        trialSentence(found, sample),
      ],
    };
  }
  return {
    ...(isBroken(doubts) ? brokenPrices : headlineOf(found, sample)),
    sentences: [
      ...doubted,
      trialSentence(found, sample),
      // Without any change there is no ratio to speak of, and moments of a few days say nothing.
      ...(Number.isNaN(found.sharpeAnnual) || isTooShort(sample)
        ? []
        : [skillSentence(found), lengthSentence(found)]),
      ...sizeSentences(sample),
    ],
  };
}

const brokenPrices = {
  level: 'fails',
  headline: 'Its prices jump where no split is known: no figure of it can be believed.',
} as const;

function headlineOf(
  found: Honesty,
  sample: { readonly sessionDays: number; readonly trades: number },
): Pick<Verdict, 'level' | 'headline'> {
  if (sample.sessionDays >= periodsMin && Number.isNaN(found.sharpeAnnual)) {
    return { level: 'open', headline: 'Equity never changed: there is nothing to judge.' };
  }
  if (isTooShort(sample)) {
    return { level: 'open', headline: 'Too short to tell anything from luck.' };
  }
  if (found.sharpeAnnual <= 0) return { level: 'fails', headline: 'There is no edge here to explain.' };
  if (found.deflatedSharpe < 0.5) return { level: 'fails', headline: 'Luck alone explains this result.' };
  const isLongEnough = found.recordYears >= found.minimumRecordYears;
  if (found.deflatedSharpe < confidence || !isLongEnough) {
    const headline =
      found.deflatedSharpe < coinToss
        ? 'Luck may well explain this result.'
        : 'Better than luck so far, not proven.';
    return { level: 'open', headline };
  }
  if (sample.trades < tradesMin) return { level: 'open', headline: 'It holds, on very few trades.' };
  const headline =
    found.trials.trials <= 1
      ? 'Unlikely to be luck if it was the only attempt; nobody has counted others made elsewhere.'
      : 'It holds against luck and the attempts on record.';
  return { level: 'holds', headline };
}

function isTooShort({ sessionDays }: { readonly sessionDays: number }): boolean {
  return sessionDays < periodsMin;
}

function trialSentence(
  { trials, sharpeVariance, luckySharpeAnnual, sharpeAnnual }: Honesty,
  sample: { readonly sessionDays: number },
): string {
  if (trials.trials <= 1) {
    return 'This is the only attempt on record with one of these instruments in this time; those made elsewhere are not counted, and each would raise the bar.';
  }
  const runs = trials.runs === trials.trials ? '' : ` (${counted(trials.runs, 'run')})`;
  const tried = `${counted(trials.trials, 'different attempt')}${runs} are on record with one of these instruments on overlapping dates, whatever the interval; those made elsewhere are not counted.`;
  if (sharpeVariance === undefined || isTooShort(sample)) return tried;
  const shown = Number.isNaN(sharpeAnnual) ? 'has none' : `shows ${decimal(sharpeAnnual)}`;
  return `${tried} The luckiest of so many without any skill would show a Sharpe ratio of about ${decimal(luckySharpeAnnual)} a year; this one ${shown}.`;
}

function skillSentence(found: Honesty): string {
  const above = `The chance that the true Sharpe ratio is above zero is ${percent(found.probabilisticSharpe)}, skew and fat tails counted`;
  if (found.trials.trials <= 1) return `${above}.`;
  return `${above}. That it is above what luck makes of all those attempts: ${percent(found.deflatedSharpe)}.`;
}

function lengthSentence({ sharpeAnnual, minimumRecordYears, recordYears }: Honesty): string {
  if (!(sharpeAnnual > 0)) return 'No length of a record like this one would tell it from luck.';
  const needed = yearsOf(minimumRecordYears);
  const comparison = recordYears >= minimumRecordYears ? 'which is enough' : 'which is too short';
  return `To be told from luck with ${whole(confidence * 100)}% confidence such a record must last ${needed}; this one lasts ${yearsOf(recordYears)}, ${comparison}.`;
}

/** Half the width of the 95% interval of a share of one half. */
function sizeSentences({ trades }: { readonly trades: number }): readonly string[] {
  if (trades === 0) return ['No trade was closed, so there is nothing to say of trades.'];
  const margin = 1.96 * Math.sqrt(0.25 / trades);
  if (margin < 0.05) return [];
  if (margin > marginMax)
    return [`${counted(trades, 'closed trade')}: too few to say anything of a win rate.`];
  return [
    `${counted(trades, 'closed trade')}: the win rate may be off by ${whole(margin * 100)} points either way.`,
  ];
}

function yearsOf(years: number): string {
  if (years < 1 / 12) return `${counted(Math.max(1, Math.round(years * 252)), 'session day')}`;
  if (years < 2) return counted(Math.round(years * 12), 'month');
  return `${decimal(years, { digits: 1 })} years`;
}

import { withChanges } from '../../../infra/config/derived-profile.ts';
import { type LoadedProfile, readProfile } from '../../../infra/config/load-profile.ts';
import { chosenFeed } from '../../../infra/config/profile-choice.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { playBacktest } from '../backtest/command.ts';
import { endingAt } from '../backtest/played-feed.ts';
import { openFeed, prepareBacktest } from '../backtest/prepare-backtest.ts';
import { type Comparison, compareSides, type Side } from '../compare/comparison.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { metrics } from '../statistics/metrics.ts';
import { returnAnnual, runFacts } from '../validate/run-facts.ts';
import { withDays } from './paper-feed.ts';
import type { PaperFacts } from './paper-gate.ts';
import { type PaperJournals, readPaperJournals } from './paper-journals.ts';
import { paperRun } from './paper-run.ts';
import { firstTime, outsideSpan } from './paper-span.ts';
import type { Promotable } from './promotable.ts';
import type { Workplace } from './promotion.ts';

/** Paper trading, read, and held against its backtest. */
export interface PaperTrading {
  readonly journals: PaperJournals;
  /** What happened, told as a backtest is. */
  readonly run: BacktestResult;
  readonly backtest: BacktestResult;
  readonly compared: Comparison;
  readonly facts: PaperFacts;
}

/** Undefined: interrupted. Throws a UserError. */
export async function readPaper(
  promotable: Promotable,
  promoted: LoadedProfile,
  { asked, program, dataFolder }: Workplace,
): Promise<PaperTrading | undefined> {
  const journals = readPaperJournals(asked.text('paper') ?? dataFolder);
  const loaded = fedAsSaid(promoted, asked);
  const until = brandOf.timestampUs(journals.until);
  const { buildHash } = promotable.result.inputs;
  const run = paperRun(journals.rows, {
    feed: endingAt(openFeed(loaded, dataFolder), until),
    loaded,
    buildHash,
  });
  const stopwatch = (): number => program.monotonicUs();
  const prepared = await prepareBacktest(loaded, { dataFolder, stopwatch });
  if (program.isTerminal) program.say('playing the days of paper\n');
  const { result: backtest } = await playBacktest(
    { ...prepared, feed: endingAt(prepared.feed, until) },
    program,
  );
  if (backtest.ended !== 'complete') return undefined;
  const compared = compareSides(sideOf(run, 'paper'), sideOf(backtest, 'its backtest'));
  const facts: PaperFacts = {
    limits: promotable.facts.limits,
    validated: promotable.judged,
    run: runFacts(run, promotable.facts.run.deflatedSharpe),
    sessions: metrics(run, calendarOfRun(run)).sessionDays,
    from: firstTime(journals.rows, run),
    outside: outsideSpan(journals.rows, run),
    seenTo: promotable.result.to,
    backtest: {
      sharpeAnnual: metrics(backtest, calendarOfRun(backtest)).sharpeAnnual,
      returnAnnualRatio: returnAnnual(backtest),
      maxDrawdownRatio: metrics(backtest, calendarOfRun(backtest)).maxDrawdownRatio,
    },
    compared,
    journals,
    limitsVersion: promoted.limitsVersion,
  };
  return { journals, run, backtest, compared, facts };
}

/** What paper was fed with: as its profile says, or as `up` was told instead. */
function fedAsSaid(promoted: LoadedProfile, asked: Asked): LoadedProfile {
  const chosen = chosenFeed(withDays(asked), promoted.profile.feed);
  if (chosen === undefined) return promoted;
  return readProfile(withChanges(promoted.document, [[['feed'], chosen]]), promoted);
}

export function sideOf({ outcomes, equity, from, to }: BacktestResult, name: string): Side {
  return { name, outcomes, equity, span: { from, to }, conditions: undefined };
}

/** Which journals proved it, as they were. */
export function proofOf({ journals: { ledgerId, heads }, facts }: PaperTrading) {
  const { execution: executionHead, risk: riskHead } = heads;
  return { ledgerId, executionHead, riskHead, sessions: facts.sessions, trades: facts.run.trades };
}

export function figuresOf({ facts, compared }: PaperTrading) {
  const { limits, run, backtest } = facts;
  const { compared: orders, same, counts, worseBy } = compared;
  return { limits, run, backtest, compared: { orders, same, counts, worseBy } };
}

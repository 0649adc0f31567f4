import { decimal, percent, whole } from '../report/wording.ts';
import { type RegimeFigures, regimeDaysMin } from './regimes.ts';

/** What a strategy may never do before it is let near a market; all as shares of equity. */
export interface RiskLimits {
  readonly positionRatioMax: number;
  readonly drawdownRatioMax: number;
  readonly dailyLossRatioMax: number;
  readonly leverageRatioMax: number;
  readonly positionsMax: number;
  readonly cashRatioMin: number;
}

export const usualLimits: RiskLimits = {
  positionRatioMax: 0.1,
  drawdownRatioMax: 0.25,
  dailyLossRatioMax: 0.05,
  leverageRatioMax: 1,
  positionsMax: 20,
  cashRatioMin: 0.05,
};

/** Where a run drifts so far from what its screen promised, or hurts so much, that somebody has to look. */
export const alertLevels = {
  returnDriftRatio: 0.3,
  sharpeDrift: 1,
  drawdownRatio: 0.15,
  /** Times that of the screen. */
  drawdownTimes: 1.5,
  dailyLossRatio: 0.03,
} as const;

/** So many alerts are severe. */
export const alertsMax = 1;
const tradesMin = 30;
/** Below, luck alone explains the best of all that was tried. */
const deflatedSharpeMin = 0.5;

export interface GateFacts {
  readonly limits: RiskLimits;
  readonly run: {
    readonly sharpeAnnual: number | null;
    readonly returnAnnualRatio: number;
    readonly maxDrawdownRatio: number;
    readonly worstDayRatio: number;
    readonly maxPositionRatio: number;
    readonly maxLeverageRatio: number;
    readonly minCashRatio: number;
    readonly positionsMax: number;
    readonly trades: number;
    /** In words, when the account came to its end. */
    readonly ruin: string | null;
    /** With every trial on these data counted. */
    readonly deflatedSharpe: number;
  };
  /** What nobody knows of the data. */
  readonly doubts: { readonly isPriceBroken: boolean; readonly sentences: readonly string[] };
  /** At the run's mean exposure; a text says why there is none. */
  readonly screen: ScreenPromise | string;
  readonly costs: readonly { readonly pessimism: number; readonly sharpeAnnual: number | null }[];
  /** By whatever name. */
  readonly regimes: readonly (Omit<RegimeFigures, 'regime'> & { readonly regime: string })[];
  /** Signals that were others when the data ended earlier. */
  readonly signalsChanged: number;
  /** Of the run: all, and those at which the data were made to end. */
  readonly signals: number;
  readonly signalsAtCuts: number;
}

export interface ScreenPromise {
  readonly sharpeAnnual: number | null;
  readonly returnAnnualRatio: number;
  readonly maxDrawdownRatio: number;
}

export type Outcome = 'passed' | 'failed' | 'unknown';

export interface Check {
  readonly name: 'riskLimits' | 'auditGate' | 'screeningPassed' | 'validationPassed' | 'drawdownLimit';
  readonly outcome: Outcome;
  /** Each a clause that a person understands; what failed first. */
  readonly findings: readonly string[];
}

export type Decision = 'approved' | 'rejected' | 'needs_review';

/** The same facts give the same decision, always. */
export function judge(facts: GateFacts): {
  readonly decision: Decision;
  readonly alerts: readonly string[];
  readonly checks: readonly Check[];
} {
  const { run, screen } = facts;
  const alerts = alertsOf(run, typeof screen === 'string' ? undefined : { by: 'the screen', ...screen });
  const checks = [
    riskLimits(facts),
    auditGate(facts, alerts),
    screening(facts),
    validation(facts),
    drawdownLimit(facts),
  ];
  return { decision: decisionOf(checks, alerts), alerts, checks };
}

export function decisionOf(checks: readonly Check[], alerts: readonly string[]): Decision {
  const has = (outcome: Outcome): boolean => checks.some((check) => check.outcome === outcome);
  if (has('failed')) return 'rejected';
  return has('unknown') || alerts.length > 0 ? 'needs_review' : 'approved';
}

type Bounded = Pick<GateFacts, 'limits' | 'run'>;

/** `further`: what else speaks of a limit that did not hold. */
export function riskLimits({ limits, run }: Bounded, further: readonly string[] = []): Check {
  const findings = [
    run.ruin === null ? [] : [run.ruin],
    above('a position of', run.maxPositionRatio, limits.positionRatioMax),
    above('leverage of', run.maxLeverageRatio, limits.leverageRatioMax),
    above('a day that lost', -run.worstDayRatio, limits.dailyLossRatioMax),
    run.positionsMax > limits.positionsMax
      ? [`${whole(run.positionsMax)} positions, allowed are ${whole(limits.positionsMax)}`]
      : [],
    run.minCashRatio < limits.cashRatioMin
      ? [`cash of ${percent(run.minCashRatio)}, needed are ${percent(limits.cashRatioMin)}`]
      : [],
    ...further,
  ].flat();
  return checked('riskLimits', findings, 'no position, day, leverage or cash beyond its limit');
}

export function drawdownLimit({ limits, run }: Bounded): Check {
  const findings = above('a drawdown of', run.maxDrawdownRatio, limits.drawdownRatioMax);
  return checked('drawdownLimit', findings, `the deepest drawdown was ${percent(run.maxDrawdownRatio)}`);
}

function above(what: string, ratio: number, ratioMax: number): readonly string[] {
  return ratio > ratioMax ? [`${what} ${percent(ratio)}, allowed are ${percent(ratioMax)}`] : [];
}

/** Whether screen and run tell the same story, and none of it knew the future. */
function auditGate(
  { signalsChanged, signals, signalsAtCuts, screen, doubts }: GateFacts,
  alerts: readonly string[],
): Check {
  const name = 'auditGate';
  if (signalsChanged > 0) {
    return {
      name,
      outcome: 'failed',
      findings: [`${whole(signalsChanged)} signals knew what came after them`],
    };
  }
  // A price that jumps by itself earns or loses what nobody ever had.
  if (doubts.isPriceBroken) return { name, outcome: 'failed', findings: doubts.sentences };
  if (alerts.length > alertsMax) return { name, outcome: 'failed', findings: alerts };
  if (typeof screen === 'string')
    return {
      name,
      outcome: 'unknown',
      findings: [`nothing to compare with: ${screen}`, ...alerts, ...doubts.sentences],
    };
  return {
    name,
    outcome: 'passed',
    findings: [
      ...(alerts.length > 0 ? alerts : ['the run keeps what the screen promised']),
      `no signal was another on data that end earlier; at ${whole(signalsAtCuts)} of ${whole(signals)} not a bar more was there`,
      ...doubts.sentences,
    ],
  };
}

/** What a run may be held against, and who said it. */
export interface HeldAgainst extends ScreenPromise {
  readonly by: string;
}

export function alertsOf(run: GateFacts['run'], promise: HeldAgainst | undefined): readonly string[] {
  const found: string[] = [];
  const worst = -run.worstDayRatio;
  if (worst > alertLevels.dailyLossRatio)
    found.push(`a day lost ${percent(worst)}, alarming above ${percent(alertLevels.dailyLossRatio)}`);
  const promisedDrawdown = promise?.maxDrawdownRatio ?? Number.POSITIVE_INFINITY;
  const drawdownMax = Math.min(alertLevels.drawdownRatio, alertLevels.drawdownTimes * promisedDrawdown);
  if (run.maxDrawdownRatio > drawdownMax) {
    found.push(`a drawdown of ${percent(run.maxDrawdownRatio)}, alarming above ${percent(drawdownMax)}`);
  }
  if (promise === undefined) return found;
  const { by, returnAnnualRatio, sharpeAnnual } = promise;
  const drift = Math.abs(run.returnAnnualRatio - returnAnnualRatio) / Math.abs(returnAnnualRatio);
  if (drift > alertLevels.returnDriftRatio) {
    found.push(
      `a return of ${percent(run.returnAnnualRatio)} a year, ${by} had ${percent(returnAnnualRatio)}: more than ${percent(alertLevels.returnDriftRatio, { digits: 0 })} apart`,
    );
  }
  if (Math.abs((run.sharpeAnnual ?? 0) - (sharpeAnnual ?? 0)) > alertLevels.sharpeDrift) {
    found.push(
      `a Sharpe ratio of ${decimal(run.sharpeAnnual)}, ${by} had ${decimal(sharpeAnnual)}: more than ${decimal(alertLevels.sharpeDrift, { digits: 1 })} apart`,
    );
  }
  return found;
}

function screening({ screen, run }: GateFacts): Check {
  const name = 'screeningPassed';
  if (typeof screen === 'string') return { name, outcome: 'unknown', findings: [screen] };
  const findings = [
    (screen.sharpeAnnual ?? 0) > 0
      ? []
      : [`the screen has a Sharpe ratio of ${decimal(screen.sharpeAnnual)}`],
    run.deflatedSharpe >= deflatedSharpeMin
      ? []
      : [`luck alone explains it: deflated Sharpe ratio ${percent(run.deflatedSharpe)}`],
  ].flat();
  return checked(
    name,
    findings,
    `Sharpe ratio ${decimal(screen.sharpeAnnual)}, deflated ${percent(run.deflatedSharpe)}`,
  );
}

function validation({ costs, regimes, run }: GateFacts): Check {
  const name = 'validationPassed';
  const toldRegimes = regimes.filter(({ days }) => days >= regimeDaysMin);
  const good = toldRegimes.filter(({ returnAnnualRatio }) => (returnAnnualRatio ?? 0) > 0);
  const lost = costs.filter(({ pessimism, sharpeAnnual }) => pessimism <= 0.5 && (sharpeAnnual ?? 0) <= 0);
  const findings = [
    ...lost.map(
      ({ pessimism, sharpeAnnual }) =>
        `a Sharpe ratio of ${decimal(sharpeAnnual)} at pessimism ${decimal(pessimism, { digits: 1 })}`,
    ),
    ...(good.length * 2 < toldRegimes.length
      ? [`a profit in ${good.length} of ${toldRegimes.length} regimes`]
      : []),
    ...(run.trades < tradesMin ? [`${whole(run.trades)} trades, needed are ${tradesMin}`] : []),
  ];
  if (findings.length === 0 && toldRegimes.length === 0) {
    return { name, outcome: 'unknown', findings: [`no regime lasted ${regimeDaysMin} days`] };
  }
  return checked(
    name,
    findings,
    `a profit at all but the worst costs, and in ${good.length} of ${toldRegimes.length} regimes`,
  );
}

export function checked(name: Check['name'], findings: readonly string[], otherwise: string): Check {
  return findings.length > 0
    ? { name, outcome: 'failed', findings }
    : { name, outcome: 'passed', findings: [otherwise] };
}

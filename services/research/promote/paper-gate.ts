import type { Comparison } from '../compare/comparison.ts';
import { counted, dayOf, percent, whole } from '../report/wording.ts';
import {
  alertLevels,
  alertsMax,
  alertsOf,
  type Check,
  checked,
  decisionOf,
  drawdownLimit,
  type GateFacts,
  riskLimits,
  type ScreenPromise,
} from '../validate/gate.ts';
import type { PaperJournals, Trip } from './paper-journals.ts';
import type { OutsideSpan } from './paper-span.ts';
import type { Judged } from './promotion.ts';

/** Fewer say nothing of what a strategy does where nobody has seen the days before. */
export const sessionsMin = 20;
export const tradesMin = 10;
/** So many days are named; of the rest it is told how many. */
const outsideDaysMax = 5;

/** Switches that measure what the gate limits: one that tripped has found a limit exceeded. */
const limitSwitch = /^(maxDrawdown|dailyLoss|positionSize|grossExposure)(-|$)/;

export interface PaperFacts {
  /** The gate's, as the run was validated. */
  readonly limits: GateFacts['limits'];
  /** Of the validation, judged anew with all trials until now. */
  readonly validated: Judged;
  /** What happened on paper, in the gate's figures. */
  readonly run: GateFacts['run'];
  readonly sessions: number;
  /** Market time of the first datum that paper had, and of the last that validation had seen. */
  readonly from: number;
  readonly seenTo: number;
  /** What its journal tells of days that are not judged. */
  readonly outside: OutsideSpan;
  /** Of a backtest over the same data. */
  readonly backtest: ScreenPromise;
  /** Paper's orders beside those of that backtest. */
  readonly compared: Pick<Comparison, 'compared' | 'same'>;
  readonly journals: Pick<PaperJournals, 'trips' | 'latched' | 'reconciled' | 'inDoubt' | 'limitsVersions'>;
  /** Of the profile that was promoted to paper. */
  readonly limitsVersion: string;
}

/** The five checks once more, on what happened on paper. The same facts give the same decision, always. */
export function judgePaper(facts: PaperFacts): Judged {
  const { journals, limits, run, backtest } = facts;
  const drift = alertsOf(run, { by: 'its backtest', ...backtest });
  const alerts = [
    ...drift,
    ...orderAlerts(facts),
    ...otherTrips(journals.trips).map((trip) => `${tripText(trip)}, and was reset`),
  ];
  const exceeded = journals.trips.filter(({ name }) => limitSwitch.test(name)).map(tripText);
  const checks = [
    riskLimits({ limits, run }, exceeded),
    auditGate(facts, { drift, alerts }),
    stillPassed(facts, 'screeningPassed'),
    validation(facts),
    drawdownLimit({ limits, run }),
  ];
  return { decision: decisionOf(checks, alerts), alerts, checks };
}

function otherTrips(trips: readonly Trip[]): readonly Trip[] {
  return trips.filter(({ name }) => !limitSwitch.test(name));
}

function tripText({ name, at, reason }: Trip): string {
  return `${name} tripped on ${dayOf(at)}: ${reason}`;
}

/** Small differences are looked at, large ones fail. */
function orderAlerts({ compared: { compared, same } }: PaperFacts): readonly string[] {
  return same === compared
    ? []
    : [`${whole(compared - same)} of ${counted(compared, 'order')} came out otherwise than in its backtest`];
}

/** Whether paper was what it says, its books agree, and it did what its backtest does. */
function auditGate(
  facts: PaperFacts,
  { drift, alerts }: { readonly drift: readonly string[]; readonly alerts: readonly string[] },
): Check {
  const {
    journals,
    compared: { compared, same },
    limitsVersion,
  } = facts;
  const { latched, inDoubt, reconciled, limitsVersions } = journals;
  const others = limitsVersions.filter((version) => version !== limitsVersion);
  const findings = [
    latched.length > 0 ? [`${latched.join(', ')} is tripped, and nobody has reset it`] : [],
    inDoubt.length > 0
      ? [`${counted(inDoubt.length, 'order')} of which nobody knows whether it lives: ${inDoubt.join(', ')}`]
      : [],
    reconciled === undefined ? ['books and venue were never compared'] : [],
    reconciled?.converged === false ? [`books and venue differ: ${reconciled.differences.join('; ')}`] : [],
    outsideFindings(facts),
    others.length > 0
      ? [
          `orders were decided under other limits (${others.map((each) => each.slice(0, 8) || 'none').join(', ')}) than were promoted (${limitsVersion.slice(0, 8)})`,
        ]
      : [],
    compared - same > compared * alertLevels.returnDriftRatio
      ? [
          `${percent((compared - same) / compared)} of its orders came out otherwise than in its backtest, allowed are ${percent(alertLevels.returnDriftRatio, { digits: 0 })}`,
        ]
      : [],
    drift.length > alertsMax ? drift : [],
  ].flat();
  return checked('auditGate', [...new Set(findings)], auditPassed(facts, alerts));
}

/** What is not judged must not be what went wrong. */
function outsideFindings({ outside: { rows, days } }: PaperFacts): readonly string[] {
  if (rows === 0) return [];
  const shown = days.slice(0, outsideDaysMax);
  const more = days.length > shown.length ? ` and ${whole(days.length - shown.length)} more` : '';
  return [
    `${counted(rows, 'row')} of orders on ${shown.join(', ')}${more}, outside the days that are judged: --since, --until and --feed have to cover all that paper traded`,
  ];
}

function auditPassed({ compared: { compared, same } }: PaperFacts, alerts: readonly string[]): string {
  const orders = `${whole(same)} of ${counted(compared, 'order')} as in its backtest`;
  return alerts.length > 0
    ? alerts.join('; ')
    : `journals sound, books and venue agree, no switch tripped, ${orders}`;
}

/** Trials that were made since then count. */
function stillPassed({ validated }: PaperFacts, name: Check['name']): Check {
  const check = validated.checks.find((each) => each.name === name);
  if (check === undefined) throw new Error(`a validation has a check ${name}`);
  return check;
}

function validation(facts: PaperFacts): Check {
  const { sessions, run, from, seenTo } = facts;
  const before = stillPassed(facts, 'validationPassed');
  const findings = [
    ...(before.outcome === 'failed' ? before.findings : []),
    ...(sessions < sessionsMin
      ? [`${counted(sessions, 'session')} on paper so far, needed are ${sessionsMin}`]
      : []),
    ...(run.trades < tradesMin
      ? [`${counted(run.trades, 'trade')} on paper so far, needed are ${tradesMin}`]
      : []),
    ...(from <= seenTo
      ? [`paper traded days from ${dayOf(from)} on, and validation had seen all to ${dayOf(seenTo)}`]
      : []),
  ];
  if (findings.length === 0 && before.outcome === 'unknown') return before;
  return checked(
    'validationPassed',
    findings,
    `${counted(sessions, 'session')} and ${counted(run.trades, 'trade')} on paper, on days that validation had not seen`,
  );
}

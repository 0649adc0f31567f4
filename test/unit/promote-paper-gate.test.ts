// Aim: paper is let on to live by what its journals prove and its figures show, and each thing that is wrong is named.
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { judgePaper, type PaperFacts } from '../../services/research/promote/paper-gate.ts';
import { usualLimits } from '../../services/research/validate/gate.ts';

const dayUs = 86_400_000_000;
const run: PaperFacts['run'] = {
  sharpeAnnual: 1.1,
  returnAnnualRatio: 0.1,
  maxDrawdownRatio: 0.05,
  worstDayRatio: -0.01,
  maxPositionRatio: 0.1,
  maxLeverageRatio: 0.5,
  minCashRatio: 0.5,
  positionsMax: 3,
  trades: 10,
  ruin: null,
  deflatedSharpe: 0.9,
};
const reconciled = {
  account: brandOf.accountId('paper-1'),
  venue: brandOf.venueId('paper'),
  converged: true,
  ordersChecked: 0,
  fillsApplied: 0,
  differences: [],
  executionEpoch: brandOf.epoch(1),
  details: [],
};

type Journals = PaperFacts['journals'];

function facts(
  changes: Omit<Partial<PaperFacts>, 'run' | 'journals'> & {
    readonly run?: Partial<PaperFacts['run']>;
    readonly journals?: Partial<Journals>;
  } = {},
): PaperFacts {
  const limitsVersion = 'a'.repeat(64);
  return {
    limits: usualLimits,
    validated: {
      decision: 'approved',
      alerts: [],
      checks: (['screeningPassed', 'validationPassed'] as const).map((name) => ({
        name,
        outcome: 'passed',
        findings: ['as it was'],
      })),
    },
    sessions: 20,
    from: 101 * dayUs,
    seenTo: 100 * dayUs,
    outside: { rows: 0, days: [] },
    backtest: { sharpeAnnual: 1, returnAnnualRatio: 0.11, maxDrawdownRatio: 0.05 },
    compared: { compared: 20, same: 20 },
    limitsVersion,
    ...changes,
    run: { ...run, ...changes.run },
    journals: {
      trips: [],
      latched: [],
      reconciled,
      inDoubt: [],
      limitsVersions: [limitsVersion],
      ...changes.journals,
    },
  };
}

const failures = (given: PaperFacts): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    judgePaper(given)
      .checks.filter(({ outcome }) => outcome === 'failed')
      .map(({ name, findings }) => [name, findings]),
  );
const trip = (name: string) => ({ name, at: 105 * dayUs, reason: 'it was too much' });

describe('paper', () => {
  it('that kept every limit, for long enough, as its backtest does, is approved', () => {
    expect(judgePaper(facts())).toMatchObject({ decision: 'approved', alerts: [] });
    expect(judgePaper(facts()).checks.map(({ name }) => name)).toEqual([
      'riskLimits',
      'auditGate',
      'screeningPassed',
      'validationPassed',
      'drawdownLimit',
    ]);
  });

  it.each([
    ['riskLimits', { run: { maxPositionRatio: 0.11 } }, 'a position of 11.0%, allowed are 10.0%'],
    [
      'riskLimits',
      { journals: { trips: [trip('dailyLoss')] } },
      'dailyLoss tripped on 1970-04-15: it was too much',
    ],
    ['riskLimits', { journals: { trips: [trip('maxDrawdown-sma')] } }, 'maxDrawdown-sma tripped on'],
    ['auditGate', { journals: { latched: ['manual'] } }, 'manual is tripped, and nobody has reset it'],
    [
      'auditGate',
      { journals: { inDoubt: [brandOf.clientOrderId('GB7Q')] } },
      '1 order of which nobody knows',
    ],
    ['auditGate', { journals: { reconciled: undefined } }, 'books and venue were never compared'],
    [
      'auditGate',
      { journals: { reconciled: { ...reconciled, converged: false, differences: ['SPY 1 here, 2 there'] } } },
      'books and venue differ: SPY 1 here, 2 there',
    ],
    [
      'auditGate',
      { journals: { limitsVersions: ['a'.repeat(64), 'b'.repeat(64)] } },
      '(bbbbbbbb) than were promoted (aaaaaaaa)',
    ],
    [
      'auditGate',
      { outside: { rows: 7, days: ['1970-04-12', '1970-04-13'] } },
      '7 rows of orders on 1970-04-12, 1970-04-13, outside the days that are judged',
    ],
    [
      'auditGate',
      { outside: { rows: 70, days: ['01', '02', '03', '04', '05', '06', '07'] } },
      'on 01, 02, 03, 04, 05 and 2 more, outside',
    ],
    ['auditGate', { compared: { compared: 20, same: 13 } }, '35.0% of its orders came out otherwise'],
    ['auditGate', { run: { returnAnnualRatio: 0.2, sharpeAnnual: 3 } }, 'its backtest had 11.0%'],
    ['validationPassed', { sessions: 19 }, '19 sessions on paper so far, needed are 20'],
    ['validationPassed', { run: { trades: 9 } }, '9 trades on paper so far, needed are 10'],
    ['validationPassed', { from: 100 * dayUs }, 'validation had seen all to'],
    ['drawdownLimit', { run: { maxDrawdownRatio: 0.26 } }, 'a drawdown of 26.0%, allowed are 25.0%'],
  ] as const)('is rejected by %s: %j', (name, changes, finding) => {
    const given = facts(changes);
    expect(judgePaper(given).decision).toBe('rejected');
    expect(failures(given)[name]).toContainEqual(expect.stringContaining(finding));
  });

  it.each([
    ['an order that its backtest did otherwise', { compared: { compared: 20, same: 19 } }, '1 of 20 orders'],
    ['a switch that was tripped and reset', { journals: { trips: [trip('manual')] } }, 'manual tripped on'],
    ['one figure that drifted', { run: { returnAnnualRatio: 0.2 } }, 'more than 30% apart'],
  ] as const)('is to be looked at for %s', (_what, changes, alert) => {
    const judged = judgePaper(facts(changes));
    expect(judged.decision).toBe('needs_review');
    expect(judged.alerts).toEqual([expect.stringContaining(alert)]);
  });

  it('is rejected when its validation would not pass any more, for all that was tried since then', () => {
    const failed = {
      name: 'screeningPassed',
      outcome: 'failed',
      findings: ['luck alone explains it'],
    } as const;
    const [, second] = facts().validated.checks;
    if (second === undefined) throw new Error('there are two');
    const given = facts({ validated: { decision: 'rejected', alerts: [], checks: [failed, second] } });
    expect(failures(given)).toEqual({ screeningPassed: ['luck alone explains it'] });
  });
});

// Aim: regimes are told from the past alone, the gate decides by its rules and its figures, and capacity ends where half is gone.

import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { newYorkCalendar } from '../../services/research/statistics/session-days.ts';
import {
  type Capacity,
  capacityOf,
  type SizedRun,
  wantsLarger,
} from '../../services/research/validate/capacity.ts';
import { type GateFacts, judge, usualLimits } from '../../services/research/validate/gate.ts';
import { marketDays, regimeFigures, regimesOf } from '../../services/research/validate/regimes.ts';
import { runFacts } from '../../services/research/validate/run-facts.ts';
import { validateText } from '../../services/research/validate/validate-text.ts';
import { aBacktestResult } from './backtest-samples.ts';

const dayUs = 86_400_000_000;

/** 300 calm days up, 200 wild ones up, 300 calm ones down, 200 wild ones down. */
const stretches = [
  { days: 300, drift: 0.002, swing: 0.001 },
  { days: 200, drift: 0.004, swing: 0.02 },
  { days: 300, drift: -0.002, swing: 0.001 },
  { days: 200, drift: -0.004, swing: 0.02 },
];
const change = stretches.flatMap(({ days, drift, swing }, part) =>
  Array.from({ length: days }, (_, index) =>
    part === 0 && index === 0 ? Number.NaN : drift + (index % 2 === 0 ? swing : -swing),
  ),
);
const day = change.map((_, index) => index);

describe('regimes', () => {
  const regimes = regimesOf({ day, change });

  it('are what the market was like before the day', () => {
    expect([126, 150, 299].map((date) => regimes.get(date))).toEqual([undefined, 'calmRising', 'calmRising']);
    expect([450, 499].map((date) => regimes.get(date))).toEqual(['wildRising', 'wildRising']);
    expect([750, 799].map((date) => regimes.get(date))).toEqual(['calmFalling', 'calmFalling']);
    expect([950, 999].map((date) => regimes.get(date))).toEqual(['wildFalling', 'wildFalling']);
  });

  it('do not hold the result of their own day', () => {
    const crashed = change.map((value, index) => (index === 150 ? -0.5 : value));
    expect(regimesOf({ day, change: crashed }).get(150)).toBe('calmRising');
    expect(regimesOf({ day, change: crashed }).get(151)).toBe('wildFalling');
  });

  it('share out what a run earned, and say nothing of too few days', () => {
    const returns = day.map((date) => (regimes.get(date) === 'wildFalling' ? 0.01 + (date % 2) / 1_000 : 0));
    const short = regimeFigures(new Map([...regimes].slice(0, 59)), { day, returns, daysPerYear: 252 });
    expect(short.every(({ sharpeAnnual }) => sharpeAnnual === null)).toBe(true);
    const [calmRising, , , wildFalling] = regimeFigures(regimes, { day, returns, daysPerYear: 252 });
    expect(calmRising).toMatchObject({ regime: 'calmRising', returnAnnualRatio: 0 });
    expect(wildFalling?.returnAnnualRatio).toBeCloseTo(0.0105 * 252, 2);
  });

  it('count splits and dividends as no change of the market', () => {
    const closes = [100, 100, 50, 49];
    const column = Float64Array.from(closes);
    const bars = {
      ...{ instrument: brandOf.instrumentId('SPY'), interval: brandOf.durationUs(dayUs), length: 4 },
      ...{ open: column, high: column, low: column, close: column, volume: column },
      openTime: Float64Array.from(closes, (_, index) => index * dayUs),
    };
    const actions = [
      { row: 2, shares: 2, cash: 0 },
      { row: 3, shares: 1, cash: 1 },
    ];
    const days = marketDays([{ bars, actions }], newYorkCalendar);
    expect(days.change.slice(1)).toEqual([0, 0, 0]);
    expect(days.day).toHaveLength(4);
    expect(marketDays([{ bars, actions: [] }], newYorkCalendar).change[2]).toBe(-0.5);
  });
});

const facts = (changes: {
  readonly run?: Partial<GateFacts['run']>;
  readonly screen?: GateFacts['screen'];
  readonly costs?: GateFacts['costs'];
  readonly regimes?: GateFacts['regimes'];
  readonly signalsChanged?: number;
  readonly doubts?: GateFacts['doubts'];
}): GateFacts => ({
  limits: usualLimits,
  doubts: { isPriceBroken: false, sentences: [] },
  screen: { sharpeAnnual: 1.5, returnAnnualRatio: 0.1, maxDrawdownRatio: 0.1 },
  costs: [0, 0.5, 1].map((pessimism) => ({ pessimism, sharpeAnnual: 1.2 - pessimism })),
  regimes: [{ regime: 'calmRising', days: 500, sharpeAnnual: 1, returnAnnualRatio: 0.1 }],
  signalsChanged: 0,
  ...{ signals: 120, signalsAtCuts: 40 },
  ...changes,
  run: {
    sharpeAnnual: 1.2,
    returnAnnualRatio: 0.09,
    maxDrawdownRatio: 0.12,
    worstDayRatio: -0.02,
    maxPositionRatio: 0.1,
    maxLeverageRatio: 0.9,
    minCashRatio: 0.05,
    positionsMax: 20,
    trades: 30,
    ruin: null,
    deflatedSharpe: 0.9,
    ...changes.run,
  },
});
const failed = (given: GateFacts) =>
  judge(given)
    .checks.filter(({ outcome }) => outcome === 'failed')
    .map(({ name }) => name);

describe('the gate', () => {
  it('approves what keeps every limit to its figure and its promise', () => {
    expect(judge(facts({}))).toMatchObject({ decision: 'approved', alerts: [] });
  });

  it.each([
    ['riskLimits', { maxPositionRatio: 0.1001 }],
    ['riskLimits', { maxLeverageRatio: 1.0001 }],
    ['riskLimits', { positionsMax: 21 }],
    ['riskLimits', { minCashRatio: 0.0499 }],
    ['drawdownLimit', { maxDrawdownRatio: 0.2501 }],
    ['riskLimits', { ruin: 'the account was lost: Ruined on 2004-10-29' }],
    ['screeningPassed', { deflatedSharpe: 0.49 }],
    ['validationPassed', { trades: 29 }],
  ])('rejects by %s: %j', (name, run) => {
    const given = facts({ run });
    expect(judge(given).decision).toBe('rejected');
    expect(failed(given)).toEqual([name]);
  });

  it.each([
    ['auditGate', { signalsChanged: 1 }],
    ['auditGate', { doubts: { isPriceBroken: true, sentences: ['EEM: its close went from 9 to 90'] } }],
    [
      'screeningPassed',
      {
        screen: { sharpeAnnual: 0, returnAnnualRatio: 0.1, maxDrawdownRatio: 0.1 },
        run: { sharpeAnnual: 0.9 },
      },
    ],
    ['validationPassed', { costs: [{ pessimism: 0.5, sharpeAnnual: 0 }] }],
    [
      'validationPassed',
      {
        regimes: (['calmRising', 'calmFalling', 'wildRising'] as const).map((regime, place) => ({
          ...{ regime, days: 60, sharpeAnnual: 0 },
          returnAnnualRatio: place === 0 ? 0.1 : -0.1,
        })),
      },
    ],
  ])('rejects by %s: %j', (name, changes) => {
    const given = facts(changes);
    expect(judge(given).decision).toBe('rejected');
    expect(failed(given)).toEqual([name]);
  });

  it('lets the worst costs lose money', () => {
    expect(judge(facts({ costs: [{ pessimism: 1, sharpeAnnual: -1 }] })).decision).toBe('approved');
  });

  it.each<[string, Parameters<typeof facts>[0]]>([
    ['a day', { run: { worstDayRatio: -0.0301 } }],
    ['a drawdown', { run: { maxDrawdownRatio: 0.1501 } }],
    [
      '1.5 times the drawdown of the screen',
      { screen: { sharpeAnnual: 1.5, returnAnnualRatio: 0.1, maxDrawdownRatio: 0.079 } },
    ],
    ['a return', { run: { returnAnnualRatio: 0.0699 } }],
    ['a Sharpe ratio', { run: { sharpeAnnual: 0.49 } }],
  ])('wants somebody to look at %s, and rejects two of such', (_, changes) => {
    const one = judge(facts(changes));
    expect(one.alerts).toHaveLength(1);
    expect(one.decision).toBe('needs_review');
    const severe = facts({
      ...changes,
      run: { worstDayRatio: -0.04, returnAnnualRatio: 0.01, ...changes.run },
    });
    expect(judge(severe).decision).toBe('rejected');
    expect(failed(severe)).toContain('auditGate');
  });

  it('approves nothing that it cannot judge', () => {
    const unknown = judge(facts({ screen: 'there is no vectorised form' }));
    expect(unknown.decision).toBe('needs_review');
    expect(judge(facts({ regimes: [] })).decision).toBe('needs_review');
  });
});

describe('what the gate looks at', () => {
  it('is the largest position, the least cash and the worst day of the run', () => {
    const result = aBacktestResult({ days: 500 });
    const found = runFacts(result, 0.7);
    const { equity, cash, exposure } = result.equity;
    const ratios = Array.from(exposure, (value, row) => value / (equity[row] ?? Number.NaN));
    expect(found.maxPositionRatio).toBe(Math.max(...ratios));
    expect(found.minCashRatio).toBe(
      Math.min(...Array.from(cash, (value, row) => value / (equity[row] ?? 1))),
    );
    expect(found.worstDayRatio).toBeLessThan(0);
    expect(found).toMatchObject({ positionsMax: 1, deflatedSharpe: 0.7, trades: result.trades.length });
  });

  it('is, of several instruments, each one of them after each of its orders', () => {
    const result = aBacktestResult({ days: 100 });
    const outcomes = result.outcomes.map((order, place) => ({
      ...order,
      instrument: brandOf.instrumentId(place % 2 === 0 ? 'SPY' : 'QQQ'),
      side: 'buy' as const,
    }));
    const instruments = ['SPY', 'QQQ'].map(brandOf.instrumentId);
    const found = runFacts({ ...result, outcomes, instruments }, 1);
    expect(found.positionsMax).toBe(2);
    expect(found.maxPositionRatio).toBeGreaterThan(1);
  });
});

describe('capacity', () => {
  const run = (times: number, sharpeAnnual: number, returnAnnualRatio = 0.1): SizedRun => ({
    ...{ times, sharpeAnnual, returnAnnualRatio, unfilledRatio: 0, largestQuantity: 100 * times },
  });

  it('is the largest size that keeps more than half of the Sharpe ratio', () => {
    const runs = [run(1, 1), run(10, 0.51)];
    expect(wantsLarger(runs)).toBe(true);
    expect(capacityOf(runs)).toMatchObject({ timesMax: 10, isReached: false });
    const halved = [...runs, run(100, 0.5)];
    expect(wantsLarger(halved)).toBe(false);
    expect(capacityOf(halved)).toMatchObject({ timesMax: 10, isReached: true });
  });

  it('ends, too, where orders are too large to be filled, and the money lies idle', () => {
    expect(capacityOf([run(1, 1), run(10, 1, 0.05)])).toMatchObject({ timesMax: 1, isReached: true });
    expect(wantsLarger([run(1, 1), run(10, 1, 0.051)])).toBe(true);
  });

  it('is unknown where orders stayed what they were, and only the cash beside them grew', () => {
    const runs = [run(1, 1), { ...run(10, 0.9, 0.01), largestQuantity: 100 }];
    expect(wantsLarger(runs)).toBe(false);
    expect(capacityOf(runs)).toMatchObject({ timesMax: null, isReached: false, isUnknown: true });
    expect(capacityOf([run(1, 1), { ...run(10, 0.9), largestQuantity: 510 }])).toMatchObject({
      timesMax: 10,
    });
  });

  it('is none where nothing was earned', () => {
    expect(wantsLarger([run(1, -0.1)])).toBe(false);
    expect(capacityOf([run(1, -0.1)])).toMatchObject({ timesMax: null, isReached: false });
  });
});

describe('what a person is told', () => {
  const base = { ...aBacktestResult({ days: 300 }), denials: { INSUFFICIENT_CASH: 3 } };
  const told = (changes: Parameters<typeof facts>[0], denied = 0, capacity: Partial<Capacity> = {}) => {
    const given = facts(changes);
    const outcomes = base.outcomes.map((order, place) =>
      place < denied ? { ...order, state: 'denied' as const } : order,
    );
    return validateText(
      {
        base: { id: 'run', result: { ...base, outcomes } },
        costs: [],
        capacity: { runs: [], timesMax: 1, isReached: false, isUnknown: false, ...capacity },
        ...{
          regimes: given.regimes,
          screen: given.screen,
          signalsChanged: given.signalsChanged,
          signals: 9,
          signalsAtCuts: 9,
        },
      },
      judge(given),
    );
  };

  it('is each check by its name, with all that it found', () => {
    const lines = told({ run: { maxPositionRatio: 0.5, minCashRatio: 0.01 } });
    expect(lines.slice(lines.indexOf('checks') + 1, -2)).toEqual([
      '  risk limits      FAILED   a position of 50.0%, allowed are 10.0%',
      '                            cash of 1.0%, needed are 5.0%',
      '  audit gate       passed   the run keeps what the screen promised',
      '                            no signal was another on data that end earlier; at 40 of 120 not a bar more was there',
      expect.stringMatching(/^ {2}screening {8}passed /),
      expect.stringMatching(/^ {2}validation {7}passed /),
      expect.stringMatching(/^ {2}drawdown limit {3}passed /),
    ]);
    expect(lines.at(-1)).toMatch(/^rejected: risk limits failed\./);
  });

  it('is why somebody has to look', () => {
    expect(told({ run: { worstDayRatio: -0.04 } }).at(-1)).toBe(
      'needs_review: all five checks passed, but a day lost 4.0%, alarming above 3.0%: somebody has to look before it goes on',
    );
    expect(told({ screen: 'there is no vectorised form' }).at(-1)).toBe(
      'needs_review: nothing failed, but audit gate, screening cannot be told: somebody has to look before it goes on',
    );
    expect(told({}).at(-1)).toMatch(/^approved: all five checks passed/);
  });

  it('is that capacity is unknown where no run was larger', () => {
    const run = { times: 1, sharpeAnnual: 1, returnAnnualRatio: 0.1, unfilledRatio: 0, largestQuantity: 50 };
    const capacity = capacityOf([run, { ...run, times: 10, returnAnnualRatio: 0.01 }]);
    expect(told({}, 0, capacity).join('\n')).toMatch(
      / unknown: with more money the strategy asked for no more/,
    );
  });

  it('is what risk denied, since figures are of what was left', () => {
    expect(told({}).join()).not.toContain('denied');
    expect(told({}, 3)).toContain(
      `  3 of ${base.outcomes.length} orders were denied at pessimism 0: INSUFFICIENT_CASH 3`,
    );
  });
});

// Aim: a switch of one strategy measures that strategy, fees paid, and stops that strategy alone; losses are measured
// through cash flows, days and restarts.
import { describe, expect, it } from 'vitest';
import type { CashReason, StrategyPosition } from '../../protos/gen/portfolio.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { SwitchDefinition } from '../../services/kernel/kill-switch/switch-definition.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { Acts, aReset } from './risk-acts.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent, moneyOf, priceOf, sma } from './risk-samples.ts';
import { ada } from './signing-samples.ts';

const other = brandOf.strategyId('other');
const dayUs = 86_400_000_000;

function ofSma(kind: string, threshold: number): SwitchDefinition {
  return { ...aSwitch({ name: `${kind}-sma`, scope: { kind: 'strategy', id: 'sma' }, threshold }), kind };
}

interface Holding {
  readonly quantity: string;
  readonly cost: string;
  readonly realizedPnl?: string;
  readonly fees?: string;
}

function held(
  strategy: typeof sma,
  { quantity, cost, realizedPnl = '0', fees = '0' }: Holding,
): StrategyPosition {
  return {
    strategy,
    quantity: brandOf.signedQuantity(parseAmount(quantity)),
    cost: moneyOf(cost),
    realizedPnl: moneyOf(realizedPnl),
    fees: moneyOf(fees),
  };
}

/** The newest trip of a switch; undefined when it has none. */
function tripOf(harness: RiskHarness, name: string) {
  const body = harness.switchEvents.findLast(
    (event) => event.name === name && event.body.case === 'tripped',
  )?.body;
  return body?.case === 'tripped' ? body.value : undefined;
}

/** 1000 SPY at 100 in an account of 100,000: 600 are sma's, 400 another's. */
function shared(switches: readonly SwitchDefinition[], fees = '0'): RiskHarness {
  const harness = RiskHarness.ready({ switches });
  harness.quote('SPY', 100, 100);
  harness.journalPosition('SPY', '1000', [
    held(sma, { quantity: '600', cost: '60000', fees }),
    held(other, { quantity: '400', cost: '40000' }),
  ]);
  harness.journalAccount('0');
  return harness;
}

describe.each(['dailyLoss', 'maxDrawdown'])('%s of one strategy', (kind) => {
  const switches = [ofSma(kind, 0.03)];

  it("is its own loss, of the account's equity before it", () => {
    const harness = shared(switches);
    harness.quote('SPY', 95.2, 95.2);
    expect(tripOf(harness, `${kind}-sma`)).toBeUndefined();
    // 600 x 5 = 3000 lost, and the account has 95,000 left.
    harness.quote('SPY', 95, 95);
    const { value } = tripOf(harness, `${kind}-sma`) ?? {};
    expect(value).toBeCloseTo(3000 / (95_000 + 3000), 9);
    expect(harness.judge({})).toBe('KILLED');
    expect(harness.judge({ strategy: other })).toBe('approved');
    expect(harness.states.at(-1)?.mode).toBe('active');
  });

  it('counts the fees that it paid', () => {
    const harness = shared(switches);
    harness.journalPosition('SPY', '1000', [
      held(sma, { quantity: '600', cost: '60000', fees: '3100' }),
      held(other, { quantity: '400', cost: '40000' }),
    ]);
    harness.journalAccount('-3100');
    expect(tripOf(harness, `${kind}-sma`)).toBeDefined();
  });

  it('keeps what was gained and lost by what is closed', () => {
    const harness = shared(switches);
    harness.journalPosition('SPY', '400', [
      held(sma, { quantity: '0', cost: '0', realizedPnl: '-3200' }),
      held(other, { quantity: '400', cost: '40000' }),
    ]);
    harness.journalAccount('56800');
    expect(tripOf(harness, `${kind}-sma`)?.value).toBeCloseTo(0.032, 9);
  });

  it("is not another's loss", () => {
    const harness = RiskHarness.ready({ switches });
    harness.quote('SPY', 100, 100);
    harness.journalPosition('SPY', '1000', [held(other, { quantity: '1000', cost: '100000' })]);
    harness.journalAccount('0');
    harness.quote('SPY', 50, 50);
    expect(tripOf(harness, `${kind}-sma`)).toBeUndefined();
    expect(harness.judge({})).toBe('approved');
  });

  it('remembers over a restart what it is measured from', () => {
    const harness = shared(switches);
    harness.restartRisk();
    harness.instrument();
    harness.quote('SPY', 94.9, 94.9);
    harness.shakeHands();
    harness.quote('SPY', 94.9, 94.9);
    expect(tripOf(harness, `${kind}-sma`)).toBeDefined();
  });
});

describe('exposure of one strategy', () => {
  it.each(['positionSize', 'grossExposure'])('%s is of what it holds itself', (kind) => {
    const harness = shared([ofSma(kind, 0.61)]);
    expect(tripOf(harness, `${kind}-sma`)).toBeUndefined();
    harness.journalPosition('SPY', '1000', [
      held(sma, { quantity: '-620', cost: '-62000' }),
      held(other, { quantity: '1620', cost: '162000' }),
    ]);
    harness.journalAccount('0');
    expect(tripOf(harness, `${kind}-sma`)?.value).toBeCloseTo(0.62, 9);
  });
});

describe('orders of one strategy', () => {
  it.each([
    ['orderRate', 'orders asked in a second by sma'],
    ['repeatedExecution', 'repetitions of one order by sma'],
  ])('%s counts its own', (kind, about) => {
    const harness = RiskHarness.ready({ switches: [ofSma(kind, 3)] });
    for (let order = 0; order < 5; order += 1) harness.judge({ strategy: other });
    harness.judge({});
    harness.judge({});
    expect(tripOf(harness, `${kind}-sma`)).toBeUndefined();
    harness.judge({});
    expect(tripOf(harness, `${kind}-sma`)?.reason).toBe(`${about} 3 >= 3`);
    expect(harness.judge({ strategy: other })).toBe('approved');
  });

  it('dailyTrades counts its own', () => {
    const harness = RiskHarness.ready({ switches: [ofSma('dailyTrades', 1)] });
    const trade = (strategy: typeof sma) => {
      const intent = anIntent({ strategy });
      harness.stage(intent);
      harness.journalWorking(intent);
      harness.journalFilled(intent, { price: '100', position: '10', cash: '99000' });
    };
    trade(other);
    expect(tripOf(harness, 'dailyTrades-sma')).toBeUndefined();
    trade(sma);
    expect(tripOf(harness, 'dailyTrades-sma')?.value).toBe(1);
  });
});

describe('strategyDivergence', () => {
  /** Decided at a middle of 100, filled at the price. */
  function fill(harness: RiskHarness, price: string, overrides: Parameters<typeof anIntent>[0] = {}): void {
    const intent = anIntent(overrides);
    harness.stage(intent);
    harness.journalWorking(intent);
    harness.journalFilled(intent, { price, position: '10', cash: '99000' });
  }
  const slippage = (harness: RiskHarness) => tripOf(harness, 'strategyDivergence')?.value;
  const switches = [aSwitch({ name: 'strategyDivergence', threshold: 0.01 })];

  it.each([
    ['a purchase above the middle', '101', {}, 0.01],
    ['a sale below it', '99', { side: 'sell' } as const, 0.01],
    ['a stop that slipped', '105.04', { type: 'stop', stopPrice: priceOf('104') } as const, 0.01],
    ['a limit that was not kept', '98.01', { type: 'limit', limitPrice: priceOf('97') } as const, 1.01 / 97],
  ])('is %s', (_, price, overrides, expected) => {
    const harness = RiskHarness.ready({ switches });
    fill(harness, price, overrides);
    expect(slippage(harness)).toBeCloseTo(expected, 9);
  });

  it.each([
    ['a limit kept', '97', { type: 'limit', limitPrice: priceOf('97') } as const],
    ['a limit that got better', '96', { type: 'limit', limitPrice: priceOf('97') } as const],
    ['less than the threshold', '100.99', {}],
  ])('is not %s', (_, price, overrides) => {
    const harness = RiskHarness.ready({ switches });
    fill(harness, price, overrides);
    expect(slippage(harness)).toBeUndefined();
  });

  it('adds up over the fills of a strategy, and is that of the worst one', () => {
    const harness = RiskHarness.ready({ switches });
    fill(harness, '100', { strategy: other });
    fill(harness, '101.9', { strategy: other });
    expect(slippage(harness)).toBeUndefined();
    fill(harness, '101.2', { strategy: other });
    expect(tripOf(harness, 'strategyDivergence')).toMatchObject({
      value: expect.closeTo(0.031 / 3, 9),
      reason: expect.stringContaining('slippage of other'),
    });
  });

  it('is measured anew after its trip: while it stops every order, no better fill could ever clear it', () => {
    const coolDownUs = 0;
    const ofAll = aSwitch({ name: 'strategyDivergence', threshold: 0.01, coolDownUs });
    const acts = new Acts(RiskHarness.ready({ switches: [ofAll, ofSma('strategyDivergence', 0.05)] }));
    const { harness } = acts;
    fill(harness, '104');
    harness.seconds(2);
    acts.reset(aReset(ada, { switchName: 'strategyDivergence' }));
    expect(acts.eventsOf('strategyDivergence').slice(-2)).toEqual(['conditionCleared', 'resetRequested']);
    harness.seconds(2);
    expect(harness.judge({})).toBe('approved');

    // The next bad fill trips it again; a switch that has not tripped has forgotten none of them.
    fill(harness, '100.5');
    expect(slippage(harness)).toBeCloseTo(0.04, 9);
    expect(tripOf(harness, 'strategyDivergence-sma')).toBeUndefined();
    fill(harness, '111');
    expect(slippage(harness)).toBeCloseTo((0.005 + 0.11) / 2, 9);
    expect(tripOf(harness, 'strategyDivergence-sma')?.value).toBeCloseTo((0.04 + 0.005 + 0.11) / 3, 9);
  });
});

describe('dailyLoss', () => {
  const switches = [aSwitch({ name: 'dailyLoss', threshold: 0.05 })];

  /** 100,000 in SPY at 100. */
  function invested(): RiskHarness {
    const harness = RiskHarness.ready({ switches });
    harness.quote('SPY', 100, 100);
    harness.journalPosition('SPY', '1000');
    harness.journalAccount('0');
    return harness;
  }

  it.each<[CashReason, string, string]>([
    ['deposit', '10000', '10000'],
    ['withdrawal', '-10000', '-10000'],
  ])('a %s is neither a gain nor a loss', (reason, amount, cash) => {
    const harness = invested();
    harness.journalCash(reason, amount);
    harness.journalAccount(cash);
    harness.quote('SPY', 95.6, 95.6);
    expect(tripOf(harness, 'dailyLoss')).toBeUndefined();
    harness.quote('SPY', 94.4, 94.4);
    expect(tripOf(harness, 'dailyLoss')?.value).toBeCloseTo(5600 / (100_000 + Number(amount)), 9);
  });

  it.each<[CashReason, string]>([
    ['fee', '-6000'],
    ['correction', '-6000'],
  ])('a %s is a loss', (reason, amount) => {
    const harness = invested();
    harness.journalCash(reason, amount);
    harness.journalAccount(amount);
    expect(tripOf(harness, 'dailyLoss')?.value).toBeCloseTo(0.06, 9);
  });

  it.each<CashReason>(['dividend', 'interest'])('%s makes up for what the price lost', (reason) => {
    const harness = invested();
    harness.journalCash(reason, '2000');
    harness.journalAccount('2000');
    harness.quote('SPY', 94, 94);
    expect(tripOf(harness, 'dailyLoss')).toBeUndefined();
  });

  it('of the morning is not forgotten by a restart, nor when nothing is held at it', () => {
    const harness = invested();
    harness.journalPosition('SPY', '0');
    harness.journalAccount('96000');
    harness.restartRisk();
    harness.instrument();
    harness.shakeHands();
    harness.quote('SPY', 100, 100);
    harness.journalPosition('SPY', '960');
    harness.journalAccount('0');
    harness.quote('SPY', 98.9, 98.9);
    expect(tripOf(harness, 'dailyLoss')?.value).toBeCloseTo(1 - (960 * 98.9) / 100_000, 9);
  });

  it("begins anew with the exchange's day, not at midnight in UTC", () => {
    const harness = invested();
    // Noon, and 20 o'clock, in New York: the same day there, the next in UTC.
    harness.quote('SPY', 97, 97);
    harness.marketTime += 10 * 3_600_000_000;
    harness.quote('SPY', 97, 97);
    harness.quote('SPY', 95.1, 95.1);
    expect(tripOf(harness, 'dailyLoss')).toBeUndefined();
    harness.quote('SPY', 94.9, 94.9);
    expect(tripOf(harness, 'dailyLoss')).toBeDefined();
  });

  it('does not carry over into the next day', () => {
    const harness = invested();
    harness.quote('SPY', 97, 97);
    harness.marketTime += dayUs;
    harness.quote('SPY', 97, 97);
    harness.quote('SPY', 93, 93);
    expect(tripOf(harness, 'dailyLoss')).toBeUndefined();
  });
});

it('what the venue had before the first reconciliation is no gain', () => {
  const switches = [aSwitch({ name: 'dailyLoss', threshold: 0.05 })];
  const harness = new RiskHarness({ switches });
  harness.instrument();
  harness.quote('SPY', 100, 100);
  harness.journalCash('deposit', '1000');
  harness.journalAccount('1000');
  harness.shakeHands();
  harness.journalPosition('SPY', '1000');
  harness.journalAccount('1000');
  harness.journalReconciliation(true);
  harness.quote('SPY', 94, 94);
  expect(tripOf(harness, 'dailyLoss')?.value).toBeCloseTo(6000 / 101_000, 9);
});

it('an input that is lost before it was ever known says so', () => {
  const switches = [aSwitch({ name: 'reconciliationBreak' })];
  const harness = new RiskHarness({ switches });
  harness.instrument();
  harness.journalReconciliation(false);
  harness.shakeHands();
  harness.seconds(1);
  expect(harness.states.at(-1)?.reasons).toContain('reconciliationBreak: cash differs by 1');
});

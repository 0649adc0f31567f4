import { describe, expect, it } from 'vitest';
import { KillTrip } from '../../protos/gen/control.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { checkTable } from '../../services/risk/checks/check-table.ts';
import { type DenialCode, denialReasons } from '../../services/risk/checks/denial-reasons.ts';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { type HarnessOptions, RiskHarness } from './risk-harness.ts';
import { account, anIntent, moneyOf, priceOf, quantityOf, ratioOf, startTime } from './risk-samples.ts';

interface Case {
  readonly options?: HarnessOptions;
  /** Before the order; the system is ready, SPY quotes 99.99 to 100.01 and the account holds 100,000. */
  readonly given?: (harness: RiskHarness) => void;
  /** This order is denied with the code. */
  readonly when?: Partial<OrderIntent>;
  /** An order so near to it that it passes: the check looks at what it says it looks at. */
  readonly butNot?: Partial<OrderIntent>;
}

const pauseEverything = KillTrip.encode({
  scope: { kind: 'account', id: account },
  action: 'pause',
  reason: 'lunch',
});
const sell = { side: 'sell' } as const;
const limitAt = (price: string) => ({ type: 'limit', limitPrice: priceOf(price) }) as const;
const units = (text: string) => ({ quantity: quantityOf(text) });

const bracketParent = {
  groupId: brandOf.groupId('G'),
  groupKind: 'bracket',
  groupRole: 'parent',
} as const;

/** Holds 100 SPY, bought at 100. */
function holding(harness: RiskHarness): void {
  harness.journalPosition('SPY', '100');
  harness.journalAccount('90000');
}

/** What is denied of a change to a working order alone: its test is with the approvals. */
const ofReplaces = ['APPROVAL_NEEDED'] as const;

const denials: Readonly<Record<Exclude<DenialCode, (typeof ofReplaces)[number]>, Case>> = {
  EXPOSURE_STALE: {
    given: (harness) => {
      harness.losesRows = true;
      harness.journalPosition('SPY', '7');
      harness.losesRows = false;
      // The owner does not answer, and a later row shows the hole.
      harness.network.interfere(({ subject }) => (subject.startsWith('queries.') ? 'drop' : 'deliver'));
      harness.journalAccount('100000');
    },
  },
  KILLED: { given: (harness) => harness.trip(new Uint8Array(0)) },
  HALTED: {
    given: (harness) => {
      harness.reconciled = false;
      harness.askLease();
    },
  },
  WRONG_ENVIRONMENT: { when: { environment: 'live' }, butNot: { environment: 'paper' } },
  UNKNOWN_ACCOUNT: { when: { account: brandOf.accountId('other') }, butNot: {} },
  WRONG_VENUE: { when: { venue: brandOf.venueId('elsewhere') }, butNot: {} },
  LIMIT_MISSING: { options: { rules: { limits: undefined } } },
  ACCOUNT_MISSING: {
    options: { rules: { account: brandOf.accountId('fresh') } },
    when: { account: brandOf.accountId('fresh') },
  },
  UNKNOWN_INSTRUMENT: { when: { instrument: brandOf.instrumentId('NONE') }, butNot: {} },
  QUANTITY_NOT_POSITIVE: { when: units('0'), butNot: units('1') },
  OFF_LOT: { when: units('1.5'), butNot: units('2') },
  PRICE_MISSING: { when: { type: 'stopLimit', limitPrice: priceOf('100') }, butNot: limitAt('100') },
  PRICE_NOT_POSITIVE: { when: limitAt('0'), butNot: limitAt('0.01') },
  OFF_TICK: { when: limitAt('100.005'), butNot: limitAt('100.01') },
  DEADLINE_PASSED: {
    when: { deadline: brandOf.timestampUs(startTime - 1) },
    butNot: { deadline: brandOf.timestampUs(startTime) },
  },
  DUPLICATE: {
    given: (harness) =>
      harness.stage(anIntent({ clientOrderId: brandOf.clientOrderId('SAME'), ...units('1') })),
    when: { clientOrderId: brandOf.clientOrderId('SAME'), ...units('2') },
  },
  NO_QUOTE: { given: (harness) => harness.quote('SPY', 99.99, 0), butNot: { ...sell } },
  STALE_QUOTE: {
    given: (harness) => {
      harness.instrument({ instrument: brandOf.instrumentId('QQQ') });
      harness.marketTime += 30_000_001;
      harness.quote('QQQ', 400, 400.02);
    },
    butNot: { instrument: brandOf.instrumentId('QQQ') },
  },
  PRICE_COLLAR: { when: limitAt('105.02'), butNot: limitAt('105.01') },
  ORDER_QUANTITY: {
    options: { limits: { orderQuantityMax: quantityOf('10') } },
    when: units('11'),
    butNot: units('10'),
  },
  ORDER_VALUE: {
    options: { limits: { orderValueMax: moneyOf('1000') } },
    when: { ...limitAt('100'), ...units('11') },
    butNot: { ...limitAt('100'), ...units('10') },
  },
  ORDER_RATE: {
    options: { limits: { ordersPerSecondMax: 2 } },
    given: (harness) => {
      harness.stage(anIntent(units('1')));
      harness.stage(anIntent(units('2')));
    },
    when: units('3'),
  },
  REPEATED_EXECUTION: {
    options: { limits: { repeatedExecutions: { countMax: 2, windowUs: brandOf.durationUs(10_000_000) } } },
    given: (harness) => {
      harness.stage(anIntent());
      harness.stage(anIntent());
    },
    butNot: units('11'),
  },
  DAILY_TRADES: {
    options: { limits: { dailyTradesMax: 2 } },
    given: (harness) => {
      // One has traded, the other still may.
      const traded = anIntent();
      harness.stage(traded);
      harness.journalWorking(traded);
      harness.journalFilled(traded, { price: '100', position: '10', cash: '99000' });
      harness.stage(anIntent());
    },
  },
  SHORT_NOT_ALLOWED: {
    options: { limits: { shortAllowed: false } },
    given: (harness) => {
      holding(harness);
      harness.stage(anIntent({ ...sell, ...units('60') }));
    },
    when: { ...sell, ...units('41') },
    butNot: { ...sell, ...units('40') },
  },
  REDUCING_ONLY: {
    given: (harness) => {
      holding(harness);
      harness.trip(pauseEverything);
    },
    when: { ...sell, ...units('101') },
    butNot: { ...sell, ...units('100') },
  },
  NOT_READY: {
    // Nothing reports for an operator yet, so the switch never gets its input.
    options: { switches: [aSwitch({ name: 'operatorDeadMan' })] },
    given: holding,
    butNot: { ...sell, ...units('100') },
  },
  POSITION_LIMIT: {
    options: { limits: { positionRatioMax: ratioOf('10') } },
    given: (harness) => harness.stage(anIntent({ ...limitAt('100'), ...units('50') })),
    when: { ...limitAt('100'), ...units('51') },
    butNot: { ...limitAt('100'), ...units('50') },
  },
  GROSS_EXPOSURE: {
    options: { limits: { grossExposureRatioMax: ratioOf('20') } },
    given: (harness) => {
      holding(harness);
      harness.instrument({ instrument: brandOf.instrumentId('QQQ') });
      harness.quote('QQQ', 399.99, 400.01);
    },
    when: { instrument: brandOf.instrumentId('QQQ'), ...sell, ...limitAt('400'), ...units('26') },
    butNot: { instrument: brandOf.instrumentId('QQQ'), ...sell, ...limitAt('400'), ...units('24') },
  },
  LEVERAGE: {
    options: { limits: { leverageRatioMax: ratioOf('20') } },
    given: holding,
    when: { ...limitAt('100'), ...units('101') },
    butNot: { ...limitAt('100'), ...units('100') },
  },
  CASH_RESERVE: {
    options: { limits: { cashReserveRatio: ratioOf('50') } },
    given: (harness) => harness.stage(anIntent({ ...limitAt('100'), ...units('300') })),
    when: { ...limitAt('100'), ...units('201') },
    butNot: { ...limitAt('100'), ...units('200') },
  },
  INSUFFICIENT_CASH: {
    options: { rules: { cashOnly: true } },
    given: (harness) => harness.stage(anIntent({ ...limitAt('100'), ...units('900') })),
    when: { ...limitAt('100'), ...units('101') },
    butNot: { ...limitAt('100'), ...units('100') },
  },
  OPEN_POSITIONS: {
    options: { limits: { openPositionsMax: 1 } },
    given: (harness) => {
      harness.stage(anIntent());
      harness.instrument({ instrument: brandOf.instrumentId('QQQ') });
      harness.quote('QQQ', 400, 400.02);
    },
    when: { instrument: brandOf.instrumentId('QQQ') },
    butNot: {},
  },
  BRACKET_UNPROTECTED: {
    given: holding,
    when: { ...sell, ...limitAt('100.02'), ...units('10'), ...bracketParent },
    butNot: { ...limitAt('100'), ...units('10'), ...bracketParent },
  },
  OVERFLOW: {
    options: {
      limits: { orderQuantityMax: quantityOf('9000000000'), orderValueMax: moneyOf('9000000000') },
    },
    when: units('9000000000'),
    butNot: units('1'),
  },
};

describe('risk denies with', () => {
  it.each(Object.entries(denials))(
    '%s exactly what its meaning says',
    (code, { options, given, when, butNot }) => {
      // given
      const harness = RiskHarness.ready(options);
      given?.(harness);
      // when, then
      if (butNot !== undefined) expect(prepared(options, given).judge(butNot)).toBe('approved');
      expect(harness.judge(when ?? {})).toBe(code);
    },
  );

  it('a code that has a meaning, and no code that no test has seen', () => {
    const outsideTheTable = ['DUPLICATE', 'OVERFLOW', ...ofReplaces];
    const codes = [...checkTable.map(({ code }) => code), ...outsideTheTable].sort();
    expect(codes).toEqual(Object.keys(denialReasons).sort());
    expect(codes).toEqual([...Object.keys(denials), ...ofReplaces].sort());
  });

  it('nothing for being old, when a replay of older data begins on the same journal', () => {
    // given a journal of 2026
    const harness = new RiskHarness();
    harness.journalAccount('100000');
    // when data of the year before is replayed
    harness.marketTime -= 365 * 86_400_000_000;
    harness.instrument();
    harness.quote('SPY', 99.99, 100.01);
    harness.shakeHands();
    // then its time is what counts
    expect(harness.judge({})).toBe('approved');
  });

  it('the figures, for a person', () => {
    const harness = RiskHarness.ready({ limits: { orderValueMax: moneyOf('1000') } });
    const decision = harness.stage(anIntent({ ...limitAt('100'), ...units('11') }));
    expect(decision?.detail).toBe('1100 > 1000');
    expect(decision?.effectiveOrder).toHaveLength(0);
  });
});

function prepared(options: HarnessOptions | undefined, given: Case['given']): RiskHarness {
  const harness = RiskHarness.ready(options);
  given?.(harness);
  return harness;
}

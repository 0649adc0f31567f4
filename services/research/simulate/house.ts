import { equityInstrument, roundTheClock } from '../../../infra/feeds/equity-instrument.ts';
import type { OperatorKey } from '../../../protos/gen/authority.ts';
import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { createExecution } from '../../execution/execution.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import type { Log } from '../../kernel/log/log.ts';
import { money, parseAmount } from '../../kernel/money/amount.ts';
import { createSigner } from '../../kernel/signing/operator-key.ts';
import type { createRisk } from '../../risk/risk.ts';

// What every simulated house has in common: an account, a venue, limits that orders really meet.

export const venue = brandOf.venueId('paper');
export const account = brandOf.accountId('main');
export const currency = brandOf.currency('USD');
export const environment = 'paper';
export const buildHash = 'simulated';
export const limitsVersion = 'simulated';
export const symbols = [brandOf.instrumentId('AAA'), brandOf.instrumentId('BBB')] as const;
export const startUs = brandOf.timestampUs(1_767_625_200_000_000);
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
/** Shared by risk and execution of every seed; nothing real hangs on it. */
export const decisionKey = new Uint8Array(32).fill(9);

export const instruments: readonly Instrument[] = symbols.map((symbol) =>
  roundTheClock(equityInstrument(symbol, { venue, currency })),
);

/** Of execution's journal. */
export const executionLedger = brandOf.ledgerId('execution-ledger');
/** Ada and Bob are trusted; nobody knows Eve. */
export const ada = createSigner(new Uint8Array(32).fill(1));
export const bob = createSigner(new Uint8Array(32).fill(2));
export const eve = createSigner(new Uint8Array(32).fill(3));
export const trustedKeys: readonly OperatorKey[] = [
  { keyId: ada.keyId, publicKey: ada.publicKey, name: 'ada' },
  { keyId: bob.keyId, publicKey: bob.publicKey, name: 'bob' },
];

const startingCash = money(parseAmount('1000000'));
/** Of equity, so that a hundred shares at 100 are all that one position may be. */
const positionRatioMax = parseAmount('0.01');
/** What one position may be worth, in units of money. */
export const positionValueMax = 10_000;
/** At most half of what a position may be, at any price of the market. */
export const orderQuantityMax = 45;

/** Of market time: no order is priced by an older quote. */
export const quoteAgeUsMax = brandOf.durationUs(3_000_000);

type RiskOptions = Parameters<typeof createRisk>[0]['options'];
type SizingInput = Parameters<RiskOptions['sizing']>[0];
type ExecutionOptions = Parameters<typeof createExecution>[0]['options'];

/** An order that may cost more takes a signature, in the seeds that have the policy. */
const approvalAbove = money(parseAmount('2000'));
/** Risk cuts what is larger. */
const sizeMax = brandOf.quantity(parseAmount('38'));

export function riskOptions(takesApproval: boolean, switches: RiskOptions['switches']): RiskOptions {
  const { rules, ...options } = commonRiskOptions;
  const approval = takesApproval
    ? ({ kind: 'above', notional: approvalAbove } as const)
    : ({ kind: 'never' } as const);
  return { ...options, switches, rules: { ...rules, approval } };
}

const commonRiskOptions = {
  rules: {
    account,
    venue,
    environment,
    cashOnly: false,
    approval: { kind: 'never' },
    limits: {
      orderValueMax: money(parseAmount('8000')),
      orderQuantityMax: brandOf.quantity(parseAmount('1000')),
      priceCollarRatio: parseAmount('0.02'),
      ordersPerSecondMax: 1_000,
      repeatedExecutions: { countMax: 1_000, windowUs: brandOf.durationUs(10_000_000) },
      positionRatioMax,
      grossExposureRatioMax: parseAmount('0.018'),
      leverageRatioMax: parseAmount('1'),
      cashReserveRatio: 0n,
      openPositionsMax: 100,
      dailyTradesMax: 1_000_000,
      quoteAgeUsMax,
      shortAllowed: true,
    },
  },
  limitsVersion,
  sizing: ({ order }: SizingInput) => (order.quantity < sizeMax ? order.quantity : sizeMax),
} as const;

/** As composed of a profile: what liquidates there is what may sell here. */
export function executionOptions(switches: RiskOptions['switches']): ExecutionOptions {
  return {
    environment,
    currency,
    adoptedBy: brandOf.strategyId('adopted'),
    leaseLostCancelUs: brandOf.durationUs(8_000_000),
    cancelOnStop: true,
    liquidators: switches.filter(({ action }) => action === 'liquidate'),
  };
}

export function paperOptions(seed: number) {
  return {
    seed,
    startingCash,
    matching: 'quotes',
    latencyUs: brandOf.durationUs(0),
    slippageRatio: 0n,
    impactRatio: 0n,
    halfSpreadRatio: 0n,
    pessimism: 0,
    rejectRatio: 0n,
    quoteAgeUsMax: brandOf.durationUs(5_000_000),
    barVolumeRatioMax: 0n,
    commission: { ratio: 0n, perContract: money(parseAmount('0.01')), minimum: money(0n) },
    margin: {
      kind: 'margin',
      initialRatio: parseAmount('0.5'),
      maintenanceRatio: parseAmount('0.25'),
    },
  } as const;
}

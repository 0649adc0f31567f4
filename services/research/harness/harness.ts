import { createRandomSource, type RandomSource } from '../../../infra/feeds/random-source.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { sha256 } from '../../kernel/signing/digest.ts';
import { type Edge, prudentShare } from '../../kernel/sizing/kelly.ts';

/**
 * A run of bets on yes-or-no contracts, drawn from a seed, sized by Kelly and held by two guards, to see sizing and
 * guards at work: no market, no venue. Money is counted in whole ten-thousandths of a dollar, a contract pays one
 * dollar or nothing, and the fee is that of a taker at Kalshi, 0.07 · C · P · (1 - P), rounded up to a ten-thousandth.
 */
export interface HarnessOptions {
  readonly seed: number;
  /** Bets to be made; occasions that are passed over do not count. */
  readonly trades: number;
  /** Dollars. */
  readonly bankroll: number;
  /** Of Kelly's share, after shrinking. */
  readonly kellyFraction: number;
  /** Of the bankroll, in one bet. */
  readonly stakeRatioMax: number;
  /** In one bet: nobody sells more at the price. */
  readonly contractsMax: number;
  /** Share of the first bankroll that no bet may put at risk: the ruin guard. */
  readonly ruinLevel: number;
  /** Drawdown at which all betting ends: the fail-safe. */
  readonly drawdownRatioMax: number;
  /** Deviation of the market's price from the true probability, and of our estimate. Without skill they are equal. */
  readonly marketError: number;
  readonly modelError: number;
}

export const usualHarness: Omit<HarnessOptions, 'seed' | 'trades' | 'bankroll'> = {
  kellyFraction: 0.25,
  stakeRatioMax: 0.02,
  contractsMax: 1000,
  ruinLevel: 0.2,
  drawdownRatioMax: 0.25,
  marketError: 0.1,
  modelError: 0.04,
};

/** All money in ten-thousandths of a dollar. */
export interface HarnessTrade {
  readonly occasion: number;
  readonly side: 'yes' | 'no';
  readonly priceCents: number;
  /** Ours, that this side wins. */
  readonly estimate: number;
  readonly contracts: number;
  readonly stake: number;
  readonly fee: number;
  readonly isWon: boolean;
  readonly pnl: number;
  readonly bankroll: number;
}

export interface HarnessResult {
  readonly ended: 'complete' | 'ruinGuard' | 'drawdownFailSafe' | 'noOccasions';
  readonly seed: number;
  readonly trades: readonly HarnessTrade[];
  /** Occasions passed over, and why. */
  readonly skipped: { readonly noEdge: number; readonly belowOneContract: number };
  readonly startingBankroll: number;
  readonly finalBankroll: number;
  readonly maxDrawdownRatio: number;
  readonly fees: number;
  /** SHA-256 over all trades, in hexadecimal: the same seed and options give the same everywhere. */
  readonly stateHash: string;
}

const unitsPerDollar = 10_000;
const unitsPerCent = 100;
/** The market's cheapest and dearest prices lie this far from nothing and from a dollar. */
const priceCentsMin = 3;
/** So many occasions a wanted bet, before it is given up to find any. */
const occasionsPerTradeMax = 50;

export function runHarness(options: HarnessOptions): HarnessResult {
  const random = createRandomSource('harness', options.seed);
  const account = new Account(options);
  const occasionsMax = options.trades * occasionsPerTradeMax;
  for (let occasion = 1; occasion <= occasionsMax && account.ended === undefined; occasion += 1) {
    const market = drawMarket(options, random);
    // Drawn with the occasion, so that whether it was bet on cannot change the luck of the next.
    const isYes = random.uniform() < market.truth;
    account.meet({ occasion, offer: betterSide(market), isYes });
  }
  return {
    ended: account.ended ?? 'noOccasions',
    seed: options.seed,
    trades: account.trades,
    skipped: account.skipped,
    startingBankroll: account.start,
    finalBankroll: account.bankroll,
    maxDrawdownRatio: account.maxDrawdownRatio,
    fees: account.fees,
    stateHash: hexOf(sha256(JSON.stringify(account.trades))),
  };
}

/** A bankroll and its two guards: what it must not fall to is never staked, and a drawdown ends all betting. */
class Account {
  readonly #options: HarnessOptions;
  readonly start: number;
  readonly #floor: number;
  readonly trades: HarnessTrade[] = [];
  readonly skipped = { noEdge: 0, belowOneContract: 0 };
  bankroll: number;
  fees = 0;
  maxDrawdownRatio = 0;
  ended: HarnessResult['ended'] | undefined;
  #peak: number;

  constructor(options: HarnessOptions) {
    this.#options = options;
    this.start = Math.round(options.bankroll * unitsPerDollar);
    this.#floor = Math.ceil(this.start * options.ruinLevel);
    this.bankroll = this.start;
    this.#peak = this.start;
  }

  meet({ occasion, offer, isYes }: Occasion): void {
    const { kellyFraction, stakeRatioMax, modelError } = this.#options;
    const share = prudentShare(edgeOf(offer, modelError), kellyFraction);
    if (share === 0) {
      this.skipped.noEdge += 1;
      return;
    }
    const spare = this.bankroll - this.#floor;
    const wanted = Math.floor(this.bankroll * Math.min(share, stakeRatioMax));
    const affordable = contractsFor(Math.min(wanted, spare), offer.priceCents);
    const contracts = Math.min(affordable, this.#options.contractsMax);
    if (contracts > 0) this.#settle(offer, { occasion, contracts, isWon: isYes === (offer.side === 'yes') });
    else if (contractsFor(spare, priceCentsMin) === 0) this.ended = 'ruinGuard';
    else this.skipped.belowOneContract += 1;
  }

  #settle(offer: Offer, bet: { occasion: number; contracts: number; isWon: boolean }): void {
    const stake = bet.contracts * offer.priceCents * unitsPerCent;
    const fee = feeOf(bet.contracts, offer.priceCents);
    const pnl = (bet.isWon ? bet.contracts * unitsPerDollar : 0) - stake - fee;
    this.bankroll += pnl;
    this.fees += fee;
    this.trades.push({ ...bet, ...offer, stake, fee, pnl, bankroll: this.bankroll });
    this.#peak = Math.max(this.#peak, this.bankroll);
    const drawdownRatio = (this.#peak - this.bankroll) / this.#peak;
    this.maxDrawdownRatio = Math.max(this.maxDrawdownRatio, drawdownRatio);
    if (drawdownRatio >= this.#options.drawdownRatioMax) this.ended = 'drawdownFailSafe';
    else if (this.trades.length === this.#options.trades) this.ended = 'complete';
  }
}

interface Market {
  readonly truth: number;
  /** Of a yes. */
  readonly priceCents: number;
  /** Of a yes. */
  readonly estimate: number;
}

interface Offer {
  readonly side: 'yes' | 'no';
  readonly priceCents: number;
  readonly estimate: number;
}

interface Occasion {
  readonly occasion: number;
  readonly offer: Offer;
  readonly isYes: boolean;
}

/** The truth lies anywhere from 15% to 85%; the market and our model each see it with an error of their own. */
function drawMarket({ marketError, modelError }: HarnessOptions, random: RandomSource): Market {
  const truth = 0.15 + 0.7 * random.uniform();
  const priceCents = clamp(
    Math.round((truth + random.bell() * marketError) * 100),
    priceCentsMin,
    100 - priceCentsMin,
  );
  const estimate = clamp(truth + random.bell() * modelError, 0.01, 0.99);
  return { truth, priceCents, estimate };
}

/** Where we think more of a side than the market does. */
function betterSide({ priceCents, estimate }: Market): Offer {
  return estimate * 100 >= priceCents
    ? { side: 'yes', priceCents, estimate }
    : { side: 'no', priceCents: 100 - priceCents, estimate: 1 - estimate };
}

/** What a contract costs is its price and the fee; the rest of the dollar is won. */
function edgeOf({ priceCents, estimate }: Offer, modelError: number): Edge {
  const cost = costOf(1, priceCents);
  return {
    kind: 'binary',
    winProbability: estimate,
    payoff: (unitsPerDollar - cost) / cost,
    winProbabilityDeviation: modelError,
  };
}

/** The most that this much money pays for, fee included. */
function contractsFor(moneyMax: number, priceCents: number): number {
  const costOfOne = priceCents * unitsPerCent + (7 * priceCents * (100 - priceCents)) / 100;
  const contracts = Math.max(0, Math.floor(moneyMax / costOfOne));
  // The fee is rounded up, by less than what one contract costs.
  return contracts > 0 && costOf(contracts, priceCents) > moneyMax ? contracts - 1 : contracts;
}

function costOf(contracts: number, priceCents: number): number {
  return contracts * priceCents * unitsPerCent + feeOf(contracts, priceCents);
}

function feeOf(contracts: number, priceCents: number): number {
  return Math.ceil((7 * contracts * priceCents * (100 - priceCents)) / 100);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

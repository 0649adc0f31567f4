import { existsSync, readFileSync } from 'node:fs';
import type { CorporateAction } from '../../protos/gen/market.ts';
import type { InstrumentId, Money, VenueId } from '../../services/kernel/codec/brand.ts';
import { fromDouble, money, scale } from '../../services/kernel/money/amount.ts';
import { feedDataError } from './feed-data-error.ts';
import { type DayNumber, nextWeekday, parseDay } from './new-york-session.ts';

/** A row of a factor file: what to multiply a raw price by, up to and including this day. */
interface Factor {
  readonly lastDay: DayNumber;
  readonly priceFactor: number;
  readonly splitFactor: number;
  /** Close of `lastDay`. */
  readonly referencePrice: number;
}

export interface DatedAction {
  /** First day whose prices know of it. */
  readonly exDay: DayNumber;
  readonly action: CorporateAction;
}

/** The file has 7 digits, which tell a dividend to about a tenth of a cent, and no better. */
const dividendStep = scale / 1000n;
const splitPartMax = 100;
const splitTolerance = 1e-4;
const factorTolerance = 1e-9;

/**
 * What a factor file (`date,priceFactor,splitFactor,referencePrice`, oldest first) says between its rows. From one
 * row to the next, with the first row's close as the reference:
 * a split is splitFactor(next) / splitFactor(this) new shares for one old, as the smallest fraction that fits;
 * a dividend is reference × (1 - priceFactor(this) / priceFactor(next)), to the nearest tenth of a cent.
 * Both take effect on the next weekday. The last row, in the far future, only closes the list.
 */
export function readCorporateActions(source: {
  readonly file: string;
  readonly instrument: InstrumentId;
  readonly venue: VenueId;
}): readonly DatedAction[] {
  const { instrument, venue } = source;
  const factors = readFactors(source.file);
  return factors.flatMap((factor, index) => {
    const next = factors[index + 1];
    if (next === undefined) return [];
    const exDay = nextWeekday(factor.lastDay);
    const split = splitBetween(factor, next);
    const dividend = dividendBetween(factor, next);
    const actions: DatedAction[] = [];
    // The dividend is paid on the shares as they were: the reference price is from before the split.
    if (dividend > 0n) {
      const action = { case: 'dividend', value: { amountPerShare: dividend } } as const;
      actions.push({ exDay, action: { instrument, venue, action } });
    }
    if (split.numerator !== split.denominator) {
      actions.push({ exDay, action: { instrument, venue, action: { case: 'split', value: split } } });
    }
    return actions;
  });
}

function splitBetween(
  before: Factor,
  after: Factor,
): { readonly numerator: number; readonly denominator: number } {
  const ratio = after.splitFactor / before.splitFactor;
  for (let denominator = 1; denominator <= splitPartMax; denominator += 1) {
    const numerator = Math.round(ratio * denominator);
    if (numerator > 0 && Math.abs(numerator / denominator / ratio - 1) < splitTolerance) {
      return { numerator, denominator };
    }
  }
  return { numerator: Math.round(ratio * splitPartMax), denominator: splitPartMax };
}

function dividendBetween(before: Factor, after: Factor): Money {
  const share = 1 - before.priceFactor / after.priceFactor;
  if (share < factorTolerance) return money(0n);
  return money(fromDouble(before.referencePrice * share, dividendStep, 'halfEven'));
}

/** None when there is no file: nothing is known of what happened, which `leanWithoutFactors` tells. */
function readFactors(file: string): readonly Factor[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  return lines.flatMap((text, index) => {
    if (text === '') return [];
    const [date = '', ...numbers] = text.split(',');
    const lastDay = parseDay(date);
    const [priceFactor, splitFactor, referencePrice] = numbers.map(Number);
    const isRow = lastDay !== undefined && isPositive(priceFactor) && isPositive(splitFactor);
    if (!isRow || referencePrice === undefined || !(referencePrice >= 0)) {
      const expected = 'date,priceFactor,splitFactor,referencePrice';
      throw feedDataError({ file, line: index + 1, expected, found: JSON.stringify(text) });
    }
    return [{ lastDay, priceFactor, splitFactor, referencePrice }];
  });
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}

import type { BaselineMoved } from '../../protos/gen/risk.ts';
import type { AccountId, LedgerId, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { fromDouble, money, toDouble } from '../kernel/money/amount.ts';
import { dayOf } from './trading-day.ts';

/** A new peak is written down once it is this much above the one on disk: a restart forgets less than that. */
const peakStepRatio = 0.001;

export type BaselineName = 'maxDrawdown' | 'dailyLoss';

/** A moment at which equity could be measured. `performance` is equity less deposits, plus withdrawals. */
export interface Measured {
  readonly performance: number;
  readonly time: TimestampUs;
}

/**
 * What losses are measured from: the high-water mark, and the opening of the day. Both are rows of their switches,
 * so that a restart cannot begin at the bottom of a fall.
 */
export class Baselines {
  #peak: number | undefined;
  #peakOnDisk: number | undefined;
  #opening: number | undefined;
  #openingDay = Number.NEGATIVE_INFINITY;
  /** Of the ledger that the figures on disk were computed from. */
  #ledgerId: LedgerId | undefined;

  restore(name: string, moved: BaselineMoved): void {
    const performance = toDouble(moved.performance);
    this.#ledgerId = moved.ledgerId;
    if (name === 'maxDrawdown') {
      this.#peak = performance;
      this.#peakOnDisk = performance;
    } else if (name === 'dailyLoss') {
      this.#opening = performance;
      this.#openingDay = dayOf(moved.marketTime);
    }
  }

  get ledgerId(): LedgerId | undefined {
    return this.#ledgerId;
  }

  get peak(): number | undefined {
    return this.#peak;
  }

  get opening(): number | undefined {
    return this.#opening;
  }

  /** The baselines that have moved far enough to be written down. */
  measure({ performance, time }: Measured): readonly BaselineName[] {
    const moved: BaselineName[] = [];
    this.#peak = Math.max(this.#peak ?? performance, performance);
    if (
      this.#peakOnDisk === undefined ||
      this.#peak - this.#peakOnDisk > Math.abs(this.#peakOnDisk) * peakStepRatio
    ) {
      this.#peakOnDisk = this.#peak;
      moved.push('maxDrawdown');
    }
    const day = dayOf(time);
    if (day !== this.#openingDay) {
      this.#openingDay = day;
      this.#opening = performance;
      moved.push('dailyLoss');
    }
    return moved;
  }

  row(name: BaselineName, origin: Origin): BaselineMoved {
    const performance = (name === 'maxDrawdown' ? this.#peak : this.#opening) ?? 0;
    this.#ledgerId = origin.ledgerId;
    return {
      account: origin.account,
      performance: money(fromDouble(performance, 1n, 'halfEven')),
      marketTime: brandOf.timestampUs(origin.time),
      ledgerId: origin.ledgerId,
    };
  }
}

interface Origin {
  readonly account: AccountId;
  readonly ledgerId: LedgerId;
  readonly time: TimestampUs;
}

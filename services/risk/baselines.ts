import type { BaselineMoved } from '../../protos/gen/risk.ts';
import type { AccountId, LedgerId, SwitchName, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { fromDouble, money, toDouble } from '../kernel/money/amount.ts';
import type { TradingCalendar } from './trading-day.ts';

/** A new peak is written down once it is this much above the one on disk: a restart forgets less than that. */
const peakStepRatio = 0.001;

/** What the losses of one switch are measured from: a high-water mark, or the opening of a day. */
export class Baseline {
  #performance: number | undefined;
  #time = brandOf.timestampUs(0);
  #onDisk = 0;

  /** Undefined until something could be measured. */
  get performance(): number | undefined {
    return this.#performance;
  }

  get time(): TimestampUs {
    return this.#time;
  }

  /** True when the high-water mark has moved far enough to be written down. */
  movePeak(performance: number, time: TimestampUs): boolean {
    if (this.#performance !== undefined && performance <= this.#performance) return false;
    const isFar =
      this.#performance === undefined || performance - this.#onDisk > Math.abs(this.#onDisk) * peakStepRatio;
    this.#performance = performance;
    this.#time = time;
    if (isFar) this.#onDisk = performance;
    return isFar;
  }

  /** True when a day has begun. */
  moveOpening(performance: number, time: TimestampUs, calendar: Pick<TradingCalendar, 'dayOf'>): boolean {
    if (this.#performance !== undefined && calendar.dayOf(this.#time) === calendar.dayOf(time)) return false;
    this.begin(performance, time);
    return true;
  }

  /** From here on, whatever was before. */
  begin(performance: number, time: TimestampUs): void {
    this.#performance = performance;
    this.#time = time;
    this.#onDisk = performance;
  }
}

/** The baselines of all switches. They are rows of their switches, so that a restart cannot begin at the bottom of a fall. */
export class Baselines {
  readonly #baselines = new Map<SwitchName, Baseline>();
  /** Of the ledger that the figures on disk were computed from. */
  #ledgerId: LedgerId | undefined;

  restore(name: SwitchName, moved: BaselineMoved): void {
    this.#ledgerId = moved.ledgerId;
    this.of(name).begin(toDouble(moved.performance), moved.marketTime);
  }

  get ledgerId(): LedgerId | undefined {
    return this.#ledgerId;
  }

  of(name: SwitchName): Baseline {
    const known = this.#baselines.get(name);
    if (known !== undefined) return known;
    const baseline = new Baseline();
    this.#baselines.set(name, baseline);
    return baseline;
  }

  row(name: SwitchName, { account, ledgerId }: Origin): BaselineMoved {
    const { performance, time } = this.of(name);
    if (performance === undefined) throw new Error(`${name} has no baseline that could be written down`);
    this.#ledgerId = ledgerId;
    return {
      account,
      performance: money(fromDouble(performance, 1n, 'halfEven')),
      marketTime: time,
      ledgerId,
    };
  }
}

interface Origin {
  readonly account: AccountId;
  readonly ledgerId: LedgerId;
}

import type { BaselineMoved } from '../../protos/gen/risk.ts';
import type { AccountId, LedgerId, SwitchName, TimestampUs } from '../kernel/codec/brand.ts';
import { fromDouble, money, toDouble } from '../kernel/money/amount.ts';

/** A new peak is written down once it is this much above the one on disk: a restart forgets less than that. */
const peakStepRatio = 0.001;

/** A moment at which performance could be measured. */
export interface Measured {
  readonly performance: number;
  readonly time: TimestampUs;
}

interface Baseline extends Measured {
  readonly onDisk: number;
}

/**
 * What losses are measured from: high-water marks, and the openings of days, each of its own switch. They are rows of
 * their switches, so that a restart cannot begin at the bottom of a fall.
 */
export class Baselines {
  readonly #baselines = new Map<SwitchName, Baseline>();
  /** Of the ledger that the figures on disk were computed from. */
  #ledgerId: LedgerId | undefined;

  restore(name: SwitchName, moved: BaselineMoved): void {
    this.#ledgerId = moved.ledgerId;
    const performance = toDouble(moved.performance);
    this.#baselines.set(name, { performance, time: moved.marketTime, onDisk: performance });
  }

  get ledgerId(): LedgerId | undefined {
    return this.#ledgerId;
  }

  of(name: SwitchName): number | undefined {
    return this.#baselines.get(name)?.performance;
  }

  /** True when the high-water mark has moved far enough to be written down. */
  movePeak(name: SwitchName, { performance, time }: Measured): boolean {
    const known = this.#baselines.get(name);
    if (known === undefined) {
      this.begin(name, { performance, time });
      return true;
    }
    if (performance <= known.performance) return false;
    const isFar = performance - known.onDisk > Math.abs(known.onDisk) * peakStepRatio;
    this.#baselines.set(name, { performance, time, onDisk: isFar ? performance : known.onDisk });
    return isFar;
  }

  /** True when a day has begun. */
  moveOpening(name: SwitchName, measured: Measured, dayOf: (time: TimestampUs) => number): boolean {
    const known = this.#baselines.get(name);
    if (known !== undefined && dayOf(known.time) === dayOf(measured.time)) return false;
    this.begin(name, measured);
    return true;
  }

  /** From here on, whatever was before. */
  begin(name: SwitchName, { performance, time }: Measured): void {
    this.#baselines.set(name, { performance, time, onDisk: performance });
  }

  row(name: SwitchName, { account, ledgerId }: Origin): BaselineMoved {
    const known = this.#baselines.get(name);
    if (known === undefined) throw new Error(`${name} has no baseline that could be written down`);
    this.#ledgerId = ledgerId;
    return {
      account,
      performance: money(fromDouble(known.performance, 1n, 'halfEven')),
      marketTime: known.time,
      ledgerId,
    };
  }
}

interface Origin {
  readonly account: AccountId;
  readonly ledgerId: LedgerId;
}

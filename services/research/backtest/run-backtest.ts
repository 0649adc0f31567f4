import type { LoadedProfile } from '../../../infra/config/load-profile.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { Bus } from '../../kernel/bus/bus.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { OrderEngine } from '../../kernel/order/order-actor.ts';
import type { ReplayFeed } from '../../kernel/venue/market-feed.ts';
import { calendarOf } from '../market/data-calendar.ts';
import type { BacktestResult } from './backtest-result.ts';
import { buildHouse, type House, type StrategyPlan } from './house.ts';
import { MachineTime } from './machine-time.ts';
import { takerRatioOf } from './order-recorder.ts';
import { listenToFeed } from './played-feed.ts';
import { Recorder } from './recorder.ts';
import { maintenanceRatioOf } from './ruin.ts';
import { failureText } from './strategy-failure.ts';

export interface BacktestOptions {
  /** Everything but what the feed gives. `paperVenue.seed` is the run's seed. */
  readonly loaded: Pick<LoadedProfile, 'profile' | 'limitsVersion' | 'document'>;
  /** Of the profile's strategies, loaded. */
  readonly plans: readonly StrategyPlan[];
  /** Its own from here on: closed at the end. */
  readonly feed: ReplayFeed;
  readonly buildHash: string;
  /** Absent: the compiled table, which gives the same and takes less time. */
  readonly orderEngine?: OrderEngine | undefined;
  /** Microseconds of any stopwatch, for the rate alone. */
  readonly stopwatch: () => number;
  /** Another listener to all that the services say, with a client of its own. */
  readonly listen?: ((bus: Bus) => void) | undefined;
}

/** A run that never ends by itself is stuck: nothing in it waits longer than this for anything but the market. */
const idleUsMax = 120_000_000;

/** One run, a part at a time, so that whoever drives it can show where it is, and end it. */
export class BacktestRun {
  readonly #options: BacktestOptions;
  readonly #house: House;
  readonly #recorder: Recorder;
  readonly #time: MachineTime;
  readonly #startedUs: number;
  #failure: UserError | undefined;
  #hasNewInstant = false;

  constructor(options: BacktestOptions) {
    this.#options = options;
    const { loaded, plans } = options;
    const { startingCash } = loaded.profile.paperVenue;
    const takerRatio = takerRatioOf(loaded.profile.paperVenue);
    const { instruments, fingerprint } = options.feed;
    this.#recorder = new Recorder({
      ...{ instruments, startingCash, takerRatio },
      maintenanceRatio: maintenanceRatioOf(loaded.profile.paperVenue),
      calendar: calendarOf(loaded.document),
      feed: loaded.profile.feed,
      readsData: fingerprint === undefined,
    });
    const feed = listenToFeed(options.feed, {
      onInstant: (instant) => {
        this.#recorder.takeInstant(instant);
        this.#hasNewInstant = true;
      },
    });
    this.#house = buildHouse({
      loaded,
      plans,
      feed,
      orderEngine: options.orderEngine ?? 'compiled',
      onError: (message, fields) => this.#fail(message, fields),
      onRefused: (reason) => this.#recorder.takeRefused(reason),
    });
    this.#recorder.listen(this.#house.listen(), this.#house.execution);
    options.listen?.(this.#house.listen());
    this.#time = new MachineTime(this.#house.clock);
    this.#startedUs = options.stopwatch();
    for (const service of this.#house.services.values()) service.start();
  }

  get bars(): number {
    return this.#recorder.bars;
  }

  get fills(): number {
    return this.#recorder.orders.fills;
  }

  /** Market time that has been reached. */
  get time(): number {
    return this.#recorder.to;
  }

  /** Plays so many instants, or to the end of the replay, which it answers with true. Throws a UserError. */
  play(instantsMax: number): boolean {
    let instants = 0;
    let idleSinceUs = this.#house.clock.monotonicUs();
    while (instants < instantsMax) {
      this.#house.network.drain(this.#isEnough);
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#hasNewInstant) {
        this.#hasNewInstant = false;
        if (this.#recorder.equity.ruin !== undefined) return true;
        instants += 1;
        this.#time.passTo(this.#recorder.to);
        idleSinceUs = this.#house.clock.monotonicUs();
      } else if (this.#recorder.hasEnded) {
        return true;
      } else {
        // Nothing is on its way: somebody waits for a timer.
        this.#time.passToNextTimer();
        if (this.#house.clock.monotonicUs() - idleSinceUs > idleUsMax) throw this.#stuck();
      }
    }
    return false;
  }

  /** Ends the run, at its end or before, and tells of it. */
  finish(): BacktestResult {
    const elapsedUs = this.#options.stopwatch() - this.#startedUs;
    const { loaded, feed, buildHash } = this.#options;
    const { profile } = loaded;
    const recorder = this.#recorder;
    recorder.endInstant();
    const dataFingerprint = feed.fingerprint?.() ?? recorder.data.end();
    feed.close();
    return {
      ended: recorder.hasEnded || recorder.equity.ruin !== undefined ? 'complete' : 'interrupted',
      inputs: {
        profile: loaded.document,
        dataFingerprint,
        buildHash,
        seed: profile.paperVenue.seed,
      },
      strategies: profile.strategies.map(({ id }) => id),
      instruments: feed.instruments.map(({ instrument }) => instrument),
      startingCash: toDouble(profile.paperVenue.startingCash),
      barsPerSecond: elapsedUs > 0 ? (recorder.bars * 1_000_000) / elapsedUs : 0,
      ...recorder.told(),
    };
  }

  readonly #isEnough = (): boolean => this.#hasNewInstant || this.#failure !== undefined;

  #fail(message: string, fields: Readonly<Record<string, unknown>>): void {
    const { to: time, bars } = this.#recorder;
    this.#failure ??= new UserError(exitCodes.failedCheck, failureText({ message, fields, time, bars }));
  }

  #stuck(): Error {
    const waiting = [...this.#house.services].flatMap(([name, service]) => {
      const { state, reasons } = service.health();
      return state === 'ready' ? [] : [`${name} is ${state} (${reasons.join(', ')})`];
    });
    return new Error(`the backtest does not go on after ${this.#recorder.bars} bars: ${waiting.join('; ')}`);
  }
}

/** A whole run at once. Throws a UserError for what its strategies or its data do wrong. */
export function runBacktest(options: BacktestOptions): BacktestResult {
  const run = new BacktestRun(options);
  while (!run.play(Number.MAX_SAFE_INTEGER));
  return run.finish();
}

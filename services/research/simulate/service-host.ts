import type { FifoBus } from '../../../infra/sim/fifo-bus.ts';
import type { BusWatch, SimNetwork } from '../../../infra/sim/sim-bus.ts';
import { Crash, type SimProcess, type Simulation } from '../../../infra/sim/simulation.ts';
import type { Bus } from '../../kernel/bus/bus.ts';
import type { Epoch } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import type { Service } from '../../kernel/service/service.ts';

/** One run of a service. */
export interface Incarnation {
  readonly process: SimProcess;
  readonly bus: Bus;
  readonly raw: FifoBus;
  readonly epoch: Epoch;
}

export interface ServiceHostOptions {
  readonly name: string;
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly watch: (process: SimProcess) => BusWatch;
  readonly create: (incarnation: Incarnation) => Service;
  /** Monotonic time until it is started again. */
  readonly restartUs: () => number;
  /** It died of something else than a crash. */
  readonly onFailure: (name: string, error: Error) => void;
}

/** As infra/process draws them. */
const epochStep = 1_000_000;

/** Keeps a service running as a supervisor would: after each death a new process, with a higher epoch. */
export class ServiceHost {
  readonly name: string;
  readonly #options: ServiceHostOptions;
  #current: (Incarnation & { service: Service | undefined }) | undefined;
  #lastEpoch = 0;
  #wallOffsetUs = 0;
  starts = 0;

  constructor(options: ServiceHostOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** Undefined while it is down. */
  get process(): SimProcess | undefined {
    return this.#current?.process;
  }

  get incarnation(): Incarnation | undefined {
    return this.#current;
  }

  get service(): Service | undefined {
    return this.#current?.service;
  }

  start(): void {
    const { simulation, network, watch, create } = this.#options;
    if (this.#current !== undefined) return;
    this.starts += 1;
    const process = simulation.process(this.name);
    process.wallOffsetUs = this.#wallOffsetUs;
    const wallUs = simulation.wallUs + process.wallOffsetUs;
    this.#lastEpoch = Math.max(wallUs, this.#lastEpoch + epochStep);
    const epoch = brandOf.epoch(this.#lastEpoch);
    const { bus, raw } = network.connect(process, { producer: this.name, epoch }, watch(process));
    const current: Incarnation & { service: Service | undefined } = {
      ...{ process, bus, raw, epoch },
      service: undefined,
    };
    this.#current = current;
    process.onEnd = (error) => this.#onEnd(error);
    process.enter(() => {
      current.service = create(current);
      current.service.start();
    });
  }

  /** One more start, on another machine, of whose life and death nobody here knows; `prepare` says what it runs on. */
  startElsewhere(prepare: (process: SimProcess) => void): SimProcess {
    const { simulation, network, watch, create } = this.#options;
    const process = simulation.process(this.name);
    const { wallUs } = simulation;
    // Not so near to the newest here that the nonces of the two could meet.
    const isNear = Math.abs(wallUs - this.#lastEpoch) < epochStep;
    const epoch = brandOf.epoch(isNear ? this.#lastEpoch + epochStep / 2 : wallUs);
    prepare(process);
    const { bus, raw } = network.connect(process, { producer: this.name, epoch }, watch(process));
    process.onEnd = () => network.leave(raw);
    process.enter(() => create({ process, bus, raw, epoch }).start());
    return process;
  }

  /** Taken for dead while it is not: another start follows as after a death, and whoever takes it answers for its end. */
  detach(): Incarnation | undefined {
    const { network, simulation, restartUs } = this.#options;
    const current = this.#current;
    if (current === undefined) return undefined;
    this.#current = undefined;
    current.process.onEnd = () => network.leave(current.raw);
    simulation.at(simulation.nowUs + restartUs(), () => this.start());
    return current;
  }

  /** The machine's wall clock is moved; the monotonic one is not. */
  stepWallClock(byUs: number): void {
    this.#wallOffsetUs += byUs;
    if (this.#current !== undefined) this.#current.process.wallOffsetUs = this.#wallOffsetUs;
  }

  setWallClockRight(): void {
    this.stepWallClock(-this.#wallOffsetUs);
  }

  #onEnd(error: Error): void {
    const { network, simulation, restartUs, onFailure } = this.#options;
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    network.leave(current.raw);
    if (!(error instanceof Crash)) onFailure(this.name, error);
    simulation.at(simulation.nowUs + restartUs(), () => this.start());
  }
}

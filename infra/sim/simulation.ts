import type { Clock, StopTimer } from '../../services/kernel/clock/clock.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { EventHeap, type Scheduled } from './event-heap.ts';

/** Thrown out of a port call: the process is dead from here on. */
export class Crash extends Error {
  constructor(process: string, port: string) {
    super(`${process} was killed at ${port}`);
  }
}

/** What a process does in one step comes to no end: it would hang for ever. */
export class Livelock extends Error {
  constructor(process: string, port: string) {
    super(`${process} called ports ${portCallsPerStepMax} times in one step, ${port} last`);
  }
}

/** Many times more than a start on a long journal needs. */
const portCallsPerStepMax = 200_000;

interface SimEvent extends Scheduled {
  readonly process: SimProcess | undefined;
  readonly run: () => void;
  isCanceled: boolean;
}

/**
 * Time and everything that waits for it, on one thread. One step is one event: a message, a timer, an answer, a
 * commit. Events of one instant run in the order in which they were scheduled, so a run is the same each time.
 */
export class Simulation {
  readonly #events = new EventHeap<SimEvent>();
  readonly #startUs: number;
  #nowUs = 0;
  #number = 0;
  #stepsAtInstant = 0;

  constructor(start: { readonly wallUs: TimestampUs }) {
    this.#startUs = start.wallUs;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** True time of the day; a process may see another. */
  get wallUs(): TimestampUs {
    return brandOf.timestampUs(this.#startUs + this.#nowUs);
  }

  get waiting(): number {
    return this.#events.size;
  }

  /** Steps since time last went on. */
  get stepsAtInstant(): number {
    return this.#stepsAtInstant;
  }

  process(name: string): SimProcess {
    return new SimProcess(name, this);
  }

  /** Something of the world's own, such as a fault. */
  at(dueUs: number, run: () => void): StopTimer {
    return this.schedule(undefined, dueUs, run);
  }

  schedule(process: SimProcess | undefined, dueUs: number, run: () => void): StopTimer {
    this.#number += 1;
    const event = {
      process,
      dueUs: Math.max(dueUs, this.#nowUs),
      number: this.#number,
      run,
      isCanceled: false,
    };
    this.#events.add(event);
    return () => {
      event.isCanceled = true;
    };
  }

  /** Runs what is due next; false when nothing waits. What belongs to the dead is no step. */
  step(): boolean {
    for (let event = this.#events.take(); event !== undefined; event = this.#events.take()) {
      if (event.dueUs > this.#nowUs) this.#stepsAtInstant = 0;
      this.#nowUs = event.dueUs;
      if (event.isCanceled || event.process?.isAlive === false) continue;
      if (event.process?.hold(event.run, () => event.isCanceled) === true) continue;
      this.#stepsAtInstant += 1;
      if (event.process === undefined) event.run();
      else event.process.enter(event.run);
      return true;
    }
    return false;
  }
}

interface Held {
  readonly run: () => void;
  readonly isCanceled: () => boolean;
}

/** One run of one program: its clock, its death, and what it misses while it is stopped. */
export class SimProcess {
  readonly name: string;
  readonly simulation: Simulation;
  /** Added to what its wall clock says. */
  wallOffsetUs = 0;
  /** Port calls until it dies inside one; undefined: it does not. */
  portCallsLeft: number | undefined;
  onEnd: (error: Error) => void = () => {};
  #endedUs: number | undefined;
  #isAlive = true;
  #portCalls = 0;
  /** What a port threw: the end, whoever caught it on its way out. */
  #fatal: Error | undefined;
  #isFrozen = false;
  #held: Held[] = [];

  constructor(name: string, simulation: Simulation) {
    this.name = name;
    this.simulation = simulation;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Undefined while it runs. */
  get endedUs(): number | undefined {
    return this.#endedUs;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Called by each port before and after its effect: where a crash can strike. Nothing leaves a dead process. */
  touch(port: string): void {
    if (!this.#isAlive) throw this.#fatal ?? new Crash(this.name, port);
    this.#portCalls += 1;
    if (this.#portCalls > portCallsPerStepMax) throw this.#dieOf(new Livelock(this.name, port));
    if (this.portCallsLeft === undefined) return;
    this.portCallsLeft -= 1;
    if (this.portCallsLeft <= 0) throw this.#dieOf(new Crash(this.name, port));
  }

  #dieOf(error: Error): Error {
    this.#isAlive = false;
    this.#fatal = error;
    return error;
  }

  /** Runs something of the process; whatever it throws is its end. */
  enter(run: () => void): void {
    this.#portCalls = 0;
    try {
      run();
    } catch (error) {
      this.end(this.#fatal ?? (error instanceof Error ? error : new Error(String(error))));
      return;
    }
    // Somebody may have caught the crash on its way out; the process is dead all the same.
    if (!this.#isAlive) this.end(this.#fatal ?? new Crash(this.name, 'a handler'));
  }

  end(error: Error): void {
    this.#endedUs ??= this.simulation.nowUs;
    this.#isAlive = false;
    this.#held = [];
    const { onEnd } = this;
    this.onEnd = () => {};
    onEnd(error);
  }

  kill(): void {
    this.end(new Crash(this.name, 'no port'));
  }

  /** As by SIGSTOP: time goes on, and nothing of it runs. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** What came meanwhile is there at once, in its order. */
  thaw(): void {
    this.#isFrozen = false;
    const held = this.#held;
    this.#held = [];
    for (const { run, isCanceled } of held) {
      this.simulation.schedule(this, this.simulation.nowUs, () => {
        if (!isCanceled()) run();
      });
    }
  }

  /** True when the process is frozen and has to be told later. */
  hold(run: () => void, isCanceled: () => boolean): boolean {
    if (this.#isFrozen) this.#held.push({ run, isCanceled });
    return this.#isFrozen;
  }

  later(delayUs: number, run: () => void): StopTimer {
    return this.simulation.schedule(this, this.simulation.nowUs + delayUs, run);
  }

  clock(): Clock {
    const { simulation } = this;
    const after = (delayUs: number, callback: () => void): StopTimer =>
      // At least one microsecond, so that a timer that starts itself again cannot hold time up for ever.
      this.later(Math.max(1, Math.ceil(delayUs)), callback);
    return {
      monotonicUs: () => simulation.nowUs,
      wallUs: () => brandOf.timestampUs(simulation.wallUs + this.wallOffsetUs),
      after,
      every: (intervalUs, callback) => {
        let stop = after(intervalUs, fire);
        return () => stop();

        function fire(): void {
          stop = after(intervalUs, fire);
          callback();
        }
      },
    };
  }
}

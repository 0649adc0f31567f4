export interface Job {
  run(): void;
}

/** Jobs that may wait at once; more means that somebody answers every message with two. */
const jobsPendingMax = 250_000;

/**
 * First in, first out; a job that is added while another runs waits for its turn. Jobs of the next step wait until nothing
 * is left of this one, whatever that has brought about on its way.
 */
export class FifoQueue {
  #step = new Ring();
  #nextStep = new Ring();
  #running = false;
  #scheduled = false;
  readonly #schedule: ((run: () => void) => void) | undefined;

  constructor(schedule: ((run: () => void) => void) | undefined) {
    this.#schedule = schedule;
  }

  add(job: Job): void {
    this.#put(job, this.#step);
  }

  addToNextStep(job: Job): void {
    this.#put(job, this.#nextStep);
  }

  /** Returns at once when called by a job: the run under way will reach what it waits for. */
  runAll(isEnough: () => boolean = () => false): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let job = this.#next(); job !== undefined; job = this.#next()) {
        job.run();
        if (isEnough()) return;
      }
    } finally {
      this.#running = false;
    }
  }

  #put(job: Job, ring: Ring): void {
    if (this.#step.length + this.#nextStep.length >= jobsPendingMax) {
      throw new Error(`more than ${jobsPendingMax} deliveries wait on the bus`);
    }
    ring.push(job);
    if (this.#schedule === undefined || this.#scheduled || this.#running) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.runAll();
    });
  }

  #next(): Job | undefined {
    if (this.#step.length === 0) {
      const over = this.#step;
      this.#step = this.#nextStep;
      this.#nextStep = over;
    }
    return this.#step.shift();
  }
}

/** Places, a power of two of them, are used again: waiting costs no memory, and nothing is ever moved down. */
class Ring {
  #places: (Job | undefined)[] = Array.from({ length: 64 }, () => undefined);
  #first = 0;
  length = 0;

  push(job: Job): void {
    if (this.length === this.#places.length) this.#grow();
    this.#places[(this.#first + this.length) & (this.#places.length - 1)] = job;
    this.length += 1;
  }

  shift(): Job | undefined {
    if (this.length === 0) return undefined;
    const job = this.#places[this.#first];
    this.#places[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#places.length - 1);
    this.length -= 1;
    return job;
  }

  #grow(): void {
    const before = this.#places;
    const waiting = [...before.slice(this.#first), ...before.slice(0, this.#first)];
    this.#places = [...waiting, ...before.map(() => undefined)];
    this.#first = 0;
  }
}

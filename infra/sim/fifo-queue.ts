export interface Job {
  run(): void;
}

/** Jobs that may wait at once; more means that somebody answers every message with two. */
const jobsPendingMax = 250_000;

/** First in, first out; a job that is added while another runs waits for its turn. */
export class FifoQueue {
  /** Being run, from `#head` on. What is added meanwhile stands in `#later`, so that nothing is ever moved down. */
  #jobs: Job[] = [];
  #head = 0;
  #later: Job[] = [];
  #running = false;
  #scheduled = false;
  readonly #schedule: ((run: () => void) => void) | undefined;

  constructor(schedule: ((run: () => void) => void) | undefined) {
    this.#schedule = schedule;
  }

  add(job: Job): void {
    if (this.#jobs.length - this.#head + this.#later.length >= jobsPendingMax) {
      throw new Error(`more than ${jobsPendingMax} deliveries wait on the bus`);
    }
    this.#later.push(job);
    if (this.#schedule === undefined || this.#scheduled || this.#running) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.runAll();
    });
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

  #next(): Job | undefined {
    if (this.#head === this.#jobs.length) {
      this.#jobs = this.#later;
      this.#later = [];
      this.#head = 0;
    }
    const job = this.#jobs[this.#head];
    if (job !== undefined) this.#head += 1;
    return job;
  }
}

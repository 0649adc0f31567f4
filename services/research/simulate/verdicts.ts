/** A promise that was broken. The code names the promise; found bugs are told apart by it. */
export interface Violation {
  readonly code: string;
  readonly detail: string;
  readonly step: number;
  readonly timeUs: number;
}

/** Further ones of a run say little: the first is what went wrong. */
const violationsMax = 20;

/** Gathers what the checkers find, and the hash of all that the run did. */
export class Verdicts {
  readonly violations: Violation[] = [];
  step = 0;
  #nowUs: () => number;
  #hash = 0x811c9dc5;
  readonly #trace: string[] = [];
  #traceKept: number;

  constructor(nowUs: () => number, traceKept: number) {
    this.#nowUs = nowUs;
    this.#traceKept = traceKept;
  }

  broken(code: string, detail: string): void {
    this.note(`BROKEN ${code}: ${detail}`);
    if (this.violations.length >= violationsMax) return;
    this.violations.push({ code, detail, step: this.step, timeUs: this.#nowUs() });
  }

  /** A line of the trace, kept when somebody wants one. */
  note(text: string): void {
    if (this.#traceKept === 0) return;
    this.#trace.push(`${String(this.step).padStart(7)} ${(this.#nowUs() / 1_000_000).toFixed(6)} ${text}`);
    if (this.#trace.length > 2 * this.#traceKept) this.#trace.splice(0, this.#traceKept);
  }

  get trace(): readonly string[] {
    return this.#trace.slice(-this.#traceKept);
  }

  /** Whatever the run does goes into its hash: the same seed has the same one. */
  mix(text: string): void {
    let hash = this.#hash;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    this.#hash = hash;
  }

  mixNumber(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), 0x01000193);
    this.#hash = Math.imul(this.#hash ^ Math.floor(value / 4_294_967_296), 0x01000193);
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
}

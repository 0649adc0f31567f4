import { createRandomSource, type RandomSource } from '../../../infra/feeds/random-source.ts';

/** Chances a passage, request, commit or order. */
const chances = {
  drop: 0.02,
  duplicate: 0.02,
  delay: 0.02,
  lateDecision: 0.06,
  streamSilent: 0.05,
  diskFull: 0.002,
  failedSync: 0.002,
  slowDisk: 0.05,
  lostBefore: 0.04,
  lostAfter: 0.06,
  slowVenue: 0.08,
  reportTwice: 0.08,
  reportLost: 0.01,
  lateFill: 0.1,
  refuseCancel: 0.15,
  bitFlip: 0.3,
  forget: 0.5,
  venueIdsBack: 0.5,
  rejectOrder: 0.08,
  /** Of a decision: risk dies behind it, and it comes when the next start may have been heard. */
  lastWord: 0.03,
  /** No chance: strategies do it, or do not, for the whole of a seed. */
  reenter: 1,
} as const;

/** How often a simulated minute. */
const ratesPerMinute = {
  crash: 4,
  crashInside: 6,
  freeze: 3,
  disconnect: 3,
  serverRestart: 0.5,
  venueDisconnect: 2,
  venueRestart: 1,
  clockStep: 2,
  marketGap: 1.5,
  replayMessage: 20,
  reuseId: 3,
  foreignBytes: 3,
  kill: 1,
  pause: 1,
  flatten: 1,
  signedCancel: 3,
  correctFill: 4,
  forgedAct: 20,
  quietQuotes: 3,
  bustFill: 12,
  twoExecutions: 5,
  priceFall: 3,
  orderBurst: 4,
  wildQuote: 4,
  handTrade: 8,
  copiedExecution: 4,
} as const;

export type ChanceKind = keyof typeof chances;
export type RateKind = keyof typeof ratesPerMinute;
export type FaultKind = ChanceKind | RateKind;

function keysOf<Key extends string>(record: Readonly<Record<Key, number>>): readonly Key[] {
  const keys: Key[] = [];
  for (const key in record) keys.push(key);
  return keys;
}

export const chanceKinds = keysOf(chances);
export const rateKinds = keysOf(ratesPerMinute);
/** Drawn by themselves, so that the seeds that found something before there were these still tell the same story. */
export const laterKinds: readonly FaultKind[] = [
  'rejectOrder',
  'quietQuotes',
  'bustFill',
  'twoExecutions',
  'priceFall',
  'orderBurst',
  'handTrade',
  'copiedExecution',
  'wildQuote',
  'lastWord',
  'reenter',
];
export const faultKinds: readonly FaultKind[] = [...chanceKinds, ...rateKinds];
const firstKinds = faultKinds.filter((kind) => !laterKinds.includes(kind));

/**
 * Which faults a seed brings and how many: some seeds are calm, some know one kind, some a few, some all. Each kind
 * draws from a stream of its own, so that a run without one kind is otherwise as alike as it can be.
 */
export class FaultPlan {
  readonly #weights = new Map<FaultKind, number>();
  readonly #streams = new Map<FaultKind, RandomSource>();
  readonly #counts = new Map<FaultKind, number>();
  readonly #seed: number;
  #isOver = false;

  constructor(seed: number, without: ReadonlySet<string>) {
    this.#seed = seed;
    const weights = [...weightsOf(seed), ...laterWeightsOf(seed)];
    for (const [kind, weight] of weights) if (!without.has(kind)) this.#weights.set(kind, weight);
  }

  /** Kinds that this seed brings. */
  get kinds(): readonly FaultKind[] {
    return [...this.#weights.keys()];
  }

  get counts(): ReadonlyMap<FaultKind, number> {
    return this.#counts;
  }

  /** From here on nothing goes wrong any more. */
  end(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  strikes(kind: ChanceKind): boolean {
    const weight = this.#weights.get(kind);
    if (weight === undefined || this.#isOver) return false;
    if (this.stream(kind).uniform() >= chances[kind] * weight) return false;
    this.count(kind);
    return true;
  }

  /** Until the next one of this kind; undefined when this seed has none. */
  nextUs(kind: RateKind): number | undefined {
    const weight = this.#weights.get(kind);
    if (weight === undefined) return undefined;
    const meanUs = 60_000_000 / (ratesPerMinute[kind] * weight);
    // Between nothing and twice the mean: no logarithm, whose last bit differs from machine to machine.
    return Math.ceil(this.stream(kind).uniform() * 2 * meanUs);
  }

  count(kind: FaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  stream(kind: FaultKind): RandomSource {
    const known = this.#streams.get(kind);
    if (known !== undefined) return known;
    const stream = createRandomSource(this.#seed, 'fault', kind);
    this.#streams.set(kind, stream);
    return stream;
  }

  between(kind: FaultKind, from: number, to: number): number {
    return from + Math.floor(this.stream(kind).uniform() * (to - from));
  }
}

const calmShare = 0.05;
const oneKindShare = 0.35;
const fewKindsShare = 0.35;
const fewKinds = 6;
const laterShare = 0.4;

function laterWeightsOf(seed: number): ReadonlyMap<FaultKind, number> {
  const random = createRandomSource(seed, 'profile', 'later');
  const weights = new Map<FaultKind, number>();
  for (const kind of laterKinds) {
    const isThere = random.uniform() < laterShare;
    const weight = 0.2 + 1.3 * random.uniform();
    if (isThere) weights.set(kind, weight);
  }
  return weights;
}

function weightsOf(seed: number): ReadonlyMap<FaultKind, number> {
  const random = createRandomSource(seed, 'profile');
  const weights = new Map<FaultKind, number>();
  const kind = (): FaultKind => firstKinds[Math.floor(random.uniform() * firstKinds.length)] ?? 'crash';
  let share = random.uniform();
  if (share < calmShare) return weights;
  share -= calmShare;
  if (share < oneKindShare) {
    weights.set(kind(), 3);
  } else if (share < oneKindShare + fewKindsShare) {
    for (let count = 0; count < fewKinds; count += 1) weights.set(kind(), 0.5 + 1.5 * random.uniform());
  } else {
    for (const every of firstKinds) weights.set(every, 0.2 + 0.8 * random.uniform());
  }
  return weights;
}

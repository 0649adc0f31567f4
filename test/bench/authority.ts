import { connect, type NatsConnection } from 'nats';
import { Envelope } from '../../protos/gen/system.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { timeAuthentication } from './authentication-cost.ts';
import type { BenchRun } from './bench-run.ts';
import { allServices, type BenchSystem, startBenchServer, startBenchSystem } from './bench-system.ts';
import type { Child } from './child.ts';
import { type Observer, observe, type Quote } from './observer.ts';
import { quoteToSendUs, readSendTimes } from './order-latency.ts';
import { figure, type Row } from './row.ts';
import { type Distribution, distributionOf, median, medianInterval, quartilesOf } from './statistics.ts';

/** The relaxed rate: a queue before the disk would hide what authority costs. */
const quotesPerOrder = 5;
/** Quotes of a block that come first and do not count: the system was asleep. */
const blockWarmUp = 100;
/** What authority may add to the way of an order. */
const ratioMax = 1.1;

/** Of fewer, even the smallest and the largest do not hold the median 95 times of 100. */
const pairsForVerdictMin = 6;

interface Effort {
  readonly rounds: number;
  readonly pairsPerRound: number;
  readonly quotesPerBlock: number;
  readonly warmUpQuotes: number;
}

/** 400 orders a block: 10,400 on each side, after 1,000 of each process that do not count. */
const full: Effort = { rounds: 2, pairsPerRound: 13, quotesPerBlock: 2_000, warmUpQuotes: 5_000 };
const quick: Effort = { rounds: 2, pairsPerRound: 2, quotesPerBlock: 1_500, warmUpQuotes: 1_000 };

/** One of the two systems that take turns on the machine. */
interface Side {
  readonly system: BenchSystem;
  readonly feed: Child;
  readonly observer: Observer;
  readonly blocks: (readonly Quote[])[];
  /** As each block shows it: by how much execution's clock is ahead. */
  readonly skewsUs: number[];
}

type SideName = 'with' | 'without';

/** What one round shows, block by block. */
interface Round {
  readonly latencies: Readonly<Record<SideName, readonly Distribution[]>>;
  readonly skewsUs: Readonly<Record<SideName, readonly number[]>>;
  readonly authenticationUs: readonly Distribution[];
  readonly authenticatedBytes: number;
}

/**
 * Two whole systems in turns, one as in production, the other on a server that knows no users. What cannot be switched
 * off, the HMAC of a decision, is timed beside them and taken off the second.
 */
export async function measureAuthority(run: BenchRun): Promise<Row> {
  const effort = run.quick ? quick : full;
  const rounds: Round[] = [];
  // Processes that do the same differ for as long as they live: each round has new ones, and begins with the other side.
  for (let round = 1; round <= effort.rounds; round += 1) {
    run.say(`  round ${round} of ${effort.rounds}`);
    rounds.push(await measureRound(run, effort, orderOf(round)));
    await run.endRow();
  }
  return rowOf(rounds);
}

/** Who comes second finds caches and disk as the first left them, so each side is first as often as the other. */
function orderOf(turn: number): readonly [SideName, SideName] {
  return turn % 2 === 1 ? ['with', 'without'] : ['without', 'with'];
}

async function measureRound(
  run: BenchRun,
  effort: Effort,
  [first, second]: readonly [SideName, SideName],
): Promise<Round> {
  const started = { [first]: await startSide(run, first), [second]: await startSide(run, second) };
  const { with: guarded, without: open } = started;
  if (guarded === undefined || open === undefined) throw new Error('a round has two sides');
  const sides: Readonly<Record<SideName, Side>> = { with: guarded, without: open };
  for (const name of [first, second]) {
    const side = sides[name];
    side.system.service('strategy').send('order');
    await runBlock(side, effort.warmUpQuotes);
    side.observer.takeSkewUs();
  }
  const decision = Envelope.decode(guarded.observer.first(subjects.decision.matching({}).name)).payload;
  const authentication = timeAuthentication(decision);
  await authentication.block();
  const authenticationUs: Distribution[] = [];
  for (let pair = 1; pair <= effort.pairsPerRound; pair += 1) {
    run.say(`    pair ${pair} of ${effort.pairsPerRound}`);
    for (const name of orderOf(pair)) {
      const side = sides[name];
      side.blocks.push((await runBlock(side, blockWarmUp + effort.quotesPerBlock)).slice(blockWarmUp));
      side.skewsUs.push(side.observer.takeSkewUs());
    }
    authenticationUs.push(distributionOf(await authentication.block()));
  }
  return {
    latencies: { with: latenciesOf(guarded), without: latenciesOf(open) },
    skewsUs: { with: guarded.skewsUs, without: open.skewsUs },
    authenticationUs,
    authenticatedBytes: authentication.bytes,
  };
}

async function startSide(run: BenchRun, name: SideName): Promise<Side> {
  const folder = run.freshFolder(`authority-${name}`);
  const server = await startBenchServer(run, folder, name === 'with' ? 'production' : 'nobody');
  const system = await startBenchSystem(run, {
    folder,
    url: server.url,
    services: allServices,
    overrides: [[['strategies', '0', 'parameters', 'immediateEvery'], quotesPerOrder]],
  });
  const connection = await connect({ servers: server.url, noAsyncTraces: true });
  run.onRowEnd(() => connection.close());
  if ((await isRefused(connection)) !== (name === 'with')) {
    throw new Error(`the server of the side ${name} authority does not let in whom it should`);
  }
  const observer = observe(connection);
  await system.ready;
  const feed = system.service('market-data');
  feed.signal('SIGSTOP');
  return { system, feed, observer, blocks: [], skewsUs: [] };
}

/** Whether a guest is kept from what only services may hear: else both sides would be the same. */
async function isRefused(connection: NatsConnection): Promise<boolean> {
  let refused = false;
  const subscription = connection.subscribe(subjects.stageOrder.matching({}).name, {
    callback: (error) => {
      refused ||= error !== null;
    },
  });
  await connection.flush();
  subscription.unsubscribe();
  return refused;
}

async function runBlock({ feed, observer }: Side, quotes: number): Promise<readonly Quote[]> {
  const seen = observer.quotes(quotes);
  feed.signal('SIGCONT');
  const found = await seen;
  feed.signal('SIGSTOP');
  await observer.settled();
  return found;
}

function rowOf(rounds: readonly Round[]): Row {
  const guarded = rounds.flatMap(({ latencies }) => latencies.with);
  const open = rounds.flatMap(({ latencies }) => latencies.without);
  const authenticationUs = rounds.flatMap((round) => round.authenticationUs);
  const samples = Math.min(countOf(guarded), countOf(open));
  const hmacUs = authenticationUs.map(({ p50 }) => p50);
  const blocksOf = (name: 'p50' | 'p90' | 'p99') => ({
    blocks: guarded.map((distribution) => distribution[name]),
    floorBlocks: open.map((distribution, pair) => distribution[name] - (hmacUs[pair] ?? Number.NaN)),
  });
  const { blocks, floorBlocks } = blocksOf('p50');
  const ratios = blocks.map((block, pair) => block / (floorBlocks[pair] ?? Number.NaN));
  return {
    name: 'authority',
    measure: `what authority adds from market-data's publish call to the gateway's submit call: five processes, 1,000 quotes a second, an order every ${quotesPerOrder}`,
    floor: 'the same system, in turns, on a server that knows no users, less the HMAC of a decision',
    figures: [
      ...(['p50', 'p90', 'p99'] as const).map((name) =>
        figure({ name, unit: 'us', ...blocksOf(name), samples }),
      ),
      figure({
        name: 'p50, pair by pair',
        unit: '×',
        blocks: ratios,
        samples,
        target: { of: 'figure', bound: 'atMost', value: ratioMax },
      }),
      figure({
        name: 'HMAC of a decision, made and checked, p50',
        unit: 'us',
        blocks: hmacUs,
        samples: countOf(authenticationUs),
      }),
    ],
    notes: [
      pairsText(ratios, rounds),
      `Noise: two blocks of one side that follow each other differ by ${stepText(rounds, 'with')} with and ${stepText(rounds, 'without')} without.`,
      'With: an nkey and permissions for each service, private inboxes, the HMAC. Without: none of it but the inboxes, which cost the same; both were seen to let in whom they should.',
      `The HMAC cannot be switched off: it was timed in the bench on the ${rounds[0]?.authenticatedBytes} bytes of a real decision, one at a time and not in a loop, and taken off each block without authority. A lease answer carries one as well, once a second and on no order's way.`,
      `The clocks of market-data and execution differ by ${skewText(rounds, 'with')} with and ${skewText(rounds, 'without')} without, taken from the fastest messages of each block (in brackets how far the blocks of a round lie apart), and corrected.`,
    ],
  };
}

function pairsText(ratios: readonly number[], rounds: readonly Round[]): string {
  const { lower, upper } = quartilesOf(ratios);
  const dearer = ratios.filter((ratio) => ratio > 1).length;
  const perRound = rounds.length === 0 ? 0 : ratios.length / rounds.length;
  const medians = rounds.map((_, round) => median(ratios.slice(round * perRound, (round + 1) * perRound)));
  return [
    `The middle half of the ${ratios.length} pairs lies between ${times(lower)} and ${times(upper)};`,
    `in ${dearer} of them the side with authority was the slower one.`,
    intervalText(ratios),
    `Rounds, each of new processes, have medians of ${medians.map(times).join(', ')}.`,
  ].join(' ');
}

/** A verdict is worth as much as the machine was quiet. */
function intervalText(ratios: readonly number[]): string {
  if (ratios.length < pairsForVerdictMin) return 'So few pairs are no verdict.';
  const { lower, upper } = medianInterval(ratios);
  const isClear = upper <= ratioMax || lower > ratioMax;
  const told = `So many pairs tell the median to lie between ${times(lower)} and ${times(upper)}, 95 times of 100`;
  return isClear ? `${told}.` : `${told}: too far apart for a verdict, repeat it on a quieter machine.`;
}

function latenciesOf({ system, blocks, skewsUs }: Side): readonly Distribution[] {
  const sendTimes = readSendTimes(system);
  const skewUs = median(skewsUs);
  return blocks.map((quotes) => distributionOf(quoteToSendUs(sendTimes, quotes, { skewUs, quotesPerOrder })));
}

/** Each pair of processes has clocks of its own. */
function skewText(rounds: readonly Round[], name: SideName): string {
  return rounds
    .map(({ skewsUs }) => skewsUs[name])
    .map(
      (skews) => `${Math.round(median(skews))} us (${Math.round(Math.max(...skews) - Math.min(...skews))})`,
    )
    .join(', ');
}

/** How much a block differs from the one before, as a rule. */
function stepText(rounds: readonly Round[], name: SideName): string {
  const steps = rounds.flatMap(({ latencies }) => {
    const p50s = latencies[name].map(({ p50 }) => p50);
    return p50s.slice(1).map((p50, index) => Math.abs(p50 / (p50s[index] ?? Number.NaN) - 1));
  });
  return `${(median(steps) * 100).toFixed(1)}%`;
}

function countOf(blocks: readonly Distribution[]): number {
  return blocks.reduce((total, { count }) => total + count, 0);
}

function times(ratio: number): string {
  return `${ratio.toFixed(3)}×`;
}

// Aim: a process that stands still (SIGSTOP) is not trusted for longer than its lease: by the venue's own log nothing is
// sent on a lease that has run out, and once the process goes on, so does trading. The last line is true even when the
// monitor, which it comes from, was killed the moment before.
import { afterEach, expect, it } from 'vitest';
import { type Client, openClient } from '../../infra/client/open-client.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { churningOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { summaryDifferences } from '../system/summary.ts';
import { readVenueBook, submitsIn } from '../system/venue-book.ts';

const leaseUs = 3_000_000;
/** From the gate's last word to the venue's stamp; both are in one process. */
const stampUs = 250_000;

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('risk stands still, then execution; then the monitor is killed just before the end', async () => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({ folder, words: ['--profile', churningOrders(folder)] });
  // A run that ends before all is ready has nothing to sum up.
  await system.until('ready', (line) => valueAt(line, 'event') === 'ready');
  await system.resolvesAnOrder();
  const identity = system.identity('operator');
  const client = await openClient({ url: system.natsUrl(), name: 'test', identity });

  await standStill(system, 'risk', async (stoppedUs) => {
    await untilExecutionSays(client, 'LEASE_EXPIRED');
    const late = submitTimes(folder).filter((time) => time > stoppedUs + leaseUs + stampUs);
    expect(late).toEqual([]);
  });
  await system.resolvesAnOrder();

  const requests = requestTimes(client);
  let continuedUs = 0;
  await standStill(system, 'execution', async (stoppedUs) => {
    // Decisions go on coming meanwhile, and wait on its connection.
    await eventually('the end of the lease', () => nowUs() > stoppedUs + leaseUs + stampUs || undefined);
    continuedUs = nowUs();
  });
  await system.resolvesAnOrder();
  const asked = await eventually('that it asks for a lease', () =>
    requests.find((time) => time >= continuedUs),
  );
  const sentOnTheOldLease = submitTimes(folder).filter((time) => time >= continuedUs && time < asked);
  expect(sentOnTheOldLease).toEqual([]);

  await client.close();
  process.kill(await system.pidOf('monitor'), 'SIGKILL');
  expect((await system.stop()).code).toBe(0);
  expect(differences(folder)).toEqual([]);
  // It has caught up before execution stopped.
  expect(summaryDifferences(system.lines.at(-1), folder)).toEqual([]);
});

async function standStill(
  system: RunningSystem,
  part: 'risk' | 'execution',
  meanwhile: (stoppedUs: number) => Promise<void>,
): Promise<void> {
  const pid = await system.pidOf(part);
  process.kill(pid, 'SIGSTOP');
  await meanwhile(nowUs());
  process.kill(pid, 'SIGCONT');
}

/** Wall times of all submits that reached the venue. */
function submitTimes(folder: string): readonly number[] {
  return submitsIn(readVenueBook(folder).log).map(({ wallTime }) => wallTime);
}

/** Wall times at which execution asks for its lease, from now on. */
function requestTimes({ bus }: Client): readonly number[] {
  const times: number[] = [];
  bus.subscribe(subjects.leaseRequest.of({}), ({ header }) => times.push(header.publishTime));
  return times;
}

async function untilExecutionSays({ bus }: Client, reason: string): Promise<void> {
  const heard = Promise.withResolvers<void>();
  const subscription = bus.subscribe(subjects.heartbeat.matching({ service: 'execution' }), ({ message }) => {
    if (message.reasons.includes(reason)) heard.resolve();
  });
  await heard.promise;
  subscription.unsubscribe();
}

function nowUs(): number {
  return Date.now() * 1000;
}

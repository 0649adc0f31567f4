import type { NatsConnection } from 'nats';
import { machineUs } from './bench-parent.ts';

const echoes = 500;
const echoSubject = 'bench.echo';

/**
 * The least time, in microseconds, from a publish through the server to a subscriber's handler, seen by one process
 * that does both. What a service stamps and this process receives takes no less; so the fastest of many messages tells
 * how far the two clocks are apart.
 */
export async function leastWayUs(connection: NatsConnection): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let echo = 0; echo < echoes; echo += 1) least = Math.min(least, await wayUs(connection));
  return least;
}

/** One such way. */
export async function wayUs(connection: NatsConnection): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let sentUs = 0;
  connection.subscribe(echoSubject, { max: 1, callback: () => resolve(machineUs() - sentUs) });
  await connection.flush();
  sentUs = machineUs();
  connection.publish(echoSubject);
  return await promise;
}

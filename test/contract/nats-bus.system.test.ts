import { connect } from 'nats';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { connectNats } from '../../infra/nats/nats-bus.ts';
import { provisionStreams } from '../../infra/nats/streams.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { silentLog, startTestServer } from '../integration/nats-test-server.ts';
import { describeBus } from './bus.contract.ts';
import type { BusWorld } from './bus-world.ts';

describeBus('NATS', natsWorld);

async function natsWorld(): Promise<BusWorld> {
  const clock = createSystemClock();
  const server = await startTestServer();
  await provisionStreams({ url: server.url, clock });
  return {
    connect: (producer) =>
      connectNats({ url: server.url, producer, epoch: brandOf.epoch(1), clock, log: silentLog }),
    inject: async (subject, bytes) => {
      const stranger = await connect({ servers: server.url });
      stranger.publish(subject, bytes);
      await stranger.flush();
      await stranger.close();
    },
    breakConnections: () => server.kill(),
    restoreConnections: () => server.restart(),
    elapse: () => undefined,
    end: () => server.remove(),
  };
}

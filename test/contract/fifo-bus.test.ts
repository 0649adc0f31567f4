import { createFifoNetwork, type FifoBus } from '../../infra/sim/fifo-bus.ts';
import type { HeardLater } from '../../infra/sim/fifo-links.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { describeBus } from './bus.contract.ts';
import { type BusWorld, marketTime } from './bus-world.ts';

describeBus('in memory, messages handed over as they are', async () => fifoWorld({ encode: false }));
describeBus('in memory, messages encoded', async () => fifoWorld({ encode: true }));
describeBus('in memory, all heard a step later', async () =>
  fifoWorld({ encode: false, heardLater: everybody }),
);

const names = ['sender', 'receiver', 'second', 'witness'];
const everybody = Object.fromEntries(names.map((name) => [name, names]));

function fifoWorld(options: { readonly encode: boolean; readonly heardLater?: HeardLater }): BusWorld {
  const clock = createManualClock({ wallUs: marketTime });
  const network = createFifoNetwork({ clock, ...options, schedule: setImmediate });
  const clients: FifoBus[] = [];
  return {
    connect: async (producer) => {
      const bus = network.connect({ producer, epoch: brandOf.epoch(1) });
      clients.push(bus);
      return bus;
    },
    inject: async (subject, bytes) => network.inject(subject, bytes),
    breakConnections: async () => {
      for (const client of clients) client.disconnect();
    },
    restoreConnections: async () => {
      for (const client of clients) client.reconnect();
    },
    elapse: (us) => clock.advance(us),
    end: async () => undefined,
  };
}

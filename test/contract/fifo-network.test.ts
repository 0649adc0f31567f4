// Aim: what the network in memory has beyond the contract: a run that is the same each time, and faults on request.
import { describe, expect, it } from 'vitest';
import { createFifoNetwork } from '../../infra/sim/fifo-bus.ts';
import type { HeardLater } from '../../infra/sim/fifo-links.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { messageBytesMax } from '../../services/kernel/codec/message-type.ts';
import { collect, mark, marketTime } from './bus-world.ts';

function given(options: { readonly encode?: boolean; readonly heardLater?: HeardLater } = {}) {
  const network = createFifoNetwork({ clock: createManualClock({ wallUs: marketTime }), ...options });
  const connect = (producer: string) => network.connect({ producer, epoch: brandOf.epoch(1) });
  return { network, connect, sender: connect('sender'), receiver: connect('receiver') };
}

it('nothing is delivered until the owner drains, and then all that follows from it too', () => {
  const { network, sender, receiver } = given();
  const log: string[] = [];
  for (const client of [sender, receiver]) {
    client.subscribe(subjects.pace.of({ stage: 'chain' }), ({ message }) => {
      log.push(`${client === sender ? 'sender' : 'receiver'} ${message.number}`);
      if (client === receiver && message.number < 3) receiver.publish(mark('chain', message.number + 1));
      network.drain();
    });
  }

  sender.publish(mark('chain', 1));
  expect(log).toEqual([]);
  network.drain();

  expect(log).toEqual(['sender 1', 'receiver 1', 'sender 2', 'receiver 2', 'sender 3', 'receiver 3']);
});

it('two runs give the same ids and the same times', () => {
  const run = () => {
    const { network, sender, receiver } = given();
    const received = collect(receiver, subjects.pace.matching({}));
    for (const number of [1, 2, 3]) sender.publish(mark('same', number));
    network.drain();
    return received.map(({ header }) => header);
  };
  expect(run()).toEqual(run());
});

describe('who hears a producer a step later', () => {
  /** A venue that answers each mark of the market with three in a row, each when it has heard the one before. */
  function aMarket() {
    const world = given({ heardLater: { market: ['trader'] } });
    const { network, connect } = world;
    const [market, venue, trader] = [connect('market'), connect('venue'), connect('trader')];
    venue.subscribe(subjects.pace.of({ stage: 'market' }), ({ message }) =>
      venue.publish(mark('fills', message.number * 10)),
    );
    venue.subscribe(subjects.pace.of({ stage: 'fills' }), ({ message }) => {
      if (message.number % 10 < 2) network.defer(() => venue.publish(mark('fills', message.number + 1)));
    });
    const heard: string[] = [];
    trader.subscribe(subjects.pace.matching({}), ({ subject, message }) => {
      heard.push(`${subject.split('.').at(-1)} ${message.number}`);
    });
    return { network, market, trader, heard };
  }

  it('hears all that follows from a message elsewhere before the message itself, and keeps the order of a link', () => {
    const { network, market, heard } = aMarket();
    market.publish(mark('market', 1));
    market.publish(mark('market', 2));
    network.drain();
    const fills = ['fills 10', 'fills 20', 'fills 11', 'fills 21', 'fills 12', 'fills 22'];
    expect(heard).toEqual([...fills, 'market 1', 'market 2']);
  });

  it('hears an answer in its turn behind what was said before it', () => {
    const { network, market, trader, heard } = aMarket();
    const page = subjects.instrumentList.matching({});
    market.serve(
      subjects.instrumentQuery.matching({}),
      (_, reply) => {
        market.publish(mark('market', 1));
        reply({ message: { instruments: [] }, eventTime: marketTime });
      },
      page,
    );
    const query = { message: {}, eventTime: marketTime, reply: page, timeoutUs: 1_000 };
    trader.request({ ...query, subject: subjects.instrumentQuery.of({}) }, ({ ok }) =>
      heard.push(`answered ${ok}`),
    );
    network.drain();
    expect(heard).toEqual(['fills 10', 'fills 11', 'fills 12', 'market 1', 'answered true']);
  });

  it('hears it no sooner when somebody decides about each delivery', () => {
    const { network, market, heard } = aMarket();
    network.interfere(({ to }) => (to === 'trader' ? 'duplicate' : 'deliver'));
    market.publish(mark('market', 1));
    network.drain();
    expect(heard.slice(-2)).toEqual(['market 1', 'market 1']);
    expect(heard).toHaveLength(8);
  });
});

it('drops or duplicates the deliveries it is told to, and only those', () => {
  const { network, connect, sender, receiver } = given();
  const received = collect(receiver, subjects.pace.matching({}));
  const witnessed = collect(connect('witness'), subjects.pace.matching({}));

  network.interfere(({ to, from, subject }) => {
    if (to !== 'receiver' || from !== 'sender') return 'deliver';
    if (subject.endsWith('.lost')) return 'drop';
    return subject.endsWith('.twice') ? 'duplicate' : 'deliver';
  });
  for (const stage of ['lost', 'twice', 'once']) sender.publish(mark(stage, 1));
  network.drain();
  network.interfere(undefined);
  sender.publish(mark('lost', 2));
  network.drain();

  const stages = (all: typeof received) => all.map(({ subject }) => subject.split('.').at(-1));
  expect(stages(received)).toEqual(['twice', 'twice', 'once', 'lost']);
  expect(stages(witnessed)).toEqual(['lost', 'twice', 'once', 'lost']);
});

it('what is under way to a client that loses its connection never arrives, even when it is back at once', () => {
  const { network, sender, receiver } = given();
  const received = collect(receiver, subjects.pace.matching({}));
  let stored = 0;
  receiver.publishStored(mark('own', 1), () => {
    stored += 1;
  });
  sender.publish(mark('lost', 1));

  receiver.disconnect();
  receiver.reconnect();
  network.drain();
  sender.publish(mark('seen', 1));
  network.drain();

  expect(received.map(({ subject }) => subject)).toEqual(['data.v1.pace.seen']);
  expect(stored).toBe(0);
});

it('a message larger than NATS carries is refused where messages are encoded', () => {
  const { sender } = given({ encode: true });
  const message = new Uint8Array(messageBytesMax + 1);
  const subject = subjects.killTrip.of({ source: 'large' });
  expect(sender.publish({ subject, message, eventTime: marketTime })).toMatchObject({
    ok: false,
    code: 'OVERSIZED',
  });
});

it('a flood that never ends is an error, not a run without end', () => {
  const { network, receiver, sender } = given();
  const failures: Error[] = [];
  receiver.onFailure((error) => failures.push(error));
  receiver.subscribe(subjects.pace.of({ stage: 'flood' }), () => {
    receiver.publish(mark('flood', 1));
    receiver.publish(mark('flood', 1));
  });
  sender.publish(mark('flood', 1));
  network.drain();
  expect(failures.map(({ message }) => message)).toEqual(['more than 250000 deliveries wait on the bus']);
});

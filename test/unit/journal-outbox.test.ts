import { describe, expect, it } from 'vitest';
import { createFifoNetwork, type FifoBus } from '../../infra/sim/fifo-bus.ts';
import { createManualClock, type ManualClock } from '../../infra/sim/manual-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../../infra/sim/memory-journal.ts';
import { Alert } from '../../protos/gen/system.ts';
import type { Received } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { messageEvent, messageIn } from '../../services/kernel/journal/message-event.ts';
import { Outbox } from '../../services/kernel/journal/outbox.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const secondUs = 1_000_000;

interface World {
  readonly clock: ManualClock;
  readonly journal: MemoryJournal;
  readonly bus: FifoBus;
  readonly outbox: Outbox;
  readonly received: Received<Alert>[];
  /** What the stream says to a message; false keeps its answer back. */
  stream: { answers: (sequence: number) => boolean; asked: number };
  append(count: number): void;
  /** Lets the bus and due timers do their work. */
  settle(us?: number): void;
}

const alert = (text: string): Alert => ({ severity: 'info', service: 'risk', code: 'TEST', text, about: '' });

function createWorld(journal = createMemoryJournal({ ledgerId: brandOf.ledgerId('L') })): World {
  const clock = createManualClock({ wallUs: brandOf.timestampUs(0) });
  const network = createFifoNetwork({ clock });
  const bus = network.connect({ producer: 'risk', epoch: brandOf.epoch(1) });
  const received: Received<Alert>[] = [];
  network
    .connect({ producer: 'monitor', epoch: brandOf.epoch(1) })
    .subscribe(subjects.alert.matching({}), (message) => received.push(message));
  const stream = { answers: (_sequence: number) => true, asked: 0 };
  const publishStored = bus.publishStored.bind(bus);
  bus.publishStored = (outgoing, onStored) => {
    stream.asked += 1;
    return publishStored(outgoing, () => {
      if (stream.answers(outgoing.producerSequence ?? 0)) onStored();
    });
  };
  const outbox = new Outbox({
    journal,
    bus,
    clock,
    log,
    producer: 'risk',
    toOutgoing: (row, event) => ({
      subject: subjects.alert.of({ severity: 'info' }),
      message: messageIn(event, Alert),
      eventTime: row.time,
    }),
  });
  return {
    clock,
    journal,
    bus,
    outbox,
    received,
    stream,
    append(count) {
      const time = brandOf.timestampUs(0);
      const events = Array.from({ length: count }, (_, index) => ({
        aggregate: 'alert/test',
        type: Alert.name,
        time,
        payload: Alert.encode(alert(String(index))),
      }));
      journal.append(events);
      journal.commit();
    },
    settle(us = 100) {
      for (let step = 0; step < 10; step += 1) {
        network.drain();
        clock.advance(us / 10);
      }
      network.drain();
    },
  };
}

const sequencesOf = (world: World) =>
  world.received.map((message) => Number(message.header.producerSequence));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('the outbox', () => {
  it('publishes each row once, in order, only when it is durable, before its append hears of it', () => {
    const world = createWorld();
    world.outbox.start();
    world.journal.append(
      [
        {
          aggregate: 'a',
          type: Alert.name,
          time: brandOf.timestampUs(5),
          payload: Alert.encode(alert('first')),
        },
      ],
      () => expect(world.outbox.sentSequence()).toBe(1),
    );
    world.settle();
    expect(world.received).toEqual([]);

    world.journal.commit();
    world.append(2);
    world.settle();

    expect(sequencesOf(world)).toEqual([1, 2, 3]);
    expect(world.received[0]?.header).toMatchObject({ id: 'risk.L.1', eventTime: 5, producer: 'risk' });
    expect(world.received[0]?.message.text).toBe('first');
  });

  it('tells the message that was appended as it is, and reads it from the bytes when it is sent again', () => {
    const world = createWorld();
    world.outbox.start();
    const messages = ['first', 'second', 'third'].map(alert);
    const events = messages.map((message) =>
      messageEvent({ aggregate: 'a', type: Alert, message, time: brandOf.timestampUs(5) }),
    );
    world.journal.append(events.slice(0, 1));
    world.journal.append(events.slice(1));
    world.journal.commit();
    world.outbox.sendAgain(brandOf.sequence(2));
    world.settle();
    const told = world.received.map(({ message }) => message);
    expect(told).toEqual([...messages, alert('second')]);
    expect(told.map((message) => messages.some((own) => own === message))).toEqual([true, true, true, false]);
    for (const one of world.received) expect(one.payload()).toEqual(Alert.encode(one.message));
  });

  it('marks rows as published once the stream has them and all before them', () => {
    const world = createWorld();
    world.outbox.start();
    world.stream.answers = (sequence) => sequence !== 2;
    world.append(3);
    world.settle();
    world.outbox.stop();
    expect(world.journal.publishedSequence()).toBe(1);
  });

  it('sends at its next start, under the same identity, what was not known to be stored', () => {
    const before = createWorld();
    before.outbox.start();
    before.stream.answers = (sequence) => sequence < 3;
    before.append(4);
    before.settle();
    before.outbox.stop();

    const after = createWorld(before.journal.crash());
    after.outbox.start();
    after.settle();

    expect(sequencesOf(after)).toEqual([3, 4]);
    expect(after.received.map((message) => message.header.id)).toEqual(['risk.L.3', 'risk.L.4']);
  });

  it('sends after a lost connection what was committed meanwhile, without a hole', () => {
    const world = createWorld();
    world.outbox.start();
    world.append(2);
    world.settle();
    world.bus.disconnect();
    world.append(3);
    world.settle();
    expect(world.outbox.sentSequence()).toBe(2);

    world.bus.reconnect();
    world.append(1);
    world.settle();

    expect(sequencesOf(world)).toEqual(upTo(6));
    world.outbox.stop();
    expect(world.journal.publishedSequence()).toBe(6);
  });

  it('catches up in pieces and keeps the order while new rows come', () => {
    const world = createWorld();
    world.append(2_500);
    world.outbox.start();
    world.append(10);
    expect(world.outbox.sentSequence()).toBe(1_000);

    world.settle();
    world.append(1);
    world.settle();

    expect(sequencesOf(world)).toEqual(upTo(2_511));
  });

  it('repeats rows to a stream that does not answer, until it does', () => {
    const world = createWorld();
    world.outbox.start();
    world.stream.answers = () => false;
    world.append(2);
    world.settle(2.5 * secondUs);
    expect(new Set(sequencesOf(world))).toEqual(new Set([1, 2]));
    expect(sequencesOf(world).length).toBeGreaterThan(2);

    world.stream.answers = () => true;
    world.settle(3 * secondUs);
    expect(world.journal.publishedSequence()).toBe(2);
    const repeated = world.received.length;
    world.settle(3 * secondUs);
    expect(world.received).toHaveLength(repeated);
  });

  it('goes on delivering while the stream is gone, and hands it everything when it is back', () => {
    const world = createWorld();
    world.outbox.start();
    world.stream.answers = () => false;
    for (let commit = 0; commit < 12; commit += 1) world.append(1_000);
    world.settle();
    expect(sequencesOf(world)).toEqual(upTo(12_000));
    expect(world.stream.asked).toBe(10_000);

    world.stream.answers = () => true;
    world.settle(10 * secondUs);

    expect(world.journal.publishedSequence()).toBe(12_000);
  });

  it('tries again when the bus refuses a row without losing its connection', () => {
    const world = createWorld();
    const { publishStored } = world.bus;
    world.outbox.start();
    world.bus.publishStored = () => ({ ok: false, code: 'DISCONNECTED', detail: 'the backlog is full' });
    world.append(2);
    expect(world.outbox.sentSequence()).toBe(0);

    world.bus.publishStored = publishStored;
    world.settle(2 * secondUs);

    expect(sequencesOf(world)).toEqual([1, 2]);
  });

  it('passes by a row that no bus can carry', () => {
    const world = createWorld();
    const { publishStored } = world.bus;
    world.bus.publishStored = (outgoing, onStored) =>
      outgoing.producerSequence === 2
        ? { ok: false, code: 'OVERSIZED', detail: 'too large' }
        : publishStored(outgoing, onStored);
    world.outbox.start();
    world.append(3);
    world.settle(2 * secondUs);
    expect(sequencesOf(world)).toEqual([1, 3]);
    expect(world.journal.publishedSequence()).toBe(3);
  });
});

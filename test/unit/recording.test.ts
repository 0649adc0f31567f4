// Aim: whatever passes between a service and the world is on the tape, and a replay gives the same outputs or names the
// first that is another.
import { expect, it } from 'vitest';
import type { Tape } from '../../infra/recording/tape.ts';
import { tapedBus } from '../../infra/recording/taped-bus.ts';
import { tapedClock } from '../../infra/recording/taped-clock.ts';
import { tapedFace } from '../../infra/recording/taped-face.ts';
import { tapedJournal } from '../../infra/recording/taped-journal.ts';
import { tapedPort } from '../../infra/recording/taped-port.ts';
import { createFifoNetwork } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { createMemoryJournal } from '../../infra/sim/memory-journal.ts';
import { Alert } from '../../protos/gen/system.ts';
import type { Bus } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Journal } from '../../services/kernel/journal/journal.ts';
import { TapeInMemory } from './recording-world.ts';

const epoch = brandOf.epoch(1);
const wallUs = brandOf.timestampUs(1_700_000_000_000_000);

interface Dice {
  roll(count: number, each: (eye: number) => boolean): string;
  later(done: (eye: number) => void): void;
  close(): Promise<void>;
}

interface Ports {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly dice: Dice;
}

function alert(text: string): Alert {
  return { severity: 'info', service: 'test', code: 'ECHO', text, about: '' };
}

/** Every kind of port in one service: it answers each alert that it hears, by all that it can find out. */
function createEcho({ bus, clock, journal, dice }: Ports, ambient: () => string = () => '') {
  const said: string[] = [];
  function say(text: string): void {
    said.push(text);
    const message = alert(`${text}${ambient()}`);
    const [row] = journal.append(
      [{ aggregate: 'echo', type: Alert.name, time: wallUs, payload: Alert.encode(message) }],
      ([durable]) =>
        bus.publish({
          subject: subjects.alert.of({ severity: 'critical' }),
          message: alert(`${text} is row ${durable?.sequence} of ${journal.durableHead().sequence}`),
          eventTime: wallUs,
        }),
    );
    dice.later((eye) =>
      bus.publishStored(
        { subject: subjects.alert.of({ severity: 'warning' }), message: alert(`${eye}`), eventTime: wallUs },
        () => said.push(`stored ${eye}`),
      ),
    );
    bus.publish({
      subject: subjects.alert.of({ severity: 'info' }),
      message: { ...message, about: `row ${row?.sequence} at ${clock.monotonicUs()} ${clock.wallUs()}` },
      eventTime: wallUs,
    });
  }
  return {
    start() {
      bus.subscribe(subjects.alert.matching({ severity: 'error' }), ({ message }) => {
        if (message.text === 'fail') throw new Error('it was told to fail');
        say(`${message.text} ${dice.roll(2, (eye) => eye > 3)}`);
      });
      bus.onStatus((status) => said.push(status));
      clock.every(1_000_000, () => say(`tick of ${bus.status()}`));
      clock.after(1_500_000, () => {
        for (const { sequence } of journal.replay(brandOf.sequence(1))) said.push(`row ${sequence}`);
        say(
          `${journal.readAggregate('echo').length} rows, all ${journal.read({ fromSequence: brandOf.sequence(1), limit: 99 }).length}`,
        );
      });
      const stopped = clock.after(10, () => say('never'));
      stopped();
    },
    async stop() {
      await dice.close();
      bus.publish({
        subject: subjects.alert.of({ severity: 'info' }),
        message: alert(said.join()),
        eventTime: wallUs,
      });
      await journal.close();
    },
    said: () => [...said],
  };
}

function tapedEcho(tape: Tape, world: () => Ports, ambient?: () => string) {
  const echo = createEcho(
    {
      bus: tapedBus(tape, () => world().bus),
      clock: tapedClock(tape, () => world().clock),
      journal: tapedJournal(tape, () => world().journal),
      dice: tapedPort(tape, 'dice', () => world().dice),
    },
    ambient,
  );
  return tapedFace(tape, 'service', echo);
}

const noWorld = (): Ports => {
  throw new Error('a replay has no world');
};

/** A run of the service with everything that can happen to it; returns what it said and the tape of it. */
async function recorded(ambient?: () => string, end: 'stops' | 'fails' = 'stops') {
  const clock = createManualClock({ wallUs });
  const network = createFifoNetwork({ clock, encode: true });
  const bus = network.connect({ producer: 'echo', epoch });
  const journal = createMemoryJournal({ ledgerId: brandOf.ledgerId('ledger-1') });
  // It is not the first start: the journal has rows.
  journal.append([
    { aggregate: 'echo', type: Alert.name, time: wallUs, payload: Alert.encode(alert('before')) },
  ]);
  journal.commit();
  const waiting: (() => void)[] = [];
  const dice: Dice = {
    roll: (count, each) =>
      [4, 2, 6]
        .slice(0, count)
        .map((eye) => `${eye}${each(eye) ? '!' : ''}`)
        .join(' '),
    later: (done) => waiting.push(() => done(5)),
    close: () => new Promise((resolve) => setImmediate(resolve)),
  };
  const memory = new TapeInMemory();
  const echo = tapedEcho(memory.tape, () => ({ bus, clock, journal, dice }), ambient);
  const other = network.connect({ producer: 'other', epoch });
  const heard: string[] = [];
  other.subscribe(subjects.alert.matching({}), ({ message }) =>
    heard.push(`${message.text} ${message.about}`),
  );
  const tell = (text: string): void => {
    other.publish({
      subject: subjects.alert.of({ severity: 'error' }),
      message: alert(text),
      eventTime: wallUs,
    });
    network.drain();
  };
  const settle = (): void => {
    journal.commit();
    for (const next of waiting.splice(0)) next();
    network.drain();
  };
  echo.start();
  tell('one');
  settle();
  clock.advance(2_000_000);
  settle();
  bus.disconnect();
  tell('lost');
  clock.advance(1_000_000);
  bus.reconnect();
  network.drain();
  tell('two');
  settle();
  if (end === 'fails') {
    bus.onFailure(() => undefined);
    tell('fail');
  } else {
    await echo.stop();
  }
  return { memory, said: echo.said(), heard };
}

it('a replay gives the same outputs without a world', async () => {
  const { memory, said, heard } = await recorded();
  expect(said).toEqual(
    expect.arrayContaining([
      'one 4! 2',
      'tick of connected',
      'tick of disconnected',
      'connected',
      'stored 5',
    ]),
  );
  expect(heard).toEqual(expect.arrayContaining(['one 4! 2 is row 2 of 2 ']));

  const replayed = await memory.replay((tape) => tapedEcho(tape, noWorld));
  expect(replayed).toMatchObject({ difference: undefined });
  expect(replayed.inputs).toBeGreaterThan(10);
  expect(replayed.outputs).toBeGreaterThan(20);
});

it('a planted look at the wall clock is found, with its step, what was expected and what came instead', async () => {
  const { memory } = await recorded(() => ` ${Date.now()}`);
  const later = Date.now() + 5;
  const { difference } = await memory.replay((tape) => tapedEcho(tape, noWorld, () => ` ${later}`));
  expect(difference).toMatchObject({
    step: 2,
    input: { name: 'message on events.v1.alert.error', given: { message: { text: 'one' } } },
    expected: {
      call: 'journal.append',
      given: { events: [{ aggregate: 'echo', message: { code: 'ECHO' } }] },
    },
    found: { call: 'journal.append', given: { events: [{ aggregate: 'echo', message: { code: 'ECHO' } }] } },
  });
  const texts = [difference?.expected, difference?.found].map(
    (part) => /one 4! 2 \d+/.exec(JSON.stringify(part))?.[0],
  );
  expect(texts[0]).not.toBe(texts[1]);
  expect(texts).not.toContain(undefined);
});

it('an output more and an output less are differences', async () => {
  const run = await recorded();
  const replayWith = async (change: (ports: Tape) => object) =>
    (await run.memory.replay((tape) => change(tape))).difference;

  const more = await replayWith((tape) => {
    const bus = tapedBus(tape, () => noWorld().bus);
    bus.publish({
      subject: subjects.alert.of({ severity: 'info' }),
      message: alert('extra'),
      eventTime: wallUs,
    });
    return {};
  });
  expect(more).toMatchObject({
    step: 0,
    expected: { call: 'journal.open' },
    found: { call: 'bus.publish', given: { message: { text: 'extra' } } },
  });

  const less = await replayWith((tape) => {
    tapedJournal(tape, () => noWorld().journal);
    tapedPort(tape, 'dice', () => noWorld().dice);
    return tapedFace(tape, 'service', { start: () => undefined });
  });
  expect(less).toMatchObject({
    step: 1,
    input: { name: 'service', given: { method: 'start' } },
    expected: { call: 'bus.subscribe' },
    found: { nothing: expect.any(String) },
  });
});

it('a recording that ends anywhere, as that of a killed service does, replays up to there', async () => {
  const { memory } = await recorded();
  const entries = memory.entries();
  expect(entries.length).toBeGreaterThan(100);
  for (let count = 0; count < entries.length; count += 1) {
    const cut = await memory.replay((tape) => tapedEcho(tape, noWorld), entries.slice(0, count));
    expect(cut.difference, `cut after ${count} entries`).toBeUndefined();
  }
});

it('a service that cannot be composed is no difference but an error', async () => {
  const { memory } = await recorded();
  const refused = memory.replay(() => {
    throw new Error('the key is another');
  });
  await expect(refused).rejects.toThrow('the key is another');
});

it('a service that failed fails in its replay in the same place', async () => {
  const { memory } = await recorded(undefined, 'fails');
  const same = await memory.replay((tape) => tapedEcho(tape, noWorld));
  expect(same.difference).toBeUndefined();
});

it('what a service answers is compared', async () => {
  const memory = new TapeInMemory();
  const face = tapedFace(memory.tape, 'views', { answer: (question: string) => ({ question, number: 42n }) });
  expect(face.answer('what?')).toEqual({ question: 'what?', number: 42n });
  const same = await memory.replay((tape) =>
    tapedFace(tape, 'views', { answer: (question: string) => ({ question, number: 42n }) }),
  );
  expect(same).toEqual({ inputs: 1, outputs: 1, difference: undefined });
  const other = await memory.replay((tape) =>
    tapedFace(tape, 'views', { answer: (question: string) => ({ question, number: 43n }) }),
  );
  expect(other.difference).toMatchObject({
    step: 1,
    expected: { answer: { question: 'what?' } },
    found: { answer: { question: 'what?' } },
  });
  expect(other.difference?.expected).not.toEqual(other.difference?.found);
});

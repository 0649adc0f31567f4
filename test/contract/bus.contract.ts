// Aim: every adapter keeps each promise of the Bus port, so that a service cannot tell which one it runs on.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InstrumentList } from '../../protos/gen/instrument.ts';
import { Quote } from '../../protos/gen/market.ts';
import { Envelope, Pace } from '../../protos/gen/system.ts';
import type { Bus, BusStatus, Malformed, Received, RequestResult } from '../../services/kernel/bus/bus.ts';
import { quarantineBytesMax } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { messageBytesMax } from '../../services/kernel/codec/message-type.ts';
import { type BusWorld, collect, mark, marketTime, settled, until } from './bus-world.ts';

const tenSecondsUs = 10_000_000;

export function describeBus(name: string, createWorld: () => Promise<BusWorld>): void {
  describe(`the bus: ${name}`, () => {
    let world: BusWorld;
    let sender: Bus;
    let receiver: Bus;

    beforeEach(async () => {
      world = await createWorld();
      sender = await world.connect('sender');
      receiver = await world.connect('receiver');
    });
    afterEach(async () => {
      await Promise.all([sender.close(), receiver.close()]);
      await world.end();
    });

    describe('delivery', () => {
      it('brings the messages of each publisher in the order they were sent', async () => {
        const second = await world.connect('second');
        const received: Received<Pace>[] = [];
        receiver.subscribe(subjects.pace.matching({}), (message) => {
          if (message.header.producer !== 'receiver') received.push(message);
        });
        await settled(receiver);

        for (let number = 1; number <= 500; number += 1) {
          sender.publish(mark('one', number));
          second.publish(mark('two', number));
        }
        await until(() => received.length === 1000);

        const numbers = Array.from({ length: 500 }, (_, index) => index + 1);
        for (const producer of ['sender', 'second']) {
          const own = received.filter(({ header }) => header.producer === producer);
          expect(own.map(({ message }) => message.number)).toEqual(numbers);
        }
        await second.close();
      });

      it('never runs a handler inside another, nor inside a publish call', async () => {
        const steps: string[] = [];
        receiver.subscribe(subjects.pace.of({ stage: 'loop' }), ({ message }) => {
          steps.push(`begin ${message.number}`);
          if (message.number < 3) receiver.publish(mark('loop', message.number + 1));
          steps.push(`end ${message.number}`);
        });
        await settled(receiver);

        receiver.publish(mark('loop', 1));
        steps.push('published');
        await until(() => steps.length === 7);

        expect(steps).toEqual(['published', 'begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
      });

      it('matches wildcards token by token, and gives odd symbols back as they were', async () => {
        const received = collect(receiver, subjects.quote.matching({ venue: 'XNAS' }));
        await settled(receiver);

        for (const [venue, instrument] of [
          ['XNAS', 'SPY'],
          ['XNYS', 'SPY'],
          ['XNAS', 'BRK.B'],
          ['XNAS', 'ES >*'],
        ] as const) {
          sender.publish(quote(venue, instrument));
        }
        await until(() => received.length === 3);

        expect(received.map(({ subject }) => subjects.quote.tokensOf(subject)?.instrument)).toEqual([
          'SPY',
          'BRK.B',
          'ES >*',
        ]);
      });

      it('stamps the envelope with what the publisher says and what the bus knows', async () => {
        const received = collect(receiver, subjects.pace.of({ stage: 'head' }));
        await settled(receiver);

        sender.publish({
          ...mark('head', 1),
          id: brandOf.eventId('given'),
          correlationId: brandOf.eventId('root'),
          causationId: brandOf.eventId('cause'),
          producerSequence: brandOf.sequence(7),
        });
        sender.publish(mark('head', 2));
        sender.publish(mark('head', 3));
        await until(() => received.length === 3);

        const [first, second, third] = received;
        expect(first?.header).toMatchObject({
          id: 'given',
          correlationId: 'root',
          causationId: 'cause',
          producer: 'sender',
          producerSequence: 7,
          producerEpoch: 1,
          eventTime: marketTime,
        });
        expect(second?.header).toMatchObject({ producerSequence: 0, producerEpoch: 1 });
        expect(second?.header.correlationId).toBeUndefined();
        expect(second?.header.id).not.toBe(third?.header.id);
      });

      it('carries bytes that exist already as they are, for digests are taken over them', async () => {
        const received = collect(receiver, subjects.pace.of({ stage: 'bytes' }));
        await settled(receiver);
        const outgoing = mark('bytes', 5);
        // An unknown field, as a newer version may send: encoding the message again would lose it.
        const payload = new Uint8Array([...Pace.encode(outgoing.message), 0xf8, 0x07, 0x01]);

        sender.publish({ ...outgoing, payload });
        await until(() => received.length === 1);

        expect(received[0]?.message).toEqual(outgoing.message);
        expect([...(received[0]?.payload() ?? [])]).toEqual([...payload]);
      });

      it('brings nothing to a subscription that has ended', async () => {
        const kept = collect(receiver, subjects.pace.of({ stage: 'ended' }));
        const ended: number[] = [];
        const subscription = receiver.subscribe(subjects.pace.of({ stage: 'ended' }), ({ message }) => {
          ended.push(message.number);
          subscription.unsubscribe();
          subscription.unsubscribe();
        });
        await settled(receiver);

        sender.publish(mark('ended', 1));
        sender.publish(mark('ended', 2));
        await until(() => kept.length === 2);

        expect(ended).toEqual([1]);
      });
    });

    describe('raw subjects', () => {
      it.each([
        ['no bytes at all', new Uint8Array()],
        ['text', new TextEncoder().encode('stop!')],
        ['more than any other message may have', new Uint8Array(messageBytesMax + 1)],
      ])('a trip gets through with %s', async (_, bytes) => {
        const received = collect(receiver, subjects.killTrip.matching({}));
        await settled(receiver);

        await world.inject('control.v1.kill.trip.phone', bytes);
        await until(() => received.length === 1);

        expect(received[0]?.subject).toBe('control.v1.kill.trip.phone');
        expect(received[0]?.message.length).toBe(bytes.length);
      });

      it('a trip sent by a service has no envelope', async () => {
        const received = collect(receiver, subjects.killTrip.matching({}));
        await settled(receiver);

        const subject = subjects.killTrip.of({ source: 'manual' });
        sender.publish({ subject, message: new Uint8Array([1, 2, 3]), eventTime: marketTime });
        await until(() => received.length === 1);

        expect([...(received[0]?.payload() ?? [])]).toEqual([1, 2, 3]);
        expect(received[0]?.header.producer).toBe('');
      });
    });

    describe('malformed messages', () => {
      const whole = Envelope.encode({
        id: brandOf.eventId('e1'),
        producer: 'stranger',
        producerSequence: brandOf.sequence(0),
        producerEpoch: brandOf.epoch(1),
        eventTime: marketTime,
        publishTime: marketTime,
        type: Pace.name,
        payload: Pace.encode(mark('bad', 1).message),
      });
      const withType = (type: string, payload: Uint8Array) =>
        Envelope.encode({ ...Envelope.decode(whole), type, payload });

      it.each<[string, Uint8Array, Malformed['code']]>([
        ['empty', new Uint8Array(), 'ENVELOPE'],
        ['garbage', new TextEncoder().encode('{"number":1}'), 'ENVELOPE'],
        ['truncated', whole.slice(0, whole.length - 3), 'ENVELOPE'],
        ['of another type', withType(Quote.name, quoteBytes()), 'TYPE'],
        ['of no type', withType('', Pace.encode(mark('bad', 1).message)), 'TYPE'],
        ['with a broken payload', withType(Pace.name, new Uint8Array([0x08])), 'PAYLOAD'],
        ['oversized', new Uint8Array(messageBytesMax + 1), 'OVERSIZED'],
      ])('one that is %s is told, and the next one still arrives', async (_, bytes, code) => {
        const malformed: Malformed[] = [];
        receiver.onMalformed((message) => malformed.push(message));
        const received = collect(receiver, subjects.pace.of({ stage: 'bad' }));
        await settled(receiver);

        await world.inject('data.v1.pace.bad', bytes);
        await world.inject('data.v1.pace.bad', whole);
        await until(() => received.length === 1);

        expect(malformed).toMatchObject([{ subject: 'data.v1.pace.bad', code }]);
        expect(malformed[0]?.detail).not.toBe('');
        expect(malformed[0]?.bytes.length).toBe(Math.min(bytes.length, quarantineBytesMax));
        expect(received[0]?.header.producer).toBe('stranger');
      });
    });

    describe('requests', () => {
      const query = {
        subject: subjects.instrumentQuery.of({}),
        message: {},
        eventTime: marketTime,
        reply: subjects.instrumentList.of({}),
        timeoutUs: tenSecondsUs,
      };
      const ask = (timeoutUs: number) => {
        const results: RequestResult<InstrumentList>[] = [];
        sender.request({ ...query, timeoutUs }, (result) => results.push(result));
        return results;
      };
      const answer = { message: { instruments: [] }, eventTime: marketTime };

      it('are answered once, at once or later', async () => {
        const late: (() => void)[] = [];
        receiver.serve(
          query.subject,
          (_, reply) => {
            late.push(() => {
              reply(answer);
              reply(answer);
            });
          },
          query.reply,
        );
        await settled(receiver);

        const results = ask(tenSecondsUs);
        const others = ask(tenSecondsUs);
        expect(results).toEqual([]);
        await until(() => late.length === 2);
        for (const reply of late) reply();
        await until(() => results.length > 0 && others.length > 0);
        await settled(receiver);
        await settled(sender);

        expect(results).toMatchObject([
          { ok: true, reply: { message: { instruments: [] }, header: { producer: 'receiver' } } },
        ]);
        expect(others).toMatchObject([{ ok: true }]);
      });

      it('end when nobody serves the subject', async () => {
        const results = ask(tenSecondsUs);
        expect(results).toEqual([]);
        await until(() => results.length > 0);
        expect(results).toEqual([{ ok: false, code: 'NO_RESPONDER' }]);
      });

      it('end when the answer does not come in time', async () => {
        let asked = 0;
        receiver.serve(
          query.subject,
          () => {
            asked += 1;
          },
          query.reply,
        );
        await settled(receiver);

        const results = ask(50_000);
        await until(() => asked === 1);
        world.elapse(50_000);
        await until(() => results.length > 0);
        expect(results).toEqual([{ ok: false, code: 'TIMEOUT' }]);
      });

      it('end when the answer cannot be read', async () => {
        const malformed: Malformed[] = [];
        sender.onMalformed((message) => malformed.push(message));
        receiver.serve(query.subject, (_, reply) => reply(mark('x', 1)), subjects.pace.of({ stage: 'x' }));
        await settled(receiver);

        const results = ask(tenSecondsUs);
        await until(() => results.length > 0);
        expect(results).toEqual([{ ok: false, code: 'MALFORMED' }]);
        expect(malformed).toMatchObject([{ code: 'TYPE' }]);
      });

      it('end when the connection is lost', async () => {
        receiver.serve(query.subject, () => undefined, query.reply);
        await settled(receiver);
        const results = ask(tenSecondsUs);

        await world.breakConnections();
        await until(() => results.length > 0);
        expect(results).toEqual([{ ok: false, code: 'DISCONNECTED' }]);
      });
    });

    describe('a lost connection', () => {
      it('is told, refuses to publish, and is taken up again with all subscriptions', async () => {
        const statuses: BusStatus[] = [];
        sender.onStatus((status) => statuses.push(status));
        const received = collect(receiver, subjects.pace.of({ stage: 'lost' }));
        await settled(receiver);
        sender.publish(mark('lost', 1));
        await until(() => received.length === 1);

        await world.breakConnections();
        await until(() => statuses.length === 1);
        expect(sender.publish(mark('lost', 2))).toMatchObject({ ok: false, code: 'DISCONNECTED' });
        const stored = sender.publishStored(mark('lost', 2), () => undefined);
        expect(stored).toMatchObject({ ok: false, code: 'DISCONNECTED' });
        expect(sender.status()).toBe('disconnected');

        await world.restoreConnections();
        await until(() => sender.status() === 'connected' && receiver.status() === 'connected');
        await settled(receiver);
        expect(sender.publish(mark('lost', 3))).toEqual({ ok: true });
        await until(() => received.length === 2);

        expect(statuses).toEqual(['disconnected', 'connected']);
        expect(received.map(({ message }) => message.number)).toEqual([1, 3]);
      });

      it('does not keep a subscription from being made meanwhile', async () => {
        await world.breakConnections();
        await until(() => receiver.status() === 'disconnected');
        const received = collect(receiver, subjects.pace.of({ stage: 'meanwhile' }));
        await world.restoreConnections();
        await until(() => sender.status() === 'connected' && receiver.status() === 'connected');
        await settled(receiver);

        sender.publish(mark('meanwhile', 1));
        await until(() => received.length > 0);
        await settled(receiver);
        expect(received.length).toBe(1);
      });
    });

    it('says when a stream has a message', async () => {
      const received = collect(receiver, subjects.alert.matching({}));
      await settled(receiver);
      let stored = 0;
      const alert = {
        subject: subjects.alert.of({ severity: 'info' }),
        message: { severity: 'info', service: 'sender', code: 'TEST', text: 'a test', about: '' },
        eventTime: marketTime,
      } as const;

      for (let count = 0; count < 100; count += 1) {
        const result = sender.publishStored(alert, () => {
          stored += 1;
        });
        expect(result).toEqual({ ok: true });
      }
      expect(stored).toBe(0);
      await until(() => stored === 100 && received.length === 100);
    });

    it('sends what was published before it closes, and nothing is sent or delivered after', async () => {
      const received = collect(receiver, subjects.pace.of({ stage: 'closing' }));
      const own = collect(sender, subjects.pace.of({ stage: 'closing' }));
      await Promise.all([settled(receiver), settled(sender)]);
      const statuses: BusStatus[] = [];
      sender.onStatus((status) => statuses.push(status));

      for (let number = 1; number <= 1000; number += 1) sender.publish(mark('closing', number));
      await Promise.all([sender.close(), sender.close()]);
      await until(() => received.length === 1000 && statuses.length > 0);

      expect(own).toEqual([]);
      expect(statuses).toEqual(['closed']);
      expect(sender.publish(mark('closing', 1001))).toMatchObject({ ok: false, code: 'CLOSED' });
    });

    it('hands the error of a handler on and delivers nothing more to this client', async () => {
      const failures: Error[] = [];
      const delivered: number[] = [];
      receiver.onFailure((error) => failures.push(error));
      receiver.subscribe(subjects.pace.of({ stage: 'fails' }), ({ message }) => {
        delivered.push(message.number);
        if (message.number === 2) throw new Error('broken invariant');
      });
      const witness = await world.connect('witness');
      const seen = collect(witness, subjects.pace.of({ stage: 'fails' }));
      await Promise.all([settled(receiver), settled(witness)]);

      for (const number of [1, 2, 3]) sender.publish(mark('fails', number));
      await until(() => seen.length === 3 && failures.length > 0);
      await settled(witness);

      expect(failures.map(({ message }) => message)).toEqual(['broken invariant']);
      expect(delivered).toEqual([1, 2]);
      await witness.close();
    });
  });
}

function quote(venue: string, instrument: string) {
  return {
    subject: subjects.quote.of({ venue, instrument }),
    message: {
      instrument: brandOf.instrumentId(instrument),
      venue: brandOf.venueId(venue),
      bidPrice: 1,
      bidSize: 1,
      askPrice: 2,
      askSize: 1,
    },
    eventTime: marketTime,
  };
}

function quoteBytes(): Uint8Array {
  return Quote.encode(quote('XNAS', 'SPY').message);
}

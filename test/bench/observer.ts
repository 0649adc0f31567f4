import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from 'nats';
import { Envelope } from '../../protos/gen/system.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { EventId } from '../../services/kernel/codec/brand.ts';
import { machineUs } from './bench-parent.ts';

/** Longer than the feed's own patience with being stopped, or it would make up for the time. */
const pauseMs = 1_200;
/** No order event for this long: what was under way when the feed was stopped is done, and others have the machine. */
const quietMs = 400;

/** What is known of a quote that was published. */
export interface Quote {
  readonly id: EventId;
  readonly publishTime: number;
}

/** What the bench sees on the bus while the system runs. */
export interface Observer {
  /** The next quotes, so many. */
  quotes(count: number): Promise<readonly Quote[]>;
  /** Resolves once nothing happens to orders any more, and the feed forgets for how long it was stopped. */
  quiet(): Promise<void>;
  /** Resolves once nothing happens to orders any more. */
  settled(): Promise<void>;
  /** By how much execution's clock is ahead of market-data's, in microseconds, by all that came since this was last asked. */
  takeSkewUs(): number;
  /** The same; from here on only quotes are read. */
  endOfCalibration(): number;
  /** The first of each kind, as it stood on the wire. */
  first(subject: string): Uint8Array;
}

export function observe(connection: NatsConnection): Observer {
  const firsts = new Map<string, Uint8Array>();
  const keepFirst = (subject: string): void => {
    connection.subscribe(subject, {
      max: 1,
      // A guest may not hear every kind; who asks for one of those is told that it was not seen.
      callback: (error, message) => {
        if (error === null) firsts.set(subject, message.data.slice());
      },
    });
  };
  for (const { name } of [subjects.quote, subjects.stageOrder, subjects.decision].map((one) =>
    one.matching({}),
  )) {
    keepFirst(name);
  }
  // Between a message's time and its arrival lie the way, whose least is the same for all, and the clocks' difference.
  let leastQuoteUs = Number.POSITIVE_INFINITY;
  let leastOrderUs = Number.POSITIVE_INFINITY;
  let isCalibrating = true;
  let orderEvents = 0;
  connection.subscribe(subjects.orderEvent.matching({}).name, {
    callback: (_, { data }) => {
      orderEvents += 1;
      if (!isCalibrating) return;
      leastOrderUs = Math.min(leastOrderUs, machineUs() - Envelope.decode(data).publishTime);
    },
  });
  let wanted = Number.POSITIVE_INFINITY;
  let seen: Quote[] = [];
  let onEnough: () => void = () => undefined;
  connection.subscribe(subjects.quote.matching({}).name, {
    callback: (_, { data }) => {
      const arrivedUs = machineUs();
      const { id, publishTime } = Envelope.decode(data);
      leastQuoteUs = Math.min(leastQuoteUs, arrivedUs - publishTime);
      seen.push({ id, publishTime });
      if (seen.length === wanted) onEnough();
    },
  });
  const settled = async (): Promise<void> => {
    for (let before = -1; before !== orderEvents; ) {
      before = orderEvents;
      await delay(quietMs);
    }
  };
  const takeSkewUs = (): number => {
    const skewUs = leastQuoteUs - leastOrderUs;
    leastQuoteUs = Number.POSITIVE_INFINITY;
    leastOrderUs = Number.POSITIVE_INFINITY;
    return skewUs;
  };
  return {
    settled,
    takeSkewUs,
    async quotes(count) {
      seen = [];
      wanted = count;
      await new Promise<void>((resolve) => {
        onEnough = resolve;
      });
      return seen.slice(0, count);
    },
    async quiet() {
      await delay(pauseMs);
      await settled();
    },
    endOfCalibration() {
      isCalibrating = false;
      return takeSkewUs();
    },
    first(subject) {
      const found = firsts.get(subject);
      if (found === undefined) throw new Error(`nothing was seen on ${subject}`);
      return found;
    },
  };
}

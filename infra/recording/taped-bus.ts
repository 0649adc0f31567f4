import type {
  Bus,
  BusStatus,
  Malformed,
  MessageHeader,
  Outgoing,
  PublishResult,
  Received,
  RequestResult,
  Subscription,
} from '../../services/kernel/bus/bus.ts';
import { givenId } from '../../services/kernel/bus/frame.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import { CodecError } from '../../services/kernel/codec/codec-error.ts';
import { messageOf } from './recording-tape.ts';
import type { Tape, Way } from './tape.ts';

type Content<T> = Omit<Outgoing<T>, 'subject'>;

/** A message as it came, its payload in the sender's own bytes. */
interface Delivery {
  readonly subject: string;
  readonly type: string;
  readonly header: MessageHeader;
  readonly payload: Uint8Array;
}

type Failure = Exclude<RequestResult<never>, { readonly ok: true }>;
type Answer = { readonly ok: true; readonly delivery: Delivery } | Failure;

const sent: PublishResult = { ok: true };

/** Messages go on the tape as bytes, both ways; identities that the adapter draws and its own times stay away from it. */
export function tapedBus(tape: Tape, real: () => Bus): Bus {
  let requestsServed = 0;
  const publish = <T>(
    name: string,
    outgoing: Outgoing<T>,
    perform: (encoded: Outgoing<T>) => PublishResult,
  ) => {
    const encoded = withPayload(outgoing.subject, outgoing);
    // Sent is what nearly all are, so it takes no room.
    const unsent = tape.call(name, written(outgoing.subject, encoded), () => {
      const result = perform(encoded);
      return result.ok ? undefined : result;
    });
    return unsent ?? sent;
  };
  return {
    publish: (outgoing) => publish('bus.publish', outgoing, (encoded) => real().publish(encoded)),
    publishStored(outgoing, onStored) {
      const way = tape.way<void>(`${outgoing.subject.name} stored`, onStored, { once: true });
      return publish('bus.publishStored', outgoing, (encoded) =>
        real().publishStored(encoded, () => way.enter(undefined, onStored)),
      );
    },
    subscribe(pattern, handler) {
      const way = deliveries(tape, pattern, handler);
      return subscription(tape, pattern, () => real().subscribe(pattern, way));
    },
    request(query, done) {
      requestTaped({ tape, bus: real, query, done });
    },
    serve(pattern, handler, replyType) {
      type Reply = Parameters<typeof handler>[1];
      const answering = (reply: Reply): Reply => {
        requestsServed += 1;
        const request = requestsServed;
        return (answer) => {
          const encoded = withPayload(replyType, answer);
          tape.call('bus.reply', { request, ...written(replyType, encoded) }, () => reply(encoded));
        };
      };
      const way = tape.way<Delivery>(`request on ${pattern.name}`, (delivery) =>
        handler(
          receivedOf(pattern, delivery),
          answering(() => undefined),
        ),
      );
      return subscription(tape, pattern, () =>
        real().serve<Parameters<typeof handler>[0]['message'], Parameters<Reply>[0]['message']>(
          pattern,
          (received, reply) =>
            way.enter(deliveryOf(pattern, received), () => handler(received, answering(reply))),
          replyType,
        ),
      );
    },
    status: () => tape.call('bus.status', undefined, (): BusStatus => real().status()),
    onStatus(handler) {
      const way = tape.way<BusStatus>('status of the bus', handler);
      tape.call('bus.onStatus', way.number, () => real().onStatus((status) => enter(way, status, handler)));
    },
    onMalformed(handler) {
      const way = tape.way<Malformed>('malformed message', handler);
      tape.call('bus.onMalformed', way.number, () =>
        real().onMalformed((malformed) => enter(way, malformed, handler)),
      );
    },
    onFailure(handler) {
      const way = tape.way<string>('failure of the bus', (message) => handler(new Error(message)));
      tape.call('bus.onFailure', way.number, () =>
        real().onFailure((error) => way.enter(messageOf(error), () => handler(error))),
      );
    },
    close: () => tape.callLater('bus.close', undefined, () => real().close()),
  };
}

function enter<T>(way: Way<T>, value: T, handler: (value: T) => void): void {
  way.enter(value, () => handler(value));
}

function requestTaped<Q, R>({
  tape,
  bus,
  query,
  done,
}: {
  readonly tape: Tape;
  readonly bus: () => Bus;
  readonly query: Parameters<Bus['request']>[0] & Outgoing<Q> & { readonly reply: Pattern<R> };
  readonly done: (result: RequestResult<R>) => void;
}): void {
  const { reply: pattern, timeoutUs } = query;
  const way = tape.way<Answer>(
    `answer from ${query.subject.name}`,
    (answer) => done(answer.ok ? { ok: true, reply: receivedOf(pattern, answer.delivery) } : answer),
    { once: true },
  );
  const encoded = { ...query, ...withPayload(query.subject, query) };
  tape.call('bus.request', { timeoutUs, ...written(query.subject, encoded) }, () =>
    bus().request<Q, R>(encoded, (result) =>
      way.enter(result.ok ? { ok: true, delivery: deliveryOf(pattern, result.reply) } : result, () =>
        done(result),
      ),
    ),
  );
}

function deliveries<T>(
  tape: Tape,
  pattern: Pattern<T>,
  handler: (received: Received<T>) => void,
): (received: Received<T>) => void {
  const way = tape.way<Delivery>(`message on ${pattern.name}`, (delivery) =>
    handler(receivedOf(pattern, delivery)),
  );
  return (received) => way.enter(deliveryOf(pattern, received), () => handler(received));
}

function subscription(tape: Tape, pattern: Pattern<unknown>, open: () => Subscription): Subscription {
  let opened: Subscription | undefined;
  tape.call('bus.subscribe', pattern.name, () => {
    opened = open();
  });
  return { unsubscribe: () => tape.call('bus.unsubscribe', pattern.name, () => opened?.unsubscribe()) };
}

/** Encoded here and only here. A message that is none, or too large, goes on as it is: the adapter says what it is. */
function withPayload<T, O extends Content<T>>(pattern: Pattern<T>, outgoing: O): O {
  if (outgoing.payload !== undefined) return outgoing;
  try {
    return { ...outgoing, payload: pattern.type.encode(outgoing.message) };
  } catch (error) {
    if (error instanceof CodecError) return outgoing;
    throw error;
  }
}

function written<T>(pattern: Pattern<T>, content: Content<T>): Readonly<Record<string, unknown>> {
  return {
    subject: pattern.name,
    type: pattern.type.name,
    payload: content.payload,
    eventTime: content.eventTime,
    id: givenId(content),
    correlationId: content.correlationId,
    causationId: content.causationId,
    producerSequence: content.producerSequence,
  };
}

function deliveryOf(pattern: Pattern<unknown>, received: Received<unknown>): Delivery {
  const {
    id,
    correlationId,
    causationId,
    producer,
    producerSequence,
    producerEpoch,
    eventTime,
    publishTime,
  } = received.header;
  return {
    subject: received.subject,
    type: pattern.type.name,
    header: {
      id,
      correlationId,
      causationId,
      producer,
      producerSequence,
      producerEpoch,
      eventTime,
      publishTime,
    },
    payload: received.payload(),
  };
}

function receivedOf<T>(pattern: Pattern<T>, { subject, header, payload }: Delivery): Received<T> {
  return { subject, header, message: pattern.type.decode(payload), payload: () => payload };
}

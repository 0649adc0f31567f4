import type { Client } from '../../../infra/client/open-client.ts';
import { journalHead } from '../../../infra/journal/journal-head.ts';
import { journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import type { ServiceName } from '../../../infra/process/run-service.ts';
import type { TradingMode, TradingState } from '../../../protos/gen/risk.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { TimestampUs } from '../../kernel/codec/brand.ts';
import { plainMessage } from '../../kernel/codec/plain-message.ts';
import { asObject } from '../json-value.ts';
import { serviceNames } from '../service-names.ts';
import type { Terminal } from '../terminal.ts';
import { alertLine, reconciliationLine, tradingStateLine } from './control-lines.ts';
import { createOrderLines } from './order-lines.ts';
import type { Run } from './run.ts';
import { SeenMessages } from './seen-messages.ts';

/** A replay has settled when its feed has ended and no order has moved for this long. */
const settledUs = 2_000_000;
const settledCheckUs = 250_000;
const instrumentsWithinUs = 2_000_000;

/** A service that has not been ready yet, and what it said last. */
export interface NotReady {
  readonly service: ServiceName;
  readonly why: string;
}

export interface LiveView {
  /** Resolves when every service has said that it is ready. */
  readonly ready: Promise<void>;
  /** Resolves when a replay has given all it has and its orders have come to rest. */
  readonly settled: Promise<void>;
  /** Services that have not said yet that they are ready, with what they wait for. */
  waiting(): readonly NotReady[];
  /** Orders are shown from here on, beginning with those held back until the start was told. */
  showOrders(): void;
  /** Orders that the venue may hold. */
  openOrders(): number;
  /** As last heard; undefined before. */
  tradingMode(): TradingMode | undefined;
  /** That nothing new is let through while parts of the system stop one by one need not be told. */
  beginClosing(): void;
  /** Prints what is still gathered. */
  flush(): void;
  close(): void;
}

/** Shows a person what happens, as it happens; with `--json` each event is a line of its own. */
export function showLive(client: Client, { terminal, dataFolder }: Run): LiveView {
  const { clock } = client;
  const seen = new SeenMessages(
    new Map(journalOwners.map((owner) => [owner, journalHead(journalPathOf(dataFolder, owner))])),
  );
  const readiness = watchReadiness(client, terminal);
  const zone = askTimeZone(client);
  const orders = showOrders(client, { terminal, seen, zone: zone.get });
  const control = showControl(client, { terminal, seen });
  const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
  let hasEnded = false;
  client.bus.subscribe(subjects.feedStatus.matching({}), ({ message }) => {
    if (message.feed === 'ended' && !hasEnded) terminal.say('  the feed has ended: it has no more data');
    hasEnded = message.feed === 'ended';
  });
  const stopTimer = clock.every(settledCheckUs, () => {
    if (hasEnded && clock.monotonicUs() - orders.lastMoveUs() >= settledUs) settle();
  });
  const flush = (): void => {
    orders.show();
    orders.flush();
  };
  return {
    ready: Promise.all([readiness.ready, zone.told]).then(() => undefined),
    settled,
    waiting: readiness.waiting,
    showOrders: orders.show,
    openOrders: orders.openCount,
    tradingMode: control.tradingMode,
    beginClosing: control.beginClosing,
    flush,
    close: () => {
      stopTimer();
      flush();
    },
  };
}

interface ShownOrders {
  show(): void;
  flush(): void;
  openCount(): number;
  /** Monotonic time at which an order moved last. */
  lastMoveUs(): number;
}

function showOrders(
  { bus, clock }: Client,
  {
    terminal,
    seen,
    zone,
  }: { readonly terminal: Terminal; readonly seen: SeenMessages; readonly zone: () => string },
): ShownOrders {
  let held: (() => void)[] | undefined = [];
  let lastMoveUs = clock.monotonicUs();
  const lines = createOrderLines({
    clock,
    print: (line, time) => {
      const say = (): void => terminal.say(`  ${timeOfDay(time, zone())} ${line}`);
      if (held === undefined) say();
      else held.push(say);
    },
  });
  bus.subscribe(subjects.ledgerEvent.matching({}), ({ message, header }) => {
    if (message.body.case === 'lotMatched' && seen.isNew(header)) lines.takeMatch(message.body.value);
  });
  bus.subscribe(subjects.orderEvent.matching({}), ({ message, header }) => {
    if (!seen.isNew(header)) return;
    lastMoveUs = clock.monotonicUs();
    lines.take(message, header.eventTime);
    terminal.tell({
      event: 'order',
      clientOrderId: message.clientOrderId,
      change: message.body?.case,
      state: message.state,
      time: header.eventTime,
    });
  });
  return {
    show: () => {
      const first = held ?? [];
      held = undefined;
      for (const say of first) say();
    },
    flush: lines.flush,
    openCount: lines.openCount,
    lastMoveUs: () => lastMoveUs,
  };
}

function showControl(
  { bus }: Client,
  { terminal, seen }: { readonly terminal: Terminal; readonly seen: SeenMessages },
): Pick<LiveView, 'tradingMode' | 'beginClosing'> {
  const show = (line: string | undefined, colour: 'red' | 'yellow' | 'green'): void => {
    if (line !== undefined) terminal.say(`  ${terminal.colour(colour, line)}`);
  };
  bus.subscribe(subjects.alert.matching({}), ({ message }) => {
    show(alertLine(message), message.severity === 'critical' ? 'red' : 'yellow');
    terminal.tell({ event: 'alert', ...asObject(plainMessage(message)) });
  });
  bus.subscribe(subjects.killSwitchEvent.matching({}), ({ message, header }) => {
    if (!seen.isNew(header)) return;
    terminal.tell({ event: 'killSwitch', producer: header.producer, ...asObject(plainMessage(message)) });
  });
  bus.subscribe(subjects.settlement.matching({}), ({ message, header }) => {
    if (!seen.isNew(header)) return;
    show(reconciliationLine(message), message.converged ? 'green' : 'red');
    terminal.tell({ event: 'reconciliation', ...asObject(plainMessage(message)) });
  });
  let before: TradingState | undefined;
  let isClosing = false;
  bus.subscribe(subjects.tradingState.matching({}), ({ message }) => {
    if (isClosing) return;
    show(tradingStateLine(message, before), message.mode === 'active' ? 'green' : 'yellow');
    if (before?.mode !== message.mode) {
      terminal.tell({ event: 'tradingState', mode: message.mode, reasons: message.reasons });
    }
    before = message;
  });
  return {
    tradingMode: () => before?.mode,
    beginClosing: () => {
      isClosing = true;
    },
  };
}

function watchReadiness({ bus }: Client, terminal: Terminal): Pick<LiveView, 'ready' | 'waiting'> {
  const missing = new Map<ServiceName, string>(serviceNames.map((name) => [name, 'no sign of life yet']));
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  let events: number | undefined;
  bus.subscribe(subjects.heartbeat.matching({}), ({ message }) => {
    const name = serviceNames.find((known) => known === message.service);
    if (name === undefined || !missing.has(name)) return;
    if (name === 'execution') events ??= message.journalSequence;
    if (message.state !== 'ready') {
      missing.set(name, [message.state, ...message.reasons].join(', '));
      return;
    }
    missing.delete(name);
    if (missing.size > 0) return;
    const marks = serviceNames.map((service) => `${service} ${terminal.colour('green', '✓')}`);
    terminal.say(`  ${marks.join('  ')}  journal verified (${events ?? 0} events)`);
    terminal.tell({ event: 'ready', services: serviceNames });
    resolve();
  });
  return { ready, waiting: () => [...missing].map(([service, why]) => ({ service, why })) };
}

/** The market's own time of day is what a trader reads; its first sign of life says that market-data can tell. */
function askTimeZone({ bus, clock }: Client): { readonly told: Promise<void>; get(): string } {
  let zone = 'UTC';
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const subscription = bus.subscribe(subjects.heartbeat.matching({ service: 'market-data' }), () => {
    subscription.unsubscribe();
    bus.request(
      {
        subject: subjects.instrumentQuery.of({}),
        message: {},
        eventTime: clock.wallUs(),
        reply: subjects.instrumentList.matching({}),
        timeoutUs: instrumentsWithinUs,
      },
      (result) => {
        const answer = result.ok ? result.reply.message.instruments[0]?.timeZone : undefined;
        zone = answer || zone;
        resolve();
      },
    );
  });
  return { told, get: () => zone };
}

function timeOfDay(time: TimestampUs, timeZone: string): string {
  return new Date(time / 1000).toLocaleTimeString('en-GB', { timeZone });
}

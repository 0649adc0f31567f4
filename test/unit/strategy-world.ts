import { createFifoNetwork } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bar, PastCorporateAction } from '../../protos/gen/market.ts';
import {
  type CancelOrder,
  OrderEvent,
  type OrderEventBody,
  type OrderIntent,
  type OrderState,
  type ReplaceOrder,
} from '../../protos/gen/order.ts';
import type { Alert, JournalRecord, Pace } from '../../protos/gen/system.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { EventId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { parseAmount, price, quantity, zeroQuantity } from '../../services/kernel/money/amount.ts';
import type { RecordedInput, Recording } from '../../services/kernel/recording/recording.ts';
import type { StrategyContext, StrategyHandlers } from '../../services/strategy/author.ts';
import type { StrategyPlan } from '../../services/strategy/hosted.ts';
import { createStrategy } from '../../services/strategy/strategy.ts';

export const minuteUs = brandOf.durationUs(60_000_000);
export const openUs = 1_767_623_400_000_000;
export const ledgerId = brandOf.ledgerId('LEDGER');
export const spy = brandOf.instrumentId('SPY');
const venue = brandOf.venueId('paper');
const account = brandOf.accountId('paper-1');
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

const definition: Instrument = {
  instrument: spy,
  venue,
  kind: 'equity',
  currency: brandOf.currency('USD'),
  tickSize: price(parseAmount('0.01')),
  lotSize: quantity(parseAmount('1')),
  multiplier: 1,
  sessionOpenMinute: 570,
  sessionCloseMinute: 960,
  timeZone: 'America/New_York',
};

export function barAt(minute: number, close: number): Bar {
  const openTime = brandOf.timestampUs(openUs + minute * minuteUs);
  return {
    instrument: spy,
    venue,
    interval: minuteUs,
    openTime,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
  };
}

export function planOf(
  create: (context: StrategyContext) => StrategyHandlers,
  options: { readonly id?: string; readonly historyBars?: number } = {},
): StrategyPlan {
  const id = brandOf.strategyId(options.id ?? 'probe');
  return { id, instruments: [spy], interval: minuteUs, historyBars: options.historyBars ?? 0, create };
}

/** A recording that outlives the service, as a file does. */
export function memoryRecording(): Recording & { readonly inputs: RecordedInput[] } {
  const inputs: RecordedInput[] = [];
  return {
    inputs,
    keeps: true,
    open() {},
    read: () => [...inputs],
    lastSequence: () => brandOf.sequence(Math.max(0, ...inputs.map(({ sequence }) => sequence))),
    append: (input) => void inputs.push(input),
    clear: () => void inputs.splice(0),
    trim() {
      throw new Error('what is trimmed is tried with a real recording');
    },
    close() {},
  };
}

/** The strategy service on the in-memory bus, with the messages of market-data, risk and execution made by hand. */
export function createStrategyWorld(options: {
  readonly plans: readonly StrategyPlan[];
  readonly recording?: Recording;
  readonly history?: readonly Bar[];
  readonly historyActions?: readonly PastCorporateAction[];
  /** Rows that execution already has. */
  readonly rows?: readonly OrderEvent[];
}) {
  const clock = createManualClock({ wallUs: brandOf.timestampUs(openUs) });
  const network = createFifoNetwork({ clock, encode: true });
  const epoch = brandOf.epoch(1);
  const connect = (producer: string, ownEpoch = epoch) => {
    const bus = network.connect({ producer, epoch: ownEpoch });
    bus.onFailure((error) => {
      throw error;
    });
    return bus;
  };
  const market = connect('market-data');
  const risk = connect('risk');
  const rows: OrderEvent[] = [...(options.rows ?? [])];
  const intents: { readonly id: EventId; readonly intent: OrderIntent; readonly bytes: string }[] = [];
  const requests: (CancelOrder | ReplaceOrder)[] = [];
  const alerts: Alert[] = [];
  const paces: number[] = [];

  market.serve(
    subjects.instrumentQuery.matching({}),
    (_query, reply) => {
      reply({ message: { instruments: [definition] }, eventTime: clock.wallUs() });
    },
    subjects.instrumentList.matching({}),
  );
  market.serve(
    subjects.historyQuery.matching({}),
    ({ message }, reply) => {
      const bars = message.count > 0 ? (options.history ?? []).slice(-message.count) : [];
      const actions = options.historyActions ?? [];
      reply({ message: { bars, actions }, eventTime: clock.wallUs() });
    },
    subjects.history.matching({}),
  );
  let execution = startExecution(1);

  function startExecution(start: number) {
    const bus = connect('execution', brandOf.epoch(start));
    bus.serve(
      subjects.journalQuery.matching({ service: 'execution' }),
      ({ message }, reply) => {
        const records = rows.map(recordOf).filter((record) => record.sequence >= message.fromSequence);
        const head = { headSequence: brandOf.sequence(rows.length), headHash: '' };
        reply({ message: { ledgerId, records, ...head }, eventTime: clock.wallUs() });
      },
      subjects.journalPage.matching({}),
    );
    return bus;
  }

  risk.subscribe(subjects.stageOrder.matching({}), (received) => {
    const bytes = Buffer.from(received.payload()).toString('hex');
    intents.push({ id: received.header.id, intent: received.message, bytes });
  });
  risk.subscribe(subjects.cancelOrder.matching({}), ({ message }) => void requests.push(message));
  risk.subscribe(subjects.replaceOrder.matching({}), ({ message }) => void requests.push(message));
  risk.subscribe(subjects.alert.matching({}), ({ message }) => void alerts.push(message));
  risk.subscribe(
    subjects.pace.matching({ stage: 'strategy' }),
    ({ message }) => void paces.push(message.number),
  );

  const bus = connect('strategy');
  const service = createStrategy({
    bus,
    clock,
    log: silent,
    recording: options.recording ?? memoryRecording(),
    plans: options.plans,
    account,
    venue,
    environment: 'paper',
  });
  service.start();

  return {
    service,
    bus,
    intents,
    requests,
    alerts,
    paces,
    /** Risk tells the ledger, and everything that follows from it happens. */
    begin({ riskReady = true } = {}) {
      risk.publish({
        subject: subjects.tradingState.of({}),
        eventTime: clock.wallUs(),
        message: {
          mode: 'active',
          reasons: [],
          riskEpoch: epoch,
          ledgerId,
          riskReady,
          limitsVersion: '',
          environment: 'paper',
        },
      });
      network.drain();
    },
    bar(minute: number, close: number) {
      const bar = barAt(minute, close);
      market.publish({
        subject: subjects.bar.of({ interval: '1m', venue, instrument: spy }),
        id: brandOf.eventId(`bar.1m.paper.SPY.${bar.openTime}`),
        eventTime: brandOf.timestampUs(bar.openTime + minuteUs),
        message: bar,
      });
      network.drain();
    },
    quote(minute: number, bid: number) {
      const time = brandOf.timestampUs(openUs + minute * minuteUs);
      const sides = { bidPrice: bid, bidSize: 1, askPrice: bid + 1, askSize: 1 };
      market.publish({
        subject: subjects.quote.of({ venue, instrument: spy }),
        id: brandOf.eventId(`quote.paper.SPY.${time}`),
        eventTime: time,
        message: { instrument: spy, venue, ...sides },
      });
      network.drain();
    },
    split(minute: number, ratio: number) {
      const time = brandOf.timestampUs(openUs + (minute + 1) * minuteUs);
      market.publish({
        subject: subjects.corporateAction.of({ venue, instrument: spy }),
        id: brandOf.eventId(`split.paper.SPY.${time}`),
        eventTime: time,
        message: {
          instrument: spy,
          venue,
          action: { case: 'split', value: { numerator: ratio, denominator: 1 } },
        },
      });
      network.drain();
    },
    pace(pace: Pace) {
      market.publish({
        subject: subjects.pace.of({ stage: 'market-data' }),
        eventTime: pace.marketTime,
        message: pace,
      });
      network.drain();
    },
    /** Execution journals a row; unpublished rows are for the strategy to miss. */
    row(event: OrderEvent, { published = true } = {}) {
      rows.push(event);
      if (!published) return;
      execution.publish({
        subject: subjects.orderEvent.of({ clientOrderId: event.clientOrderId }),
        eventTime: clock.wallUs(),
        producerSequence: brandOf.sequence(rows.length),
        message: event,
      });
      network.drain();
    },
    /** Execution starts again on a backup of its journal that has only so many rows. */
    restoreExecution(rowsLeft: number) {
      void execution.close();
      rows.length = rowsLeft;
      execution = startExecution(2);
    },
    advance(us: number) {
      clock.advance(us);
      network.drain();
    },
  };
}

/** A row of the order that an intent became. */
export function rowOf(
  intent: OrderIntent,
  state: OrderState,
  body: OrderEventBody,
  filledQuantity = zeroQuantity,
): OrderEvent {
  const { clientOrderId, strategy, instrument, side, environment } = intent;
  const leavesQuantity = quantity(intent.quantity - filledQuantity);
  const head = { clientOrderId, account, strategy, venue, instrument, side, environment };
  return {
    ...head,
    state,
    quantity: intent.quantity,
    filledQuantity,
    leavesQuantity,
    ignored: false,
    flags: [],
    body,
  };
}

function recordOf(event: OrderEvent, index: number): JournalRecord {
  const sequence = brandOf.sequence(index + 1);
  const aggregate = `order/${event.clientOrderId}`;
  const payload = OrderEvent.encode(event);
  return {
    sequence,
    aggregate,
    aggregateSequence: sequence,
    type: OrderEvent.name,
    time: brandOf.timestampUs(openUs),
    payload,
    hash: '',
  };
}

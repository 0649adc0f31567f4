import type { CorporateAction as Announced } from '../../../protos/gen/market.ts';
import type { Bus, MessageHeader, Received } from '../../../services/kernel/bus/bus.ts';
import type { Pattern } from '../../../services/kernel/bus/subject.ts';
import { subjects } from '../../../services/kernel/bus/subjects.ts';
import type { EventId, TimestampUs } from '../../../services/kernel/codec/brand.ts';
import type { CorporateAction } from './corporate-action.ts';
import type { PaperVenue } from './paper-venue.ts';

/** Plays the market to a paper venue: what market-data publishes on the bus, each datum once. Definitions come from execution, which asks for them. */
export function feedPaperVenue(options: {
  readonly bus: Bus;
  readonly venue: PaperVenue;
  readonly matching: 'quotes' | 'bars';
}): void {
  const { bus, venue: paper, matching } = options;
  const { venue } = paper;
  once(bus, subjects.corporateAction.matching({ venue }), ({ header, message }) =>
    paper.applyActivity(header.eventTime, actionOf(header.id, message)),
  );
  if (matching === 'bars') {
    // Longer bars are made of the shortest, which come before them.
    let shortestUs = Number.POSITIVE_INFINITY;
    once(bus, subjects.bar.matching({ venue }), ({ header, message }) => {
      shortestUs = Math.min(shortestUs, message.interval);
      if (message.interval === shortestUs) paper.onBar(header.eventTime, message);
    });
  } else {
    once(bus, subjects.quote.matching({ venue }), ({ header, message }) =>
      paper.onQuote(header.eventTime, message),
    );
    once(bus, subjects.trade.matching({ venue }), ({ header, message }) =>
      paper.onTrade(header.eventTime, message),
    );
  }
  bus.subscribe(subjects.feedStatus.matching({ venue }), ({ message }) =>
    paper.onMarketState(message.marketTime, message.market),
  );
}

interface Newest {
  time: TimestampUs;
  first: MessageHeader;
  /** Of all that had that time; made when the second comes. */
  ids: Set<EventId> | undefined;
}

/**
 * A feed repeats itself after a restart, and an instant after a lost pace mark; the same liquidity must not be offered
 * twice. Data of one subject come in order of time, so the ids of the newest time are all that has to be kept.
 */
function once<T>(bus: Bus, pattern: Pattern<T>, handle: (received: Received<T>) => void): void {
  const newest = new Map<string, Newest>();
  bus.subscribe(pattern, (received) => {
    const { header, subject } = received;
    const { eventTime } = header;
    const seen = newest.get(subject);
    if (seen === undefined) {
      newest.set(subject, { time: eventTime, first: header, ids: undefined });
    } else if (eventTime > seen.time) {
      seen.time = eventTime;
      seen.first = header;
      seen.ids = undefined;
    } else {
      if (eventTime < seen.time) return;
      seen.ids ??= new Set([seen.first.id]);
      if (seen.ids.has(header.id)) return;
      seen.ids.add(header.id);
    }
    handle(received);
  });
}

function actionOf(activityId: EventId, { instrument, action }: Announced): CorporateAction {
  switch (action.case) {
    case 'split':
      return { kind: 'split', activityId, instrument, ...action.value };
    case 'dividend':
      return { kind: 'dividend', activityId, instrument, amountPerUnit: action.value.amountPerShare };
  }
}

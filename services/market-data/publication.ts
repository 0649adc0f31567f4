import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bar, FeedStatus } from '../../protos/gen/market.ts';
import type { Outgoing } from '../kernel/bus/bus.ts';
import { intervalToken } from '../kernel/bus/interval-token.ts';
import type { Subject } from '../kernel/bus/subject.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { EventId, InstrumentId, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Datum } from '../kernel/venue/market-feed.ts';

/** A message ready to be sent, whatever its type; it may be sent again. */
export type Publication = Outgoing<unknown>;

/**
 * Ids of market data are made of what they tell, so that the same data have the same ids in every replay and a
 * message that comes twice is known. `ordinal` is the datum's place in its instant: several trades may share a time.
 */
export function publicationOf(datum: Datum, ordinal: number): Publication {
  const { time } = datum;
  switch (datum.kind) {
    case 'quote': {
      const { venue, instrument } = datum.quote;
      const id = brandOf.eventId(`quote.${venue}.${instrument}.${time}`);
      return ready({ id, subject: subjects.quote.of(datum.quote), message: datum.quote, eventTime: time });
    }
    case 'trade': {
      const { venue, instrument } = datum.trade;
      const id = brandOf.eventId(`trade.${venue}.${instrument}.${time}.${ordinal}`);
      return ready({ id, subject: subjects.trade.of(datum.trade), message: datum.trade, eventTime: time });
    }
    case 'bar':
      return publicationOfBar(datum.bar);
    case 'chain': {
      const { venue, underlying: instrument } = datum.chain;
      const id = brandOf.eventId(`chain.${venue}.${instrument}.${time}`);
      const subject = subjects.chain.of({ venue, instrument });
      return ready({ id, subject, message: datum.chain, eventTime: time });
    }
    case 'corporateAction': {
      const { venue, instrument, action } = datum.action;
      const id = brandOf.eventId(`${action.case}.${venue}.${instrument}.${time}`);
      const subject = subjects.corporateAction.of({ venue, instrument });
      return ready({ id, subject, message: datum.action, eventTime: time });
    }
  }
}

export function publicationOfBar(bar: Bar): Publication {
  return ready({
    idOf: idOfBar,
    subject: subjectOfBar(bar),
    message: bar,
    eventTime: brandOf.timestampUs(bar.openTime + bar.interval),
  });
}

function idOfBar({ venue, instrument, interval, openTime }: Bar): EventId {
  return brandOf.eventId(`bar.${intervalToken(interval)}.${venue}.${instrument}.${openTime}`);
}

/** Of the series that were published last: a replay has few, and a bar of each again and again. */
const barSubjects = new Map<InstrumentId, { readonly of: Bar; readonly subject: Subject<Bar> }>();
const barSubjectsMax = 10_000;

function subjectOfBar(bar: Bar): Subject<Bar> {
  const { venue, instrument } = bar;
  const known = barSubjects.get(instrument);
  if (known?.of.interval === bar.interval && known.of.venue === venue) return known.subject;
  const subject = subjects.bar.of({ interval: intervalToken(bar.interval), venue, instrument });
  if (barSubjects.size >= barSubjectsMax) barSubjects.clear();
  barSubjects.set(instrument, { of: bar, subject });
  return subject;
}

export function publicationOfStatus(status: FeedStatus): Publication {
  const subject = subjects.feedStatus.of({ venue: status.venue });
  return ready({ subject, message: status, eventTime: status.marketTime });
}

export function publicationOfInstrument(instrument: Instrument, eventTime: TimestampUs): Publication {
  return ready({ subject: subjects.instrument.of(instrument), message: instrument, eventTime });
}

export function instrumentOf(datum: Datum): InstrumentId {
  switch (datum.kind) {
    case 'quote':
      return datum.quote.instrument;
    case 'trade':
      return datum.trade.instrument;
    case 'bar':
      return datum.bar.instrument;
    case 'chain':
      return datum.chain.underlying;
    case 'corporateAction':
      return datum.action.instrument;
  }
}

/** Subject and message are of one type. */
/** Holds the message to the type of its subject, which a Publication no longer shows. */
function ready<T>(outgoing: Outgoing<T>): Publication {
  return outgoing;
}

import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bus, Subscription } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';
import type { MarketHistory } from './market-history.ts';

/** Answers what a service asks when it starts: the instruments, and bars to warm up on. */
export function serveMarketQueries(ports: {
  readonly bus: Bus;
  readonly instruments: readonly Instrument[];
  readonly history: MarketHistory;
  readonly now: () => TimestampUs;
}): readonly Subscription[] {
  const { bus, instruments, history, now } = ports;
  return [
    bus.serve(
      subjects.instrumentQuery.matching({}),
      (_, reply) => reply({ message: { instruments }, eventTime: now() }),
      subjects.instrumentList.matching({}),
    ),
    bus.serve(
      subjects.historyQuery.matching({}),
      ({ message }, reply) => {
        const eventTime = now();
        reply({ message: history.answer(message, eventTime), eventTime });
      },
      subjects.history.matching({}),
    ),
  ];
}

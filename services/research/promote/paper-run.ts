import type { LoadedProfile } from '../../../infra/config/load-profile.ts';
import { OrderIntent } from '../../../protos/gen/order.ts';
import type { ExecutionRow } from '../../kernel/bus/execution-row.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { ReplayFeed } from '../../kernel/venue/market-feed.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { takerRatioOf } from '../backtest/order-recorder.ts';
import { Recorder } from '../backtest/recorder.ts';
import { maintenanceRatioOf } from '../backtest/ruin.ts';
import { calendarOf } from '../market/data-calendar.ts';

/**
 * What paper made of the market, told as a backtest is: the journal's rows written down beside the data that they were
 * answers to, each at the instant of its market time. `feed` is closed at the end.
 */
export function paperRun(
  rows: readonly ExecutionRow[],
  {
    feed,
    loaded: { profile, document },
    buildHash,
  }: {
    readonly feed: ReplayFeed;
    readonly loaded: Pick<LoadedProfile, 'profile' | 'document'>;
    readonly buildHash: string;
  },
): BacktestResult {
  const { startingCash, seed } = profile.paperVenue;
  const maintenanceRatio = maintenanceRatioOf(profile.paperVenue);
  const takerRatio = takerRatioOf(profile.paperVenue);
  const { instruments } = feed;
  const readsData = feed.fingerprint === undefined;
  const recorder = new Recorder({
    ...{ instruments, startingCash, maintenanceRatio, takerRatio },
    calendar: calendarOf(document),
    feed: profile.feed,
    readsData,
  });
  let next = 0;
  const takeRowsTo = (time: number): void => {
    for (let row = rows[next]; row !== undefined && row.time <= time; row = rows[next]) {
      take(recorder, row);
      next += 1;
    }
  };
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    recorder.takeInstant(instant);
    takeRowsTo(instant.time);
  }
  takeRowsTo(Number.POSITIVE_INFINITY);
  const dataFingerprint = feed.fingerprint?.() ?? recorder.data.end();
  feed.close();
  return {
    ended: 'complete',
    inputs: { profile: document, dataFingerprint, buildHash, seed },
    strategies: profile.strategies.map(({ id }) => id),
    instruments: instruments.map(({ instrument }) => instrument),
    startingCash: toDouble(startingCash),
    barsPerSecond: 0,
    ...recorder.told(),
  };
}

/** As the recorder hears the same of the bus. */
function take(recorder: Recorder, { fact, time }: ExecutionRow): void {
  if (fact.case === 'position') recorder.equity.takePosition(fact.value);
  else if (fact.case === 'account') recorder.equity.takeAccount(fact.value);
  else if (fact.case === 'ledger') recorder.takeLedger(fact.value.body);
  else if (fact.case === 'order') {
    const event = fact.value;
    if (event.body.case === 'staged') {
      const intent = OrderIntent.decode(event.body.value.intent);
      recorder.orders.takeIntent(intent);
      recorder.trades.takeIntent(intent);
    }
    recorder.log.add(event, time);
    recorder.orders.takeEvent(event);
    recorder.trades.takeOrder(event);
  }
}

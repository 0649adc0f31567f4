import { dayText } from '../../../infra/feeds/new-york-session.ts';
import { isTradingDay } from '../../../infra/feeds/nyse-calendar.ts';
import { csvText } from '../../../infra/run-store/csv-table.ts';
import { isoTime } from '../../kernel/clock/iso-time.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { yearDaysMin } from '../report/report-facts.ts';
import { metrics } from '../statistics/metrics.ts';
import type { DayOrder, DayRecord } from './day-book.ts';

const dayUs = 86_400_000_000;
const dayMs = 86_400_000;

/** By the mean time that a trade was held, in days: what an account's month was like. */
const modes = [
  ['intraday', 2],
  ['fast', 3.5],
  ['balanced', 6],
  ['conservative', Number.POSITIVE_INFINITY],
] as const;

/** What a month came to. Percentages are of 100; a drawdown is negative. */
export interface MonthSummary {
  readonly month: string;
  /** Null: nothing was closed. */
  readonly execution_mode: (typeof modes)[number][0] | null;
  readonly capital: number;
  readonly total_trades: number;
  readonly total_pnl: number;
  readonly final_equity: number;
  readonly win_rate: number | null;
  readonly mdd_pct: number;
  /** Null below as many days as a figure of a year takes: of a month always. */
  readonly cagr: number | null;
  readonly sessions_played: number;
  /** Of New York's calendar; null: the data have days that it has not. */
  readonly sessions_of_month: number | null;
}

/** The names of its fields are those of the files that people have of old. */
export function monthSummary(
  month: string,
  result: BacktestResult,
  played: readonly Pick<DayRecord, 'day'>[],
): MonthSummary {
  const { startingCash: capital, trades } = result;
  const figures = metrics(result, calendarOfRun(result));
  const heldDays =
    trades.reduce((sum, { openedAt, closedAt }) => sum + closedAt - openedAt, 0) / trades.length / dayUs;
  return {
    month,
    execution_mode: modes.find(([, daysMax]) => heldDays <= daysMax)?.[0] ?? null,
    capital,
    total_trades: trades.length,
    total_pnl: cents(figures.finalEquity - capital),
    final_equity: cents(figures.finalEquity),
    win_rate: figures.winRatio === null ? null : cents(100 * figures.winRatio),
    mdd_pct: cents(-100 * figures.maxDrawdownRatio),
    cagr:
      figures.cagrRatio === null || figures.sessionDays < yearDaysMin ? null : cents(100 * figures.cagrRatio),
    sessions_played: played.length,
    sessions_of_month: played.every(({ day }) => isTradingDay(day)) ? sessionsOf(month) : null,
  };
}

function sessionsOf(month: string): number {
  const first = Date.parse(`${month}-01T00:00:00Z`) / dayMs;
  const days = Array.from({ length: 31 }, (_, place) => first + place);
  return days.filter((day) => dayText(day).startsWith(month) && isTradingDay(day)).length;
}

/** By path: a folder a day, each with what there was at its end and what had happened, and the summary. */
export function dayFiles(
  pages: readonly DayRecord[],
  { summary, startingCash }: { readonly summary: MonthSummary; readonly startingCash: number },
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const ledger: (readonly (string | number)[])[] = [];
  let equityBefore = startingCash;
  for (const page of pages) {
    const date = dayText(page.day);
    const { equity, cash, realizedPnl, unrealizedPnl, fees } = page;
    ledger.push([
      date,
      equityBefore,
      equity,
      cents(equity - equityBefore),
      cash,
      realizedPnl,
      unrealizedPnl,
      fees,
    ]);
    equityBefore = equity;
    files.set(`${date}/state.json`, stateText(date, page));
    files.set(`${date}/orders.csv`, csvText(orderHeader, page.orders.map(orderCells)));
    files.set(
      `${date}/fills.csv`,
      csvText(
        ['time', 'order', 'instrument', 'side', 'quantity', 'price', 'fees'],
        page.fills.map((fill) => [
          isoTime(fill.at),
          fill.order,
          fill.instrument,
          fill.side,
          fill.quantity,
          fill.price,
          fill.fees,
        ]),
      ),
    );
    files.set(
      `${date}/positions.csv`,
      csvText(
        ['instrument', 'quantity', 'average_price', 'price', 'value', 'unrealized_pnl'],
        page.positions.map((held) => [
          held.instrument,
          held.quantity,
          held.averagePrice,
          held.price,
          held.value,
          held.unrealizedPnl,
        ]),
      ),
    );
    files.set(`${date}/pnl_ledger.csv`, csvText(ledgerHeader, ledger));
  }
  return files.set('summary.json', `${JSON.stringify(summary, undefined, 2)}\n`);
}

const orderHeader = ['id', 'staged', 'changed', 'instrument', 'side', 'quantity', 'state'];
/** One row a day so far. */
const ledgerHeader = [
  'day',
  'equity_before',
  'equity',
  'pnl',
  'cash',
  'realized_pnl',
  'unrealized_pnl',
  'fees',
];

function orderCells(order: DayOrder): readonly (string | number)[] {
  const { id, instrument, side, quantity, state } = order;
  return [id, isoTime(order.stagedAt), isoTime(order.changedAt), instrument, side, quantity, state];
}

function stateText(date: string, { cash, equity, positions, openOrders }: DayRecord): string {
  const open_orders = openOrders.map(({ id, instrument, side, quantity, state }) => ({
    id,
    instrument,
    side,
    quantity,
    state,
  }));
  return `${JSON.stringify({ date, cash, equity, positions, open_orders }, undefined, 2)}\n`;
}

function cents(amount: number): number {
  return Math.round(100 * amount) / 100;
}

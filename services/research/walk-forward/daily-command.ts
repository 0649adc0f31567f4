import { dayText, parseDay } from '../../../infra/feeds/new-york-session.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import type { Program } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import { playBacktest } from '../backtest/command.ts';
import { readBacktest } from '../backtest/prepare-backtest.ts';
import { calendarOf } from '../market/data-calendar.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { checkStore, keepRun } from '../report/kept-run.ts';
import { counted, decimal, percent } from '../report/wording.ts';
import { DayBook } from './day-book.ts';
import { dayFiles, type MonthSummary, monthSummary } from './day-files.ts';

/** Of windows and grids, which a month of days has none of. */
const foreignOptions = ['grid', 'train', 'test', 'step', 'objective', 'workers', 'from', 'to'];

/**
 * `interlock walk-forward --daily --month 2013-10`: a month day by day, as paper trading would have gone, with a folder
 * a day. The services are never stopped between days, so what they hold is carried by themselves.
 */
export async function walkDays(program: Program, asked: Asked): Promise<ExitCode> {
  const foreign = foreignOptions.find((option) => asked.text(option) !== undefined);
  if (foreign !== undefined) {
    throw new UserError(
      exitCodes.usage,
      `--${foreign} says nothing to --daily, which plays the --month with the parameters as they are.`,
    );
  }
  const { month, range } = monthOf(asked);
  const dataFolder = dataFolderOf(asked);
  checkStore(dataFolder);
  const backtest = await readBacktest(asked.with(range), () => program.monotonicUs());
  const { startingCash } = backtest.loaded.profile.paperVenue;
  const book = new DayBook({
    instruments: backtest.feed.instruments,
    startingCash,
    calendar: calendarOf(backtest.loaded.document),
  });
  const { result } = await playBacktest({ ...backtest, listen: (bus) => book.listen(bus) }, program);
  if (result.ended !== 'complete') {
    program.say('interrupted: nothing is kept of a part of a month.\n');
    return exitCodes.interrupted;
  }
  const pages = book.end();
  const summary = monthSummary(month, result, pages);
  const strategy = asked.text('strategy');
  const said = program.words.filter((word) => !/^--(json|daily|month=.*)?$/.test(word) && word !== strategy);
  const kept = keepRun(result, {
    dataFolder,
    arguments: [
      ...(strategy === undefined ? [] : [strategy]),
      ...said,
      `--from=${range.from}`,
      `--to=${range.to}`,
    ],
  });
  const folder = new RunStore(dataFolder).attachFolder(
    kept.folder,
    'daily',
    dayFiles(pages, { summary, startingCash: result.startingCash }),
  );
  if (asked.isSet('json'))
    program.tell(JSON.stringify({ ...summary, days: pages.length, folder, report: kept.reportPath }));
  else for (const line of textOf(summary)) program.tell(line);
  if (!asked.isSet('json')) program.tell(`  kept     ${folder}`);
  return exitCodes.success;
}

function monthOf(asked: Asked): {
  readonly month: string;
  readonly range: { readonly from: string; readonly to: string };
} {
  const month = asked.text('month');
  const first = parseDay(`${month ?? ''}-01`);
  if (month === undefined)
    throw new UserError(exitCodes.usage, '--daily needs its --month, such as 2013-10.');
  if (first === undefined) throw badOption('month', 'a month such as 2013-10', month);
  // Every month has ended 31 days after its first day, and the next one has not.
  const next = parseDay(`${dayText(first + 31).slice(0, 7)}-01`) ?? first;
  return { month, range: { from: dayText(first), to: dayText(next - 1) } };
}

function textOf(summary: MonthSummary): readonly string[] {
  const won = summary.win_rate === null ? '' : `, ${percent(summary.win_rate / 100)} won`;
  return [
    `${summary.month}: ${summary.sessions_of_month === null ? counted(summary.sessions_played, 'day') : `${summary.sessions_played} of ${counted(summary.sessions_of_month, 'session')}`}`,
    `  equity   ${decimal(summary.final_equity)} of ${decimal(summary.capital)}, ${decimal(summary.total_pnl, { sign: true })}`,
    `  trades   ${summary.total_trades}${won}`,
    `  drawdown ${percent(summary.mdd_pct / 100)}`,
  ];
}

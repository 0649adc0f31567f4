import type { PageAssets } from '../../../infra/report-page/page-assets.ts';
import { excursionFigure, histogramFigure } from './figures.ts';
import { html, type Markup } from './markup.ts';
import { framedPage, tile, tilesSection, verdictCard } from './page-frame.ts';
import { assumptionsSection, ordersSection, reproductionSection } from './page-run.ts';
import { drawdownTable, monthTable } from './page-tables.ts';
import { type ReportFacts, rollingSessions, yearDaysMin } from './report-facts.ts';
import { ruinMark } from './ruin-text.ts';
import { counted, dayOf, decimal, heldText, money, percent, roundMoney, whole } from './wording.ts';

/** More rows make a page slow; all of them are in trades.csv. */
const tradesShownMax = 10_000;
const dotsShownMax = 3_000;

/** A run, for people. */
export function reportPage(facts: ReportFacts, assets: PageAssets): string {
  const { run } = facts;
  return framedPage(
    {
      title: `${run.result.strategies.join(', ')} · ${run.result.instruments.join(', ')} · Interlock backtest`,
      main: html`${header(facts)}
${headline(facts)}
${verdictSection(facts)}
${chartSection(facts)}
${monthTable(facts)}
${distributions(facts)}
<div class="pair">${drawdownTable(facts)}${costsSection(facts)}</div>
${tradesSection(facts)}
${ordersSection(run.result)}
${assumptionsSection(run.result)}
${reproductionSection(run)}`,
      caution: 'A backtest is what would have happened under the assumptions above, not what will.',
      data: pageData(facts),
    },
    assets,
  );
}

function pageData({ run, curve, rollingSharpe }: ReportFacts): unknown {
  return {
    curve,
    rollingSharpe,
    startingCash: run.result.startingCash,
    trades: run.result.trades
      .slice(-tradesShownMax)
      .map((trade) => [
        trade.openedAt / 1_000,
        trade.closedAt / 1_000,
        trade.instrument,
        trade.side,
        trade.pnl,
        trade.adverseExcursion,
        trade.favorableExcursion,
        trade.quantity,
        trade.openPrice,
        trade.closePrice,
        trade.fees,
        trade.strategy,
      ]),
  };
}

function header({ run, metrics }: ReportFacts): Markup {
  const { result } = run;
  const partial =
    result.ended === 'complete'
      ? undefined
      : html`<span class="badge">interrupted: the report ends where the run did</span>`;
  const ruined =
    result.ruin === undefined ? undefined : html`<span class="badge">${ruinMark(result.ruin)}</span>`;
  return html`<header>
<p class="kind">Backtest</p>
<h1>${result.strategies.join(', ')} ${partial}${ruined}</h1>
<p class="where">${result.instruments.join(', ')} <span class="dot">·</span> ${dayOf(result.from)} to ${dayOf(result.to)} <span class="dot">·</span> ${counted(result.bars, 'bar')}, ${counted(metrics.sessionDays, 'session day')} <span class="dot">·</span> run ${run.id}</p>
</header>`;
}

function headline({ metrics, run }: ReportFacts): Markup {
  const first = [
    tile('Total return', percent(metrics.totalReturnRatio, { sign: true }), {
      tone: metrics.totalReturnRatio,
    }),
    tile('Growth a year', percent(metrics.cagrRatio, { sign: true }), {
      tone: metrics.cagrRatio,
      // A year made of a few days is what nobody has seen.
      ...(metrics.sessionDays < yearDaysMin
        ? { note: `as ${counted(metrics.sessionDays, 'day')} would go on` }
        : {}),
    }),
    tile('Deepest drawdown', percent(-metrics.maxDrawdownRatio), {
      tone: -metrics.maxDrawdownRatio,
      note: `${whole(metrics.maxDrawdownDays)} days under water${metrics.maxDrawdownRecoveryDays === null ? '' : `, ${whole(metrics.maxDrawdownRecoveryDays)} from the trough`}`,
    }),
    tile('Sharpe ratio', decimal(metrics.sharpeAnnual), {
      note: `volatility ${percent(metrics.volatilityAnnual)} a year`,
    }),
    tile('Equity at the end', roundMoney(Number(run.result.finalEquity)), {
      note: `of ${roundMoney(metrics.startingCash)}`,
    }),
  ];
  const second = [
    tile('Sortino', decimal(metrics.sortinoAnnual), {
      note: `downside ${percent(metrics.downsideRiskAnnual)} a year`,
    }),
    tile('Calmar', decimal(metrics.calmarRatio), { note: `Omega ${decimal(metrics.omegaRatio)}` }),
    tile('Closed trades', whole(metrics.trades)),
    tile('Won', percent(metrics.winRatio, { digits: 0 })),
    tile('Profit factor', decimal(metrics.profitFactor), { note: `payoff ${decimal(metrics.payoffRatio)}` }),
    tile('A trade earns', money(metrics.expectancy, { sign: true })),
    tile('Invested', percent(metrics.exposureTimeRatio, { digits: 0 }), { note: 'of the time' }),
    tile('Bad day (5%)', percent(metrics.valueAtRisk95DailyRatio), {
      note: `mean beyond ${percent(metrics.conditionalValueAtRisk95DailyRatio)}`,
    }),
  ];
  return tilesSection(first, second);
}

function verdictSection({ verdict, honesty }: ReportFacts): Markup {
  return verdictCard(verdict, [
    { name: 'Better than nothing', value: honesty.probabilisticSharpe },
    { name: 'Better than luck', value: honesty.deflatedSharpe },
  ]);
}

function chartSection({ rollingSharpe }: ReportFacts): Markup {
  const last = `Sharpe ratio of the last ${rollingSessions} session days`;
  const isTold = rollingSharpe.value.length > 0;
  return html`<section class="card" aria-labelledby="equity">
<div class="above"><h2 id="equity">Equity</h2><p class="legend" id="legend" aria-live="off"></p></div>
<div id="chart" role="img" aria-label="Equity, drawdown, exposure and rolling Sharpe ratio over time"></div>
<p class="note">From the top: equity, drawdown below the highest equity, exposure as a share of equity${isTold ? `, ${last}` : ''}. ${isTold ? '' : `There is no ${last}: the run has too few that changed anything. `}Drag to move, pinch or turn the wheel to zoom, double-click to see all.</p>
<noscript><p class="none">The chart and the list of trades need scripts.</p></noscript>
</section>`;
}

function distributions({ dailyReturns, quietDays, tradeReturns, metrics, run }: ReportFacts): Markup {
  const days =
    dailyReturns.observations === 0
      ? html`<p class="none">Equity changed on none of ${counted(quietDays, 'session day')}.</p>`
      : html`${histogramFigure(dailyReturns, {
          title: 'Distribution of daily returns',
          write: (value) => percent(value, { digits: 1 }),
          unit: 'days',
        })}<p class="note">Best ${percent(metrics.bestDayRatio, { sign: true })}, worst ${percent(metrics.worstDayRatio)}, skew ${decimal(
          metrics.skew,
        )}, kurtosis ${decimal(metrics.kurtosis)} (3 is normal).${
          quietDays === 0 ? undefined : ` Not drawn: ${counted(quietDays, 'day')} without any change.`
        }</p>`;
  return html`<div class="three">
<section class="card"><h2>Days</h2>${days}</section>
<section class="card"><h2>Trades</h2>${tradesFigure({ tradeReturns, metrics })}</section>
<section class="card"><h2>What trades went through</h2>${excursionsFigure(run.result.trades, metrics)}</section>
</div>`;
}

const noTrade = html`<p class="none">No trade was closed.</p>`;

function tradesFigure({ tradeReturns, metrics }: Pick<ReportFacts, 'tradeReturns' | 'metrics'>): Markup {
  if (tradeReturns.observations === 0) return noTrade;
  return html`${histogramFigure(tradeReturns, {
    title: 'Distribution of profit and loss of trades',
    write: (value) => decimal(value, { digits: 0 }),
    unit: 'trades',
  })}<p class="note">Average win ${money(metrics.averageWin, { sign: true })}, average loss ${money(
    metrics.averageLoss,
  )}; largest ${money(metrics.largestWin, { sign: true })} and ${money(metrics.largestLoss)}; longest streak ${counted(metrics.winStreakMax, 'win')} and ${counted(metrics.lossStreakMax, 'loss', 'losses')}.</p>`;
}

function excursionsFigure(
  trades: ReportFacts['run']['result']['trades'],
  metrics: ReportFacts['metrics'],
): Markup {
  if (trades.length === 0) return noTrade;
  const figure = excursionFigure(trades.slice(-dotsShownMax), {
    title: 'Worst against best that each trade stood at',
    write: (value) => decimal(value, { digits: 0 }),
  });
  return html`${figure}<p class="note">Across: the worst a trade ever stood at; up: the best. Dots won, crosses lost. On average ${money(
    metrics.adverseExcursionMean,
  )} and ${money(metrics.favorableExcursionMean, { sign: true })}, at most ${money(metrics.adverseExcursionWorst)} and ${money(
    metrics.favorableExcursionBest,
    { sign: true },
  )}. Winners sat through ${money(
    metrics.adverseExcursionMeanOfWon,
  )} on average, losers once had ${money(metrics.favorableExcursionMeanOfLost, { sign: true })}. Where a trade was opened inside a
bar, by a limit or a stop, what the bar saw before is not known: its worst price counts, its best only if it came after for sure.</p>`;
}

function costsSection({ metrics, run }: ReportFacts): Markup {
  const { costs } = run.result;
  const gross = Number(run.result.finalEquity) - run.result.startingCash + costs.commission + costs.slippage;
  const paid = costs.commission + costs.slippage;
  const rows: readonly (readonly [string, string])[] = [
    ['Commission and fees', money(costs.commission)],
    ['Slippage against the price at the time', money(costs.slippage)],
    ['Value traded', roundMoney(costs.turnover)],
    ['Turnover of the mean equity', `${decimal(metrics.turnoverAnnual)} times a year`],
    ['Paid for each 10,000 traded', money(costs.turnover === 0 ? null : (paid / costs.turnover) * 10_000)],
    ['Share of the gross profit', percent(gross > 0 ? paid / gross : null)],
    ['Invested', `${percent(metrics.exposureTimeRatio)} of the time`],
    [
      'Mean and highest exposure',
      `${percent(metrics.averageExposureRatio)}, ${percent(metrics.maxExposureRatio)}`,
    ],
    ['A trade is held', heldText(metrics.averageHoldingDays)],
  ];
  const free =
    paid === 0 && costs.turnover > 0
      ? html`<p class="note">Nothing was paid for trading. No venue is like that: see the assumptions.</p>`
      : undefined;
  return html`<section class="card"><h2>Costs and exposure</h2><dl>${rows.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>${free}</section>`;
}

function tradesSection({ run }: ReportFacts): Markup {
  const { length } = run.result.trades;
  const rest =
    length > tradesShownMax
      ? ` The last ${whole(tradesShownMax)} of ${whole(length)}; all are in trades.csv.`
      : '';
  return html`<section class="card" aria-labelledby="trades"><div class="above"><h2 id="trades">Closed trades</h2><p class="note">${counted(length, 'round trip')}, after fees.${rest}</p></div>
<div class="scroll"><table id="trade-table" class="figures"><thead></thead><tbody></tbody></table></div>
<p><button type="button" id="more-trades" hidden>Show more</button></p>
</section>`;
}

import type { PageAssets } from '../../../infra/report-page/page-assets.ts';
import { scatterFigure } from '../report/figures.ts';
import { html, type Markup } from '../report/markup.ts';
import { framedPage, tile, tilesSection, verdictCard } from '../report/page-frame.ts';
import { assumptionsSection } from '../report/page-run.ts';
import { monthTable } from '../report/page-tables.ts';
import { counted, decimal, money, percent, roundMoney, shellWords, whole } from '../report/wording.ts';
import { drawdowns } from '../statistics/drawdown.ts';
import { monthlyReturns, yearlyReturns } from '../statistics/monthly.ts';
import { equityOf } from '../statistics/performance.ts';
import type { WalkForwardResult } from './conclusion.ts';
import type { Objective } from './plan.ts';
import type { WindowResult } from './run-window.ts';
import { exitsLeftOut } from './walk-forward-text.ts';
import type { RollingWindows, Span } from './windows.ts';

/** What a page tells besides the result. */
export interface WalkForwardPage {
  readonly result: WalkForwardResult;
  readonly strategy: string;
  readonly instruments: readonly string[];
  readonly names: readonly string[];
  readonly rolling: RollingWindows;
  readonly objective: Objective;
  readonly startingCash: number;
  /** As it was after all options. */
  readonly profile: unknown;
  readonly dataFingerprint: string;
  readonly buildHash: string;
  /** What was typed after `interlock walk-forward`. */
  readonly words: readonly string[];
  readonly folder: string;
}

/** More panes leave no height for any of them. */
const parametersDrawnMax = 5;
const choicesShownMax = 4;
const objectiveNames = { sharpe: 'Sharpe ratio', return: 'return', calmar: 'Calmar ratio' } as const;

/** One page that opens anywhere: what was traded outside of training, window by window, and what it is worth. */
export function walkForwardPage(page: WalkForwardPage, assets: PageAssets): string {
  const { result, strategy, instruments } = page;
  return framedPage(
    {
      title: `${strategy} · ${instruments.join(', ')} · Interlock walk-forward`,
      main: html`${header(page)}
${headline(page)}
${verdictCard(result.verdict, [
  { name: 'Better than nothing', value: result.honesty.probabilisticSharpe },
  { name: 'Better than luck', value: result.honesty.deflatedSharpe },
])}
${chartSection(page)}
<div class="pair">${promiseSection(result)}${choosingSection(result)}</div>
${monthTable(monthsOf(result.windows))}
${windowsSection(result)}
${assumptionsSection({ inputs: { profile: page.profile } })}
${againSection(page)}`,
      caution:
        'Each window was traded by what its training chose, and by nothing later. It is still what would have happened under the assumptions above, not what will.',
      data: { walk: chartData(page) },
    },
    assets,
  );
}

function header({ result, strategy, instruments, rolling, objective }: WalkForwardPage): Markup {
  const { windows } = result;
  const [first, last] = [windows.at(0), windows.at(-1)];
  const dot = html` <span class="dot">·</span> `;
  return html`<header>
<p class="kind">Walk-forward</p>
<h1>${strategy}</h1>
<p class="where">${instruments.join(', ')}${dot}traded ${first?.test.from ?? ''} to ${last?.test.to ?? ''}${dot}${counted(windows.length, 'window')}: ${spanText(rolling.train)} of training, ${spanText(rolling.test)} of trading${dot}chosen by ${objectiveNames[objective]}</p>
</header>`;
}

function spanText({ count, unit }: Span): string {
  return counted(count, unit);
}

function headline({ result: { overall, windows, grid, honesty }, startingCash }: WalkForwardPage): Markup {
  const { totalReturnRatio, cagrRatio, maxDrawdownRatio, screenedOutsideSharpeMean } = overall;
  const first = [
    tile('Total return', percent(totalReturnRatio, { sign: true }), {
      tone: totalReturnRatio,
      note: `${roundMoney(startingCash * (1 + totalReturnRatio))} of ${roundMoney(startingCash)}`,
    }),
    tile('Growth a year', percent(cagrRatio, { sign: true }), { tone: cagrRatio }),
    tile('Deepest drawdown', percent(-maxDrawdownRatio), { tone: -maxDrawdownRatio }),
    tile('Sharpe ratio', decimal(overall.sharpeAnnual), {
      note: `volatility ${percent(overall.volatilityAnnual)} a year`,
    }),
    tile('Windows with a profit', `${whole(overall.windowsWithProfit)} of ${whole(windows.length)}`),
  ];
  const second = [
    tile('In training', decimal(overall.inSampleSharpeMean), { note: 'mean Sharpe ratio' }),
    screenedOutsideSharpeMean === null
      ? tile('After it', decimal(overall.outOfSampleSharpeMean), { note: 'mean Sharpe ratio' })
      : tile('After it', decimal(screenedOutsideSharpeMean), { note: 'by the same arithmetic' }),
    tile('Lost of it', percent(overall.degradationRatio, { digits: 0 })),
    tile('Closed trades', whole(overall.trades)),
    tile('Commission', roundMoney(overall.commission)),
    tile('Slippage', roundMoney(overall.slippage)),
    tile('Combinations', whole(grid.combinations), { note: 'in each training' }),
    tile('Trials on record', whole(honesty.trials), { note: 'on overlapping data' }),
  ];
  return tilesSection(first, second);
}

function chartSection({ names }: WalkForwardPage): Markup {
  const drawn = names.slice(0, parametersDrawnMax);
  const rest =
    names.length > drawn.length ? ` The other ${names.length - drawn.length} are in the list below.` : '';
  return html`<section class="card" aria-labelledby="equity">
<div class="above"><h2 id="equity">Out of sample</h2><p class="legend" id="legend" aria-live="off"></p></div>
<div id="chart" class="walk" role="img" aria-label="Equity, drawdown, Sharpe ratio in and after training, and chosen parameters over time"></div>
<p class="note">From the top: equity of all windows, one after the other, as if profits were kept; drawdown; the Sharpe ratio of each window as it was traded, with that of its training as a grey line; what training chose: ${drawn.join(', ')}.${rest} Drag to move, pinch or turn the wheel to zoom, double-click to see all.</p>
<noscript><p class="none">The chart needs scripts.</p></noscript>
</section>`;
}

function chartData({ result, names, startingCash }: WalkForwardPage): unknown {
  const { windows } = result;
  const returns = windows.flatMap((window) => window.returns);
  const owned = equityOf(returns, startingCash);
  const rounded = (digits: number) => (value: number) => Number(value.toFixed(digits)) + 0;
  const drawn = names.slice(0, parametersDrawnMax);
  return {
    startingCash,
    time: windows.flatMap(({ days }) => days.map((day) => day * 86_400)),
    equity: Array.from(owned.subarray(1), rounded(2)),
    drawdown: Array.from(drawdowns(owned).subarray(1), (depth) => rounded(6)(-depth)),
    window: windows.flatMap(({ days }, place) => days.map(() => place)),
    parameters: drawn,
    windows: windows.map(({ chosen, inSample, outOfSample }) => ({
      inside: inSample.sharpeAnnual,
      outside: outOfSample.sharpeAnnual,
      chosen: drawn.map((name) => chosen[name] ?? null),
    })),
  };
}

/** What training promised, against what came of it. */
function promiseSection({ windows }: WalkForwardResult): Markup {
  const dots = windows.flatMap(({ number, test, inSample, outOfSample }) => {
    const [x, y] = [inSample.sharpeAnnual, outOfSample.sharpeAnnual];
    if (x === null || y === null) return [];
    const title = `window ${number}, ${test.from} to ${test.to}: ${decimal(x)} in training, ${decimal(y)} traded`;
    return [{ x, y, title }];
  });
  const silent = windows.length - dots.length;
  const rest = silent === 0 ? '' : ` Not drawn: ${counted(silent, 'window')} without a Sharpe ratio.`;
  return html`<section class="card"><h2>What training promised</h2>${scatterFigure(dots, {
    title: 'Sharpe ratio of each window in training and as it was traded',
    write: (value) => decimal(value, { digits: 1 }),
    empty: 'No window has a Sharpe ratio.',
  })}<p class="note">Across: the Sharpe ratio of training; up: that of the days after it. On the dashed line a window kept what it promised; below it, less.${rest}</p></section>`;
}

function choosingSection({ windows, grid, overall, training }: WalkForwardResult): Markup {
  const counts = new Map<string, number>();
  for (const { chosen } of windows) {
    const name = choiceText(chosen);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const choices = [...counts].sort(([, one], [, other]) => other - one);
  const unknown = grid.overfittingProbability === null;
  const rows: readonly (readonly [string, string])[] = [
    ['Probability of overfitting', percent(grid.overfittingProbability)],
    ['Probability that the chosen one loses', percent(grid.lossProbability)],
    ['Slope from promise to outcome', decimal(grid.degradationSlope)],
    ['Lost of the Sharpe ratio of training', percent(overall.degradationRatio)],
    ['Training', training === 'swept' ? 'swept over columns' : 'each combination played by the services'],
    ...choices
      .slice(0, choicesShownMax)
      .map(([name, count]) => [`Chose ${name}`, `${counted(count, 'time')}`] as const),
  ];
  const others =
    choices.length > choicesShownMax
      ? ` ${counted(choices.length - choicesShownMax, 'other choice')} not shown.`
      : '';
  const how = unknown
    ? 'Too few combinations, or too few bars, to tell the probability of overfitting.'
    : `Of ${counted(grid.splits, 'way')} to halve the time, so many in which the best of one half is in the worse half of the other (Bailey, Borwein, López de Prado and Zhu); 50% is what chance gives.`;
  return html`<section class="card"><h2>What choosing is worth</h2><dl>${rows.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl><p class="note">${how}${others}</p></section>`;
}

function choiceText(chosen: WindowResult['chosen']): string {
  return Object.entries(chosen)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function windowsSection({ windows, training, overall }: WalkForwardResult): Markup {
  const isSwept = training === 'swept';
  const head = (name: string, isText = false): Markup =>
    html`<th scope="col"${isText ? html` class="text"` : undefined}>${name}</th>`;
  const rows = windows.map(({ number, test, chosen, inSample, screenedOutside, outOfSample }) => {
    const { sharpeAnnual, totalReturnRatio, maxDrawdownRatio, trades } = outOfSample;
    const [sharpe, earned] = [decimal(sharpeAnnual), percent(totalReturnRatio, { sign: true })];
    return html`<tr><td>${String(number)}</td><td class="text">${test.from}</td><td class="text">${test.to}</td><td class="text wide">${choiceText(chosen)}</td><td>${decimal(inSample.sharpeAnnual)}</td>${
      isSwept ? html`<td>${decimal(screenedOutside?.sharpeAnnual)}</td>` : undefined
    }<td class="${toneOf(sharpeAnnual, sharpe)}">${sharpe}</td><td class="${toneOf(totalReturnRatio, earned)}">${earned}</td><td>${percent(-maxDrawdownRatio)}</td><td>${whole(trades)}</td></tr>`;
  });
  return html`<section class="card"><div class="above"><h2>Windows</h2><p class="note">Sharpe ratios of a year; each window begins with the starting cash.${overall.windowsOpenAtEnd === 0 ? '' : ` ${exitsLeftOut(overall)}.`}</p></div>
<div class="scroll"><table class="figures"><thead><tr>${head('#')}${head('Traded from', true)}${head('to', true)}${head('Chosen in training', true)}${head('In training')}${isSwept ? head('Screened after') : undefined}${head('Traded')}${head('Return')}${head('Drawdown')}${head('Trades')}</tr></thead><tbody>${rows}</tbody></table></div>
</section>`;
}

/** What is written as nothing has no colour. */
function toneOf(value: number | null, written: string): string {
  if (value === null || !/[1-9]/.test(written)) return '';
  return value > 0 ? 'up' : 'down';
}

function monthsOf(windows: readonly WindowResult[]): Parameters<typeof monthTable>[0] {
  const day = Float64Array.from(windows.flatMap(({ days }) => days));
  const equity = equityOf(windows.flatMap(({ returns }) => returns)).subarray(1);
  const daily = { day, time: day, equity };
  return { months: monthlyReturns(daily, 1), years: yearlyReturns(daily, 1) };
}

function againSection({ words, folder, dataFingerprint, buildHash, result }: WalkForwardPage): Markup {
  const { commission, slippage } = result.overall;
  const rows: readonly (readonly [string, string])[] = [
    ['Kept in', folder],
    ['Data fingerprint', dataFingerprint],
    ['Build', buildHash],
  ];
  const free =
    commission + slippage === 0 && result.overall.trades > 0
      ? html`<p class="note">Nothing was paid for trading. No venue is like that: see the assumptions.</p>`
      : html`<p class="note">Paid for trading: ${money(commission + slippage)}.</p>`;
  return html`<section class="card"><h2>Again</h2>
<p>The same words give the same result; what is kept of it is not made anew:</p>
<pre><code>npx --no interlock walk-forward ${shellWords(words)}</code></pre>
${free}
<dl class="hashes">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</section>`;
}

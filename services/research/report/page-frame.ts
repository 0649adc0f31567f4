import type { PageAssets } from '../../../infra/report-page/page-assets.ts';
import type { Verdict } from './honesty.ts';
import { html, jsonMarkup, Markup } from './markup.ts';
import { type Figure, percent } from './wording.ts';

/** What a report says, and what its charts are drawn from. */
export interface FramedPage {
  readonly title: string;
  readonly main: Markup;
  /** What nobody may take it for. */
  readonly caution: string;
  readonly data: unknown;
}

/** One file that opens anywhere, and asks the network for nothing: its own policy forbids it. */
export function framedPage({ title, main, caution, data }: FramedPage, assets: PageAssets): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${assets.chartScriptHash}' 'sha256-${assets.pageScriptHash}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(assets.style)}</style>
</head>
<body>
<main>
${main}
</main>
<footer>
<p>Made by Interlock. Times are UTC; days, months and years are those of New York. The charts are drawn by TradingView Lightweight Charts™, Copyright © TradingView, Inc., <a href="https://www.tradingview.com/" rel="noreferrer">tradingview.com</a>, under the Apache License 2.0.</p>
<p>${caution}</p>
</footer>
<script type="application/json" id="report-data">${jsonMarkup(data)}</script>
<script>${new Markup(assets.chartScript)}</script>
<script>${new Markup(assets.pageScript)}</script>
</body>
</html>
`.text;
}

/** What comes first, and what follows it in smaller figures. */
export function tilesSection(first: readonly Markup[], second: readonly Markup[]): Markup {
  return html`<section class="headline" aria-label="Headline figures"><div class="tiles large">${first}</div><div class="tiles">${second}</div></section>`;
}

export function tile(
  name: string,
  value: string,
  more: { readonly tone?: Figure; readonly note?: string } = {},
): Markup {
  const tone = typeof more.tone !== 'number' || more.tone === 0 ? '' : more.tone > 0 ? ' up' : ' down';
  const note = more.note === undefined ? undefined : html`<p class="note">${more.note}</p>`;
  return html`<div class="tile"><h3>${name}</h3><p class="value${tone}">${value}</p>${note}</div>`;
}

const marks = { holds: '✓', open: '?', fails: '✕' } as const;

/** A probability, as far as it is known, against the customary 95%. */
export interface Scale {
  readonly name: string;
  readonly value: Figure;
}

export function verdictCard(verdict: Verdict, scales: readonly Scale[]): Markup {
  return html`<section class="card verdict ${verdict.level}" aria-labelledby="verdict">
<div><h2 id="verdict"><span class="mark" aria-hidden="true">${marks[verdict.level]}</span> ${verdict.headline}</h2>
${verdict.sentences.map((sentence) => html`<p>${sentence}</p>`)}</div>
<div class="scales">${scales.map(scaleMarkup)}<p class="note">Probabilistic and deflated Sharpe ratio (Bailey and López de Prado); the mark is at 95%. Attempts are counted in this data folder alone: what was tried elsewhere makes the true figure lower.</p></div>
</section>`;
}

function scaleMarkup({ name, value }: Scale): Markup {
  const width = typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 200) : 0;
  return html`<div class="scale"><span>${name}</span><svg viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="200" height="6" y="4" rx="3"/><rect class="fill" width="${width}" height="6" y="4" rx="3"/><rect class="bar" x="189" width="2" height="14"/></svg><b>${percent(value)}</b></div>`;
}

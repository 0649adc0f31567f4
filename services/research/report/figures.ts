import type { ClosedTrade } from '../backtest/backtest-result.ts';
import { type Histogram, roundWidth } from './histogram.ts';
import { html, type Markup } from './markup.ts';
import { whole } from './wording.ts';

const size = { width: 480, height: 230, left: 62, right: 14, top: 14, bottom: 34 } as const;
const plotWidth = size.width - size.left - size.right;
const plotHeight = size.height - size.top - size.bottom;
const bottom = size.top + plotHeight;

interface Axis {
  readonly from: number;
  readonly to: number;
}

type Write = (value: number) => string;

/** Bars of gains and losses; the colour repeats what the sign of the axis says. */
export function histogramFigure(
  { bins, observations, below, above }: Histogram,
  words: { readonly title: string; readonly write: Write; readonly unit: string },
): Markup {
  const [first, last] = [bins.at(0), bins.at(-1)];
  if (first === undefined || last === undefined) return html`<p class="none">Nothing to draw.</p>`;
  const x = { from: Math.min(first.from, 0), to: Math.max(last.to, 0) };
  const y = { from: 0, to: bins.reduce((most, { count }) => Math.max(most, count), 1) };
  const bars = bins.map(({ from, to, count }) => {
    const left = acrossOf(x, from);
    const top = upOf(y, count);
    const beyond =
      from === first.from && below > 0 ? ' or less' : to === last.to && above > 0 ? ' or more' : '';
    return html`<rect class="${to <= 0 ? 'loss' : 'gain'}" x="${fixed(left + 0.5)}" y="${fixed(top)}" width="${fixed(
      Math.max(acrossOf(x, to) - left - 1, 0.5),
    )}" height="${fixed(bottom - top)}"><title>${words.write(from)} to ${words.write(to)}${beyond}: ${count} of ${whole(
      observations,
    )} ${words.unit}</title></rect>`;
  });
  return figure(words.title, [
    ...horizontalLines(y, (value) => (Number.isInteger(value) ? whole(value) : '')),
    ...bars,
    ...baseLabels(x, words.write),
  ]);
}

/** Worst against best that each trade ever stood at: what a stop or a target would have met. */
export function excursionFigure(
  trades: readonly Pick<ClosedTrade, 'adverseExcursion' | 'favorableExcursion' | 'pnl' | 'instrument'>[],
  words: { readonly title: string; readonly write: Write },
): Markup {
  if (trades.length === 0) return html`<p class="none">No trade was closed.</p>`;
  const largest = (excursionOf: (trade: (typeof trades)[number]) => number): number =>
    trades.reduce((most, trade) => Math.max(most, excursionOf(trade)), 0) || 1;
  const x = { from: 0, to: largest((trade) => -trade.adverseExcursion) * 1.04 };
  const y = { from: 0, to: largest((trade) => trade.favorableExcursion) * 1.04 };
  const dots = trades.map((trade) => {
    const [left, top] = [acrossOf(x, -trade.adverseExcursion), upOf(y, trade.favorableExcursion)];
    const title = html`<title>${trade.instrument}: worst ${words.write(trade.adverseExcursion)}, best ${words.write(
      trade.favorableExcursion,
    )}, ended at ${words.write(trade.pnl)}</title>`;
    return dotOf({ left, top }, { isGain: trade.pnl >= 0, title });
  });
  return figure(words.title, [
    ...horizontalLines(y, words.write),
    ...baseLabels(x, (value) => words.write(-value)),
    ...dots,
  ]);
}

/** Dots of two figures against each other, with the line on which both are the same. */
export function scatterFigure(
  dots: readonly { readonly x: number; readonly y: number; readonly title: string }[],
  words: { readonly title: string; readonly write: Write; readonly empty: string },
): Markup {
  if (dots.length === 0) return html`<p class="none">${words.empty}</p>`;
  const values = dots.flatMap(({ x, y }) => [x, y]);
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const margin = (most - least || 1) * 0.05;
  const both = { from: least - margin, to: most + margin };
  const [zeroX, zeroY] = [fixed(acrossOf(both, 0)), fixed(upOf(both, 0))];
  return figure(words.title, [
    ...horizontalLines(both, words.write),
    ...baseLabels(both, words.write),
    html`<line class="tick" x1="${size.left}" x2="${size.width - size.right}" y1="${zeroY}" y2="${zeroY}"/><line class="tick" x1="${zeroX}" x2="${zeroX}" y1="${size.top}" y2="${bottom}"/>`,
    html`<line class="same" x1="${fixed(acrossOf(both, both.from))}" y1="${fixed(upOf(both, both.from))}" x2="${fixed(acrossOf(both, both.to))}" y2="${fixed(upOf(both, both.to))}"/>`,
    ...dots.map(({ x, y, title }) =>
      dotOf(
        { left: acrossOf(both, x), top: upOf(both, y) },
        { isGain: y >= 0, title: html`<title>${title}</title>` },
      ),
    ),
  ]);
}

/** Shape as well as colour: gains are dots, losses crosses. */
function dotOf(
  { left, top }: { readonly left: number; readonly top: number },
  { isGain, title }: { readonly isGain: boolean; readonly title: Markup },
): Markup {
  return isGain
    ? html`<circle class="gain" cx="${fixed(left)}" cy="${fixed(top)}" r="3">${title}</circle>`
    : html`<path class="loss-line" d="M${fixed(left - 3)} ${fixed(top - 3)}l6 6m0-6l-6 6">${title}</path>`;
}

function figure(title: string, parts: readonly Markup[]): Markup {
  return html`<svg class="figure" role="img" viewBox="0 0 ${size.width} ${size.height}" aria-label="${title}">${parts}</svg>`;
}

function horizontalLines(axis: Axis, write: Write): readonly Markup[] {
  return labelled(axis, write).map(({ value, text }) => {
    const y = fixed(upOf(axis, value));
    return html`<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${y}" y2="${y}"/><text x="${
      size.left - 6
    }" y="${y}" dy="0.32em" text-anchor="end">${text}</text>`;
  });
}

function baseLabels(axis: Axis, write: Write): readonly Markup[] {
  return labelled(axis, write).map(({ value, text }) => {
    const x = fixed(acrossOf(axis, value));
    return html`<line class="tick" x1="${x}" x2="${x}" y1="${bottom}" y2="${bottom + 4}"/><text x="${x}" y="${bottom + 22}" text-anchor="middle">${text}</text>`;
  });
}

/** What is written the same as its neighbour, or not at all, says nothing. */
function labelled(axis: Axis, write: Write): readonly { readonly value: number; readonly text: string }[] {
  return ticksOf(axis, 4)
    .map((value) => ({ value, text: write(value) }))
    .filter(({ text }, place, all) => text !== '' && text !== all[place - 1]?.text);
}

function ticksOf({ from, to }: Axis, countMax: number): readonly number[] {
  const step = roundWidth((to - from) / countMax);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

function acrossOf({ from, to }: Axis, value: number): number {
  return size.left + ((value - from) / (to - from)) * plotWidth;
}

function upOf({ from, to }: Axis, value: number): number {
  return bottom - ((value - from) / (to - from)) * plotHeight;
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

import type { BacktestResult } from '../backtest/backtest-result.ts';
import { html, type Markup } from './markup.ts';
import { rejectionsOf } from './rejections.ts';
import type { ReportedRun } from './report-facts.ts';
import { counted, shellWords, spaced, timeOf, whole } from './wording.ts';

/** The order machine's names in the order in which an order meets them; others follow. */
const lifeOfAnOrder = [
  'staged',
  'approved',
  'submitting',
  'working',
  'partiallyFilled',
  'filled',
  'resolved',
];

export function ordersSection({ orders, denials, refusals = {}, outcomes }: BacktestResult): Markup {
  const names = [...lifeOfAnOrder.filter((name) => orders[name] !== undefined), ...otherNames(orders)];
  const most = names.reduce((largest, name) => Math.max(largest, orders[name] ?? 0), 1);
  const bars = names.map((name) => {
    const count = orders[name] ?? 0;
    const width = Math.round((count / most) * 1_000) / 10;
    return html`<div class="step"><span>${spaced(name)}</span><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="fill" width="${width}" height="10"/></svg><b>${whole(count)}</b></div>`;
  });
  const funnel =
    bars.length === 0
      ? html`<p class="none">No order was sent.</p>`
      : html`<div class="funnel">${bars}</div><p class="note">How many orders ever entered each state.</p>`;
  const reasons = html`${reasonList(denials) ?? html`<p class="none">Risk denied nothing.</p>`}${told(
    'Rejected by the venue',
    rejectionsOf(outcomes),
  )}${told('Asked for, and no order could be made of it', refusals)}`;
  return html`<div class="pair"><section class="card"><h2>Orders</h2>${funnel}</section><section class="card"><h2>Denials</h2>${reasons}</section></div>`;
}

function told(title: string, counts: Readonly<Record<string, number>>): Markup | undefined {
  const list = reasonList(counts);
  return list && html`<h3>${title}</h3>${list}`;
}

function reasonList(counts: Readonly<Record<string, number>>): Markup | undefined {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (sorted.length === 0) return undefined;
  return html`<dl>${sorted.map(([code, count]) => html`<div><dt>${code.includes(' ') ? code : html`<code>${code}</code>`}</dt><dd>${whole(count)}</dd></div>`)}</dl>`;
}

function otherNames(orders: BacktestResult['orders']): readonly string[] {
  return Object.keys(orders).filter((name) => !lifeOfAnOrder.includes(name));
}

const shownOpen = ['paperVenue', 'strategies', 'limits'];
const groupTitles: Readonly<Record<string, string>> = {
  paperVenue: 'Fills and frictions',
  strategies: 'Strategies',
  limits: 'Limits',
  killSwitches: 'Kill switches',
  feed: 'Data',
  approval: 'Approval',
};

/** Everything that the run was told, so that a reader sees under which conditions the figures were earned. */
export function assumptionsSection({
  inputs,
}: {
  readonly inputs: Pick<BacktestResult['inputs'], 'profile'>;
}): Markup {
  const { profile } = inputs;
  const entries = typeof profile === 'object' && profile !== null ? Object.entries(profile) : [];
  const groups = entries.filter(([, value]) => typeof value === 'object' && value !== null);
  const single = entries.filter(([, value]) => typeof value !== 'object' || value === null);
  const rank = (name: string): number =>
    shownOpen.includes(name) ? shownOpen.indexOf(name) : shownOpen.length;
  const parts = [...groups]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, value]) => group(groupTitles[name] ?? spaced(name), flat(value), shownOpen.includes(name)));
  return html`<section class="card"><h2>Assumptions</h2><div class="assumptions">${parts}${group(
    'General',
    single.map(([name, value]) => [name, String(value)] as const),
    false,
  )}</div><p class="note">Not charged: interest on borrowed cash, and fees for borrowing what is sold short. Idle cash earns nothing. Dividends are in the equity, and in no figure of a trade.</p></section>`;
}

type Row = readonly [name: string, value: string];

function group(title: string, rows: readonly Row[], isOpen: boolean): Markup | undefined {
  if (rows.length === 0) return undefined;
  const list = rows.map(([name, value]) => html`<div><dt>${spaced(name)}</dt><dd>${value}</dd></div>`);
  return isOpen
    ? html`<details open><summary>${title.charAt(0).toUpperCase()}${title.slice(1)}</summary><dl>${list}</dl></details>`
    : html`<details><summary>${title.charAt(0).toUpperCase()}${title.slice(1)}</summary><dl>${list}</dl></details>`;
}

/** `{ a: { b: 1 } }` as `a b`: 1. Lists of plain values stay together. */
function flat(value: unknown, path: readonly string[] = []): readonly Row[] {
  if (typeof value !== 'object' || value === null) return [[path.join(' '), String(value)]];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) {
    return [[path.join(' '), value.join(', ')]];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const isOnlyItem = Array.isArray(value) && value.length === 1;
    return flat(item, isOnlyItem ? path : [...path, key]);
  });
}

function curveText({ time, thinned }: ReportedRun['result']['equity']): string {
  if (thinned === undefined) return counted(time.length, 'row');
  const seconds = counted(thinned.stepUs / 1e6, 'second');
  return `${whole(time.length)} rows kept of ${whole(thinned.rows)}: of each ${seconds} of a session day its close, highest and lowest equity, deepest drawdown, greatest exposure and least cash`;
}

export function reproductionSection({ id, madeAt, arguments: words, result }: ReportedRun): Markup {
  const { inputs } = result;
  const rows: readonly Row[] = [
    ['Made', timeOf(Date.parse(madeAt) * 1_000)],
    ['Seed', String(inputs.seed)],
    ['State hash (every order event)', result.stateHash],
    ['Data fingerprint', inputs.dataFingerprint],
    ['Build', inputs.buildHash],
    ['Speed', `${whole(result.barsPerSecond)} bars a second, ${counted(result.bars, 'bar')}`],
    ['Equity curve', curveText(result.equity)],
  ];
  const reproduce =
    result.ended === 'complete'
      ? html`<p>The same run, compared hash by hash with this one:</p>
<pre><code>npx --no interlock report reproduce ${shellWords([id])}</code></pre>`
      : html`<p>It was interrupted, so that it cannot be compared hash by hash.</p>`;
  return html`<section class="card"><h2>Again</h2>
${reproduce}
<p>As it was typed:</p>
<pre><code>npx --no interlock backtest ${shellWords(words)}</code></pre>
<dl class="hashes">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</section>`;
}

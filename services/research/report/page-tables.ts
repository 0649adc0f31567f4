import { html, type Markup } from './markup.ts';
import type { ReportFacts } from './report-facts.ts';
import { dayOf, percent, span } from './wording.ts';

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** From here on a month is drawn in full colour; one wild month must not bleach all others. */
const fullColourRatio = 0.1;
const colourSteps = 8;

/** Years down, months across; the figure says what the colour says. */
export function monthTable({ months, years }: Pick<ReportFacts, 'months' | 'years'>): Markup {
  if (months.length === 0) return html``;
  const returns = new Map(months.map(({ year, month, returnRatio }) => [`${year}-${month}`, returnRatio]));
  const rows = years.map(({ year, returnRatio }) => {
    const cells = monthNames.map((_, index) => monthCell(returns.get(`${year}-${index + 1}`)));
    return html`<tr><th class="year" scope="row">${String(year)}</th>${cells}<td class="total">${percent(returnRatio)}</td></tr>`;
  });
  const names = monthNames.map((name) => html`<th scope="col">${name}</th>`);
  return html`<section class="card"><h2>Months</h2><div class="scroll"><table class="months"><thead><tr><th class="year" scope="col">Year</th>${names}<th scope="col">All</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function monthCell(value: number | undefined): Markup {
  if (value === undefined || !Number.isFinite(value)) return html`<td></td>`;
  const step = Math.ceil(Math.min(Math.abs(value) / fullColourRatio, 1) * colourSteps);
  const tone = step === 0 ? '' : `${value > 0 ? 'gain' : 'loss'}-${step}`;
  return html`<td class="${tone}">${percent(value).replace('%', '')}</td>`;
}

export function drawdownTable({ worstDrawdowns }: ReportFacts): Markup {
  // A short run has none that a tenth of a percent would show.
  const digits = worstDrawdowns.every(({ depthRatio }) => depthRatio >= 0.001) ? 1 : 2;
  const rows = worstDrawdowns.map(
    (period) =>
      html`<tr><td class="down">${percent(-period.depthRatio, { digits })}</td><td>${dayOf(period.peakTime)}</td><td>${dayOf(
        period.troughTime,
      )}</td><td>${period.recoveredTime === undefined ? 'not yet' : dayOf(period.recoveredTime)}</td><td>${span(
        period.lengthUs,
      )}</td></tr>`,
  );
  const body =
    rows.length === 0
      ? html`<p class="none">Equity never fell below its highest.</p>`
      : html`<div class="scroll"><table class="figures"><thead><tr><th scope="col">Depth</th><th scope="col">Peak</th><th scope="col">Trough</th><th scope="col">Recovered</th><th scope="col">Length</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<section class="card"><h2>Worst drawdowns</h2>${body}</section>`;
}

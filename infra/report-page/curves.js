import { amountText, element, minus, timeText } from './words.js';

const percentText = (value, digits) => `${minus((value * 100).toFixed(digits))}%`;

/**
 * What a curve is of: how it is written on its axis and in the legend, and whose colours it has. `step` is the least
 * that its axis tells apart.
 */
const kinds = {
  money: {
    axis: (value) => amountText(value, 0, 0),
    legend: (value) => amountText(value, 2, 2),
    step: 0.01,
    tone: 'signed',
    width: 2,
  },
  depth: {
    axis: (value) => percentText(value, 1),
    legend: (value) => percentText(value, 2),
    step: 0.0001,
    tone: 'loss',
    margins: { top: 0.04, bottom: 0.1 },
  },
  share: {
    axis: (value) => percentText(value, 0),
    legend: (value) => percentText(value, 0),
    step: 0.001,
    tone: 'plain',
    isStepped: true,
    margins: { top: 0.16, bottom: 0.12 },
  },
  ratio: { axis: ratioText, legend: ratioText, step: 0.01, tone: 'signed' },
  /** Of windows: what was traded in the colours of gain and loss, what training showed as a line beside it. */
  steppedRatio: { axis: ratioText, legend: ratioText, step: 0.01, tone: 'signed', isStepped: true },
  promise: { axis: ratioText, legend: ratioText, step: 0.01, tone: 'line', isStepped: true },
  /** Of these there are several, so that each bears its name. */
  parameter: {
    axis: (value) => amountText(value, 0, 6),
    legend: (value) => amountText(value, 0, 9),
    step: 0.000001,
    tone: 'line',
    isStepped: true,
    width: 2,
    isNamed: true,
    margins: { top: 0.2, bottom: 0.15 },
  },
};

function ratioText(value) {
  return minus(value.toFixed(2));
}

/** The panes of a run: equity, drawdown, exposure, Sharpe ratio. */
export function curvesOfRun({ curve, rollingSharpe, startingCash }) {
  return {
    time: curve.time,
    panes: [
      { height: 5, curves: [{ name: 'Equity', kind: 'money', base: startingCash, value: curve.equity }] },
      { height: 2, curves: [{ name: 'Drawdown', kind: 'depth', base: 0, value: curve.drawdown }] },
      { height: 1.3, curves: [{ name: 'Exposure', kind: 'share', base: 0, value: curve.exposure }] },
      { height: 1.7, curves: [{ name: 'Sharpe', kind: 'ratio', base: 0, ...rollingSharpe }] },
    ],
  };
}

/** Of a walk: equity and drawdown day by day, and what its windows chose and came to, held over their days. */
export function curvesOfWalk({ time, equity, drawdown, window, windows, parameters, startingCash }) {
  const held = (of) => window.map((place) => of(windows[place]));
  return {
    time,
    panes: [
      { height: 5, curves: [{ name: 'Equity', kind: 'money', base: startingCash, value: equity }] },
      { height: 2, curves: [{ name: 'Drawdown', kind: 'depth', base: 0, value: drawdown }] },
      {
        height: 2.6,
        curves: [
          { name: 'Sharpe traded', kind: 'steppedRatio', base: 0, value: held(({ outside }) => outside) },
          { name: 'Sharpe in training', kind: 'promise', value: held(({ inside }) => inside) },
        ],
      },
      ...parameters.map((name, place) => ({
        height: 1.2,
        curves: [{ name, kind: 'parameter', value: held(({ chosen }) => chosen[place]) }],
      })),
    ],
  };
}

/** Draws the panes, one time axis for all, and keeps the legend. `LightweightCharts` comes with the page. */
export function drawCurves({ time, panes }) {
  const place = document.getElementById('chart');
  if (time.length === 0) {
    place.textContent = 'No bar was played.';
    return;
  }
  const isIntraday = severalADay(time);
  const chart = LightweightCharts.createChart(place, {
    autoSize: true,
    layout: { attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    // Time reaches as far as the data do; a chart scrolled into emptiness helps nobody.
    timeScale: { timeVisible: isIntraday, fixLeftEdge: true, fixRightEdge: true, borderVisible: false },
    rightPriceScale: { borderVisible: false, minimumWidth: 64 },
    crosshair: { mode: LightweightCharts.CrosshairMode.Normal },
    localization: { locale: 'en-US' },
  });
  // Where nothing could be told, there is nothing to make room for.
  const told = panes.filter(({ curves }) => curves.some(({ value }) => value.some(isTold)));
  const drawn = told.flatMap(({ curves }, pane) =>
    curves.map((curve) => addCurve(chart, { time, ...curve, lastSecond: time.at(-1) }, pane)),
  );
  for (const [index, { height }] of told.entries()) chart.panes()[index]?.setStretchFactor(height);

  const colour = () => colourCurves(chart, drawn);
  colour();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', colour);
  // Paper is white whatever the screen is.
  matchMedia('print').addEventListener('change', colour);
  chart.timeScale().fitContent();
  place.addEventListener('dblclick', () => chart.timeScale().fitContent());
  const tell = legendWriter(drawn, { lastSecond: time.at(-1), isIntraday });
  chart.subscribeCrosshairMove(tell);
  tell({});
  place.dataset.drawn = 'true';
}

/** A curve that hardly moves is not drawn as if it did: of money so much of its start is seen at least. */
const leastShareSeen = 0.002;

function isTold(value) {
  return typeof value === 'number';
}

function addCurve(chart, { name, kind, base, time, value, lastSecond }, pane) {
  const { BaselineSeries, LineSeries, LineType, LineStyle } = LightweightCharts;
  const { axis, step, tone, isStepped, isNamed, width = 1, margins } = kinds[kind];
  const series = chart.addSeries(
    tone === 'line' ? LineSeries : BaselineSeries,
    {
      priceFormat: { type: 'custom', formatter: axis, minMove: step },
      lineWidth: width,
      ...(isNamed ? { title: name } : {}),
      priceLineVisible: false,
      ...(isStepped ? { lineType: LineType.WithSteps } : {}),
      ...(base === undefined ? {} : { baseValue: { type: 'price', price: base } }),
      ...(kind === 'money' ? { autoscaleInfoProvider: (own) => widened(own(), base * leastShareSeen) } : {}),
    },
    pane,
  );
  const start =
    kind === 'money'
      ? series.createPriceLine({
          price: base,
          lineWidth: 1,
          lineStyle: LineStyle.Dashed,
          axisLabelVisible: false,
        })
      : undefined;
  if (margins !== undefined) chart.priceScale('right', pane).applyOptions({ scaleMargins: margins });
  // What could not be told leaves a gap.
  series.setData(
    time.map((second, index) =>
      isTold(value[index]) ? { time: second, value: value[index] } : { time: second },
    ),
  );
  // What ended before is no more at the end.
  const last = time.at(-1) === lastSecond && isTold(value.at(-1)) ? value.at(-1) : undefined;
  series.applyOptions({ lastValueVisible: last !== undefined });
  return { name, kind, series, start, last };
}

function widened(scale, least) {
  if (scale?.priceRange == null) return scale;
  const { minValue, maxValue } = scale.priceRange;
  const lacking = Math.max(0, least - (maxValue - minValue)) / 2;
  return { ...scale, priceRange: { minValue: minValue - lacking, maxValue: maxValue + lacking } };
}

function colourCurves(chart, drawn) {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  const cross = { color: of('--soft'), labelBackgroundColor: of('--soft') };
  chart.applyOptions({
    layout: {
      background: { color: of('--card') },
      textColor: of('--soft'),
      panes: { separatorColor: of('--faint'), separatorHoverColor: of('--gain-area') },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: of('--faint') } },
    crosshair: { vertLine: cross, horzLine: cross },
  });
  const top = (line, fill) => ({ topLineColor: line, topFillColor1: fill, topFillColor2: fill });
  const base = (line, fill) => ({ bottomLineColor: line, bottomFillColor1: fill, bottomFillColor2: fill });
  const loss = base(of('--loss'), of('--loss-area'));
  const tones = {
    signed: { ...top(of('--gain'), of('--gain-area')), ...loss },
    // At its peak an equity has neither colour.
    loss: { ...top(of('--loss'), 'transparent'), ...loss },
    plain: { ...top(of('--soft'), of('--faint')), ...base(of('--soft'), 'transparent') },
    line: { color: of('--soft') },
  };
  for (const { kind, series, start } of drawn) {
    series.applyOptions(tones[kinds[kind].tone]);
    start?.applyOptions({ color: of('--soft') });
  }
}

/** Shows what is under the cross, and the end where there is no cross. */
function legendWriter(drawn, { lastSecond, isIntraday }) {
  const legend = document.getElementById('legend');
  return ({ time, seriesData }) => {
    const second = time ?? lastSecond;
    const parts = [element('b', timeText(second * 1000, isIntraday))];
    for (const { name, kind, series, last } of drawn) {
      const value = time === undefined ? last : seriesData.get(series)?.value;
      if (value === undefined) continue;
      const part = element('span', `${name} `);
      part.append(element('b', kinds[kind].legend(value)));
      parts.push(part);
    }
    legend.replaceChildren(...parts);
  };
}

const secondsADay = 86_400;
const looksAt = 1_000;

function severalADay(seconds) {
  const first = seconds.slice(0, looksAt);
  return new Set(first.map((second) => Math.floor(second / secondsADay))).size < first.length;
}

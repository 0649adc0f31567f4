import { amountText, element, minus, timeText } from './words.js';

const percentText = (value, digits) => `${minus((value * 100).toFixed(digits))}%`;

/** Draws the panes, one time axis for all, and keeps the legend. `LightweightCharts` comes with the page. */
export function drawCurves({ curve, rollingSharpe, startingCash }) {
  const place = document.getElementById('chart');
  if (curve.time.length === 0) {
    place.textContent = 'No bar was played.';
    return;
  }
  const isIntraday = severalADay(curve.time);
  const chart = LightweightCharts.createChart(place, {
    autoSize: true,
    layout: { attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    // Time reaches as far as the data do; a chart scrolled into emptiness helps nobody.
    timeScale: { timeVisible: isIntraday, fixLeftEdge: true, fixRightEdge: true, borderVisible: false },
    rightPriceScale: { borderVisible: false, minimumWidth: 64 },
    crosshair: { mode: LightweightCharts.CrosshairMode.Normal },
    localization: { locale: 'en-US' },
  });
  const series = addSeries(chart, startingCash);
  const points = (values, time) => time.map((second, index) => ({ time: second, value: values[index] }));
  for (const name of ['equity', 'drawdown', 'exposure'])
    series[name].setData(points(curve[name], curve.time));
  series.sharpe.setData(points(rollingSharpe.value, rollingSharpe.time));

  const colour = () => colourCurves(chart, series);
  colour();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', colour);
  // Paper is white whatever the screen is.
  matchMedia('print').addEventListener('change', colour);
  chart.timeScale().fitContent();
  place.addEventListener('dblclick', () => chart.timeScale().fitContent());
  const tell = legendWriter(series, { curve, rollingSharpe, isIntraday });
  chart.subscribeCrosshairMove(tell);
  tell({});
  place.dataset.drawn = 'true';
}

/** Parts of the height: equity, drawdown, exposure, Sharpe ratio. */
const paneShares = [5, 2, 1.3, 1.7];

function addSeries(chart, startingCash) {
  const { BaselineSeries, LineType, LineStyle } = LightweightCharts;
  const custom = (formatter, minMove) => ({ priceFormat: { type: 'custom', formatter, minMove } });
  const common = { lineWidth: 1, priceLineVisible: false };
  const from = (price) => ({ baseValue: { type: 'price', price } });
  const percent = custom((value) => percentText(value, 1), 0.0001);
  const equity = chart.addSeries(BaselineSeries, {
    ...common,
    ...from(startingCash),
    ...custom((value) => amountText(value, 0, 0), 0.01),
    lineWidth: 2,
  });
  const start = equity.createPriceLine({
    price: startingCash,
    lineWidth: 1,
    lineStyle: LineStyle.Dashed,
    axisLabelVisible: false,
  });
  const drawdown = chart.addSeries(BaselineSeries, { ...common, ...from(0), ...percent }, 1);
  const share = custom((value) => percentText(value, 0), 0.001);
  const exposure = chart.addSeries(
    BaselineSeries,
    { ...common, ...from(0), ...share, lineType: LineType.WithSteps },
    2,
  );
  chart.priceScale('right', 1).applyOptions({ scaleMargins: { top: 0.04, bottom: 0.1 } });
  chart.priceScale('right', 2).applyOptions({ scaleMargins: { top: 0.16, bottom: 0.12 } });
  const ratio = custom((value) => minus(value.toFixed(2)), 0.01);
  const sharpe = chart.addSeries(BaselineSeries, { ...common, ...from(0), ...ratio }, 3);
  for (const [index, height] of paneShares.entries()) chart.panes()[index]?.setStretchFactor(height);
  return { equity, start, drawdown, exposure, sharpe };
}

function colourCurves(chart, series) {
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
  const gain = top(of('--gain'), of('--gain-area'));
  const loss = base(of('--loss'), of('--loss-area'));
  series.equity.applyOptions({ ...gain, ...loss });
  series.sharpe.applyOptions({ ...gain, ...loss });
  series.start.applyOptions({ color: of('--soft') });
  // At its peak an equity has neither colour.
  series.drawdown.applyOptions({ ...top(of('--loss'), 'transparent'), ...loss });
  series.exposure.applyOptions({ ...top(of('--soft'), of('--faint')), ...base(of('--soft'), 'transparent') });
}

/** Shows what is under the cross, and the end where there is no cross. */
function legendWriter(series, { curve, rollingSharpe, isIntraday }) {
  const legend = document.getElementById('legend');
  const rows = [
    ['Equity', series.equity, curve.equity.at(-1), (value) => amountText(value, 2, 2)],
    ['Drawdown', series.drawdown, curve.drawdown.at(-1), (value) => percentText(value, 2)],
    ['Exposure', series.exposure, curve.exposure.at(-1), (value) => percentText(value, 0)],
    ['Sharpe', series.sharpe, rollingSharpe.value.at(-1), (value) => minus(value.toFixed(2))],
  ];
  return ({ time, seriesData }) => {
    const second = time ?? curve.time.at(-1);
    const parts = [element('b', timeText(second * 1000, isIntraday))];
    for (const [name, drawn, last, write] of rows) {
      const value = time === undefined ? last : seriesData.get(drawn)?.value;
      if (value === undefined) continue;
      const part = element('span', `${name} `);
      part.append(element('b', write(value)));
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

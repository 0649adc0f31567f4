import { curvesOfRun, curvesOfWalk, drawCurves } from './curves.js';
import { fillTrades } from './trades.js';

const data = JSON.parse(document.getElementById('report-data').textContent);
if (data.trades !== undefined) fillTrades(data.trades);
drawCurves(data.walk === undefined ? curvesOfRun(data) : curvesOfWalk(data.walk));

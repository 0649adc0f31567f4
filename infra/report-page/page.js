import { drawCurves } from './curves.js';
import { fillTrades } from './trades.js';

const data = JSON.parse(document.getElementById('report-data').textContent);
fillTrades(data.trades);
drawCurves(data);

import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { textAt } from '../json-value.ts';
import { monitorUrlOf, readMonitor } from '../monitor-client.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** What an operator needs at three in the morning, on one screen. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const status = await readMonitor(monitorUrlOf(given), '/status');
  const of = (...path: readonly string[]): string => textAt(status, ...path) || '-';
  const mode = of('tradingState');
  const currency = of('currency');
  terminal.result(status, [
    `trading   ${terminal.colour(mode === 'active' ? 'green' : 'red', mode.toUpperCase())}  ${textAt(status, 'reasons')}`,
    `switches  latched: ${of('latchedSwitches')}`,
    `market    ${of('marketTime')}  feed ${of('feed', 'state')}, market ${of('feed', 'market')}, ${of('feed', 'ticks')} ticks`,
    `account   equity ${of('equity')} ${currency}, cash ${of('cash')}, realized ${of('realizedPnl')}, unrealized ${of('unrealizedPnl')}, fees ${of('fees')}`,
    `venue     reconciled: ${of('reconciled')}`,
    `orders    ${of('openOrders')} open; ${of('ordersByState')}`,
    `services  ${of('services')}`,
    `alerts    ${of('criticalAlerts')} critical; newest: ${of('newestAlert', 'text')}`,
  ]);
  return exitCodes.success;
}

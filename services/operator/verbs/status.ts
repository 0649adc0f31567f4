import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { durationText } from '../acts/approval-lines.ts';
import { arrayAt, textAt, valueAt } from '../json-value.ts';
import { monitorUrlOf, readMonitor } from '../monitor-client.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';
import { visible } from '../visible-text.ts';

/** What an operator needs at three in the morning, on one screen. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const status = await readMonitor(monitorUrlOf(given), '/status');
  terminal.result(status, statusLines(status, terminal));
  return exitCodes.success;
}

export function statusLines(status: unknown, terminal: Pick<Terminal, 'colour'>): readonly string[] {
  const of = (...path: readonly string[]): string => visible(textAt(status, ...path)) || '-';
  const mode = of('tradingState');
  const currency = of('currency');
  const differences = arrayAt(status, 'differences');
  return [
    `trading   ${terminal.colour(mode === 'active' ? 'green' : 'red', mode.toUpperCase())}  ${visible(textAt(status, 'reasons'))}`,
    `switches  latched: ${of('latchedSwitches')}`,
    ...arrayAt(status, 'trippedSwitches').flatMap((row) => switchLines(row, differences.length > 0)),
    ...arrayAt(status, 'approvals').map(approvalLine),
    ...arrayAt(status, 'exits').map(exitLine),
    `market    ${of('marketTime')}  feed ${of('feed', 'state')}, market ${of('feed', 'market')}, ${of('feed', 'ticks')} ticks`,
    `account   equity ${of('equity')} ${currency}, cash ${of('cash')}, realized ${of('realizedPnl')}, unrealized ${of('unrealizedPnl')}, fees ${of('fees')}`,
    `venue     reconciled: ${of('reconciled')}`,
    ...differenceLines(differences),
    `orders    ${of('openOrders')} open; ${of('ordersByState')}`,
    `services  ${of('services')}`,
    `alerts    ${of('criticalAlerts')} critical; newest: ${of('newestAlert', 'text')}`,
  ];
}

/** Why it tripped, and how it ends. */
function switchLines(row: unknown, differs: boolean): readonly string[] {
  const of = (name: string): string => visible(textAt(row, name));
  const figures = of('value') === '' ? '' : ` (${of('value')} against ${of('threshold')})`;
  const why = [of('source'), of('reason')].filter((part) => part !== '').join(': ');
  const first =
    differs && of('name') === 'reconciliationBreak' ? 'npx --no interlock reconcile, and then ' : '';
  const verb = of('action') === 'pause' ? 'resume' : 'reset';
  return [
    `  TRIPPED ${of('name')}, ${of('action')} ${of('scope')}, by ${why || 'nobody known'}${figures}; cancels ${of('confirmation')}`,
    `    ends with: ${first}npx --no interlock ${verb} ${of('name')}`,
  ];
}

/** Trading holds until books and venue agree, or a person takes over what the venue says. */
function differenceLines(differences: readonly unknown[]): readonly string[] {
  if (differences.length === 0) return [];
  return [
    ...differences.map((text) => `  DIFFERS ${visible(String(text))}`),
    '    ends with: npx --no interlock reconcile',
  ];
}

function approvalLine(row: unknown): string {
  const of = (name: string): string => visible(textAt(row, name));
  const price = of('limitPrice') || of('stopPrice');
  const what = `${of('side').toUpperCase()} ${of('quantity')} ${of('instrument')}${price === '' ? '' : ` @ ${price}`}`;
  const waited = durationText(Number(valueAt(row, 'waitedSeconds')) * 1e6);
  return `  WAITS ${what}, since ${waited}, until ${of('untilTime')}: npx --no interlock approve ${of('clientOrderId')}`;
}

function exitLine(row: unknown): string {
  const of = (name: string): string => visible(textAt(row, name));
  const trouble = of('trouble') === '' ? '' : `: ${of('trouble')} (${of('instruments')})`;
  const what = `${of('instrument') || 'everything'}${of('strategy') === '' ? '' : ` of ${of('strategy')}`}`;
  return `  EXIT ${of('state')}: ${what} in ${of('account')}, asked for by ${of('by')}${trouble}`;
}

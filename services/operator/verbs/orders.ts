import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { arrayAt, valueAt } from '../json-value.ts';
import { monitorUrlOf, readMonitor } from '../monitor-client.ts';
import { fieldLines, rowLines } from '../plain-lines.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const columns = [
  'time',
  'clientOrderId',
  'instrument',
  'side',
  'quantity',
  'filledQuantity',
  'state',
  'reasons',
];
const historyColumns = ['time', 'sequence', 'change', 'state', 'detail'];

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const url = monitorUrlOf(given);
  const order = given.operand(0);
  if (order !== undefined) {
    const answer = await readMonitor(url, `/orders/${encodeURIComponent(order)}`);
    terminal.result(answer, [
      ...fieldLines(valueAt(answer, 'order')),
      ...rowLines(historyColumns, arrayAt(answer, 'history')),
    ]);
    return exitCodes.success;
  }
  const query = new URLSearchParams();
  const state = given.text('state');
  const limit = given.wholeNumber('limit');
  if (state !== undefined) query.set('state', state);
  if (limit !== undefined) query.set('limit', String(limit));
  const answer = await readMonitor(url, `/orders?${query}`);
  terminal.result(answer, rowLines(columns, arrayAt(answer, 'orders')));
  return exitCodes.success;
}

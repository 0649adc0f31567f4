import { exitCodes } from '../../../infra/process/user-error.ts';
import { arrayAt } from '../json-value.ts';
import { monitorUrlOf, readMonitor } from '../monitor-client.ts';
import { fieldLines, rowLines } from '../plain-lines.ts';
import type { RunVerb } from '../verb.ts';

/** The columns of each list, the most telling first. */
const columns = {
  fills: ['time', 'instrument', 'side', 'quantity', 'price', 'fees', 'clientOrderId'],
  positions: ['account', 'instrument', 'quantity', 'averagePrice', 'mark', 'unrealizedPnl', 'realizedPnl'],
  switches: ['name', 'level', 'action', 'scope', 'confirmation', 'source', 'reason'],
} as const;

/** A verb that shows what the monitor has under the path of its own name. */
export function runListing(name: 'fills' | 'positions' | 'account' | 'switches'): RunVerb {
  return async (given, terminal) => {
    const answer = await readMonitor(monitorUrlOf(given), `/${name}`);
    const lines = name === 'account' ? fieldLines(answer) : rowLines(columns[name], arrayAt(answer, name));
    terminal.result(answer, lines);
    return exitCodes.success;
  };
}

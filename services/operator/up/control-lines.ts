import type { ReconciliationEvent } from '../../../protos/gen/portfolio.ts';
import type { TradingState } from '../../../protos/gen/risk.ts';
import type { Alert } from '../../../protos/gen/system.ts';

/** Undefined for what need not be seen live. Kills and their confirmations are alerts too. */
export function alertLine(alert: Alert): string | undefined {
  return alert.severity === 'info'
    ? undefined
    : `${alert.severity.toUpperCase()} ${alert.service} ${alert.code}: ${alert.text}`;
}

export function reconciliationLine(event: ReconciliationEvent): string {
  if (!event.converged) return `NOT reconciled with ${event.venue}: ${event.differences.join('; ')}`;
  return `reconciled with ${event.venue}: ${event.ordersChecked} order(s) checked, ${event.fillsApplied} fill(s) applied`;
}

export function tradingStateLine(state: TradingState, before: TradingState | undefined): string | undefined {
  if (before?.mode === state.mode) return undefined;
  const from = before === undefined ? '' : `${before.mode.toUpperCase()} → `;
  // All of them are in `status`; at a start there is one a switch.
  const [first, ...others] = state.reasons;
  const more = others.length === 0 ? '' : `; ${others.length} more`;
  const why = first === undefined ? '' : ` (${first}${more})`;
  return `trading state ${from}${state.mode.toUpperCase()}${why}`;
}

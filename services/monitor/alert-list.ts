import type { Alert } from '../../protos/gen/system.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';
import type { Log } from '../kernel/log/log.ts';
import { timeFields } from './plain-fields.ts';

/** Older ones are in the log only. */
const alertsKeptMax = 500;

/** The newest alerts of all services. Kept in memory: each is in the log, which outlives the process. */
export class AlertList {
  readonly #log: Log;
  /** Oldest first. */
  readonly #alerts: { readonly alert: Alert; readonly time: TimestampUs }[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  take(alert: Alert, time: TimestampUs): void {
    this.#alerts.push({ alert, time });
    if (this.#alerts.length > alertsKeptMax) this.#alerts.shift();
    const level = ({ info: 'info', warning: 'warn', critical: 'error' } as const)[alert.severity];
    this.#log[level](alert.text, { alert: alert.code, from: alert.service, about: alert.about });
  }

  countCritical(): number {
    return this.#alerts.filter(({ alert }) => alert.severity === 'critical').length;
  }

  /** Newest first. */
  view(limit: number): readonly JsonObject[] {
    return this.#alerts
      .slice(-limit)
      .reverse()
      .map(({ alert, time }) => ({ ...timeFields(time), ...alert }));
  }
}

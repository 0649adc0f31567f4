import type { AlertSeverity } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Log } from '../kernel/log/log.ts';
import type { Market } from './market.ts';

export interface Warning {
  readonly severity: AlertSeverity;
  readonly code: string;
  readonly text: string;
  readonly about: string;
}

export type Raise = (warning: Warning) => void;

/** Tells a person, on the bus and in the log; without a bus the log has to do. */
export function createRaise({
  bus,
  log,
  market,
}: {
  readonly bus: Bus;
  readonly log: Log;
  readonly market: Market;
}): Raise {
  return (warning) => {
    log.warn(warning.text, { code: warning.code, about: warning.about });
    bus.publish({
      subject: subjects.alert.of({ severity: warning.severity }),
      message: { ...warning, service: 'risk' },
      eventTime: market.now,
    });
  };
}

import type { Alert } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';

/** Tells a person; while the bus is away the log has to do. */
export function raiseCritical(
  bus: Bus,
  eventTime: TimestampUs,
  content: Pick<Alert, 'code' | 'text' | 'about' | 'strategy'>,
): void {
  bus.publish({
    subject: subjects.alert.of({ severity: 'critical' }),
    eventTime,
    message: { severity: 'critical', service: 'strategy', ...content },
  });
}

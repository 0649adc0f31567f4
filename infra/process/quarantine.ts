import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../../protos/gen/system.ts';
import type { Bus, Malformed } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { paceWords } from './paced-words.ts';

const fileBytesMax = 16 * 1024 * 1024;
const alertIntervalUs = 1_000_000;

export interface Quarantine {
  count(): number;
}

/**
 * Where messages go that could not be read: one JSON line each in `quarantine/<service>.jsonl` (one older file is
 * kept), counted in the heartbeat, alerted at most once a second with the count since.
 */
export function createQuarantine(options: {
  readonly service: string;
  readonly dataFolder: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}): Quarantine {
  const folder = join(options.dataFolder, 'quarantine');
  const file = join(folder, `${options.service}.jsonl`);
  mkdirSync(folder, { recursive: true });
  let total = 0;

  const alert = paceWords<Malformed>({ clock: options.clock, intervalUs: alertIntervalUs }, (last, count) => {
    options.log.warn('a message was quarantined', { ...describe(last), since: count });
    const severity = 'warning';
    const result = options.bus.publish({
      subject: subjects.alert.of({ severity }),
      eventTime: options.clock.wallUs(),
      message: {
        severity,
        service: options.service,
        code: 'MESSAGE_QUARANTINED',
        text: `${count} unreadable message(s), the last on ${last.subject}: ${last.detail}`,
        about: last.subject,
      } satisfies Alert,
    });
    return result.ok;
  });
  options.bus.onMalformed((malformed) => {
    total += 1;
    keep(malformed);
    alert(malformed);
  });
  return { count: () => total };

  function keep(malformed: Malformed): void {
    if (existsSync(file) && statSync(file).size > fileBytesMax) renameSync(file, `${file}.1`);
    appendFileSync(file, `${JSON.stringify({ time: options.clock.wallUs(), ...describe(malformed) })}\n`);
  }
}

function describe(malformed: Malformed): Record<string, unknown> {
  const { bytes, ...rest } = malformed;
  return { ...rest, bytes: Buffer.from(bytes).toString('base64') };
}

import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import type { NatsBus, Refused } from '../nats/nats-bus.ts';
import { paceWords } from './paced-words.ts';

const alertIntervalUs = 1_000_000;

/**
 * Says what the bus would not do: a message that NATS did not let us publish, which is a wrong set of permissions, or a
 * request that wants its answer sent to no inbox, which is an attempt at having us speak for somebody else. Each is
 * counted, logged and alerted, at most once a second of a kind with the count since.
 */
export function watchRefusals(options: {
  readonly service: string;
  readonly bus: NatsBus;
  readonly clock: Clock;
  readonly log: Log;
}): void {
  const { service, bus, clock, log } = options;
  const pace = { clock, intervalUs: alertIntervalUs };
  const say = (refused: Refused, count: number): boolean => {
    const { code, text } = described(refused, count);
    log.error(text, { code, subject: refused.subject, count });
    const severity = 'critical';
    const result = bus.publish({
      subject: subjects.alert.of({ severity }),
      eventTime: clock.wallUs(),
      message: { severity, service, code, text, about: refused.subject },
    });
    return result.ok;
  };
  const alert = {
    notAllowedToPublish: paceWords(pace, say),
    answerToNoInbox: paceWords(pace, say),
  };
  bus.onRefused((refused) => alert[refused.kind](refused));
}

function described(
  { kind, subject }: Refused,
  count: number,
): { readonly code: string; readonly text: string } {
  switch (kind) {
    case 'notAllowedToPublish':
      return {
        code: 'PUBLISH_REFUSED',
        text: `${count} message(s) were not published, for NATS does not allow it, the last on ${subject}: give the server the permissions of this version`,
      };
    case 'answerToNoInbox':
      return {
        code: 'ANSWER_TO_NO_INBOX',
        text: `${count} request(s) that wanted their answer sent to a subject of the system were ignored, the last on ${subject}`,
      };
  }
}

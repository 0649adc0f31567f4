import type { JournalPage } from '../../protos/gen/system.ts';
import type { Bus, RequestResult } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { Checkpoint } from '../kernel/projection/projection-store.ts';

const answerTimeoutUs = 2_000_000;
const retryUs = 500_000;

/**
 * Asks execution, until it answers, whether its journal still holds the row of the checkpoint. It does not after its
 * folder was wiped, or an older backup was restored.
 */
export function checkCheckpoint(
  ports: { readonly bus: Bus; readonly clock: Clock },
  checkpoint: Checkpoint,
  done: (isHeld: boolean) => void,
): StopTimer {
  const { bus, clock } = ports;
  let stopped = false;
  let stopRetry: StopTimer = () => {};
  ask();
  return () => {
    stopped = true;
    stopRetry();
  };

  function ask(): void {
    bus.request(
      {
        subject: subjects.journalQuery.of({ service: 'execution' }),
        message: { fromSequence: checkpoint.sequence, limit: 1 },
        eventTime: clock.wallUs(),
        reply: subjects.journalPage.matching({}),
        timeoutUs: answerTimeoutUs,
      },
      takeAnswer,
    );
  }

  function takeAnswer(result: RequestResult<JournalPage>): void {
    if (stopped) return;
    if (result.ok) done(holds(result.reply.message, checkpoint));
    else stopRetry = clock.after(retryUs, ask);
  }
}

function holds({ ledgerId, records }: JournalPage, checkpoint: Checkpoint): boolean {
  const [record] = records;
  return (
    ledgerId === checkpoint.ledgerId &&
    record?.sequence === checkpoint.sequence &&
    record.hash === checkpoint.hash
  );
}

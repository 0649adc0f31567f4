import type { Client } from '../../../infra/client/open-client.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { JournalPage, JournalRecord } from '../../../protos/gen/system.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';

const rowsPerPage = 500;
const answerTimeoutUs = 3_000_000;

/** One row of execution's journal, from execution itself; undefined when there is no such row. */
export async function readRecord(client: Client, sequence: number): Promise<JournalRecord | undefined> {
  const { records } = await requestPage(client, { fromSequence: sequence, limit: 1 });
  return records.find((record) => record.sequence === sequence);
}

/** Every row of execution's journal, from execution itself, oldest first. */
export async function* readRecords(client: Client): AsyncGenerator<JournalRecord, void> {
  let next = 1;
  for (;;) {
    const { records, headSequence } = await requestPage(client, { fromSequence: next, limit: rowsPerPage });
    yield* records;
    const last = records.at(-1);
    if (last === undefined || last.sequence >= headSequence) return;
    next = last.sequence + 1;
  }
}

/** The newest row of this type behind row `after`, from execution itself; read from the end. */
export async function readNewestRecord(
  client: Client,
  { type, after }: { readonly type: string; readonly after: number },
): Promise<JournalRecord | undefined> {
  const { headSequence } = await requestPage(client, { fromSequence: 1, limit: 1 });
  for (let end: number = headSequence; end > after; end -= rowsPerPage) {
    let newest: JournalRecord | undefined;
    let next = Math.max(after + 1, end - rowsPerPage + 1);
    while (next <= end) {
      const { records } = await requestPage(client, { fromSequence: next, limit: end - next + 1 });
      const last = records.at(-1);
      if (last === undefined) break;
      newest = records.findLast((record) => record.type === type) ?? newest;
      next = last.sequence + 1;
    }
    if (newest !== undefined) return newest;
  }
  return undefined;
}

function requestPage(
  { bus, clock }: Client,
  query: { readonly fromSequence: number; readonly limit: number },
): Promise<JournalPage> {
  const { promise, resolve, reject } = Promise.withResolvers<JournalPage>();
  bus.request(
    {
      subject: subjects.journalQuery.of({ service: 'execution' }),
      message: { fromSequence: brandOf.sequence(query.fromSequence), limit: query.limit },
      eventTime: clock.wallUs(),
      reply: subjects.journalPage.matching({}),
      timeoutUs: answerTimeoutUs,
    },
    (result) => {
      if (result.ok) return resolve(result.reply.message);
      reject(
        new UserError(
          exitCodes.unavailable,
          `execution does not show its journal (${result.code}): see "npx --no interlock health execution".`,
        ),
      );
    },
  );
  return promise;
}

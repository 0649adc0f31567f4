import type { Client } from '../../../infra/client/open-client.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { AcceptDifferences, type ReconciliationEvent } from '../../../protos/gen/portfolio.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import {
  type OpenDifferences,
  pricesTyped,
  readOpenDifferences,
  shortDigest,
  tellDifferences,
  unpriced,
} from '../acts/open-differences.ts';
import { perform } from '../acts/perform.ts';
import { reportFailure } from '../acts/refusal.ts';
import { learnCircumstances, sealerOf, typist } from '../acts/sealing.ts';
import { knownMonitorUrl } from '../monitor-client.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';
import { visible } from '../visible-text.ts';

const digestCharactersMin = 8;

/** Shows where books and venue differ; with `--accept` signs that the books take over what the venue says. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const typed = given.text('accept');
  const reason = given.text('reason')?.trim() ?? '';
  if (typed !== undefined && reason === '') {
    throw new UserError(exitCodes.usage, 'say why with --reason <text>: it is kept in the journal.');
  }
  const prices = pricesTyped(given.text('price'));
  const client = await connectToSystem(given);
  try {
    const open = await readOpenDifferences(client, knownMonitorUrl(given), prices);
    if (typed === undefined) {
      const { now } = await learnCircumstances(client);
      tellDifferences(open, now, terminal);
      return exitCodes.success;
    }
    return await accept(client, { given, terminal, open, typed, reason });
  } finally {
    await client.close();
  }
}

interface Request {
  readonly given: Given;
  readonly terminal: Terminal;
  readonly open: OpenDifferences;
  /** The beginning of the digest, as a person has read it. */
  readonly typed: string;
  readonly reason: string;
}

async function accept(client: Client, { given, terminal, open, typed, reason }: Request): Promise<ExitCode> {
  const { account, digest, prices } = open;
  const sealer = await sealerOf(client, given);
  const act = { act: 'reconcile', account, digest: shortDigest(digest), keyId: sealer.signer.keyId };
  const isMeant = typed.length >= digestCharactersMin && hexOf(digest).startsWith(typed.toLowerCase());
  if (!open.converged && !isMeant) {
    tellDifferences(open, sealer.circumstances.now, terminal);
    return reportFailure(terminal, act, refusedHere);
  }
  const missing = unpriced(open);
  if (missing.length > 0) {
    const names = missing.map((name) => `${visible(name)}=<price>`).join();
    const text = `no price is known at which to book it: add --price ${names}.`;
    throw new UserError(exitCodes.usage, text);
  }
  const message = sealer.seal<AcceptDifferences>(AcceptDifferences, (seal) => ({
    ...{ account, digest, prices, reason },
    requestedBy: typist(),
    seal,
  }));
  let isAccepted = false;
  const outcome = await perform<AcceptDifferences, ReconciliationEvent>(
    client,
    { subject: subjects.acceptDifferences.of({ account }), message },
    ({ hear, hearAccepted, answer }) => {
      hearAccepted(() => {
        isAccepted = true;
      });
      // What is compared after it was booked says whether that was all.
      hear(subjects.settlement.matching({ account }), ({ message: event }) => {
        if (isAccepted) answer(event);
      });
    },
  );
  if (outcome.kind !== 'answered' && !isAccepted) {
    if (outcome.kind === 'refused' && outcome.code === refusedHere.code) {
      const now = await readOpenDifferences(client, undefined, prices);
      tellDifferences(now, sealer.circumstances.now, terminal);
    }
    return reportFailure(terminal, act, outcome);
  }
  const after = outcome.kind === 'answered' ? outcome.answer : undefined;
  return tellAccepted(terminal, { act, count: open.texts.length, after });
}

const refusedHere = {
  kind: 'refused',
  by: 'this command',
  code: 'OTHER_DIFFERENCES',
  detail: 'the digest is not of what execution tells now',
} as const;

function tellAccepted(
  terminal: Terminal,
  accepted: {
    readonly act: object;
    readonly count: number;
    /** The comparison behind it; undefined when none was heard in time. */
    readonly after: ReconciliationEvent | undefined;
  },
): ExitCode {
  const { act, count, after } = accepted;
  const converged = after?.converged ?? null;
  const told = { ...act, done: true, accepted: count, converged, differences: after?.differences ?? [] };
  const what = `${count} difference${count === 1 ? '' : 's'} taken over from the venue`;
  if (after?.converged === true) {
    terminal.result(told, [
      `${terminal.colour('green', 'ACCEPTED')}: ${what}; books and venue agree. What has tripped stays tripped: see "npx --no interlock status".`,
    ]);
    return exitCodes.success;
  }
  const next =
    after === undefined
      ? 'the venue has not been compared since: see "npx --no interlock status"'
      : `and something differs again: ${visible(after.differences.join('; '))}; see "npx --no interlock reconcile"`;
  terminal.result(told, [`${terminal.colour('red', 'ACCEPTED, NOT OVER')}: ${what}, ${next}.`]);
  return exitCodes.failedCheck;
}

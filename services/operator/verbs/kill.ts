import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Client, openClient } from '../../../infra/client/open-client.ts';
import { killFileName } from '../../../infra/process/local-trip.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { KillTrip } from '../../../protos/gen/control.ts';
import type { KillAction } from '../../../protos/gen/order.ts';
import type { KillSwitchEvent, Scope } from '../../../protos/gen/risk.ts';
import type { Received } from '../../kernel/bus/bus.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { tripPayloadBytesMax } from '../../kernel/kill-switch/kill-trip.ts';
import { expectWithin } from '../expectation.ts';
import { dataFolderOf, identityOf, keyFolderOf, natsUrlOf, notRunning } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const source = 'cli';
/** Each journals the trip by itself; a kill that only one of them took is not reported as done. */
const witnesses = ['risk', 'execution'] as const;
type Witness = (typeof witnesses)[number];

const witnessedWithinUs = 10_000_000;
/** A trip that was lost with its server is sent again; a second one does no harm. */
const resendIntervalUs = 500_000;

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const trip: KillTrip = {
    scope: scopeOf(given.text('scope')),
    action: actionOf(given.text('action')),
    reason: given.text('reason') ?? '',
  };
  const payload = KillTrip.encode(trip);
  // The journals keep no more of it, and by its bytes the trip is recognized there.
  if (payload.length > tripPayloadBytesMax) {
    throw badOption(
      'reason',
      `a text so short that the trip fits into ${tripPayloadBytesMax} bytes`,
      trip.reason,
    );
  }
  const url = natsUrlOf(given);
  const client = url === undefined ? undefined : await connect(url, keyFolderOf(given));
  if (client === undefined) return tripByFile(given, trip, terminal);
  try {
    return report(await tripOverBus(client, payload), trip, terminal);
  } finally {
    await client.close();
  }
}

/** In a container of risk or execution there is no operator's key, and theirs may trip as well. */
const killers = ['operator', 'execution', 'risk'] as const;

async function connect(url: string, keyFolder: string): Promise<Client | undefined> {
  try {
    return await openClient({ url, name: 'operator', identity: identityOf(keyFolder, killers) });
  } catch (error) {
    // Nobody answers, or does not let us in: a kill goes the other way.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Which witnesses said that they have journaled this very trip. */
async function tripOverBus(client: Client, payload: Uint8Array): Promise<ReadonlySet<Witness>> {
  const seen = new Set<Witness>();
  const all = expectWithin<true>(client.clock, witnessedWithinUs);
  client.bus.subscribe(subjects.killSwitchEvent.matching({}), (received) => {
    const witness = witnesses.find((name) => name === received.header.producer);
    if (witness === undefined || !tellsOf(received, payload)) return;
    seen.add(witness);
    if (seen.size === witnesses.length) all.meet(true);
  });
  const send = (): void => {
    // A refusal to send needs no answer here: what counts is who has seen it.
    client.bus.publish({
      subject: subjects.killTrip.of({ source }),
      message: payload,
      eventTime: client.clock.wallUs(),
    });
  };
  const stopResending = client.clock.every(resendIntervalUs, send);
  send();
  await all.outcome;
  stopResending();
  return seen;
}

function tellsOf(received: Received<KillSwitchEvent>, payload: Uint8Array): boolean {
  const { body } = received.message;
  return (
    body?.case === 'tripped' &&
    body.value.source === `manual.${source}` &&
    Buffer.compare(body.value.payload, payload) === 0
  );
}

function report(seen: ReadonlySet<Witness>, trip: KillTrip, terminal: Terminal): ExitCode {
  const missing = witnesses.filter((witness) => !seen.has(witness));
  const isDone = missing.length === 0;
  terminal.result(
    { killed: isDone, via: 'bus', seen: [...seen], missing, scope: trip.scope, action: trip.action },
    [
      isDone
        ? `${terminal.colour('red', 'KILLED')} ${describe(trip)}: risk and execution have it in their journals. Watch the cancels with: npx --no interlock status`
        : `${terminal.colour('red', 'NOT CONFIRMED')} within ${witnessedWithinUs / 1_000_000} s by ${missing.join(' and ')}: ` +
          'the trip was sent; check with "npx --no interlock switches", or stop the processes.',
    ],
  );
  return isDone ? exitCodes.success : exitCodes.failedCheck;
}

/** Without the bus the file is the way; it stops everything, whatever scope was asked for. */
function tripByFile(given: Given, trip: KillTrip, terminal: Terminal): ExitCode {
  const dataFolder = dataFolderOf(given);
  const path = resolve(join(dataFolder, killFileName));
  try {
    mkdirSync(dataFolder, { recursive: true });
    writeFileSync(path, `${trip.reason}\n`);
  } catch (cause) {
    throw new UserError(
      exitCodes.cannotWrite,
      `${notRunning(dataFolder).message} The kill file ${path} could not be written either.`,
      { cause },
    );
  }
  terminal.result({ killed: false, via: 'file', file: path, seen: [], missing: witnesses }, [
    `${terminal.colour('red', 'NOT CONFIRMED')}: NATS cannot be reached, so the kill file ${path} was written. ` +
      'Risk and execution on this data folder stop everything on seeing it, also when they start later; remove it before a reset.',
  ]);
  return exitCodes.failedCheck;
}

function describe(trip: KillTrip): string {
  const scope = trip.scope.kind === 'all' ? 'everything' : `${trip.scope.kind} ${trip.scope.id}`;
  return `${trip.action} ${scope}`;
}

function scopeOf(text: string | undefined): Scope {
  if (text === undefined || text === 'all') return { kind: 'all', id: '' };
  const [kind, id] = text.split('=');
  if ((kind === 'strategy' || kind === 'account' || kind === 'venue') && id) return { kind, id };
  throw badOption('scope', 'all, strategy=<id>, account=<id> or venue=<id>', text);
}

function actionOf(text: string | undefined): KillAction {
  if (text === undefined || text === 'stop') return 'stop';
  if (text === 'pause') return 'pause';
  throw badOption('action', 'stop or pause', text);
}

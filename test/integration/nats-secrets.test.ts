// Aim: in a real run no secret is in a log, a journal, an argument, an environment or a sentence about an error; and
// whoever asks its services to answer somewhere else than to an inbox has them speak to nobody.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterEach, expect, it } from 'vitest';
import { openClient } from '../../infra/client/open-client.ts';
import { ensureKeys } from '../../infra/keys/key-folder.ts';
import { Envelope, JournalQuery } from '../../protos/gen/system.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { runCommand } from '../e2e/command.ts';
import { eventually } from '../system/eventually.ts';
import { processesOf } from '../system/processes.ts';
import { churningOrders } from '../system/profile-file.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';

const publicFiles = ['keyring.json', 'nats-users.json'];
/** So much of a secret in a row is no chance. */
const tellingCharacters = 12;

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('no secret of a run is anywhere but in its own file, and nobody is answered but in an inbox', async () => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({
    folder,
    words: ['--profile', churningOrders(folder)],
    environment: { INTERLOCK_LOG_LEVEL: 'debug' },
  });
  await system.resolvesAnOrder();
  await askForAnswersElsewhere(system);
  const keyFolder = join(folder, 'keys');
  const secrets = secretsOf(keyFolder);
  expect(secrets.length).toBe(9);

  const running = processesOf(folder);
  expect(running.length).toBeGreaterThan(6);
  for (const line of running) expect(leaksIn(Buffer.from(line), secrets), line.slice(0, 80)).toEqual([]);
  expect((await system.stop()).code).toBe(0);

  expect(leaksIn(Buffer.from(JSON.stringify(system.lines)), secrets)).toEqual([]);
  const written = filesUnder(folder).filter((path) => !path.startsWith(keyFolder));
  for (const name of ['logs/risk.log', 'nats/nats-server.conf', 'nats/nats-server.log', 'run/profile.json']) {
    expect(written).toContain(join(folder, name));
  }
  for (const path of written) expect(leaksIn(readFileSync(path), secrets), path).toEqual([]);
  for (const { path } of secrets) {
    expect((statSync(path).mode & 0o777).toString(8), path).toBe('600');
  }
});

/** A request that wants its answer on a subject of the system is ignored, counted and alerted. */
async function askForAnswersElsewhere(system: RunningSystem): Promise<void> {
  const client = await openClient({
    url: system.natsUrl(),
    name: 'test',
    identity: system.identity('operator'),
  });
  const alerted = new Set<string>();
  client.bus.subscribe(subjects.alert.matching({}), ({ message }) => {
    if (message.code === 'ANSWER_TO_NO_INBOX') alerted.add(message.service);
  });
  const forged: string[] = [];
  for (const family of [
    subjects.killTrip,
    subjects.killReset,
    subjects.approveOrder,
    subjects.leaseGrant,
  ] as const) {
    const { name } = family.matching({});
    client.bus.subscribe({ name, type: subjects.killTrip.type, raw: true }, ({ subject, message }) => {
      // Leases are told each second; an answer to us would be a page of a journal.
      if (
        subject !== 'control.v1.lease.grant' ||
        Envelope.decode(message).type !== subjects.leaseGrant.type.name
      ) {
        forged.push(subject);
      }
    });
  }
  const { authenticator } = system.identity('strategy');
  const strategy = await connect({
    servers: system.natsUrl(),
    authenticator,
    inboxPrefix: '_INBOX_strategy',
  });

  const replies = [
    'control.v1.kill.trip.x',
    'control.v1.kill.reset.manual',
    'commands.v1.order.approve.x',
    'control.v1.lease.grant',
  ];
  const ask = (): void => {
    for (const service of ['risk', 'execution']) {
      for (const reply of replies)
        strategy.publish(`queries.v1.journal.${service}`, journalQuery(), { reply });
    }
  };
  await eventually('alerts of risk and execution', () => {
    ask();
    return (alerted.has('risk') && alerted.has('execution')) || undefined;
  });
  // The same question is answered where answers belong.
  const answer = await strategy.request('queries.v1.journal.execution', journalQuery(), { timeout: 60_000 });
  expect(Envelope.decode(answer.data).type).toBe('interlock.system.v1.JournalPage');

  await system.resolvesAnOrder();
  expect(forged).toEqual([]);
  await strategy.close();
  await client.close();
}

it.each(['decision.key', 'risk.nkey', 'operator.nkey', 'provision.nkey'])(
  'an error about a damaged %s says nothing of what it holds',
  async (file) => {
    const folder = laboratory.newFolder();
    const keyFolder = join(folder, 'keys');
    ensureKeys(keyFolder);
    const path = join(keyFolder, file);
    const secrets = secretsOf(keyFolder);
    // One character less is no key any more, and almost the whole of it all the same.
    writeFileSync(path, `${readFileSync(path, 'utf8').trim().slice(0, -1)}\n`);

    const { code, out, error } = await runCommand(['up', '--data-folder', folder, '--port', '0']);

    expect(code).toBe(78);
    expect(error).toMatch(new RegExp(`^interlock: [^\\n]*${file.replace('.', '\\.')} is no key[^\\n]*\\n$`));
    const said = [Buffer.from(out), Buffer.from(error), ...logsOf(folder)];
    for (const bytes of said) expect(leaksIn(bytes, secrets)).toEqual([]);
  },
);

interface Secret {
  readonly path: string;
  /** What the file holds, and its bytes as they could be written otherwise. */
  readonly forms: readonly string[];
}

function secretsOf(keyFolder: string): readonly Secret[] {
  return readdirSync(keyFolder)
    .filter((file) => !publicFiles.includes(file))
    .map((file) => {
      const path = join(keyFolder, file);
      const held = readFileSync(path, 'utf8').trim();
      const isHex = /^[0-9a-f]+$/.test(held);
      const bytes = isHex ? Buffer.from(held, 'hex') : Buffer.from(held);
      return {
        path,
        forms: [held, bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')],
      };
    });
}

/** Files of those secrets of which a telling part is in the bytes. */
function leaksIn(bytes: Buffer, secrets: readonly Secret[]): readonly string[] {
  const text = bytes.toString('latin1');
  const isThere = (form: string): boolean => {
    for (let from = 0; from + tellingCharacters <= form.length; from += 1) {
      if (text.includes(form.slice(from, from + tellingCharacters))) return true;
    }
    return false;
  };
  return secrets.filter(({ forms }) => forms.some(isThere)).map(({ path }) => path);
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function logsOf(folder: string): readonly Buffer[] {
  return filesUnder(folder)
    .filter((path) => /\.(log|stderr)$/.test(path))
    .map((path) => readFileSync(path));
}

function journalQuery(): Uint8Array {
  const { type } = subjects.journalQuery;
  return Envelope.encode({
    id: brandOf.eventId('test'),
    producer: 'strategy',
    producerSequence: brandOf.sequence(0),
    producerEpoch: brandOf.epoch(1),
    eventTime: brandOf.timestampUs(1),
    publishTime: brandOf.timestampUs(1),
    type: type.name,
    payload: JournalQuery.encode({ fromSequence: brandOf.sequence(1), limit: 1 }),
  });
}

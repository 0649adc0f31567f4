import { openClient } from '../../../infra/client/open-client.ts';
import { natsUsers } from '../../../infra/nats/nats-users.ts';
import { greets } from '../../../infra/nats/server-process.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { Heartbeat } from '../../../protos/gen/system.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { expectWithin } from '../expectation.ts';
import { dataFolderOf, identityOf, keyFolderOf, natsUrlOf, notRunning } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const heardWithinUs = 3_000_000;
const greetedWithinMs = 3_000;
const defaultNatsPort = 4222;

/** For a container's health check: success when the service says that it is ready, or nats-server answers. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const service = given.requiredOperand(0);
  const url = natsUrlOf(given);
  if (url === undefined) throw notRunning(dataFolderOf(given));
  if (service === 'nats') return await natsHealth(url, terminal);
  // A container has no key but its service's own, which may hear that service alone.
  const own = natsUsers.filter((user) => user === service);
  const identity = identityOf(keyFolderOf(given), ['operator', ...own]);
  const client = await openClient({ url, name: 'health', identity });
  try {
    let last: Heartbeat | undefined;
    const ready = expectWithin<true>(client.clock, heardWithinUs);
    client.bus.subscribe(subjects.heartbeat.matching({ service }), ({ message }) => {
      last = message;
      if (message.state === 'ready') ready.meet(true);
    });
    const isReady = (await ready.outcome) === true;
    const state = last?.state ?? 'silent';
    const reasons = last?.reasons ?? [];
    terminal.result({ service, state, reasons }, [[`${service} is ${state}`, ...reasons].join(': ')]);
    return isReady ? exitCodes.success : exitCodes.failedCheck;
  } finally {
    await client.close();
  }
}

async function natsHealth(url: string, terminal: Terminal): Promise<ExitCode> {
  const { hostname, port } = new URL(url);
  if (!(await greets({ host: hostname, port: Number(port || defaultNatsPort), withinMs: greetedWithinMs }))) {
    throw new UserError(
      exitCodes.unavailable,
      `No NATS server answers at ${url}: start one, or name the right one.`,
    );
  }
  terminal.result({ service: 'nats', state: 'ready' }, ['nats answers']);
  return exitCodes.success;
}

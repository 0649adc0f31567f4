import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import type { Heartbeat } from '../../../protos/gen/system.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { expectWithin } from '../expectation.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const heardWithinUs = 3_000_000;

/** For a container's health check: success when the service says that it is ready, or nats-server answers. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const service = given.requiredOperand(0);
  const client = await connectToSystem(given);
  try {
    if (service === 'nats') {
      terminal.result({ service, state: 'ready' }, ['nats answers']);
      return exitCodes.success;
    }
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

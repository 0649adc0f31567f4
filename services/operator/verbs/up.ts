import { resolve } from 'node:path';
import { openClient } from '../../../infra/client/open-client.ts';
import { createSystemClock } from '../../../infra/clock/system-clock.ts';
import type { LoadedProfile } from '../../../infra/config/load-profile.ts';
import { chooseProfile } from '../../../infra/config/profile-choice.ts';
import { parseDuration } from '../../../infra/config/units.ts';
import { ensureKeys, natsKeyPath, readNatsUsers } from '../../../infra/keys/key-folder.ts';
import { readNatsKey } from '../../../infra/keys/nats-key.ts';
import { authorizationConfig } from '../../../infra/nats/authorization.ts';
import { provisionStreams } from '../../../infra/nats/streams.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { checkPromoted } from '../../../infra/strategy/promoted-profile.ts';
import { dataFolderOf, identityOf, keyFolderOf } from '../running-system.ts';
import { awaitFormerRun } from '../supervision/former-run.ts';
import { watchInterrupts } from '../supervision/interrupts.ts';
import { keepNats, type NatsKeeper } from '../supervision/nats-keeper.ts';
import { restartLimits } from '../supervision/restart-policy.ts';
import { holdDataFolder } from '../supervision/run-lock.ts';
import type { SupervisorEvent } from '../supervision/supervisor.ts';
import type { Terminal } from '../terminal.ts';
import { stopServices } from '../up/closing.ts';
import { headlines, pointers } from '../up/headlines.ts';
import { type LiveView, showLive } from '../up/live-view.ts';
import { startLocalSystem } from '../up/local-system.ts';
import { requireFreePort } from '../up/port.ts';
import type { Run } from '../up/run.ts';
import type { Given } from '../verb.ts';

const connectWithinUs = 5_000_000;
/** A start that takes longer than this says what it waits for. */
const patienceUs = 15_000_000;

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const clock = createSystemClock();
  const asked: Run = {
    loaded: profileOf(given),
    forUs: durationOf(given),
    dataFolder: resolve(dataFolderOf(given)),
    keyFolder: resolve(keyFolderOf(given)),
    recordFolder: recordFolderOf(given),
    natsUrl: given.text('nats'),
    terminal,
    clock,
    // From here on Ctrl+C stops in order whatever has been started.
    interrupts: watchInterrupts(clock),
  };
  try {
    return await runAlone(asked);
  } finally {
    asked.interrupts.close();
  }
}

/** What ships for backtests has limits that only a backtest should have. */
function profileOf(given: Given): LoadedProfile {
  const loaded = chooseProfile(given, 'paper');
  checkPromoted(loaded);
  if (loaded.profile.environment !== 'backtest') return loaded;
  throw new UserError(
    exitCodes.usage,
    `${loaded.name} is a profile of backtests: run it with "npx --no interlock backtest", or name another one.`,
  );
}

function recordFolderOf(given: Given): string | undefined {
  const folder = given.text('record');
  return folder === undefined ? undefined : resolve(folder);
}

function durationOf(given: Given): number | undefined {
  const text = given.text('for');
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined) throw badOption('for', "a duration with its unit, such as '60s'", text);
  return duration;
}

async function runAlone(run: Run): Promise<ExitCode> {
  const lock = holdDataFolder(run.dataFolder);
  try {
    await requireFreePort(run.loaded.profile.monitor.port);
    await awaitFormerRun(run.dataFolder);
    ensureKeys(run.keyFolder);
    return await runOnBus(run);
  } finally {
    lock.release();
  }
}

async function runOnBus(run: Run): Promise<ExitCode> {
  // Rejects when something cannot be kept running. It may do so before `runServices` listens.
  const trouble = Promise.withResolvers<never>();
  trouble.promise.catch(() => undefined);
  const { dataFolder, keyFolder, natsUrl, clock } = run;
  const provisioner = readNatsKey(natsKeyPath(keyFolder, 'provision'));
  if (natsUrl !== undefined) {
    await provisionStreams({ url: natsUrl, identity: provisioner, clock, connectWithinUs });
    return runServices(run, { nats: undefined, natsUrl, trouble });
  }
  const nats = await keepNats({
    dataFolder,
    authorization: authorizationConfig({
      publicKeys: readNatsUsers(keyFolder),
      guests: run.loaded.profile.authority.guests,
    }),
    provisioner,
    limits: restartLimits,
    clock,
    onGiveUp: trouble.reject,
  });
  nats.onRestart(() => say(run.terminal, 'yellow', 'nats-server had ended and runs again'));
  try {
    return await runServices(run, { nats, natsUrl: nats.url, trouble });
  } finally {
    await nats.stop();
  }
}

interface Ground {
  /** Undefined when somebody else runs the server. */
  readonly nats: NatsKeeper | undefined;
  readonly natsUrl: string;
  readonly trouble: PromiseWithResolvers<never>;
}

async function runServices(run: Run, { nats, natsUrl, trouble }: Ground): Promise<ExitCode> {
  const { terminal } = run;
  for (const line of headlines(run.loaded, nats, natsUrl)) terminal.say(line);
  const identity = identityOf(run.keyFolder);
  const client = await openClient({ url: natsUrl, name: 'operator', identity, connectWithinUs });
  const view = showLive(client, run);
  const system = startLocalSystem({
    run,
    nats,
    natsUrl,
    onEvent: (event) => showSupervision(event, terminal),
    onGiveUp: trouble.reject,
  });
  // Ctrl+C a second time: all at once. A third time: now.
  run.interrupts.onRepeated((count) => system.endAll(count > 2 ? 'SIGKILL' : 'SIGTERM'));
  try {
    await untilEnd(run, view, trouble.promise);
    return await stopServices({ run, system, view });
  } catch (error) {
    await system.stopAll();
    system.close();
    throw error;
  } finally {
    view.close();
    await client.close();
  }
}

/** Resolves when the run is to stop in order; rejects when something cannot be kept running. */
async function untilEnd(
  { terminal, clock, forUs, dataFolder, interrupts }: Run,
  view: LiveView,
  trouble: Promise<never>,
): Promise<void> {
  const stopWaiting = clock.after(patienceUs, () => {
    const waiting = view.waiting().map(({ service, why }) => `${service} (${why})`);
    say(terminal, 'yellow', `still waiting for ${waiting.join(', ')}`);
    view.showOrders();
  });
  const readiness = view.ready.then(() => {
    stopWaiting();
    terminal.say(pointers(dataFolder));
    view.showOrders();
  });
  const ends: Promise<unknown>[] = [interrupts.requested, trouble];
  const timeIsUp = Promise.withResolvers<void>();
  const stopTimer = forUs === undefined ? undefined : clock.after(forUs, timeIsUp.resolve);
  // Without a bound, a replay that has ended stays up, to be looked at.
  if (forUs !== undefined)
    ends.push(
      timeIsUp.promise,
      readiness.then(() => view.settled),
    );
  try {
    await Promise.race(ends);
  } finally {
    stopWaiting();
    stopTimer?.();
  }
}

function showSupervision(event: SupervisorEvent, terminal: Terminal): void {
  if (event.kind === 'started') {
    terminal.tell({ event: 'started', service: event.service, processId: event.pid });
    return;
  }
  const { code, signal, lastWords } = event.ended;
  terminal.tell({ event: 'crashed', service: event.service, code, signal });
  const why = [signal ?? `code ${code}`, lastWords.split('\n')[0]].filter(Boolean).join(': ');
  say(terminal, 'yellow', `${event.service} ended (${why}) and starts again`);
}

function say(terminal: Terminal, colour: 'yellow', line: string): void {
  terminal.say(`  ${terminal.colour(colour, line)}`);
}

// Aim: a service that dies comes back, one that cannot run is not tried again and its sentence is handed on, one that
// does not stop is stopped, and a data folder has one run at a time however the last one ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import type { RestartLimits } from '../../services/operator/supervision/restart-policy.ts';
import { holdDataFolder } from '../../services/operator/supervision/run-lock.ts';
import {
  createSupervisor,
  type Supervisor,
  type SupervisorEvent,
} from '../../services/operator/supervision/supervisor.ts';

const stopMsMax = 10_000;
const patient: RestartLimits = { crashesMax: 3, windowUs: 60_000_000, delayUsMin: 1_000, delayUsMax: 1_000 };

let folder: string;
let supervisor: Supervisor | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-supervision-'));
});

afterEach(async () => {
  await supervisor?.stop('child', stopMsMax);
  supervisor = undefined;
  rmSync(folder, { recursive: true });
});

it('a child that is killed is started again, as another process', async () => {
  const run = supervise('setInterval(() => undefined, 1000);');
  const first = await run.next('started');
  process.kill(pidOf(first), 'SIGKILL');

  const crash = await run.next('crashed');
  const second = await run.next('started');

  expect(crash).toMatchObject({ service: 'child', ended: { code: null, signal: 'SIGKILL' } });
  expect(pidOf(second)).not.toBe(pidOf(first));
  expect(supervisor?.pids()).toEqual({ child: pidOf(second) });
});

it.each([
  ['its configuration is wrong', exitCodes.configuration],
  ['its journal is corrupt', exitCodes.corruptData],
  ['another one holds its journal', exitCodes.inUse],
])('a child that ends because %s is not tried again, and its sentence is kept', async (_, code) => {
  const run = supervise(`console.error('child: mend this.'); process.exit(${code});`);

  const error = await run.givenUp;

  expect(error).toMatchObject({ exitCode: code, message: 'child: mend this.' });
  expect(run.crashes()).toBe(0);
});

it('a child that crashes again and again ends the run, with its last words', async () => {
  const run = supervise("throw new Error('broken for good');");

  const error = await run.givenUp;

  expect(error.exitCode).toBe(exitCodes.internal);
  expect(error.message).toContain('child crashed 4 times within 60 s and is not started again.');
  expect(error.message).toContain('broken for good');
  expect(run.crashes()).toBe(patient.crashesMax);
});

it('a program that cannot be started at all counts as a crash', async () => {
  const run = supervise('', ['/there/is/no/such/program']);
  expect((await run.givenUp).message).toContain('ENOENT');
});

it('a child that is stopped is not started again', async () => {
  const run = supervise('process.on("SIGTERM", () => process.exit(0)); setInterval(() => undefined, 1000);');
  await run.next('started');

  await supervisor?.stop('child', stopMsMax);

  expect(supervisor?.pids()).toEqual({});
  expect(run.crashes()).toBe(0);
});

it('children that are ended all at once are not started again', async () => {
  const run = supervise('setInterval(() => undefined, 1000);');
  const started = await run.next('started');

  supervisor?.endAll('SIGTERM');
  await supervisor?.stop('child', stopMsMax);

  expect(() => process.kill(pidOf(started), 0)).toThrow('ESRCH');
  expect(supervisor?.pids()).toEqual({});
  expect(run.crashes()).toBe(0);
});

it('a child that does not want to stop is killed', async () => {
  const ready = join(folder, 'ready');
  const run = supervise(`
    import { mkdirSync } from 'node:fs';
    process.on('SIGTERM', () => undefined);
    setInterval(() => undefined, 1000);
    mkdirSync(${JSON.stringify(ready)});
  `);
  const started = await run.next('started');
  await appeared(ready);

  await supervisor?.stop('child', 200);

  expect(() => process.kill(pidOf(started), 0)).toThrow('ESRCH');
});

it('a data folder has one run; the next may have it as soon as the last is gone, killed or not', async () => {
  const holder = fileURLToPath(new URL('../../services/operator/supervision/run-lock.ts', import.meta.url));
  const script = join(folder, 'hold.mjs');
  writeFileSync(
    script,
    `import { holdDataFolder } from ${JSON.stringify(holder)};
     holdDataFolder(${JSON.stringify(folder)});
     console.log('held');
     setInterval(() => undefined, 1000);`,
  );
  const first = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(first.stdout, 'data');
  expect(() => holdDataFolder(folder)).toThrow(
    new UserError(
      exitCodes.inUse,
      `Interlock already runs on ${folder}: stop it with Ctrl+C where it was started, or give another --data-folder.`,
    ),
  );

  first.kill('SIGKILL');
  await once(first, 'exit');

  holdDataFolder(folder).release();
});

it('a data folder that cannot be written is said so', () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  expect(() => holdDataFolder(join(file, 'data'))).toThrow(
    /^The folder .* cannot be written \(ENOTDIR: .*\): /,
  );
});

function supervise(source: string, command?: readonly string[]) {
  const script = join(folder, 'child.mjs');
  writeFileSync(script, source);
  const events: SupervisorEvent[] = [];
  const readers: (() => void)[] = [];
  const givenUp = Promise.withResolvers<UserError>();
  supervisor = createSupervisor({
    programs: [
      {
        name: 'child',
        command: command ?? [process.execPath, script],
        environment: process.env,
        stderrPath: join(folder, 'child.stderr'),
      },
    ],
    limits: patient,
    clock: createSystemClock(),
    onEvent: (event) => {
      events.push(event);
      for (const read of readers.splice(0)) read();
    },
    onGiveUp: givenUp.resolve,
  });
  supervisor.start();
  let read = 0;
  return {
    givenUp: givenUp.promise,
    crashes: () => events.filter(({ kind }) => kind === 'crashed').length,
    /** The next event, which is of this kind. */
    next: async (kind: SupervisorEvent['kind']): Promise<SupervisorEvent> => {
      while (events.length <= read) await new Promise<void>((resolve) => readers.push(resolve));
      const event = events[read];
      read += 1;
      if (event?.kind !== kind) throw new Error(`expected ${kind}, found ${JSON.stringify(event)}`);
      return event;
    },
  };
}

/** Resolves once a child has made this entry of the folder. */
async function appeared(path: string): Promise<void> {
  const watcher = watch(folder);
  while (!existsSync(path)) await once(watcher, 'change');
  watcher.close();
}

function pidOf(event: SupervisorEvent): number {
  if (event.kind !== 'started' || event.pid === undefined) throw new Error('it did not start');
  return event.pid;
}

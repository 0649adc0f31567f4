import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeRunRecord, runFolderOf, writeRunRecord } from '../../../infra/client/run-record.ts';
import { serviceEnvironment } from '../../../infra/process/run-service.ts';
import type { UserError } from '../../../infra/process/user-error.ts';
import { forgetMonitor } from '../monitor-client.ts';
import { serviceNames } from '../service-names.ts';
import { entryPath, startGuardian } from '../supervision/guardian.ts';
import type { NatsKeeper } from '../supervision/nats-keeper.ts';
import { restartLimits } from '../supervision/restart-policy.ts';
import type { Program } from '../supervision/service-process.ts';
import { createSupervisor, type Supervisor, type SupervisorEvent } from '../supervision/supervisor.ts';
import type { Run } from './run.ts';

/** Canceling what works, and hearing that it is canceled, takes the longest. */
const stopMsMax = 20_000;

/** The five services as processes of this machine, with a guardian for when this process is killed. */
export interface LocalSystem {
  /** Ends a service in order; one that does not end is killed. */
  stop(service: string): ReturnType<Supervisor['stop']>;
  stopAll(): Promise<void>;
  endAll: Supervisor['endAll'];
  /** After all services have stopped: nothing is left to be found or cleaned up. */
  close(): void;
}

export function startLocalSystem(options: {
  readonly run: Run;
  readonly nats: NatsKeeper | undefined;
  readonly natsUrl: string;
  readonly onEvent: (event: SupervisorEvent) => void;
  readonly onGiveUp: (error: UserError) => void;
}): LocalSystem {
  const { run, nats, natsUrl } = options;
  const supervisor = createSupervisor({
    programs: programsOf(run, natsUrl),
    limits: restartLimits,
    clock: run.clock,
    onEvent: (event) => {
      if (event.kind === 'started') record();
      options.onEvent(event);
    },
    onGiveUp: options.onGiveUp,
  });
  nats?.onRestart(record);
  // A former run may have been killed.
  forgetMonitor(run.dataFolder);
  const guardian = startGuardian(run.dataFolder);
  supervisor.start();
  const stop: LocalSystem['stop'] = (service) => supervisor.stop(service, stopMsMax);
  return {
    stop,
    stopAll: async () => {
      await Promise.all(serviceNames.map(stop));
    },
    endAll: supervisor.endAll,
    close: () => {
      removeRunRecord(run.dataFolder);
      forgetMonitor(run.dataFolder);
      guardian.stdin?.end();
    },
  };

  function record(): void {
    const { pid } = process;
    writeRunRecord(run.dataFolder, { pid, natsUrl, natsPid: nats?.pid(), services: supervisor.pids() });
  }
}

function programsOf(
  { dataFolder, keyFolder, recordFolder, loaded }: Run,
  natsUrl: string,
): readonly Program[] {
  const profilePath = join(runFolderOf(dataFolder), 'profile.json');
  // What was validated here is what every service runs, whatever happens to the file it came from.
  writeFileSync(profilePath, `${JSON.stringify(loaded.document, undefined, 2)}\n`);
  const logFolder = join(dataFolder, 'logs');
  mkdirSync(logFolder, { recursive: true });
  return serviceNames.map((name) => ({
    name,
    command: [process.execPath, entryPath, 'service', name],
    environment: {
      ...process.env,
      [serviceEnvironment.profile]: profilePath,
      [serviceEnvironment.natsUrl]: natsUrl,
      [serviceEnvironment.dataFolder]: dataFolder,
      [serviceEnvironment.keyFolder]: keyFolder,
      ...(recordFolder === undefined ? {} : { [serviceEnvironment.record]: recordFolder }),
      [serviceEnvironment.logFile]: join(logFolder, `${name}.log`),
    },
    stderrPath: join(logFolder, `${name}.stderr`),
  }));
}

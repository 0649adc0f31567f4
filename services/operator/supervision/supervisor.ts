import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { Clock, StopTimer } from '../../kernel/clock/clock.ts';
import { createRestartPolicy, type RestartLimits, type RestartPolicy } from './restart-policy.ts';
import {
  type Ended,
  type Program,
  type ServiceProcess,
  startProcess,
  stopProcess,
} from './service-process.ts';

/** Ends that a new start would not mend: the person has to, and the service has said how. */
const notRetried: readonly ExitCode[] = [
  exitCodes.usage,
  exitCodes.corruptData,
  exitCodes.cannotWrite,
  exitCodes.inUse,
  exitCodes.configuration,
];

export type SupervisorEvent =
  | { readonly kind: 'started'; readonly service: string; readonly pid: number | undefined }
  | { readonly kind: 'crashed'; readonly service: string; readonly ended: Ended; readonly delayUs: number };

interface Supervised {
  readonly program: Program;
  readonly policy: RestartPolicy;
  running?: ServiceProcess | undefined;
  cancelRestart?: StopTimer | undefined;
}

export interface Supervisor {
  start(): void;
  /** Process numbers by service, of those that run. */
  pids(): Readonly<Record<string, number>>;
  /** Ends one service for good; resolves when it is gone, with how it ended if it ran. */
  stop(service: string, withinMs: number): Promise<Ended | undefined>;
  /** Sends a signal to all that still run; none of them is started again. */
  endAll(signal: NodeJS.Signals): void;
}

/**
 * Keeps one process a service running. A crash is followed by a restart, later each time; `onGiveUp` runs once, when
 * a service crashes too often or ends in a way that a restart does not mend.
 */
export function createSupervisor(options: {
  readonly programs: readonly Program[];
  readonly limits: RestartLimits;
  readonly clock: Clock;
  readonly onEvent: (event: SupervisorEvent) => void;
  readonly onGiveUp: (error: UserError) => void;
}): Supervisor {
  const supervised = new Map<string, Supervised>(
    options.programs.map((program) => [
      program.name,
      { program, policy: createRestartPolicy(options.limits) },
    ]),
  );
  const stopping = new Set<string>();
  let hasGivenUp = false;

  return {
    start: () => supervised.forEach(run),
    pids: () =>
      Object.fromEntries(
        [...supervised].flatMap(([name, { running }]) =>
          running?.pid === undefined ? [] : [[name, running.pid]],
        ),
      ),
    stop: async (service, withinMs) => {
      const running = retire(service);
      return running === undefined ? undefined : await stopProcess(running, withinMs);
    },
    endAll: (signal) => {
      for (const service of supervised.keys()) retire(service)?.signal(signal);
    },
  };

  /** From here on its end is no crash. */
  function retire(service: string): ServiceProcess | undefined {
    stopping.add(service);
    const entry = supervised.get(service);
    entry?.cancelRestart?.();
    return entry?.running;
  }

  function run(entry: Supervised): void {
    const running = startProcess(entry.program);
    entry.running = running;
    options.onEvent({ kind: 'started', service: entry.program.name, pid: running.pid });
    running.ended.then((ended) => onEnd(entry, ended), fail);
  }

  function onEnd(entry: Supervised, ended: Ended): void {
    entry.running = undefined;
    const { name } = entry.program;
    if (stopping.has(name) || hasGivenUp) return;
    const reason = notRetried.find((code) => code === ended.code);
    if (reason !== undefined) {
      giveUp(new UserError(reason, ended.lastWords || `${name} ended with code ${reason}.`));
      return;
    }
    const next = entry.policy.crashed(options.clock.monotonicUs());
    if (next.kind === 'giveUp') {
      const within = `${options.limits.windowUs / 1_000_000} s`;
      giveUp(
        new UserError(
          exitCodes.internal,
          `${name} crashed ${next.crashes} times within ${within} and is not started again. ${ended.lastWords}`.trim(),
        ),
      );
      return;
    }
    options.onEvent({ kind: 'crashed', service: name, ended, delayUs: next.delayUs });
    entry.cancelRestart = options.clock.after(next.delayUs, () => run(entry));
  }

  function giveUp(error: UserError): void {
    hasGivenUp = true;
    options.onGiveUp(error);
  }

  function fail(error: unknown): void {
    giveUp(new UserError(exitCodes.internal, 'the supervisor failed.', { cause: error }));
  }
}

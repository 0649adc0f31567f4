import type { Clock } from '../../kernel/clock/clock.ts';

/** npm hands on a Ctrl+C that the terminal has already sent: so close together they are one. */
const sameUs = 300_000;

/** How a run is asked to stop; the urgency grows with each further request. */
export interface Interrupts {
  /** Resolves at the first request with the signal's name. */
  readonly requested: Promise<NodeJS.Signals>;
  /** Runs for the second request, and the third, and so on. */
  onRepeated(handler: (count: number) => void): void;
  close(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function watchInterrupts(clock: Clock): Interrupts {
  const { promise: requested, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const handlers: ((count: number) => void)[] = [];
  let count = 0;
  let lastUs = Number.NEGATIVE_INFINITY;
  const take = (signal: NodeJS.Signals): void => {
    const nowUs = clock.monotonicUs();
    if (nowUs - lastUs < sameUs) return;
    lastUs = nowUs;
    count += 1;
    if (count === 1) resolve(signal);
    else for (const handler of handlers) handler(count);
  };
  for (const signal of signals) process.on(signal, take);
  return {
    requested,
    onRepeated: (handler) => {
      handlers.push(handler);
    },
    close: () => {
      for (const signal of signals) process.off(signal, take);
    },
  };
}

import type { z } from 'zod';

/** The bench, as one of its child processes sees it. */
export function tellBench(message: Readonly<Record<string, unknown>>): void {
  if (process.send === undefined) throw new Error('this program is started by the bench');
  process.send(message);
}

export function onBenchOrder<T>(schema: z.ZodType<T>, handler: (order: T) => void): void {
  process.on('message', (message) => handler(schema.parse(message)));
  process.on('disconnect', () => process.exit(0));
}

/** Microseconds of the machine's monotonic clock, which all processes share. */
export function machineUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

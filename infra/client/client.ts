import type { Received, Subscription } from '../../services/kernel/bus/bus.ts';
import type { Pattern, SubjectFamily, Tokens } from '../../services/kernel/bus/subject.ts';
import { readNatsKey } from '../keys/nats-key.ts';
import { type Client, openClient } from './open-client.ts';
import { readRunRecord } from './run-record.ts';

export type { Received, Subscription } from '../../services/kernel/bus/bus.ts';
export { subjects } from '../../services/kernel/bus/subjects.ts';
export { formatAmount, parseAmount } from '../../services/kernel/money/amount.ts';
export type { Client } from './open-client.ts';

/** Where a system is when neither an address nor a data folder is given. */
const defaultDataFolder = '.interlock';
const defaultUrl = 'nats://127.0.0.1:4222';

/**
 * Connects a tool to a running system: to `url`, else to the system that `interlock up` runs on the data folder, else
 * to a NATS server at its usual port. Rejects with an error that says what to do when no server answers.
 */
export function connect(
  options: {
    readonly url?: string;
    readonly dataFolder?: string;
    /** Stands in what the client sends. */
    readonly name?: string;
    /** `<user>.nkey` of a key folder; absent: as a guest, which reads and may trip where the server lets them in. */
    readonly keyFile?: string;
  } = {},
): Promise<Client> {
  const url = options.url ?? readRunRecord(options.dataFolder ?? defaultDataFolder)?.natsUrl ?? defaultUrl;
  const identity = options.keyFile === undefined ? undefined : readNatsKey(options.keyFile);
  return openClient({ url, name: options.name ?? 'tool', identity });
}

/**
 * Calls `handler` with each message of a family, decoded and typed by it: `subscribe(client, subjects.orderEvent, …)`.
 * Tokens narrow it: `subscribe(client, subjects.quote, …, { instrument: 'SPY' })`. Amounts are bigints of 1e-9 (see
 * `formatAmount`), times microseconds since the epoch.
 */
export function subscribe<Template extends string, T>(
  client: Client,
  family: Pick<SubjectFamily<Template, T>, 'matching'>,
  handler: (received: Received<T>) => void,
  tokens: Partial<Tokens<Template>> = {},
): Subscription {
  const pattern: Pattern<T> = family.matching(tokens);
  return client.bus.subscribe(pattern, handler);
}

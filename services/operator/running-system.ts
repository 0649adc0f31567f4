import { type Client, openClient } from '../../infra/client/open-client.ts';
import { readRunRecord } from '../../infra/client/run-record.ts';
import { serviceEnvironment } from '../../infra/process/run-service.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import type { Given, Option } from './verb.ts';

/** Options of every verb that talks to a running system. */
export const systemOptions: readonly Option[] = [
  { notation: '--data-folder <folder>', meaning: 'where the system runs (default .interlock)' },
  { notation: '--nats <url>', meaning: 'its NATS server, such as nats://127.0.0.1:4222' },
];

export function dataFolderOf(given: Given): string {
  return given.text('dataFolder') ?? process.env[serviceEnvironment.dataFolder] ?? '.interlock';
}

/** Undefined when nothing says where the system is. */
export function natsUrlOf(given: Given): string | undefined {
  return (
    given.text('nats') ??
    process.env[serviceEnvironment.natsUrl] ??
    readRunRecord(dataFolderOf(given))?.natsUrl
  );
}

/** Throws a UserError when the system cannot be found or does not answer. */
export async function connectToSystem(given: Given): Promise<Client> {
  const url = natsUrlOf(given);
  if (url === undefined) throw notRunning(dataFolderOf(given));
  return openClient({ url, name: 'operator' });
}

export function notRunning(dataFolder: string): UserError {
  return new UserError(
    exitCodes.unavailable,
    `nothing runs on ${dataFolder}: start it with "npm start", or say where it is with --data-folder or --nats.`,
  );
}

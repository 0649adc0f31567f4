import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, openClient } from '../../infra/client/open-client.ts';
import { readRunRecord } from '../../infra/client/run-record.ts';
import { natsKeyPath } from '../../infra/keys/key-folder.ts';
import { type NatsIdentity, readNatsKey } from '../../infra/keys/nats-key.ts';
import type { NatsUser } from '../../infra/nats/nats-users.ts';
import { serviceEnvironment } from '../../infra/process/run-service.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import type { Given } from './verb.ts';

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

export function keyFolderOf(given: Given): string {
  return given.text('keys') ?? process.env[serviceEnvironment.keyFolder] ?? join(dataFolderOf(given), 'keys');
}

/** The first of these users whose key is here; undefined is a guest. Throws a UserError for a key that is none. */
export function identityOf(
  keyFolder: string,
  users: readonly NatsUser[] = ['operator'],
): NatsIdentity | undefined {
  const path = users.map((user) => natsKeyPath(keyFolder, user)).find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : readNatsKey(path);
}

/** As the operator, or as a guest without the key. Throws a UserError when the system cannot be found or does not answer. */
export async function connectToSystem(given: Given): Promise<Client> {
  const url = natsUrlOf(given);
  if (url === undefined) throw notRunning(dataFolderOf(given));
  return openClient({ url, name: 'operator', identity: identityOf(keyFolderOf(given)) });
}

export function notRunning(dataFolder: string): UserError {
  return new UserError(
    exitCodes.unavailable,
    `nothing runs on ${dataFolder}: start it with "npm start", or say where it is with --data-folder or --nats.`,
  );
}

import { Events, type NatsConnection, type Status } from 'nats';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { type ConnectionChoice, openConnection } from './nats-connection.ts';

export interface LinkHandlers {
  readonly onStatus: (status: 'connected' | 'disconnected') => void;
  readonly onError: (error: Status) => void;
}

/**
 * The connections of one client. What is heard first has one of its own: in the other it would wait behind all that was
 * sent before it, in this process, in the socket and at the server. Without either the client is not connected.
 */
export class NatsLinks {
  readonly main: NatsConnection;
  /** Of who hears nothing first, it is the other one. */
  readonly first: NatsConnection;
  readonly #lost = new Set<NatsConnection>();

  constructor(main: NatsConnection, first: NatsConnection) {
    this.main = main;
    this.first = first;
  }

  /** Resolves with the reason when one of them is closed for ever. */
  async watch(handlers: LinkHandlers): Promise<unknown> {
    return await Promise.race(this.#all().map((connection) => this.#watch(connection, handlers)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((connection) => connection.close()));
  }

  #all(): readonly NatsConnection[] {
    return [...new Set([this.main, this.first])];
  }

  async #watch(connection: NatsConnection, { onStatus, onError }: LinkHandlers): Promise<unknown> {
    for await (const status of connection.status()) {
      if (status.type === Events.Error) onError(status);
      if (status.type === Events.Disconnect) this.#lost.add(connection);
      if (status.type === Events.Reconnect) this.#lost.delete(connection);
      onStatus(this.#lost.size === 0 ? 'connected' : 'disconnected');
    }
    return await connection.closed();
  }
}

/** See openConnection. */
export async function openLinks(options: ConnectionChoice): Promise<NatsLinks> {
  const main = await openConnection(options);
  if (!hearsFirst(options.name)) return new NatsLinks(main, main);
  try {
    return new NatsLinks(main, await openConnection({ ...options, name: `${options.name}-first` }));
  } catch (error) {
    await main.close();
    throw error;
  }
}

function hearsFirst(name: string): boolean {
  return Object.values(subjects).some(({ use }) => use.heardFirstBy?.includes(name) ?? false);
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';

/** Throws a UserError when another program listens there; 0 stands for any free port. */
export async function requireFreePort(port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new UserError(
      exitCodes.inUse,
      `port ${port} is in use by another program: stop it, or choose another with --port.`,
      { cause },
    );
  }
  server.close();
  await once(server, 'close');
}

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Log } from '../../services/kernel/log/log.ts';
import type { Service } from '../../services/kernel/service/service.ts';
import type { ServiceHost } from '../process/service-host.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { RecordingWriter, recordingSuffix } from './recording-file.ts';
import { RecordingTape } from './recording-tape.ts';
import { tapedHost, tapedService } from './taped-host.ts';

/** A process that is killed loses what it did in this time at the most. */
const flushIntervalMs = 100;

export interface RecordedHost {
  readonly host: ServiceHost;
  service(composed: Service): Service;
}

/**
 * Records what the service is told and what it does, into a new file of the folder, until the process ends. A disk
 * that fails ends the recording, and not the service. Throws a UserError when it cannot begin.
 */
export function recordService(
  name: string,
  options: { readonly folder: string; readonly keyFolder: string; readonly log: Log },
  world: ServiceHost,
): RecordedHost {
  const { folder, keyFolder, log } = options;
  const { epoch, buildHash, dataFolder, loaded } = world;
  const path = join(folder, `${name}-${epoch}${recordingSuffix}`);
  const writer = begin(() => {
    mkdirSync(folder, { recursive: true });
    const places = { dataFolder: resolve(dataFolder), keyFolder: resolve(keyFolder) };
    return new RecordingWriter(path, { service: name, epoch, buildHash, loaded, ...places }, (error) =>
      log.error('the recording has ended', { path, error: error.message, cause: String(error.cause) }),
    );
  }, path);
  const tape = new RecordingTape((block) => writer.append(block));
  setInterval(() => tape.flush(), flushIntervalMs).unref();
  process.on('exit', () => {
    tape.flush();
    writer.close();
  });
  log.info('records', { path });
  return {
    host: tapedHost(tape, world, () => world),
    service: (composed) => tapedService(tape, composed),
  };
}

function begin(open: () => RecordingWriter, path: string): RecordingWriter {
  try {
    return open();
  } catch (cause) {
    throw new UserError(
      exitCodes.cannotWrite,
      `the recording ${path} cannot be made: name another folder with --record, or make it writable.`,
      { cause },
    );
  }
}

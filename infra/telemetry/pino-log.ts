import { destination, pino } from 'pino';
import type { Log } from '../../services/kernel/log/log.ts';

/** JSON lines to a file, or to stdout in a container. Written at once: the last line before a crash is the one needed. */
export function createPinoLog(options: {
  readonly service: string;
  readonly level: string;
  readonly file?: string | undefined;
}): Log {
  const target = destination({ dest: options.file ?? 1, sync: true, mkdir: true });
  const logger = pino({ base: { service: options.service }, level: options.level }, target);
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

import { messageBytesMax } from '../../services/kernel/codec/message-type.ts';

/** NATS counts headers as payload: room for those of a message that a stream keeps. */
const headerBytesMax = 64 * 1024;
/**
 * A subscriber that lets more than this wait, or does not take it within this time, is cut off: it comes back and asks
 * for what it missed. Until then the server slows down those who publish to it, hence half of NATS's own time.
 */
const pendingBytesMax = 64 * 1024 * 1024;
const writeSecondsMax = 5;
/** Disk that all streams may take together. */
const storeBytesMax = 4 * 1024 * 1024 * 1024;
/** Servers from 2.10 on can be told when to fsync. Streams are for tools and replay; the journals are the truth. */
const syncIntervalSeconds = 10;

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/** The configuration of a private server: on this machine only, with streams. */
export function natsServerConfig(options: {
  readonly port: number;
  readonly storeFolder: string;
  readonly logPath: string;
  readonly pidPath: string;
  readonly version: ServerVersion;
  /** Absent: everybody may do everything. */
  readonly authorization?: string | undefined;
}): string {
  const { major, minor } = options.version;
  const canSync = major > 2 || (major === 2 && minor >= 10);
  return [
    'host: "127.0.0.1"',
    `port: ${options.port}`,
    'server_name: "interlock"',
    `max_payload: ${messageBytesMax + headerBytesMax}`,
    `max_pending: ${pendingBytesMax}`,
    `write_deadline: "${writeSecondsMax}s"`,
    `log_file: ${quoted(options.logPath)}`,
    `pid_file: ${quoted(options.pidPath)}`,
    'jetstream {',
    `  store_dir: ${quoted(options.storeFolder)}`,
    `  max_file_store: ${storeBytesMax}`,
    ...(canSync ? [`  sync_interval: "${syncIntervalSeconds}s"`] : []),
    '}',
    options.authorization ?? '',
  ].join('\n');
}

/** NATS reads the escapes of a JSON string as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

import type { Log } from '../../services/kernel/log/log.ts';
import type { Service } from '../../services/kernel/service/service.ts';
import { readDecisionKey } from '../keys/key-folder.ts';
import { computeBuildHash } from '../process/build-hash.ts';
import type { ServiceHost } from '../process/service-host.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { RecordingReader } from './recording-file.ts';
import { type Difference, type ReplayCounts, ReplayingTape } from './replaying-tape.ts';
import { tapedHost, tapedService } from './taped-host.ts';

export interface ReplayResult extends ReplayCounts {
  readonly service: string;
  readonly path: string;
  readonly identical: boolean;
  readonly difference?: Difference | undefined;
  /** Bytes at the end of a recording whose service was killed, in which nothing whole is. */
  readonly tornBytes: number;
  /** False: sources have changed since, and the same outputs say that it made no difference. */
  readonly isSameBuild: boolean;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Composes the service as its main.ts does, on ports that hold nothing but the recording, and plays it. Throws a
 * UserError for what cannot be replayed at all.
 */
export async function replayService(
  name: string,
  options: { readonly path: string; readonly keyFolder: string | undefined },
  compose: (host: ServiceHost) => Service | Promise<Service>,
): Promise<ReplayResult> {
  const { path } = options;
  const reader = new RecordingReader(path);
  try {
    const { header } = reader;
    if (header.service !== name) {
      throw new UserError(exitCodes.usage, `${path} is a recording of ${header.service}, not of ${name}.`);
    }
    const tape = new ReplayingTape(reader.read());
    const host = tapedHost(
      tape,
      {
        ...header,
        log: silent,
        decisionKey: () => readDecisionKey(options.keyFolder ?? header.keyFolder),
        announce: () => undefined,
      },
      () => {
        throw new Error('a replay has no world');
      },
    );
    const composed = (async () => tapedService(tape, await compose(host)))();
    const difference = await tape.play(composed);
    return {
      service: name,
      path,
      identical: difference === undefined,
      ...tape.counts(),
      difference,
      tornBytes: reader.tornBytes,
      isSameBuild: header.buildHash === computeBuildHash(),
    };
  } finally {
    reader.close();
  }
}

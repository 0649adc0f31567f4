import { createHmac } from 'node:crypto';
import type { OperatorKey } from '../../protos/gen/authority.ts';
import type { Service } from '../../services/kernel/service/service.ts';
import type { LocalTrip } from '../process/local-trip.ts';
import type { ServiceHost } from '../process/service-host.ts';
import { type ExitCode, exitCodes, UserError } from '../process/user-error.ts';
import type { Tape } from './tape.ts';
import { tapedBus } from './taped-bus.ts';
import { tapedClock } from './taped-clock.ts';
import { tapedFace } from './taped-face.ts';
import { tapedJournal } from './taped-journal.ts';
import { tapedPort } from './taped-port.ts';

/** What a tape cannot do without, in a recording and in its replay. */
type Given = Pick<
  ServiceHost,
  'loaded' | 'log' | 'epoch' | 'dataFolder' | 'buildHash' | 'decisionKey' | 'announce'
>;

/** Where everything passes that the service does not make itself. In a replay `world` is never asked. */
export function tapedHost(tape: Tape, given: Given, world: () => ServiceHost): ServiceHost {
  const outside = (): ServiceHost => world();
  return {
    ...given,
    bus: tapedBus(tape, () => outside().bus),
    clock: tapedClock(tape, () => outside().clock),
    randomBytes: (count) => tape.call('randomBytes', count, () => outside().randomBytes(count)),
    decisionKey: () => checkedKey(tape, given.decisionKey()),
    trustedKeys: () => keysOf(tape.call('trustedKeys', undefined, () => triedKeys(outside()))),
    onLocalTrip(handler) {
      type Trip = Parameters<LocalTrip>;
      const way = tape.way<Trip>('local trip', (trip) => handler(...trip));
      tape.call('onLocalTrip', undefined, () =>
        outside().onLocalTrip((...trip) => way.enter(trip, () => handler(...trip))),
      );
    },
    openJournal: (owner) => tapedJournal(tape, () => outside().openJournal(owner)),
    port: (name, open) => tapedPort(tape, name, () => outside().port(name, open)),
    asked: (name, face) => tapedFace(tape, name, face),
    async front(open) {
      const opened = tape.isReplay ? undefined : await outside().front(open);
      return tapedPort(tape, 'front', () => opened ?? { close: () => Promise.resolve() });
    },
  };
}

/** The service's own methods, as the process that hosts it calls them. */
export function tapedService(tape: Tape, service: Service): Service {
  return tapedFace(tape, 'service', service);
}

/** The key itself stays in its folder; the tape has what tells it from another, and does not give it away. */
function checkedKey(tape: Tape, key: Uint8Array): Uint8Array {
  const check = createHmac('sha256', key).update('interlock recording').digest('hex').slice(0, 16);
  const recorded = tape.call('decisionKey', undefined, () => check);
  if (recorded === check) return key;
  throw new UserError(
    exitCodes.configuration,
    'the decision key is another than that of the recording: name the folder of its keys with --keys.',
  );
}

type TriedKeys =
  | { readonly ok: true; readonly keys: readonly OperatorKey[] }
  | { readonly ok: false; readonly exitCode: ExitCode; readonly message: string };

/** A service may do without them, and does so in its replay. */
function triedKeys({ trustedKeys }: ServiceHost): TriedKeys {
  try {
    return { ok: true, keys: trustedKeys() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ok: false, exitCode: error.exitCode, message: error.message };
  }
}

function keysOf(tried: TriedKeys): readonly OperatorKey[] {
  if (tried.ok) return tried.keys;
  throw new UserError(tried.exitCode, tried.message);
}

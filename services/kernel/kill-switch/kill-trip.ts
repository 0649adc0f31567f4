import { KillTrip } from '../../../protos/gen/control.ts';
import { CodecError } from '../codec/codec-error.ts';
import { scopeAll, type TripDemand } from './switch-definition.ts';

/** Bytes of a trip's payload that are kept as evidence. */
export const tripPayloadBytesMax = 1024;
/** Characters of its reason that are kept: anybody may trip, and each row, alert and log has them. */
const reasonLengthMax = 500;
/** No strategy, account or venue has a longer name. */
const scopeIdLengthMax = 200;

const stopEverything: TripDemand & { readonly reason: string } = {
  scope: scopeAll,
  action: 'stop',
  reason: '',
};

/**
 * What the bytes on `control.v1.kill.trip.<source>` ask for. Whatever is not a whole KillTrip, nothing included,
 * means: stop, everything. So does a scope that names nothing there can be. Nobody signs a trip, so it may stop and
 * never sell: liquidate is read as stop.
 */
export function readKillTrip(payload: Uint8Array): TripDemand & { readonly reason: string } {
  try {
    const trip = KillTrip.decode(payload);
    const isNamed = trip.scope.id !== '' && trip.scope.id.length <= scopeIdLengthMax;
    return {
      scope: isNamed ? trip.scope : scopeAll,
      action: trip.action === 'liquidate' ? 'stop' : trip.action,
      // Cut between the halves of a character, it could not be written down.
      reason: trip.reason.slice(0, reasonLengthMax).toWellFormed(),
    };
  } catch (error) {
    if (error instanceof CodecError) return stopEverything;
    throw error;
  }
}

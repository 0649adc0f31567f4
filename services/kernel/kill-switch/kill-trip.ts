import { KillTrip } from '../../../protos/gen/control.ts';
import { CodecError } from '../codec/codec-error.ts';
import { scopeAll, type TripDemand } from './switch-definition.ts';

/** Bytes of a trip's payload that are kept as evidence. */
export const tripPayloadBytesMax = 1024;

const stopEverything: TripDemand & { readonly reason: string } = {
  scope: scopeAll,
  action: 'stop',
  reason: '',
};

/**
 * What the bytes on `control.v1.kill.trip.<source>` ask for. Whatever is not a whole KillTrip, nothing included,
 * means: stop, everything. Nobody signs a trip, so it may stop and never sell: liquidate is read as stop.
 */
export function readKillTrip(payload: Uint8Array): TripDemand & { readonly reason: string } {
  try {
    const trip = KillTrip.decode(payload);
    return {
      scope: trip.scope.id === '' ? scopeAll : trip.scope,
      action: trip.action === 'liquidate' ? 'stop' : trip.action,
      reason: trip.reason,
    };
  } catch (error) {
    if (error instanceof CodecError) return stopEverything;
    throw error;
  }
}

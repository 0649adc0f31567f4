// Aim: the simulator's look at each order that goes out can really find fault: no run has shown it two orders of one exit.
import { expect, it } from 'vitest';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { DiskView, ExecutionView } from '../../services/research/simulate/execution-view.ts';
import { SendChecks } from '../../services/research/simulate/send-checks.ts';
import { VenueView } from '../../services/research/simulate/venue-view.ts';
import { Verdicts } from '../../services/research/simulate/verdicts.ts';
import { intentOf } from './execution-world.ts';

const exit = { side: 'sell', triggerId: brandOf.eventId('exit.one') } as const;
const nothing = new Uint8Array();

/** Sends exit orders as one execution that has each of them on its disk. */
function senderOfExits() {
  const verdicts = new Verdicts(() => 0, 0);
  const venue = new VenueView(verdicts);
  const checks = new SendChecks({ venue, verdicts, nowUs: () => 0, priceOf: () => 100 });
  const disk = new DiskView({ onOrder() {}, onAuthority() {}, onFact() {} });
  const execution = new ExecutionView(disk);
  const send = (order: OrderIntent): void => {
    disk.orders.set(order.clientOrderId, {
      ...{ strategy: order.strategy, instrument: order.instrument, isStarted: true, isExit: true },
      ...{ riskEpoch: undefined, effective: nothing, intent: nothing, digest: nothing },
      ...{ filled: 0n, state: 'submitting' as const },
    });
    checks.onSend(execution, order);
  };
  const wasTwice = (): boolean => verdicts.violations.some(({ code }) => code === 'EXIT_TWICE');
  return { send, venue, wasTwice };
}

it('given an order of an exit at the venue, when another of the same exit goes out, then that is EXIT_TWICE', () => {
  const { send, wasTwice } = senderOfExits();
  send(intentOf(exit));
  expect(wasTwice()).toBe(false);
  send(intentOf({ ...exit, ordinal: 1 }));
  expect(wasTwice()).toBe(true);
});

it('given an order of an exit is over, or of another exit or strategy, when the next goes out, then nothing is wrong', () => {
  const { send, venue, wasTwice } = senderOfExits();
  const first = intentOf(exit);
  send(first);
  venue.isGone(first.clientOrderId);
  send(intentOf({ ...exit, ordinal: 1 }));
  send(intentOf({ ...exit, strategy: brandOf.strategyId('other') }));
  send(intentOf({ ...exit, triggerId: brandOf.eventId('exit.two') }));
  expect(wasTwice()).toBe(false);
});

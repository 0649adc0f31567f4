// Aim: what is said again is still allowed: a decision that execution has not heard is not repeated once trading is
// restricted, for execution takes whatever it hears after a restriction as decided in its knowledge.
import { expect, it } from 'vitest';
import { KillTrip } from '../../protos/gen/control.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { aReset } from './risk-acts.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent, priceOf, quantityOf } from './risk-samples.ts';
import { ada } from './signing-samples.ts';

const limit = { type: 'limit', limitPrice: priceOf('100') } as const;

it.each(['pause', 'stop'] as const)('not during a %s, and again after it', (action) => {
  const harness = RiskHarness.ready();
  const intent = anIntent(limit);
  harness.stage(intent);
  harness.trip(KillTrip.encode({ scope: { kind: 'all', id: '' }, action, reason: '' }));
  harness.decisions.length = 0;
  harness.seconds(5);
  expect(harness.decisions).toEqual([]);
  harness.others.publish({
    subject: subjects.killReset.of({ name: 'manual' }),
    message: aReset(ada),
    eventTime: harness.time,
  });
  harness.settle();
  harness.seconds(2);
  expect(harness.decisions[0]).toMatchObject({ outcome: 'approved' });
});

it('during a pause when the order only reduces, and a denial always', () => {
  const harness = RiskHarness.ready();
  harness.journalPosition('SPY', '10');
  const reducing = anIntent({ ...limit, side: 'sell', quantity: quantityOf('10') });
  expect(harness.stage(reducing)?.outcome).toBe('approved');
  const denied = anIntent({ ...limit, quantity: quantityOf('1000000000') });
  expect(harness.stage(denied)?.outcome).toBe('denied');
  harness.trip(KillTrip.encode({ scope: { kind: 'all', id: '' }, action: 'pause', reason: '' }));
  harness.decisions.length = 0;
  harness.seconds(3);
  const said = new Set(harness.decisions.map(({ clientOrderId }) => clientOrderId));
  expect(said).toEqual(new Set([reducing.clientOrderId, denied.clientOrderId]));
});

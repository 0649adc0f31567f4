// Aim: after an exit nothing acts on what risk knew before it: a sale that it allowed of a position that is closed by now
// would open a new one.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { fillExit, flatten, holding } from './execution-exits-world.ts';
import { intentOf, units } from './execution-world.ts';

function afterAnExit() {
  const world = holding({ sma: 10 });
  const before = world.journal.head().sequence;
  flatten(world);
  fillExit(world);
  world.settle();
  const sent = world.venue.submitted.length;
  const sale = intentOf({ side: 'sell', quantity: brandOf.quantity(units(3)), reduceOnly: true });
  return { world, before, sent, sale };
}

it('given a decision from before the exit, when it comes after it, then the order is denied and nothing is sent', () => {
  const { world, before, sent, sale } = afterAnExit();
  world.send(sale);
  world.decide(sale, { applied: before });
  world.settle();
  expect(world.state(sale.clientOrderId)).toBe('denied');
  const [, decided] = world.events(sale.clientOrderId);
  expect(decided?.body).toMatchObject({ case: 'decided', value: { reasons: ['STALE_EXPOSURE'] } });
  expect(world.venue.submitted).toHaveLength(sent);
});

it('given a decision made in knowledge of the exit, then it counts', () => {
  const { world, sent, sale } = afterAnExit();
  world.send(sale);
  world.decide(sale);
  world.settle();
  expect(world.state(sale.clientOrderId)).toBe('working');
  expect(world.venue.submitted).toHaveLength(sent + 1);
});

it('given a decision from before the exit, when execution is started again, then the order is denied all the same', () => {
  const { world, before, sale } = afterAnExit();
  world.restart();
  world.wait(4_000_000);
  world.send(sale);
  world.decide(sale, { applied: before });
  world.settle();
  expect(world.state(sale.clientOrderId)).toBe('denied');
});

// Aim: whatever strategies or strangers send, however large, neither ends a service nor leaves a row in a journal that
// nobody can be told of any more.
import { describe, expect, it } from 'vitest';
import { writeFrame } from '../../services/kernel/bus/frame.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { messageBytesMax } from '../../services/kernel/codec/message-type.ts';
import { authorityRows, say, waitingOrder } from './execution-authority-world.ts';
import { intentOf, readyWorld, start, type World } from './execution-world.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent } from './risk-samples.ts';
import { aSealedCancel, eve } from './signing-samples.ts';

const stamp = {
  producer: 'strategy',
  epoch: brandOf.epoch(9),
  count: 1,
  publishTime: brandOf.timestampUs(start),
};

/** Bytes of the heaviest row. */
function heaviest(world: World): number {
  return Math.max(...world.rows().map(({ payload }) => payload.length));
}

describe('a request that is as large as the bus carries', () => {
  it('for an order does not end risk, whose decision would be twice as large', () => {
    const harness = RiskHarness.ready();
    const intent = anIntent({ reason: 'x'.repeat(600_000) });
    const subject = subjects.stageOrder.of({ clientOrderId: intent.clientOrderId });
    const frame = writeFrame(
      { ...subject, bytesMax: undefined },
      { message: intent, eventTime: brandOf.timestampUs(start) },
      stamp,
    );
    if (frame === undefined) throw new Error('the bus would carry it');

    harness.network.inject(subject.name, frame);
    harness.settle();

    expect(harness.failures).toEqual([]);
    expect(harness.judge({})).toBe('approved');
  });

  it('to cancel an order leaves no row that is larger than what can be told', () => {
    const world = readyWorld();
    const clientOrderId = world.place(intentOf());
    const subject = subjects.cancelOrder.of({ clientOrderId });
    const message = { clientOrderId, requestedBy: 'sma', reason: 'y'.repeat(messageBytesMax - 350) };
    const frame = writeFrame({ ...subject, bytesMax: undefined }, { message, eventTime: start }, stamp);
    if (frame === undefined) throw new Error('the bus would carry it');

    world.network.inject(subject.name, frame);
    world.settle();

    expect(heaviest(world)).toBeLessThan(64 * 1024);
    world.cancel(clientOrderId);
    expect(world.state(clientOrderId)).toBe('canceled');
  });

  it('is told to whoever sends it', () => {
    const world = readyWorld();
    const intent = intentOf({ reason: 'x'.repeat(70_000) });

    expect(
      world.strategy.publish({
        subject: subjects.stageOrder.of({ clientOrderId: intent.clientOrderId }),
        message: intent,
        eventTime: start,
      }),
    ).toMatchObject({ ok: false, code: 'OVERSIZED' });
  });
});

describe('a forged seal', () => {
  it('is journaled in few bytes, however long it says that its key and nonce are', () => {
    const world = readyWorld();
    const { id } = waitingOrder(world);
    const cancel = aSealedCancel(eve, id);
    const seal = { ...cancel.seal, keyId: 'k'.repeat(30_000), nonce: new Uint8Array(30_000) };

    say(world, subjects.cancelOrder.of({ clientOrderId: id }), { ...cancel, seal });

    expect(authorityRows(world)).toMatchObject([{ body: { case: 'refused', value: { code: 'TOO_LARGE' } } }]);
    expect(heaviest(world)).toBeLessThan(17 * 1024);
    expect(world.alerts.at(-1)?.text.length).toBeLessThan(500);
  });
});

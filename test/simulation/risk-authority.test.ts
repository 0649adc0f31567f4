import { describe, expect, it } from 'vitest';
import type { KillReset } from '../../protos/gen/control.ts';
import { ApproveOrder, type OrderIntent } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Signer } from '../../services/kernel/signing/operator-key.ts';
import { signSealed } from '../../services/kernel/signing/seal.ts';
import { start, units } from '../unit/execution-world.ts';
import { ada, aSealedReset, bob, eve, termsOf } from '../unit/signing-samples.ts';
import { RiskBesideExecution } from './risk-beside-execution.ts';

const terms = { expiry: brandOf.timestampUs(start + 3_600_000_000) };
const always = { approval: { kind: 'always' } } as const;

function reset(beside: RiskBesideExecution, signer: Signer = ada): KillReset {
  const ledgerId = beside.world.journal.ledgerId;
  const message = aSealedReset(signer, { terms: { ...terms, ledgerId } });
  beside.say(subjects.killReset.of({ name: 'manual' }), message);
  return message;
}

/** Signs exactly what risk has decided. */
function approve(beside: RiskBesideExecution, { clientOrderId, account, venue }: OrderIntent): void {
  const decided = beside.world.events(clientOrderId).find(({ body }) => body.case === 'decided')?.body;
  if (decided?.case !== 'decided') throw new Error(`order ${clientOrderId} is not decided`);
  const { digest, limitsVersion } = decided.value;
  const message = signSealed<ApproveOrder>(
    ApproveOrder,
    (seal) => ({ clientOrderId, digest, account, venue, limitsVersion, seal }),
    { signer: ada, terms: termsOf({ ...terms, ledgerId: beside.world.journal.ledgerId }) },
  );
  beside.say(subjects.approveOrder.of({ clientOrderId }), message);
}

function verdicts({ authority }: RiskBesideExecution): readonly string[] {
  return authority.map(({ body }) => (body.case === 'refused' ? body.value.code : body.case));
}

describe('a reset, by risk and execution together', () => {
  it('ends the latch on both sides by one signature that each has checked, and trading goes on', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    world.trip();
    world.wait(1_000_000);
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    reset(beside);
    world.wait(2_000_000);
    expect(verdicts(beside)).toEqual(['accepted', 'accepted']);
    expect(world.state(beside.send().clientOrderId)).toBe('working');
  });

  it('outlives a restart of both', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    world.trip();
    world.wait(1_000_000);
    reset(beside);
    world.wait(2_000_000);
    beside.crashRisk();
    world.restart();
    beside.startRisk();
    expect(world.state(beside.send().clientOrderId)).toBe('working');
  });

  it('is followed by an execution that was away', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    world.trip();
    world.wait(1_000_000);
    world.crash();
    reset(beside);
    world.wait(1_000_000);
    world.boot();
    world.wait(4_000_000);
    expect(world.state(beside.send().clientOrderId)).toBe('working');
  });

  it('leaves what was tripped after it', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    world.trip();
    world.wait(1_000_000);
    reset(beside);
    world.trip();
    world.wait(4_000_000);
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    reset(beside, bob);
    world.wait(2_000_000);
    expect(world.state(beside.send().clientOrderId)).toBe('working');
  });

  it('by a stranger ends nothing', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    world.trip();
    world.wait(1_000_000);
    reset(beside, eve);
    world.wait(2_000_000);
    expect(verdicts(beside)).toEqual(['UNKNOWN_KEY']);
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    expect(world.venue.submitted).toEqual([]);
  });
});

describe('an approval, by risk and execution together', () => {
  it('sends the order once it is signed, and not before', () => {
    const beside = new RiskBesideExecution(always);
    const { world } = beside;
    const intent = beside.send();
    world.wait(3_000_000);
    expect(world.state(intent.clientOrderId)).toBe('awaitingApproval');
    expect(world.venue.submitted).toEqual([]);
    approve(beside, intent);
    world.wait(1_000_000);
    expect(world.story(intent.clientOrderId)).toBe(
      'staged decided approvalDecided decided submitStarted accepted',
    );
    expect(world.venue.submitted).toEqual([intent.clientOrderId]);
    expect(beside.decisions.map(({ outcome }) => outcome)).toEqual(['needsApproval', 'approved']);
  });

  it('spends a limit once while it waits, is signed and is filled', () => {
    const beside = new RiskBesideExecution(always);
    const { world } = beside;
    const all = { quantity: brandOf.quantity(units(100)) };
    const intent = beside.send(all);
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    approve(beside, intent);
    world.wait(1_000_000);
    expect(world.state(intent.clientOrderId)).toBe('working');
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    world.venue.fill(intent.clientOrderId, { quantity: units(100), price: units(100) });
    world.settle();
    expect(world.state(intent.clientOrderId)).toBe('filled');
  });

  it.each([
    [
      'risk',
      (beside: RiskBesideExecution) => {
        beside.crashRisk();
        beside.startRisk();
      },
    ],
    [
      'execution',
      ({ world }: RiskBesideExecution) => {
        world.restart();
        world.wait(4_000_000);
      },
    ],
    [
      'both',
      (beside: RiskBesideExecution) => {
        beside.crashRisk();
        beside.world.restart();
        beside.startRisk();
      },
    ],
  ])('goes on after a restart of %s while it waits', (_, restart) => {
    const beside = new RiskBesideExecution(always);
    const { world } = beside;
    const intent = beside.send();
    restart(beside);
    expect(world.state(intent.clientOrderId)).toBe('awaitingApproval');
    approve(beside, intent);
    world.wait(2_000_000);
    expect(world.state(intent.clientOrderId)).toBe('working');
    expect(world.venue.submitted).toEqual([intent.clientOrderId]);
  });

  it('is answered by a risk that was away when it was signed', () => {
    const beside = new RiskBesideExecution(always);
    const { world } = beside;
    const intent = beside.send();
    beside.crashRisk();
    approve(beside, intent);
    expect(world.state(intent.clientOrderId)).toBe('rechecking');
    beside.startRisk();
    expect(world.state(intent.clientOrderId)).toBe('working');
    expect(world.venue.submitted).toEqual([intent.clientOrderId]);
  });

  it('is answered after a restart of both between the signature and the second look', () => {
    const beside = new RiskBesideExecution(always);
    const { world } = beside;
    const intent = beside.send();
    beside.crashRisk();
    approve(beside, intent);
    world.restart();
    beside.startRisk();
    expect(world.state(intent.clientOrderId)).toBe('working');
    expect(world.venue.submitted).toEqual([intent.clientOrderId]);
  });

  it('comes to nothing when the system was killed while it waited', () => {
    const beside = new RiskBesideExecution(always);
    const { world } = beside;
    const intent = beside.send();
    world.trip();
    world.wait(1_000_000);
    approve(beside, intent);
    world.wait(1_000_000);
    expect(world.state(intent.clientOrderId)).toBe('denied');
    expect(verdicts(beside)).toEqual(['NOT_WAITING']);
    expect(world.venue.submitted).toEqual([]);
  });
});

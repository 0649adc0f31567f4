// Aim: what lets an order through, or the lease on, comes from the risk that execution has acknowledged and from nobody
// else, to the last bit; whatever anybody broadcasts can only hold orders back.
import { describe, expect, it } from 'vitest';
import { LeaseGrant } from '../../protos/gen/control.ts';
import { RiskDecision } from '../../protos/gen/risk.ts';
import { Lease } from '../../services/execution/lease.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { refusalsJournaledMax } from '../../services/kernel/signing/authority.ts';
import { authorityRows, flipped, refusals, say } from './execution-authority-world.ts';
import { intentOf, readyWorld, start, type World } from './execution-world.ts';

const strangersKey = new Uint8Array(32).fill(8);
/** Tag, length and code: the tag of a field above 15 takes two bytes. */
const decisionCodeBytes = 35;
const grantCodeBytes = 34;

/** What somebody without the key can send: an intent, and a decision on it as he makes it. */
function forge(world: World, parts: Parameters<World['decide']>[1]): ReturnType<typeof intentOf> {
  const intent = intentOf();
  world.send(intent);
  world.decide(intent, parts);
  world.settle();
  return intent;
}

describe('a decision', () => {
  it.each([
    ['made with another key', { key: strangersKey }],
    [
      'without a code',
      { tamper: (bytes: Uint8Array) => bytes.subarray(0, bytes.length - decisionCodeBytes) },
    ],
    [
      'with a code of nothing',
      { tamper: (bytes: Uint8Array) => bytes.map((byte, at) => (at < bytes.length - 32 ? byte : 0)) },
    ],
    [
      'with something behind its code',
      { tamper: (bytes: Uint8Array) => new Uint8Array([...bytes, 0xf0, 1, 1]) },
    ],
  ])('%s is refused, journaled and alerted, and nothing is sent', (_name, parts) => {
    const world = readyWorld();

    const { clientOrderId } = forge(world, parts);

    expect(world.venue.submitted).toEqual([]);
    expect(world.state(clientOrderId)).not.toBe('approved');
    expect(refusals(world)).toEqual(['NOT_AUTHENTIC']);
    expect(authorityRows(world).at(-1)).toMatchObject({ type: RiskDecision.name });
    expect(world.alertCodes()).toContain('AUTHORITY_REFUSED');
  });

  it('with any single bit changed lets nothing through', () => {
    const world = readyWorld();
    const intent = intentOf();
    world.send(intent);
    let length = 1;

    for (let index = 0; index < length; index += 1) {
      world.decide(intent, {
        tamper: (bytes) => {
          length = bytes.length;
          return flipped(bytes, index);
        },
      });
      world.network.drain();
    }
    world.settle();

    expect(length).toBeGreaterThan(100);
    expect(world.venue.submitted).toEqual([]);
    expect(world.events(intent.clientOrderId).some(({ body }) => body.case === 'decided')).toBe(false);
    world.decide(intent);
    world.settle();
    expect(world.venue.submitted).toEqual([intent.clientOrderId]);
  });

  it('of an earlier start of risk is refused, journaled and alerted', () => {
    const world = readyWorld();

    forge(world, { epoch: 6 });

    expect(world.venue.submitted).toEqual([]);
    expect(refusals(world)).toEqual(['STALE_EPOCH']);
    expect(world.alertCodes()).toContain('AUTHORITY_REFUSED');
  });

  it('of a start that has not been acknowledged waits for it, and is no forgery', () => {
    const world = readyWorld();

    const intent = forge(world, { epoch: 8 });
    expect([world.venue.submitted, refusals(world)]).toEqual([[], []]);
    world.riskEpoch = brandOf.epoch(8);
    world.wait(1_100_000);
    world.decide(intent);
    world.settle();

    expect(world.venue.submitted).toEqual([intent.clientOrderId]);
  });

  it('that is forged does not move the time by which orders end', () => {
    const world = readyWorld();
    const intent = intentOf();
    world.send(intent);
    world.wait(300_000);
    const message = { ...authentic, clientOrderId: intent.clientOrderId };

    world.strategy.publish({
      subject: subjects.decision.of({ clientOrderId: intent.clientOrderId }),
      message,
      eventTime: brandOf.timestampUs(intent.deadline + 1),
    });
    world.settle();

    expect(world.state(intent.clientOrderId)).toBe('staged');
  });

  it('that is forged a thousand times fills neither the disk nor the alerts, and the count is not lost', () => {
    const world = readyWorld();
    const intent = intentOf();
    for (let forgery = 0; forgery < 1_000; forgery += 1) world.decide(intent, { key: strangersKey });
    world.settle();
    expect(refusals(world)).toHaveLength(refusalsJournaledMax);
    expect(world.alerts).toHaveLength(refusalsJournaledMax);

    world.wait(2_000_000);
    world.decide(intent, { key: strangersKey });
    world.settle();

    expect(authorityRows(world).at(-1)?.body).toMatchObject({
      value: { leftOut: 1_000 - refusalsJournaledMax },
    });
  });
});

const authentic: RiskDecision = {
  clientOrderId: brandOf.clientOrderId('ANY'),
  account: brandOf.accountId('main'),
  strategy: brandOf.strategyId('sma'),
  outcome: 'denied',
  intent: new Uint8Array(),
  effectiveOrder: new Uint8Array(),
  digest: new Uint8Array(),
  reasons: [],
  detail: '',
  riskEpoch: brandOf.epoch(7),
  ledgerId: brandOf.ledgerId('ledger-1'),
  limitsVersion: 'limits',
  environment: 'paper',
  appliedSequence: brandOf.sequence(1),
  authentication: new Uint8Array(32),
};

describe('a lease answer', () => {
  it.each<readonly [string, (world: World) => void]>([
    [
      'made with another key',
      (world) => {
        world.grantKey = strangersKey;
      },
    ],
    [
      'without a code',
      (world) => {
        world.tamperGrant = (bytes) => bytes.subarray(0, bytes.length - grantCodeBytes);
      },
    ],
    [
      'whose state was touched',
      (world) => {
        world.mode = 'halted';
        // The mode, made active: field 1 of the state, which is field 3.
        world.tamperGrant = (bytes) => bytes.map((byte, at) => (isMode(bytes, at) ? 1 : byte));
      },
    ],
    [
      'of an earlier start of risk',
      (world) => {
        world.riskEpoch = brandOf.epoch(6);
      },
    ],
  ])('%s does not renew the lease', (name, break_) => {
    const world = readyWorld();
    break_(world);

    world.wait(3_100_000);

    expect(world.service.health().reasons).toEqual(['LEASE_EXPIRED']);
    const code = name.startsWith('of an earlier') ? 'STALE_EPOCH' : 'NOT_AUTHENTIC';
    expect(new Set(refusals(world))).toEqual(new Set([code]));
    expect(authorityRows(world).at(-1)).toMatchObject({ type: LeaseGrant.name });
    expect(world.alertCodes()).toContain('AUTHORITY_REFUSED');
    world.place(intentOf());
    expect(world.venue.submitted).toEqual([]);
  });

  it('to an earlier request than one that was answered is old', () => {
    const lease = new Lease({ epoch: brandOf.epoch(5), buildHash: 'build', nowUs: 0 });
    const [first, second] = [lease.request(0), lease.request(1)];
    expect(lease.take(grantOf(second, 'halted'))).toBe('newEpoch');

    expect(lease.take(grantOf(first, 'active'))).toBe('unknownNonce');

    expect(lease.state?.mode).toBe('halted');
  });

  it('that was asked for before something stricter was heard prolongs the lease and loosens nothing', () => {
    const lease = new Lease({ epoch: brandOf.epoch(5), buildHash: 'build', nowUs: 0 });
    const first = lease.request(0);
    lease.take(grantOf(first, 'active'));
    expect(lease.takeState(grantOf(first, 'halted').state)).toBe('taken');

    expect(lease.take(grantOf(first, 'active'))).toBe('fresh');
    expect(lease.state?.mode).toBe('halted');
    expect(lease.take(grantOf(lease.request(2), 'active'))).toBe('fresh');
    expect(lease.state?.mode).toBe('active');
  });
});

function isMode(bytes: Uint8Array, at: number): boolean {
  const state = bytes.findIndex((byte, index) => byte === 0x1a && bytes[index + 2] === 0x08);
  return at === state + 3;
}

function grantOf(nonce: number, mode: 'active' | 'halted'): LeaseGrant {
  const riskEpoch = brandOf.epoch(1);
  return {
    nonce: brandOf.sequence(nonce),
    riskEpoch,
    state: { mode, reasons: [], riskEpoch, riskReady: true, limitsVersion: '', environment: 'paper' },
    appliedSequence: brandOf.sequence(0),
    appliedHash: '',
    latched: [],
    buildHash: 'build',
    authentication: new Uint8Array(),
  };
}

describe('a trading state that anybody says', () => {
  const says = (world: World, mode: 'active' | 'halted'): void =>
    say(world, subjects.tradingState.of({}), { ...grantOf(0, mode).state, riskEpoch: world.riskEpoch });

  it('given risk has said halted, when it is active, then nothing goes, and risk is asked', () => {
    const world = readyWorld();
    const asked = world.requests.length;
    const intent = intentOf();
    world.send(intent);
    world.decide(intent);
    world.mode = 'halted';
    world.sayMode();

    says(world, 'active');

    expect(world.venue.submitted).toEqual([]);
    expect(world.requests.length).toBeGreaterThan(asked);
  });

  it('given it is looser a thousand times, when execution hears it, then it asks risk once in a while', () => {
    const world = readyWorld();
    world.mode = 'halted';
    world.wait(1_100_000);
    const asked = world.requests.length;

    for (let time = 0; time < 1_000; time += 1)
      world.strategy.publish({
        subject: subjects.tradingState.of({}),
        message: { ...grantOf(0, 'active').state, riskEpoch: world.riskEpoch },
        eventTime: start,
      });
    world.network.drain();

    expect(world.requests.length - asked).toBe(1);
  });

  it('given risk is active, when it is halted, then nothing goes until risk has granted again', () => {
    const world = readyWorld();
    const intent = intentOf();
    world.send(intent);
    world.decide(intent);
    world.strategy.publish({
      subject: subjects.tradingState.of({}),
      message: { ...grantOf(0, 'halted').state, riskEpoch: world.riskEpoch },
      eventTime: start,
    });
    world.settle();
    expect(world.venue.submitted).toEqual([]);

    world.wait(1_100_000);

    expect(world.state(world.place(intentOf()))).toBe('working');
  });
});

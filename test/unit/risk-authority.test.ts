import { describe, expect, it } from 'vitest';
import { AuthorityEvent, OperatorPresent } from '../../protos/gen/authority.ts';
import { KillReset, KillResume, KillTrip } from '../../protos/gen/control.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Signer } from '../../services/kernel/signing/operator-key.ts';
import type { SealTerms } from '../../services/kernel/signing/seal.ts';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { Acts, aPresence, aReset, aResume, flippedBytes, here } from './risk-acts.ts';
import { RiskHarness } from './risk-harness.ts';
import { startTime } from './risk-samples.ts';
import { ada, bob, eve, withSecondSeal } from './signing-samples.ts';

const pause = KillTrip.encode({ scope: { kind: 'all', id: '' }, action: 'pause', reason: '' });

function modeOf({ harness }: Acts): string | undefined {
  return harness.states.at(-1)?.mode;
}

describe('a signed reset', () => {
  it('ends the trip, with its evidence and the row of execution that it reaches up to', () => {
    // given a system that was killed
    const acts = new Acts();
    acts.kill();
    expect(acts.harness.judge({})).toBe('KILLED');
    // when an enrolled key signs it away
    const reset = aReset(ada);
    acts.reset(reset);
    // then trading goes on, and everybody hears why
    expect(acts.verdicts).toEqual(['accepted']);
    expect(acts.authority[0]).toMatchObject({
      subject: 'control.v1.kill.reset.manual',
      type: 'interlock.control.v1.KillReset',
      keyId: ada.keyId,
      evidence: KillReset.encode(reset),
    });
    expect(acts.last).toMatchObject({
      name: 'manual',
      level: 'armed',
      ignored: false,
      body: {
        case: 'resetRequested',
        value: {
          requestedBy: 'ada',
          rebase: false,
          evidence: KillReset.encode(reset),
          executionSequence: acts.harness.executionJournal.durableHead().sequence,
        },
      },
    });
    expect(modeOf(acts)).toBe('active');
    expect(acts.harness.judge({})).toBe('approved');
  });

  it('stands in one commit with the row of its signature', () => {
    const acts = new Acts();
    acts.kill();
    const before = acts.harness.journal.durableHead().sequence;
    acts.reset(aReset(ada));
    const rows = acts.harness.journal.read({ fromSequence: brandOf.sequence(before + 1), limit: 10 });
    expect(rows.map(({ aggregate }) => aggregate).slice(0, 2)).toEqual(['authority', 'kill-switch/manual']);
  });

  it('outlives a restart, and so does the trip that was not reset', () => {
    const acts = new Acts();
    acts.killAndReset();
    acts.restart();
    expect(acts.harness.judge({})).toBe('approved');
    acts.kill();
    acts.restart();
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('is in force for nobody before it is on disk', () => {
    // given a reset that was taken, and a disk that has not answered
    const acts = new Acts();
    acts.kill();
    const { harness } = acts;
    const states = harness.states.length;
    const operator = harness.network.connect({ producer: 'operator', epoch: brandOf.epoch(2) });
    operator.publish({
      subject: subjects.killReset.of({ name: 'manual' }),
      message: aReset(ada),
      eventTime: harness.time,
    });
    harness.sendLeaseRequest();
    harness.network.drain();
    // then the lease that is asked for meanwhile is that of a tripped system
    expect(harness.grants.at(-1)).toMatchObject({ state: { mode: 'halted' }, latched: ['manual'] });
    expect(harness.states).toHaveLength(states);
    // and a moment later it is not
    harness.settle();
    harness.askLease();
    expect(harness.grants.at(-1)).toMatchObject({ state: { mode: 'active' }, latched: [] });
  });

  it('typed twice acts once, and is answered twice', () => {
    const acts = new Acts();
    acts.kill();
    const reset = aReset(ada);
    acts.reset(reset);
    acts.kill();
    const head = acts.harness.journal.head().sequence;
    acts.reset(reset);
    // The second kill stands: only a new signature could end it.
    expect(acts.harness.judge({})).toBe('KILLED');
    expect(acts.harness.journal.head().sequence).toBe(head);
    expect(acts.verdicts).toEqual(['accepted', 'accepted']);
    expect(acts.eventsOf('manual').filter((body) => body === 'resetRequested')).toHaveLength(2);
  });

  it('typed again after a restart is answered still', () => {
    const acts = new Acts();
    acts.kill();
    const reset = aReset(ada);
    acts.reset(reset);
    acts.restart();
    acts.authority.length = 0;
    const events = acts.eventsOf('manual').length;
    acts.reset(reset);
    expect(acts.verdicts).toEqual(['accepted']);
    expect(acts.eventsOf('manual').slice(events)).toEqual(['resetRequested']);
    expect(acts.harness.judge({})).toBe('approved');
  });

  it('comes to nothing on a switch that is not tripped, and says so', () => {
    const acts = new Acts();
    acts.reset(aReset(ada));
    expect(acts.verdicts).toEqual(['accepted']);
    expect(acts.last?.body).toEqual({
      case: 'resetRefused',
      value: { code: 'NOT_TRIPPED', reason: 'manual is not tripped' },
    });
  });

  it('waits for the cool-down in market time', () => {
    const coolDownUs = brandOf.durationUs(60_000_000);
    const acts = new Acts(RiskHarness.ready({ switches: [{ ...aSwitch({ name: 'manual' }), coolDownUs }] }));
    acts.kill();
    acts.harness.marketTime += 20_000_000;
    acts.harness.quote('SPY', 99.99, 100.01);
    acts.reset(aReset(ada));
    expect(acts.last?.body).toEqual({
      case: 'resetRefused',
      value: { code: 'COOL_DOWN', reason: '40 s of market time left of its cool-down' },
    });
    acts.harness.marketTime += 40_000_000;
    acts.harness.quote('SPY', 99.99, 100.01);
    acts.reset(aReset(ada));
    expect(acts.last).toMatchObject({ level: 'armed', body: { case: 'resetRequested' } });
  });

  it('is not listened to before all rows of execution are known', () => {
    const harness = new RiskHarness();
    harness.losesRows = true;
    harness.journalAccount('100000');
    const acts = new Acts(harness);
    // given a row that never came
    harness.execution.disconnect();
    harness.restartRisk();
    acts.reset(aReset(ada));
    expect(acts.verdicts).toEqual([]);
  });
});

describe('a resume', () => {
  it('ends a pause by one signature', () => {
    const acts = new Acts();
    acts.harness.trip(pause);
    expect(modeOf(acts)).toBe('reducing');
    const resume = aResume(ada);
    acts.resume(resume);
    expect(acts.last).toMatchObject({
      level: 'armed',
      body: { case: 'resumeRequested', value: { requestedBy: 'ada', evidence: KillResume.encode(resume) } },
    });
    expect(modeOf(acts)).toBe('active');
  });

  it('does not end a stop', () => {
    const acts = new Acts();
    acts.kill();
    acts.resume(aResume(ada));
    expect(acts.last?.body).toEqual({
      case: 'resetRefused',
      value: { code: 'NOT_PAUSED', reason: 'manual stops: it takes a reset' },
    });
    expect(acts.harness.judge({})).toBe('KILLED');
  });
});

describe('a forgery', () => {
  const forgeries: readonly (readonly [
    code: string,
    Signer,
    options: { readonly terms?: Partial<SealTerms>; readonly switchName?: string },
  ])[] = [
    ['UNKNOWN_KEY', eve, {}],
    ['WRONG_ENVIRONMENT', ada, { terms: { environment: 'live' } }],
    ['WRONG_LEDGER', ada, { terms: { ledgerId: brandOf.ledgerId('another') } }],
    ['EXPIRED', ada, { terms: { expiry: brandOf.timestampUs(startTime - 1) } }],
    ['EXPIRED', ada, { terms: { expiry: brandOf.timestampUs(startTime + 86_400_000_000 * 2) } }],
    ['NONCE_MALFORMED', ada, { terms: { nonce: new Uint8Array(15) } }],
    ['UNKNOWN_SWITCH', ada, { switchName: 'no-such-switch' }],
  ];

  it.each(forgeries)(
    'with %s is refused, journaled and alerted, and acts on nothing',
    (code, by, options) => {
      const acts = new Acts();
      acts.kill();
      const head = acts.harness.journal.head().sequence;
      acts.reset(aReset(by, options));
      expect(acts.verdicts).toEqual([code]);
      expect(acts.harness.alerts.at(-1)).toMatchObject({ severity: 'critical', code: 'AUTHORITY_REFUSED' });
      expect(acts.harness.alerts.at(-1)?.text).toContain(code);
      expect(acts.harness.judge({})).toBe('KILLED');
      const rows = acts.harness.journal.read({ fromSequence: brandOf.sequence(head + 1), limit: 10 });
      expect(rows.map(({ type }) => type)).toEqual([AuthorityEvent.name]);
    },
  );

  it('under the subject of another switch is refused, and its nonce is not used up', () => {
    const acts = new Acts(RiskHarness.ready({ switches: [aSwitch({ name: 'dailyLoss' })] }));
    acts.kill();
    const reset = aReset(ada, { switchName: 'dailyLoss' });
    acts.reset(reset, { name: 'manual' });
    expect(acts.verdicts).toEqual(['SUBJECT_MISMATCH']);
    expect(acts.harness.judge({})).toBe('KILLED');
    acts.reset(reset);
    expect(acts.verdicts).toEqual(['SUBJECT_MISMATCH', 'accepted']);
  });

  it('of a single byte is refused, whichever it is', () => {
    const acts = new Acts();
    acts.kill();
    const forged = [
      ...flippedBytes(KillReset, aReset(ada)).map(({ message, payload }) => () => {
        acts.reset(message, { payload, name: 'manual' });
      }),
      ...flippedBytes(KillResume, aResume(ada)).map(({ message, payload }) => () => {
        acts.resume(message, { payload, name: 'manual' });
      }),
      ...flippedBytes(OperatorPresent, aPresence(ada)).map(({ message, payload }) => () => {
        acts.present(message, { payload });
      }),
    ];
    expect(forged.length).toBeGreaterThan(300);
    for (const send of forged) {
      // Each in a second of its own: a flood is thinned out.
      acts.harness.seconds(1);
      send();
    }
    expect(acts.verdicts).toHaveLength(forged.length);
    expect(acts.verdicts).not.toContain('accepted');
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('that puts the nonce of one act under another is refused', () => {
    const acts = new Acts();
    acts.kill();
    const terms = { nonce: new Uint8Array(16).fill(7) };
    acts.present(aPresence(ada, terms));
    acts.reset(aReset(ada, { terms }));
    expect(acts.verdicts).toEqual(['accepted', 'NONCE_REUSED']);
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('in a flood fills neither the disk nor the alerts, and is counted', () => {
    const acts = new Acts();
    const head = acts.harness.journal.head().sequence;
    for (let forgery = 0; forgery < 50; forgery += 1) acts.reset(aReset(eve));
    expect(acts.harness.journal.head().sequence - head).toBe(5);
    acts.harness.seconds(2);
    acts.reset(aReset(eve));
    expect(acts.authority.at(-1)?.body).toMatchObject({ case: 'refused', value: { leftOut: 45 } });
    expect(acts.harness.alerts.at(-1)?.text).toContain('45 more');
  });
});

describe('an operator who signs anything', () => {
  const deadMan = {
    ...aSwitch({ name: 'operatorDeadMan', threshold: 60_000_000 }),
    onGraceExpired: 'trip',
  } as const;

  it('is there, for as long as the profile says', () => {
    const acts = new Acts(RiskHarness.ready({ switches: [deadMan] }));
    expect(acts.harness.judge({})).toBe('NOT_READY');
    acts.present(aPresence(ada));
    acts.harness.seconds(1);
    expect(acts.harness.judge({})).toBe('approved');
    acts.harness.seconds(62);
    expect(acts.eventsOf('operatorDeadMan')).toContain('inputLost');
  });

  it('is there for what a stranger signs not', () => {
    const acts = new Acts(RiskHarness.ready({ switches: [deadMan] }));
    acts.present(aPresence(eve));
    acts.harness.seconds(1);
    expect(acts.verdicts).toEqual(['UNKNOWN_KEY']);
    expect(acts.harness.judge({})).toBe('NOT_READY');
  });
});

describe('a rebase', () => {
  const maxDrawdown = aSwitch({ name: 'maxDrawdown', threshold: 0.15, coolDownUs: 0 });

  function inDrawdown(): Acts {
    const harness = RiskHarness.ready({
      switches: [maxDrawdown, aSwitch({ name: 'grossExposure', threshold: 1 })],
    });
    harness.journalReconciliation(true);
    harness.journalAccount('100000');
    harness.seconds(1);
    harness.journalAccount('80000');
    harness.seconds(1);
    return new Acts(harness);
  }

  it('takes two keys, and measures from now on', () => {
    const acts = inDrawdown();
    expect(acts.harness.judge({})).toBe('KILLED');
    acts.reset(withSecondSeal(aReset(ada, { switchName: 'maxDrawdown', rebase: true }), bob, here));
    expect(acts.verdicts).toEqual(['accepted']);
    expect(acts.eventsOf('maxDrawdown').slice(-2)).toEqual(['resetRequested', 'baselineMoved']);
    acts.harness.seconds(2);
    expect(acts.harness.judge({})).toBe('approved');
    acts.restart();
    acts.harness.seconds(2);
    expect(acts.harness.judge({})).toBe('approved');
    acts.harness.journalAccount('68000');
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('without it is refused for as long as the loss stands, with the figure', () => {
    const acts = inDrawdown();
    acts.reset(aReset(ada, { switchName: 'maxDrawdown' }));
    expect(acts.last?.body).toEqual({
      case: 'resetRefused',
      value: { code: 'CONDITION_STANDS', reason: 'drawdown 0.2000 >= 0.1500' },
    });
    acts.harness.journalAccount('90000');
    acts.reset(aReset(ada, { switchName: 'maxDrawdown' }));
    expect(acts.harness.judge({})).toBe('approved');
  });

  it.each([
    ['by one key', (reset: KillReset) => reset],
    ['by the same key twice', (reset: KillReset) => withSecondSeal(reset, ada, here)],
  ])('%s is refused', (_, sealed) => {
    const acts = inDrawdown();
    acts.reset(sealed(aReset(ada, { switchName: 'maxDrawdown', rebase: true })));
    expect(acts.verdicts).toEqual(['SECOND_KEY_MISSING']);
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('by a key and a stranger is refused', () => {
    const acts = inDrawdown();
    acts.reset(withSecondSeal(aReset(ada, { switchName: 'maxDrawdown', rebase: true }), eve, here));
    expect(acts.verdicts).toEqual(['UNKNOWN_KEY']);
  });

  it('of what measures no loss is refused', () => {
    const acts = inDrawdown();
    acts.reset(withSecondSeal(aReset(ada, { switchName: 'manual', rebase: true }), bob, here));
    expect(acts.last?.body).toMatchObject({ case: 'resetRefused', value: { code: 'NOT_TRIPPED' } });
    acts.kill();
    acts.reset(withSecondSeal(aReset(ada, { switchName: 'manual', rebase: true }), bob, here));
    expect(acts.last?.body).toMatchObject({ case: 'resetRefused', value: { code: 'NOT_REBASABLE' } });
  });
});

import { describe, expect, it } from 'vitest';
import { AuthorityEvent } from '../../protos/gen/authority.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { Acts, aKeyringChange, aPresence, aReset, here } from './risk-acts.ts';
import { RiskHarness } from './risk-harness.ts';
import { startTime } from './risk-samples.ts';
import { ada, bob, eve, keyOf, signerOf } from './signing-samples.ts';

const nothing = new Uint8Array(0);
const carol = signerOf(4);

/** A row of execution's own switch. */
function rowOf(
  body: KillSwitchEvent['body'],
  level: KillSwitchEvent['level'] = 'tripped',
  name = 'manual',
): KillSwitchEvent {
  return {
    name: brandOf.switchName(name),
    scope: { kind: 'all', id: '' },
    action: 'stop',
    level,
    confirmation: level === 'tripped' ? 'canceling' : 'none',
    ignored: false,
    body,
  };
}

const aTrip: KillSwitchEvent['body'] = {
  case: 'tripped',
  value: { source: 'manual.me', reason: 'x', marketTime: brandOf.timestampUs(startTime), payload: nothing },
};

/** As execution journals it once it has followed. */
function followedReset(executionSequence: number): KillSwitchEvent {
  return rowOf(
    {
      case: 'resetRequested',
      value: {
        requestedBy: 'ada',
        rebase: false,
        evidence: nothing,
        marketTime: brandOf.timestampUs(startTime),
        executionSequence: brandOf.sequence(executionSequence),
      },
    },
    'armed',
  );
}

/** Killed on both sides, and reset in risk; execution has not followed yet. */
function resetInRisk(): Acts {
  const acts = new Acts();
  acts.kill();
  acts.harness.latched = ['manual'];
  acts.harness.journalSwitch(rowOf(aTrip));
  acts.reset(aReset(ada));
  expect(acts.harness.judge({})).toBe('approved');
  return acts;
}

describe('a reset that execution has not followed yet', () => {
  it('is not undone by what execution still says of the old trip', () => {
    const acts = resetInRisk();
    acts.harness.askLease();
    acts.harness.seconds(2);
    acts.harness.askLease();
    expect(acts.harness.judge({})).toBe('approved');
    expect(acts.harness.grants.at(-1)?.latched).toEqual([]);
  });

  it('is undone when execution still has that trip long after, so that a person can end it again', () => {
    const acts = resetInRisk();
    for (let request = 0; request < 28; request += 1) acts.harness.askLease();
    expect(acts.harness.grants.at(-1)?.latched).toEqual([]);
    for (let request = 0; request < 4; request += 1) acts.harness.askLease();
    expect(acts.harness.grants.at(-1)?.latched).toEqual(['manual']);
  });

  it('is undone by a newer trip of execution, heard as a row', () => {
    const acts = resetInRisk();
    acts.harness.journalSwitch(rowOf(aTrip));
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('is not undone by the old trip after a restart of risk, and is by a newer one', () => {
    const acts = resetInRisk();
    acts.restart();
    expect(acts.harness.judge({})).toBe('approved');
    acts.harness.losesRows = true;
    acts.harness.journalSwitch(rowOf(aTrip));
    acts.restart();
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('names the row of execution that it reaches up to, so that a trip under way survives', () => {
    // given a trip that execution has journaled and risk has not heard of
    const acts = new Acts();
    acts.kill();
    acts.harness.journalSwitch(rowOf(aTrip));
    const known = acts.harness.executionJournal.durableHead().sequence;
    acts.harness.losesRows = true;
    acts.harness.journalSwitch(rowOf(aTrip));
    // when risk resets
    acts.reset(aReset(ada));
    // then its row says up to where it knew, and the later trip is taken over once it is heard of
    expect(acts.last?.body).toMatchObject({ case: 'resetRequested', value: { executionSequence: known } });
    acts.harness.latched = ['manual'];
    acts.harness.shakeHands();
    expect(acts.harness.judge({})).toBe('KILLED');
  });
});

describe('once execution has followed a reset', () => {
  function followed(): Acts {
    const acts = resetInRisk();
    acts.harness.journalSwitch(followedReset(acts.harness.executionJournal.durableHead().sequence));
    acts.harness.latched = [];
    return acts;
  }

  it('a lease request from before is old, and trips nothing', () => {
    const acts = followed();
    const { sequence } = acts.harness.executionJournal.durableHead();
    acts.harness.sendLeaseRequest({
      latched: [brandOf.switchName('manual')],
      journalSequence: brandOf.sequence(sequence - 1),
    });
    acts.harness.settle();
    expect(acts.harness.judge({})).toBe('approved');
  });

  it('a lease request that names it again is taken at its word, its row to come', () => {
    const acts = followed();
    acts.harness.latched = ['manual'];
    acts.harness.askLease();
    expect(acts.harness.judge({})).toBe('KILLED');
  });

  it('a new trip is a new trip', () => {
    const acts = followed();
    acts.harness.journalSwitch(rowOf(aTrip));
    expect(acts.harness.judge({})).toBe('KILLED');
    acts.reset(aReset(bob));
    expect(acts.harness.judge({})).toBe('approved');
  });
});

describe('a switch that the profile no longer has', () => {
  const name = 'dailyLoss-gone';

  it('stays latched under its own name, across a restart, until that is signed away', () => {
    const acts = new Acts();
    acts.harness.journalSwitch(rowOf(aTrip, 'tripped', name));
    acts.harness.latched = [name];
    acts.restart();
    expect(acts.harness.judge({})).toBe('KILLED');
    expect(acts.harness.grants.at(-1)?.latched).toEqual([name]);
    acts.reset(aReset(ada));
    expect(acts.harness.judge({})).toBe('KILLED');
    acts.reset(aReset(ada, { switchName: name }));
    expect(acts.last).toMatchObject({ name, level: 'disabled', body: { case: 'resetRequested' } });
    expect(acts.harness.judge({})).toBe('approved');
    acts.restart();
    expect(acts.harness.judge({})).toBe('approved');
  });
});

describe('a journal of execution that is another one', () => {
  it('halts until a person of the new system signs, and not again after that', () => {
    const other = { ledgerId: brandOf.ledgerId('other-ledger') };
    const harness = RiskHarness.ready({ switches: [aSwitch({ name: 'maxDrawdown', threshold: 0.5 })] });
    harness.journalReconciliation(true);
    harness.seconds(1);
    const acts = new Acts(harness);
    const start = (): string => {
      harness.restartRisk();
      harness.instrument();
      harness.quote('SPY', 99.99, 100.01);
      for (let request = 0; request < 3; request += 1) harness.askLease(other);
      harness.journalReconciliation(true);
      harness.seconds(1);
      return harness.judge({});
    };
    harness.becomeOtherLedger();
    harness.journalAccount('100000');
    expect(start()).toBe('KILLED');
    acts.reset(aReset(ada, { switchName: 'reconciliationBreak' }));
    expect(acts.verdicts).toEqual(['WRONG_LEDGER']);
    acts.reset(aReset(ada, { switchName: 'reconciliationBreak', terms: other }));
    expect(harness.judge({})).toBe('approved');
    expect(start()).toBe('approved');
  });
});

describe("execution's keyring", () => {
  function journal(acts: Acts, row: AuthorityEvent): void {
    const subject = subjects.authorityEvent.of({ service: 'execution' });
    acts.harness.journalRow(AuthorityEvent, row, subject);
  }

  const enrolment = () => aKeyringChange(ada, { case: 'enroll', value: keyOf(carol, 'carol') });
  const retirement = () =>
    aKeyringChange(ada, { case: 'retire', value: { keyId: bob.keyId, reason: 'left' } });

  it('is followed: who is enrolled there may sign here, who is retired may not', () => {
    const acts = new Acts();
    acts.kill();
    journal(acts, Acts.keyringRow(enrolment()));
    journal(acts, Acts.keyringRow(retirement()));
    acts.reset(aReset(bob));
    acts.reset(aReset(carol));
    expect(acts.verdicts).toEqual(['keyringChanged', 'keyringChanged', 'RETIRED_KEY', 'accepted']);
    expect(acts.harness.judge({})).toBe('approved');
  });

  it('is known after a restart, once each, however old its seals are by then', () => {
    const acts = new Acts();
    journal(acts, Acts.keyringRow(enrolment()));
    journal(acts, Acts.keyringRow(retirement()));
    acts.harness.clock.advance(7_200_000_000);
    acts.restart();
    const terms = { expiry: brandOf.timestampUs(startTime + 10_800_000_000) };
    acts.authority.length = 0;
    acts.reset(aReset(bob, { terms }));
    acts.reset(aReset(carol, { terms }));
    expect(acts.verdicts).toEqual(['RETIRED_KEY', 'accepted']);
  });

  it('is read from the journal of execution when the own one was lost', () => {
    const acts = new Acts();
    journal(acts, Acts.keyringRow(retirement()));
    acts.harness.clock.advance(7_200_000_000);
    acts.harness.loseRiskJournal();
    acts.harness.shakeHands();
    acts.authority.length = 0;
    acts.reset(aReset(bob, { terms: { expiry: brandOf.timestampUs(startTime + 10_800_000_000) } }));
    expect(acts.verdicts).toEqual(['RETIRED_KEY']);
  });

  it('is not believed without the signature', () => {
    const forged = [
      // Signed by nobody who may.
      Acts.keyringRow(aKeyringChange(eve, { case: 'enroll', value: keyOf(eve, 'eve') })),
      // The signature of another message.
      Acts.keyringRow(enrolment(), { evidence: new Uint8Array([1, 2, 3]) }),
      // Of another system.
      Acts.keyringRow(
        aKeyringChange(
          ada,
          { case: 'enroll', value: keyOf(eve, 'eve') },
          { ledgerId: brandOf.ledgerId('x') },
        ),
      ),
      Acts.keyringRow(
        aKeyringChange(ada, { case: 'enroll', value: keyOf(eve, 'eve') }, { environment: 'live' }),
      ),
    ];
    for (const row of forged) {
      const acts = new Acts();
      journal(acts, row);
      acts.present(aPresence(eve));
      expect(acts.verdicts.at(-1)).toBe('UNKNOWN_KEY');
      expect(acts.verdicts).not.toContain('keyringChanged');
      expect(acts.harness.alerts.map(({ code }) => code)).toContain('AUTHORITY_REFUSED');
    }
  });

  it('says only what was signed, whatever its row says of it', () => {
    const acts = new Acts();
    const row = Acts.keyringRow(enrolment());
    journal(acts, {
      ...row,
      body: {
        case: 'keyringChanged',
        value: { body: { case: 'enrolled', value: keyOf(eve, 'eve') } },
      },
    });
    acts.present(aPresence(eve));
    acts.present(aPresence(carol));
    expect(acts.verdicts).toEqual(['keyringChanged', 'UNKNOWN_KEY', 'accepted']);
  });

  it('shows that somebody is there, as every act does', () => {
    const deadMan = aSwitch({ name: 'operatorDeadMan', threshold: 60_000_000 });
    const acts = new Acts(RiskHarness.ready({ switches: [deadMan] }));
    expect(acts.harness.judge({})).toBe('NOT_READY');
    journal(acts, {
      subject: 'commands.v1.order.approve.X',
      type: 'interlock.order.v1.ApproveOrder',
      keyId: ada.keyId,
      nonce: new Uint8Array(16),
      expiry: here.expiry ?? brandOf.timestampUs(startTime),
      evidence: nothing,
      body: { case: 'accepted', value: {} },
    });
    acts.harness.seconds(1);
    expect(acts.harness.judge({})).toBe('approved');
  });
});

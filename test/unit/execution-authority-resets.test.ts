// Aim: a trip that is latched ends by a person's signature that execution has checked itself, for the trips that risk
// had heard of, once; whatever else claims to end it leaves it latched, and says so to risk and to people.
import { describe, expect, it } from 'vitest';
import { KillReset, KillResume, KillTrip } from '../../protos/gen/control.ts';
import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { aResume, flipped, lastRows, refusals, sayRow } from './execution-authority-world.ts';
import { intentOf, readyWorld, start, type World } from './execution-world.ts';
import { ada, aSealedReset, bob, eve, withSecondSeal } from './signing-samples.ts';

const manual = brandOf.switchName('manual');

const base = {
  name: manual,
  scope: { kind: 'all', id: '' },
  action: 'stop',
  confirmation: 'none',
  ignored: false,
} as const;

const tripped: KillSwitchEvent = {
  ...base,
  level: 'tripped',
  body: {
    case: 'tripped',
    value: { source: 'manual.me', reason: '', marketTime: start, payload: new Uint8Array() },
  },
};

interface End {
  readonly evidence?: Uint8Array;
  /** Row of execution's journal that risk had applied. */
  readonly upTo?: number;
  readonly name?: string;
}

/** Risk has ended a trip, as its journal tells it. */
function resetOf(world: World, { evidence, upTo, name }: End = {}): KillSwitchEvent {
  const value = {
    requestedBy: 'ada',
    rebase: false,
    evidence: evidence ?? KillReset.encode(aSealedReset(ada)),
    marketTime: start,
    executionSequence: brandOf.sequence(upTo ?? world.rows().length),
  };
  const switchName = brandOf.switchName(name ?? 'manual');
  return { ...base, name: switchName, level: 'armed', body: { case: 'resetRequested', value } };
}

function resumeOf(world: World, evidence: Uint8Array): KillSwitchEvent {
  const executionSequence = brandOf.sequence(world.rows().length);
  const value = { requestedBy: 'ada', evidence, executionSequence };
  return { ...base, action: 'pause', level: 'armed', body: { case: 'resumeRequested', value } };
}

function trippedWorld(): World {
  const world = readyWorld();
  world.trip();
  world.wait(500_000);
  world.trips.length = 0;
  return world;
}

function latched(world: World): readonly string[] {
  world.wait(1_100_000);
  return world.requests.at(-1)?.latched ?? [];
}

function tripRows(world: World): number {
  return world.facts().filter((fact) => fact.case === 'killSwitch' && fact.value.body.case === 'tripped')
    .length;
}

describe('a reset of risk', () => {
  it('given it is signed, when execution hears it, then the trip is over, and orders go again', () => {
    const world = trippedWorld();

    sayRow(world, resetOf(world), 9);

    expect(lastRows(world, 2)).toEqual(['authority accepted', 'switch resetRequested']);
    expect(world.alertCodes()).toContain('KILL_ENDED');
    expect(latched(world)).toEqual([]);
    expect(world.state(world.place(intentOf()))).toBe('working');
  });

  it('given a decision from before the trip, when it comes after the end, then it is denied, also by the next start', () => {
    const world = readyWorld();
    const before = world.journal.head().sequence;
    world.trip();
    world.wait(500_000);
    sayRow(world, resetOf(world), 9);
    const late = intentOf();
    world.send(late);
    world.decide(late, { applied: before });
    world.settle();

    expect(world.events(late.clientOrderId).at(-1)?.body).toMatchObject({
      case: 'decided',
      value: { reasons: ['STALE_EXPOSURE'] },
    });
    world.restart();
    world.wait(4_000_000);
    const later = intentOf();
    world.send(later);
    world.decide(later, { applied: before });
    world.settle();
    expect(world.state(later.clientOrderId)).toBe('denied');
    expect(world.venue.submitted).toEqual([]);
  });

  it('given a restart after it, then the trip is still over', () => {
    const world = trippedWorld();
    sayRow(world, resetOf(world), 9);

    world.restart();

    expect(latched(world)).toEqual([]);
  });

  it('given it comes twice, when the trip before it is said again too, then nothing more happens', () => {
    const world = trippedWorld();
    sayRow(world, tripped, 8);
    const reset = resetOf(world);
    sayRow(world, reset, 9);
    const rows = world.rows().length;

    sayRow(world, tripped, 8);
    sayRow(world, reset, 9);
    expect([world.rows().length, latched(world)]).toEqual([rows, []]);
    world.restart();
    world.wait(1_100_000);
    const rowsAfter = world.rows().length;
    sayRow(world, tripped, 8);
    sayRow(world, reset, 9);

    expect([world.rows().length, latched(world)]).toEqual([rowsAfter, []]);
  });

  it('given a trip after it, when risk says that one, then it is latched, and the old reset ends it no more', () => {
    const world = trippedWorld();
    const reset = resetOf(world);
    sayRow(world, reset, 9);

    sayRow(world, tripped, 10);
    expect(latched(world)).toEqual(['manual']);
    sayRow(world, reset, 9);

    expect(latched(world)).toEqual(['manual']);
  });

  it('given a trip that risk had not heard of, when it comes, then the switch stays tripped and people are told', () => {
    const world = trippedWorld();
    const reset = resetOf(world);
    world.trip();
    world.settle();
    const trips = tripRows(world);

    sayRow(world, reset, 9);

    expect(refusals(world)).toEqual(['TRIPPED_AGAIN']);
    expect(world.alertCodes()).toContain('AUTHORITY_REFUSED');
    expect([tripRows(world), latched(world)]).toEqual([trips, ['manual']]);
  });

  it('given the trip was never heard, when it is said again after its end, then it is over, after a restart as well', () => {
    const world = readyWorld();
    sayRow(world, resetOf(world), 9);
    expect(world.alertCodes()).toEqual([]);

    sayRow(world, tripped, 8);
    expect(latched(world)).toEqual([]);
    world.restart();
    world.wait(1_100_000);
    sayRow(world, tripped, 8);

    expect(latched(world)).toEqual([]);
  });

  it('given its signature has aged on the way, when it comes, then it counts: risk took it in time', () => {
    const world = trippedWorld();
    const reset = resetOf(world);
    world.wait(120_000_000);

    sayRow(world, reset, 9);

    expect(latched(world)).toEqual([]);
  });

  it('given cancels that are being confirmed, when it comes, then nobody is called for them any more', () => {
    const world = readyWorld();
    world.place(intentOf());
    world.venue.cancelAnswers.push(...Array.from({ length: 100 }, () => 'refused' as const));
    world.trip();
    world.wait(500_000);

    sayRow(world, resetOf(world), 9);
    world.wait(10_000_000);

    expect(world.alertCodes()).not.toContain('KILL_ESCALATED');
  });
});

describe('an end of a trip', () => {
  it.each<readonly [string, string, (world: World) => KillSwitchEvent]>([
    ['without evidence', 'UNSIGNED', (world) => resetOf(world, { evidence: new Uint8Array() })],
    [
      'with evidence of nothing',
      'BAD_SIGNATURE',
      (world) => resetOf(world, { evidence: Uint8Array.of(255) }),
    ],
    [
      'signed by a stranger',
      'UNKNOWN_KEY',
      (world) => resetOf(world, { evidence: KillReset.encode(aSealedReset(eve)) }),
    ],
    [
      'of another switch',
      'SUBJECT_MISMATCH',
      (world) =>
        resetOf(world, { evidence: KillReset.encode(aSealedReset(ada, { switchName: 'maxDrawdown' })) }),
    ],
    [
      'for another ledger',
      'WRONG_LEDGER',
      (world) =>
        resetOf(world, {
          evidence: KillReset.encode(aSealedReset(ada, { terms: { ledgerId: brandOf.ledgerId('other') } })),
        }),
    ],
    [
      'of rows that are not there, as after a restored backup',
      'OTHER_HISTORY',
      (world) => resetOf(world, { upTo: world.rows().length + 1 }),
    ],
    [
      'that rebases by one key',
      'SECOND_KEY_MISSING',
      (world) => resetOf(world, { evidence: KillReset.encode(aSealedReset(ada, { rebase: true })) }),
    ],
    [
      'that rebases by the same key twice',
      'SECOND_KEY_MISSING',
      (world) => {
        const reset = withSecondSeal(aSealedReset(ada, { rebase: true }), ada);
        return resetOf(world, { evidence: KillReset.encode(reset) });
      },
    ],
    [
      'that is a resume where a reset is needed',
      'NOT_WAITING',
      (world) => resumeOf(world, KillResume.encode(aResume())),
    ],
  ])('%s leaves it latched, and trips it anew so that risk latches it too', (_name, code, forge) => {
    const world = trippedWorld();
    const trips = tripRows(world);

    sayRow(world, forge(world), 9);

    if (code !== 'NOT_WAITING') expect(refusals(world)).toEqual([code]);
    expect(tripRows(world)).toBe(trips + 1);
    expect(world.trips.find(({ body }) => body.case === 'tripped')?.body).toMatchObject({
      value: { source: 'execution' },
    });
    expect(latched(world)).toEqual(['manual']);
    expect(world.state(world.place(intentOf()))).toBe('denied');
  });

  it('whose signature ended an earlier trip leaves it latched, however old, and trips it anew', () => {
    const world = trippedWorld();
    const evidence = KillReset.encode(aSealedReset(ada));
    sayRow(world, resetOf(world, { evidence }), 9);
    world.trip();
    world.settle();
    const trips = tripRows(world);

    sayRow(world, resetOf(world, { evidence }), 10);

    expect([tripRows(world), latched(world)]).toEqual([trips + 1, ['manual']]);
  });

  it('whose signed bytes were touched anywhere leaves it latched', () => {
    const world = trippedWorld();
    const evidence = KillReset.encode(aSealedReset(ada));

    for (let index = 0; index < evidence.length; index += 1) {
      sayRow(world, resetOf(world, { evidence: flipped(evidence, index) }), 9 + index);
    }

    expect(latched(world)).toEqual(['manual']);
  });

  it('by two keys ends it where one key would not', () => {
    const world = trippedWorld();
    const reset = withSecondSeal(aSealedReset(ada, { rebase: true }), bob);

    sayRow(world, resetOf(world, { evidence: KillReset.encode(reset) }), 9);

    expect(latched(world)).toEqual([]);
  });

  it('of a pause is a resume', () => {
    const world = readyWorld();
    world.trip(KillTrip.encode({ scope: { kind: 'all', id: '' }, action: 'pause', reason: 'careful' }));
    world.wait(500_000);

    sayRow(world, resumeOf(world, KillResume.encode(aResume())), 9);

    expect(lastRows(world, 2)).toEqual(['authority accepted', 'switch resumeRequested']);
    expect(latched(world)).toEqual([]);
  });

  it('that risk could not make is none', () => {
    const world = trippedWorld();
    sayRow(world, { ...resetOf(world), ignored: true, level: 'tripped' }, 9);

    expect([latched(world), refusals(world)]).toEqual([['manual'], []]);
  });

  it('that somebody else says is none', () => {
    const world = trippedWorld();
    world.strategy.publish({
      subject: subjects.killSwitchEvent.of({ name: 'manual' }),
      message: resetOf(world),
      eventTime: start,
    });

    expect([latched(world), refusals(world)]).toEqual([['manual'], []]);
  });
});

/** Risk's journal, for whoever asks. */
function serveJournal(world: World, events: readonly KillSwitchEvent[]): void {
  const records = events.map((event, index) => ({
    sequence: brandOf.sequence(index + 1),
    aggregate: `kill-switch/${event.name}`,
    aggregateSequence: brandOf.sequence(index + 1),
    type: KillSwitchEvent.name,
    time: start,
    payload: KillSwitchEvent.encode(event),
    hash: '',
  }));
  world.risk.serve(
    subjects.journalQuery.of({ service: 'risk' }),
    ({ message }, reply) =>
      reply({
        message: {
          ledgerId: brandOf.ledgerId('risk'),
          records: records.filter(({ sequence }) => sequence >= message.fromSequence),
          headSequence: brandOf.sequence(records.length),
          headHash: '',
        },
        eventTime: start,
      }),
    subjects.journalPage.matching({}),
  );
}

describe('away while risk ended a trip', () => {
  const known: KillSwitchEvent = { ...base, level: 'armed', body: { case: 'inputKnown', value: {} } };

  it('given a grant that names the switch no more, then the end is read from its journal, however old', () => {
    const world = trippedWorld();
    serveJournal(world, [tripped, resetOf(world), known]);
    world.wait(200_000_000);
    world.riskLatched = [];

    world.wait(2_000_000);

    expect(latched(world)).toEqual([]);
    expect(world.state(world.place(intentOf()))).toBe('working');
  });

  it('given risk has tripped again since, then it stays latched', () => {
    const world = trippedWorld();
    serveJournal(world, [tripped, resetOf(world), tripped]);
    world.riskLatched = ['manual'];
    world.restart();
    world.wait(2_000_000);

    expect(latched(world)).toEqual(['manual']);
  });

  it('given the end cannot be followed, then that is said once, and not with each grant', () => {
    const world = trippedWorld();
    serveJournal(world, [tripped, resetOf(world, { upTo: 1 })]);

    world.wait(10_000_000);

    expect([latched(world), refusals(world)]).toEqual([['manual'], ['TRIPPED_AGAIN']]);
  });
});

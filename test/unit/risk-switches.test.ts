import { describe, expect, it } from 'vitest';
import { KillTrip } from '../../protos/gen/control.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { repeatedTripsMax } from '../../services/kernel/kill-switch/repeated-trips.ts';
import { switchConditions } from '../../services/risk/switch-conditions.ts';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { RiskHarness } from './risk-harness.ts';
import { anIntent, quantityOf, venue } from './risk-samples.ts';

const nothing = new Uint8Array(0);
const scopeAll = { kind: 'all', id: '' } as const;

function modeOf(harness: RiskHarness): string | undefined {
  return harness.states.at(-1)?.mode;
}

function levelsOf(harness: RiskHarness, name: string): readonly string[] {
  return harness.switchEvents.filter((event) => event.name === name).map(({ level }) => level);
}

function aTripOf(name: string): KillSwitchEvent {
  return {
    name: brandOf.switchName(name),
    scope: scopeAll,
    action: 'stop',
    level: 'tripped',
    confirmation: 'canceling',
    ignored: false,
    body: {
      case: 'tripped',
      value: { source: 'manual.me', reason: 'x', marketTime: brandOf.timestampUs(0), payload: nothing },
    },
  };
}

function feed(harness: RiskHarness, state: 'up' | 'stale' | 'down'): void {
  harness.others.publish({
    subject: subjects.feedStatus.of({ venue }),
    message: {
      venue,
      feed: state,
      market: 'open',
      marketTime: harness.time,
      staleInstruments: [],
      reason: 'test',
      ticks: brandOf.sequence(1),
    },
    eventTime: harness.time,
  });
  harness.settle();
}

describe('a manual trip', () => {
  it.each([
    ['nothing', nothing],
    ['garbage', new Uint8Array([255, 255, 1])],
    ['words', new TextEncoder().encode('please stop')],
  ])('with %s as payload stops everything, at once and told by its own event', (_, payload) => {
    const harness = RiskHarness.ready();
    harness.trip(payload, 'me');
    expect(harness.judge({})).toBe('KILLED');
    expect(harness.switchEvents.at(-1)).toMatchObject({
      name: 'manual',
      scope: scopeAll,
      action: 'stop',
      level: 'tripped',
      body: { case: 'tripped', value: { source: 'manual.me', payload } },
    });
    expect(modeOf(harness)).toBe('halted');
    expect(harness.alerts.at(-1)).toMatchObject({ severity: 'critical', code: 'KILL_TRIPPED' });
  });

  it('is on disk before anybody hears of it, and denies before it is on disk', () => {
    const harness = RiskHarness.ready();
    const states = harness.states.length;
    const intent = anIntent();
    harness.network.inject('control.v1.kill.trip.me', nothing);
    harness.others.publish({
      subject: subjects.stageOrder.of({ clientOrderId: intent.clientOrderId }),
      message: intent,
      eventTime: harness.time,
    });
    // A lease request comes in between: its grant halts already, the state is not told yet.
    harness.sendLeaseRequest();
    harness.network.drain();
    expect(harness.decisions.at(-1)?.reasons).toEqual(['KILLED']);
    expect(harness.grants.at(-1)?.state.mode).toBe('halted');
    expect(harness.states).toHaveLength(states);
    expect(harness.switchEvents.filter(({ level }) => level === 'tripped')).toEqual([]);
    harness.settle();
    expect(modeOf(harness)).toBe('halted');
    expect(levelsOf(harness, 'manual').at(-1)).toBe('tripped');
  });

  it('outlives a restart', () => {
    const harness = RiskHarness.ready();
    harness.trip(nothing);
    harness.restartRisk();
    harness.shakeHands();
    expect(harness.judge({})).toBe('KILLED');
    expect(harness.grants.at(-1)?.latched).toEqual(['manual']);
  });

  it('is accepted again and again', () => {
    const harness = RiskHarness.ready();
    harness.trip(nothing, 'one');
    harness.trip(nothing, 'two');
    const trips = harness.switchEvents.filter(({ body }) => body.case === 'tripped');
    expect(trips.map(({ ignored }) => ignored)).toEqual([false, false]);
  });

  it('repeated in a flood is recorded a few times a second, and counted; what asks for more is always heard', () => {
    const harness = RiskHarness.ready();
    const strategyOnly = KillTrip.encode({
      scope: { kind: 'strategy', id: 'sma' },
      action: 'stop',
      reason: '',
    });
    for (let trip = 0; trip < 1_000; trip += 1) {
      harness.network.inject('control.v1.kill.trip.flood', strategyOnly);
    }
    harness.settle();
    expect(levelsOf(harness, 'manual').filter((level) => level === 'tripped')).toHaveLength(
      1 + repeatedTripsMax,
    );
    harness.trip(nothing);
    expect(harness.judge({ strategy: brandOf.strategyId('other') })).toBe('KILLED');

    harness.seconds(1);
    harness.trip(nothing);
    expect(harness.alerts.at(-1)?.text).toContain(`${999 - repeatedTripsMax} more`);
  });

  it('of one strategy leaves the others alone', () => {
    const harness = RiskHarness.ready();
    harness.trip(
      KillTrip.encode({ scope: { kind: 'strategy', id: 'sma' }, action: 'stop', reason: 'drunk' }),
    );
    expect(harness.judge({})).toBe('KILLED');
    expect(harness.judge({ strategy: brandOf.strategyId('other') })).toBe('approved');
    expect(modeOf(harness)).toBe('active');
    expect(harness.states.at(-1)?.reasons).toEqual(['manual (strategy sma): drunk (manual.test)']);
  });

  it('never sells on the word of somebody who has not signed', () => {
    const harness = RiskHarness.ready();
    harness.trip(KillTrip.encode({ scope: scopeAll, action: 'liquidate', reason: '' }));
    expect(harness.switchEvents.at(-1)?.action).toBe('stop');
  });

  it('that execution only says it has latched stops, whatever the switch would do by itself', () => {
    const switches = [aSwitch({ name: 'maxDrawdown', action: 'liquidate', threshold: 0.5 })];
    const harness = RiskHarness.ready({ switches });
    harness.askLease({ latched: [brandOf.switchName('maxDrawdown')] });
    expect(harness.switchEvents.at(-1)).toMatchObject({
      name: 'maxDrawdown',
      level: 'tripped',
      action: 'stop',
    });
  });

  it('comes without the bus as well', () => {
    const harness = RiskHarness.ready();
    harness.localTrip('file', 'KILL was found');
    harness.settle();
    expect(harness.judge({})).toBe('KILLED');
  });
});

describe('what execution has latched', () => {
  it('is latched here when its row comes', () => {
    const harness = RiskHarness.ready();
    harness.journalSwitch(aTripOf('manual'));
    expect(harness.judge({})).toBe('KILLED');
  });

  it('is latched here when a lease request names it', () => {
    const harness = RiskHarness.ready();
    harness.latched = ['manual'];
    harness.askLease();
    harness.askLease();
    expect(harness.judge({})).toBe('KILLED');
    expect(levelsOf(harness, 'manual').filter((level) => level === 'tripped')).toHaveLength(1);
  });

  it('is latched here when risk was away', () => {
    const harness = RiskHarness.ready();
    harness.riskBus.disconnect();
    harness.journalSwitch(aTripOf('manual'));
    harness.restartRisk();
    harness.shakeHands();
    expect(harness.judge({})).toBe('KILLED');
  });

  it('is confirmed here when execution has proved its cancels', () => {
    const harness = RiskHarness.ready();
    harness.trip(nothing);
    harness.journalSwitch(aTripOf('manual'));
    harness.journalSwitch({
      ...aTripOf('manual'),
      confirmation: 'confirmed',
      body: {
        case: 'cancelsConfirmed',
        value: { canceled: 3, filled: 0, elapsed: brandOf.durationUs(1000) },
      },
    });
    expect(harness.switchEvents.at(-1)).toMatchObject({ level: 'tripped', confirmation: 'confirmed' });
  });
});

describe('a journal that is gone', () => {
  it('of risk, beside one of execution that holds decisions, halts for good', () => {
    const harness = RiskHarness.ready();
    const intent = anIntent();
    harness.journalOrder(intent, {
      state: 'denied',
      leavesQuantity: quantityOf('0'),
      body: {
        case: 'decided',
        value: {
          outcome: 'denied',
          effectiveOrder: nothing,
          digest: nothing,
          reasons: ['KILLED'],
          riskEpoch: brandOf.epoch(1),
          limitsVersion: '',
          detail: '',
        },
      },
    });
    harness.loseRiskJournal();
    harness.shakeHands();
    expect(harness.judge({})).toBe('KILLED');
  });
});

describe('maxDrawdown', () => {
  const switches = [aSwitch({ name: 'maxDrawdown', threshold: 0.15, coolDownUs: 0 })];

  /** 1000 SPY of a 100,000 account, bought at 100, with a peak of 110,000. */
  function atThePeak(): RiskHarness {
    const harness = RiskHarness.ready({ switches });
    harness.journalPosition('SPY', '1000');
    harness.journalAccount('0');
    harness.quote('SPY', 110, 110);
    return harness;
  }

  it('measures from the high-water mark', () => {
    const harness = atThePeak();
    harness.quote('SPY', 93.6, 93.6);
    expect(harness.judge({})).toBe('approved');
    harness.quote('SPY', 93.5, 93.5);
    expect(harness.judge({})).toBe('KILLED');
    expect(harness.states.at(-1)?.reasons[0]).toMatch(/^maxDrawdown: drawdown 0.1500 >= 0.1500/);
  });

  it('knows the mark after a restart', () => {
    const harness = atThePeak();
    harness.restartRisk();
    harness.instrument();
    harness.quote('SPY', 93.4, 93.4);
    harness.shakeHands();
    harness.quote('SPY', 93.4, 93.4);
    expect(harness.judge({})).toBe('KILLED');
  });

  it('takes a deposit for no gain, and the cash flow on its way for no loss', () => {
    const harness = atThePeak();
    harness.journalDeposit('100000');
    harness.journalAccount('100000');
    // The account is at 193,500 now; the fall from 210,000 is 7.9%.
    harness.quote('SPY', 93.5, 93.5);
    expect(harness.judge({})).toBe('approved');
  });

  it('does not look at equity between a position and its account row', () => {
    const harness = atThePeak();
    // Half of the position is gone, and what it brought has not been told: half of the account would seem lost.
    harness.journalPosition('SPY', '500');
    harness.journalAccount('55000');
    expect(harness.judge({})).toBe('approved');
  });

  it('does not fill the journal while its value swings about the threshold', () => {
    const harness = atThePeak();
    for (let swing = 0; swing < 10; swing += 1) {
      harness.quote('SPY', 90, 90);
      harness.quote('SPY', 105, 105);
    }
    expect(harness.switchEvents.filter(({ body }) => body.case === 'tripped')).toHaveLength(1);
  });

  it('says when its condition has cleared, so that a reset may be asked for', () => {
    const harness = atThePeak();
    harness.quote('SPY', 90, 90);
    harness.quote('SPY', 105, 105);
    harness.seconds(1);
    expect(harness.switchEvents.at(-1)).toMatchObject({
      name: 'maxDrawdown',
      level: 'tripped',
      body: { case: 'conditionCleared' },
    });
  });
});

describe('dailyLoss', () => {
  it('begins anew each day', () => {
    const switches = [aSwitch({ name: 'dailyLoss', threshold: 0.05 })];
    const harness = RiskHarness.ready({ switches });
    harness.journalPosition('SPY', '1000');
    harness.journalAccount('0');
    harness.quote('SPY', 100, 100);
    harness.quote('SPY', 96, 96);
    harness.marketTime += 86_400_000_000;
    harness.quote('SPY', 96, 96);
    harness.quote('SPY', 92, 92);
    expect(levelsOf(harness, 'dailyLoss')).not.toContain('tripped');
    harness.quote('SPY', 91, 91);
    expect(levelsOf(harness, 'dailyLoss')).toContain('tripped');
  });
});

interface Condition {
  readonly threshold?: number;
  readonly trip?: (harness: RiskHarness) => void;
  readonly hold?: (harness: RiskHarness) => void;
}

const many = (harness: RiskHarness, count: number): void => {
  for (let order = 0; order < count; order += 1) harness.judge({});
};

const conditions: Readonly<Record<string, Condition>> = {
  manual: { trip: (harness) => harness.trip(nothing) },
  maxDrawdown: {
    threshold: 0.1,
    trip: (harness) => {
      harness.journalPosition('SPY', '1000');
      harness.journalAccount('0');
      harness.quote('SPY', 80, 80);
    },
  },
  dailyLoss: {
    threshold: 0.1,
    trip: (harness) => {
      harness.journalPosition('SPY', '1000');
      harness.journalAccount('0');
      harness.quote('SPY', 80, 80);
    },
  },
  positionSize: {
    threshold: 0.5,
    trip: (harness) => {
      harness.journalPosition('SPY', '500');
      harness.journalAccount('50000');
    },
  },
  grossExposure: {
    threshold: 0.5,
    trip: (harness) => {
      harness.journalPosition('SPY', '-500');
      harness.journalAccount('150000');
    },
  },
  volatility: { threshold: 0.1, trip: (harness) => harness.quote('SPY', 110, 110) },
  connectionLoss: { threshold: 5_000_000, hold: (harness) => harness.seconds(6) },
  staleData: { threshold: 5_000_000, hold: (harness) => feed(harness, 'stale') },
  strategyDivergence: {
    threshold: 0.01,
    // Approved while the middle of the quote was 100, filled at 102.
    trip: (harness) => {
      const intent = anIntent();
      harness.stage(intent);
      harness.journalWorking(intent);
      harness.journalFilled(intent, { price: '102', position: '10', cash: '98980' });
    },
  },
  orderRate: { threshold: 5, trip: (harness) => many(harness, 5) },
  repeatedExecution: { threshold: 5, trip: (harness) => many(harness, 5) },
  dailyTrades: {
    threshold: 1,
    trip: (harness) => {
      const intent = anIntent();
      harness.journalWorking(intent);
      harness.journalFilled(intent, { price: '100', position: '10', cash: '99000' });
    },
  },
  reconciliationBreak: { hold: (harness) => harness.journalReconciliation(false) },
  operatorDeadMan: {},
};

describe('every switch', () => {
  it('has a condition, and a test', () => {
    expect(Object.keys(conditions).sort()).toEqual(Object.keys(switchConditions).sort());
  });

  it.each(Object.entries(conditions))('%s trips, holds or blocks as it should', (name, condition) => {
    const { threshold, trip, hold } = condition;
    const definition = aSwitch({ name, threshold, onGraceExpired: 'trip', graceUs: 2_000_000 });
    const harness = RiskHarness.ready({ switches: [definition] });
    feed(harness, 'up');
    harness.journalReconciliation(true);
    harness.askLease();
    harness.seconds(1);
    if (trip === undefined && hold === undefined) {
      // An input that nobody gives is never known.
      expect(harness.judge({})).toBe('NOT_READY');
      return;
    }
    expect(levelsOf(harness, name).at(-1), 'armed before').toBe('armed');
    if (trip !== undefined) {
      trip(harness);
      expect(levelsOf(harness, name).at(-1)).toBe('tripped');
      expect(harness.judge({})).toBe('KILLED');
      return;
    }
    hold?.(harness);
    expect(levelsOf(harness, name).at(-1)).toBe('hold');
    expect(harness.judge({})).toBe('REDUCING_ONLY');
    harness.seconds(3);
    expect(levelsOf(harness, name).at(-1), 'after its grace').toBe('tripped');
  });

  it('that is disabled neither trips by itself nor blocks', () => {
    const harness = RiskHarness.ready({
      switches: [
        aSwitch({ name: 'volatility', threshold: 0.1, enabled: false }),
        aSwitch({ name: 'operatorDeadMan', enabled: false }),
      ],
    });
    harness.quote('SPY', 150, 150);
    expect(harness.judge({})).toBe('approved');
  });
});

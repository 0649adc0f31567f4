import type { LoadedProfile } from '../../../infra/config/load-profile.ts';
import {
  executionOptions,
  marketDataOptions,
  paperOptions,
  riskOptions,
} from '../../../infra/config/service-options.ts';
import { createFifoNetwork, type FifoBus, type FifoNetwork } from '../../../infra/sim/fifo-bus.ts';
import { createLostRecording } from '../../../infra/sim/lost-recording.ts';
import { createManualClock, type ManualClock } from '../../../infra/sim/manual-clock.ts';
import { createMemoryJournal, type MemoryJournal } from '../../../infra/sim/memory-journal.ts';
import { createMemoryProjectionStore } from '../../../infra/sim/memory-projection-store.ts';
import { feedPaperVenue } from '../../../infra/venues/paper/feed-paper-venue.ts';
import { createMemoryVenueStore } from '../../../infra/venues/paper/memory-venue-store.ts';
import { createPaperVenue } from '../../../infra/venues/paper/paper-venue.ts';
import { createExecution } from '../../execution/execution.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import type { Log } from '../../kernel/log/log.ts';
import type { OrderEngine } from '../../kernel/order/order-actor.ts';
import type { Service } from '../../kernel/service/service.ts';
import { sha256 } from '../../kernel/signing/digest.ts';
import type { ReplayFeed } from '../../kernel/venue/market-feed.ts';
import { createMarketData } from '../../market-data/market-data.ts';
import { createMonitor } from '../../monitor/monitor.ts';
import { createRisk } from '../../risk/risk.ts';
import { createStrategy } from '../../strategy/strategy.ts';

export type StrategyPlan = Parameters<typeof createStrategy>[0]['plans'][number];

export interface HouseOptions {
  readonly loaded: Pick<LoadedProfile, 'profile' | 'limitsVersion'>;
  readonly plans: readonly StrategyPlan[];
  readonly feed: ReplayFeed;
  readonly orderEngine: OrderEngine;
  /** What a service says that went wrong. */
  readonly onError: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** What a strategy asked for and no order could be made of, in words. */
  readonly onRefused: (reason: string) => void;
}

/** All services, wired on one thread. */
export interface House {
  readonly network: FifoNetwork;
  readonly clock: ManualClock;
  readonly execution: MemoryJournal;
  /** By name, in the order of their start. */
  readonly services: ReadonlyMap<string, Service>;
  /** A client of the bus that belongs to none of them. */
  listen(): FifoBus;
}

/** Nobody restarts, and who follows a journal or the venue is never behind: far more than the answers to one instant. */
const journalRowsKept = 32_768;
const venueKept = { closedOrdersKept: 4_096, entriesKept: 16_384 };

/** Nobody reads them in a backtest; an order's own rows and fills are what the projections go on with. */
const projectedOrdersKept = 1_000;

/** Of every run: nothing of this machine or this day may reach an id or a hash. */
const epoch = brandOf.epoch(1);
const bornUs = brandOf.timestampUs(1_000_000_000_000_000);
const build = 'backtest';
/**
 * Market-data is heard last by those who trade: what it causes at the venue, which is in execution's process, is told
 * before it, as reports of fills come before the bar that they happened in is over. See docs/decisions/0014.
 */
const heardLater = { 'market-data': ['strategy', 'risk', 'monitor'] };
const neverPlayed = { load: () => undefined, save: () => undefined };

/** The services as they are, each with its own client of one bus in memory; nothing of them knows that it is a backtest. */
export function buildHouse(options: HouseOptions): House {
  const { loaded, plans, feed } = options;
  const { profile } = loaded;
  const { account, venue, environment } = profile;
  const { seed } = profile.paperVenue;
  const clock = createManualClock({ wallUs: bornUs });
  const network = createFifoNetwork({ clock, heardLater });
  const log = logTo(options.onError);
  const decisionKey = sha256(`interlock backtest ${seed}`);
  const common = { clock, log, epoch, buildHash: build, decisionKey, trustedKeys: [] };

  const connect = (producer: string): FifoBus => {
    const bus = network.connect({ producer, epoch });
    bus.onFailure((error) => {
      throw error;
    });
    return bus;
  };
  const journal = (owner: string): MemoryJournal =>
    createMemoryJournal({
      ledgerId: brandOf.ledgerId(`backtest-${seed}-${owner}`),
      schedule: network.defer,
      rowsKept: journalRowsKept,
    });
  const execution = journal('execution');

  const services = new Map<string, Service>([
    [
      'monitor',
      createMonitor({
        ...{ bus: connect('monitor'), clock, log, account, venue, buildHash: build },
        store: createMemoryProjectionStore({ ordersKept: projectedOrdersKept }),
      }),
    ],
    [
      'strategy',
      createStrategy({
        ...{ bus: connect('strategy'), clock, plans, account, venue, environment },
        log: { ...log, warn: options.onRefused },
        recording: createLostRecording(),
      }),
    ],
    [
      'risk',
      createRisk({ ...common, bus: connect('risk'), journal: journal('risk'), options: riskOptions(loaded) }),
    ],
    [
      'execution',
      buildExecution({ house: { network, clock, execution }, bus: connect('execution'), common, options }),
    ],
    [
      'market-data',
      createMarketData({
        ...{ bus: connect('market-data'), clock, log, epoch, feed, cursor: neverPlayed },
        options: { ...marketDataOptions(profile), speed: 'max' },
      }),
    ],
  ]);
  return { network, clock, execution, services, listen: () => connect('research') };
}

function buildExecution({
  house: { network, clock, execution: journal },
  bus,
  common,
  options: { loaded, orderEngine },
}: {
  readonly house: Pick<House, 'network' | 'clock' | 'execution'>;
  readonly bus: FifoBus;
  readonly common: Omit<Parameters<typeof createExecution>[0], 'bus' | 'journal' | 'gateway' | 'options'>;
  readonly options: Pick<HouseOptions, 'loaded' | 'orderEngine'>;
}): Service {
  const { profile } = loaded;
  const venue = createPaperVenue({
    account: profile.account,
    venue: profile.venue,
    store: createMemoryVenueStore(venueKept),
    clock,
    options: paperOptions(profile),
    instruments: [],
    defer: network.defer,
  });
  // As in execution's own process: the market comes to the venue before execution hears of what follows from it.
  feedPaperVenue({ bus, venue, matching: profile.paperVenue.matching });
  return createExecution({
    ...common,
    bus,
    journal,
    gateway: venue,
    onInstrument: (instrument) => venue.onInstrument(instrument),
    options: { ...executionOptions(profile), orderEngine },
  });
}

function logTo(onError: HouseOptions['onError']): Log {
  return { debug() {}, info() {}, warn() {}, error: (message, fields = {}) => onError(message, fields) };
}

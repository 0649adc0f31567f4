import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bus } from '../../services/kernel/bus/bus.ts';
import type {
  AccountId,
  ClientOrderId,
  ExecutionId,
  InstrumentId,
  Price,
  SignedQuantity,
  VenueId,
} from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money, notional, signedQuantity } from '../../services/kernel/money/amount.ts';
import type { VenueReport } from '../../services/kernel/venue/venue-gateway.ts';
import { feedPaperVenue } from '../venues/paper/feed-paper-venue.ts';
import { createMemoryVenueStore, type MemoryVenueStore } from '../venues/paper/memory-venue-store.ts';
import type { PaperFaults, PaperOptions } from '../venues/paper/paper-options.ts';
import { createPaperVenue, type PaperVenue } from '../venues/paper/paper-venue.ts';
import type { AccountRecord, VenueLogEntry, VenueStore } from '../venues/paper/venue-store.ts';
import type { SimProcess, Simulation } from './simulation.ts';

export interface SimVenueOptions {
  readonly simulation: Simulation;
  readonly venue: VenueId;
  readonly account: AccountId;
  readonly options: PaperOptions;
  readonly instruments: readonly Instrument[];
  readonly faults: PaperFaults;
  /** The venue's own books, line by line. */
  readonly onEntry: (entry: VenueLogEntry) => void;
  /** The venue's own line to the market; nothing is lost on it. */
  readonly market: (process: SimProcess) => Bus;
}

/** What a venue may forget when it is restarted. */
export interface VenueLosses {
  /** Open orders without a fill. */
  readonly forgets: (id: ClientOrderId) => boolean;
  /** Its own order ids begin again behind some that it has given already. */
  readonly arrivalsBack: number;
  /** Somebody has traded on the account meanwhile, and no list of the venue tells it. */
  readonly handTrade?: HandTrade;
}

/** Signed, at so much each. */
export interface HandTrade {
  readonly instrument: InstrumentId;
  readonly quantity: SignedQuantity;
  readonly price: Price;
}

/** The paper venue as a server of its own, that outlives who trades on it. */
export class SimVenue {
  readonly #options: SimVenueOptions;
  readonly #books = createMemoryVenueStore();
  readonly #corrected = new Set<string>();
  readonly #listeners = new Set<(report: VenueReport) => void>();
  #process: SimProcess;
  #paper: PaperVenue;

  constructor(options: SimVenueOptions) {
    this.#options = options;
    this.#process = options.simulation.process('venue');
    this.#paper = this.#begin();
  }

  get paper(): PaperVenue {
    return this.#paper;
  }

  get process(): SimProcess {
    return this.#process;
  }

  get books(): MemoryVenueStore {
    return this.#books;
  }

  onReport(listener: (report: VenueReport) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Nobody hears what was under way; what is in the books stands, but for what it loses. */
  restart(losses: VenueLosses): void {
    this.#process.onEnd = () => {};
    this.#process.kill();
    this.#process = this.#options.simulation.process('venue');
    for (const order of this.#books.loadOpenOrders()) {
      const { clientOrderId } = order.intent;
      if (order.filledQuantity !== 0n || !losses.forgets(clientOrderId)) continue;
      this.#books.forget(clientOrderId);
    }
    const account = this.#books.loadAccount();
    if (account !== undefined) {
      const { handTrade, arrivalsBack } = losses;
      const known = setBack(account, arrivalsBack);
      this.#books.saveAccount(handTrade === undefined ? known : withTrade(known, handTrade));
    }
    this.#paper = this.#begin();
  }

  /** One of the newest fills, at a price that is a little off. */
  correctFill(back: number, byTicks: bigint): void {
    const fills = this.#books.log().flatMap(({ fill }) => fill ?? []);
    const fill = fills.at(-1 - back);
    if (fill === undefined || this.#corrected.has(fill.executionId)) return;
    this.#corrected.add(fill.executionId);
    const price = brandOf.price(fill.price + byTicks * 10_000_000n);
    this.#paper.reviseFill(fill.executionId, { price, reason: '' });
  }

  /** The fill never was. */
  bustFill(executionId: ExecutionId): void {
    this.#paper.reviseFill(executionId, { price: undefined, reason: 'drawn' });
  }

  #begin(): PaperVenue {
    const { simulation, onEntry, market, ...ports } = this.#options;
    const process = this.#process;
    process.onEnd = (error) => {
      throw new Error('the simulated venue itself has failed', { cause: error });
    };
    const store: VenueStore = {
      ...this.#books,
      append: (entry) => {
        this.#books.append(entry);
        onEntry(entry);
      },
    };
    const paper = createPaperVenue({
      ...ports,
      store,
      clock: process.clock(),
      defer: (callback) => void process.later(1, callback),
    });
    paper.connect({
      onReport: (report) => {
        for (const listener of this.#listeners) listener(report);
      },
      onStatus: () => {},
    });
    feedPaperVenue({ bus: market(process), venue: paper, matching: ports.options.matching });
    return paper;
  }
}

function setBack(account: AccountRecord, arrivals: number): AccountRecord {
  return { ...account, arrival: Math.max(0, account.arrival - arrivals) };
}

function withTrade(account: AccountRecord, { instrument, quantity, price }: HandTrade): AccountRecord {
  const held = account.positions.find((position) => position.instrument === instrument)?.quantity ?? 0n;
  const after = signedQuantity(held + quantity);
  const others = account.positions.filter((position) => position.instrument !== instrument);
  const positions = after === 0n ? others : [...others, { instrument, quantity: after }];
  const value = notional(price, quantity, { multiplier: 1, rounding: 'halfEven' });
  return { ...account, cash: money(account.cash - value), positions };
}

import type { Simulation } from '../../../infra/sim/simulation.ts';
import { assertNever } from '../../kernel/assert-never.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import { fromDouble, scale, signedQuantity } from '../../kernel/money/amount.ts';
import type { FaultPlan, RateKind } from './fault-plan.ts';
import { rateKinds } from './fault-plan.ts';
import { symbols } from './house.ts';
import { barUs } from './price-source.ts';
import { lies } from './quote-watch.ts';
import type { ServiceHost } from './service-host.ts';
import type { Trade } from './venue-view.ts';
import type { Verdicts } from './verdicts.ts';
import type { World } from './world.ts';

type MarketKind =
  | 'wildQuote'
  | 'quietQuotes'
  | 'correctFill'
  | 'priceFall'
  | 'orderBurst'
  | 'bustFill'
  | 'handTrade';

const neverSent: ReadonlySet<string> = new Set(['staged', 'denied', 'lapsed', 'canceledUnsent']);
/** So many fills back, a fill may be taken back. */
const bustedBackMax = 6;

/** Faults that strike by themselves, at times that the seed draws. */
export class Injector {
  readonly #plan: FaultPlan;
  readonly #simulation: Simulation;
  readonly #world: World;
  readonly #verdicts: Verdicts;

  constructor(parts: {
    readonly plan: FaultPlan;
    readonly simulation: Simulation;
    readonly world: World;
    readonly verdicts: Verdicts;
  }) {
    this.#plan = parts.plan;
    this.#simulation = parts.simulation;
    this.#world = parts.world;
    this.#verdicts = parts.verdicts;
  }

  start(): void {
    for (const kind of rateKinds) this.#plantNext(kind);
  }

  /** Everything that was broken is put right; what is down comes back by itself. */
  heal(): void {
    this.#plan.end();
    for (const host of this.#world.hosts) {
      host.setWallClockRight();
      const { incarnation } = host;
      if (incarnation === undefined) continue;
      incarnation.process.portCallsLeft = undefined;
      if (incarnation.process.isFrozen) incarnation.process.thaw();
      incarnation.raw.reconnect();
    }
    this.#world.strangers.end();
    this.#later(10_000_000, () => this.#cancelForeign());
    this.#world.quotes.speakAgain();
    this.#world.link?.connect();
  }

  #plantNext(kind: RateKind): void {
    const waitUs = this.#plan.nextUs(kind);
    if (waitUs === undefined) return;
    this.#simulation.at(this.#simulation.nowUs + waitUs, () => {
      if (this.#plan.isOver) return;
      this.#strike(kind);
      this.#plantNext(kind);
    });
  }

  #strike(kind: RateKind): void {
    const plan = this.#plan;
    const host = this.#drawn(kind);
    const process = host?.process;
    if (host === undefined || process === undefined) return;
    this.#verdicts.note(`FAULT ${kind} ${host.name}`);
    plan.count(kind);
    switch (kind) {
      case 'crash':
        process.kill();
        return;
      case 'crashInside':
        process.portCallsLeft = plan.between(kind, 1, 40);
        return;
      case 'freeze':
        this.#freeze(host, plan.between(kind, 10_000, 6_000_000));
        return;
      case 'disconnect':
        this.#disconnect([host], plan.between(kind, 1_000, 5_000_000));
        return;
      case 'serverRestart':
        this.#disconnect(this.#world.hosts, plan.between(kind, 100_000, 3_000_000));
        return;
      case 'venueDisconnect':
        this.#cutVenue(plan.between(kind, 10_000, 5_000_000));
        return;
      case 'venueRestart':
        this.#restartVenue();
        return;
      case 'clockStep':
        host.stepWallClock(plan.between(kind, -7_200_000_000, 7_200_000_000));
        return;
      case 'marketGap':
        this.#freeze(this.#world.marketData, plan.between(kind, 1_000_000, 8_000_000));
        return;
      case 'replayMessage':
        this.#world.mischief.replayMessage();
        return;
      case 'reuseId':
        this.#world.mischief.reuseId();
        return;
      case 'foreignBytes':
        this.#world.mischief.foreignBytes();
        return;
      case 'kill':
        this.#world.operator.kill('stop');
        return;
      case 'pause':
        this.#world.operator.kill('pause');
        return;
      case 'flatten':
        this.#world.operator.flatten();
        return;
      case 'signedCancel':
        this.#world.operator.cancelOne();
        return;
      case 'twoExecutions':
        this.#estrange();
        return;
      case 'copiedExecution':
        this.#copyExecution();
        return;
      case 'forgedAct':
        this.#world.operator.forge();
        return;
      default:
        this.#moveMarket(kind);
    }
  }

  /** What the market does, and the venue with it. */
  #moveMarket(kind: MarketKind): void {
    const plan = this.#plan;
    switch (kind) {
      case 'quietQuotes':
        this.#silenceQuotes();
        return;
      case 'correctFill':
        this.#world.venue.correctFill(plan.between(kind, 0, 5), plan.stream(kind).uniform() < 0.5 ? 1n : -1n);
        return;
      case 'priceFall':
        this.#world.falls.add({
          instrument: symbols[plan.between(kind, 0, symbols.length)] ?? symbols[0],
          from: this.#world.marketTime + 1_000_000,
          ratio: 0.6 + 0.3 * plan.stream(kind).uniform(),
        });
        return;
      case 'wildQuote':
        this.#lie();
        return;
      case 'orderBurst':
        this.#world.phases.bursts.add((Math.floor(this.#world.marketTime / barUs) + 2) * barUs);
        return;
      case 'bustFill':
        this.#bustFill();
        return;
      case 'handTrade':
        this.#tradeByHand();
        return;
      default:
        assertNever(kind);
    }
  }

  #freeze(host: ServiceHost, forUs: number): void {
    const { process } = host;
    if (process === undefined || process.isFrozen) return;
    process.freeze();
    this.#later(forUs, () => process.thaw());
  }

  #disconnect(hosts: readonly ServiceHost[], forUs: number): void {
    for (const { incarnation } of hosts) {
      incarnation?.raw.disconnect();
      this.#later(forUs, () => incarnation?.raw.reconnect());
    }
  }

  /** One of the newest fills, or of those of exits, of children or that came late; at times while nobody listens. */
  #bustFill(): void {
    const plan = this.#plan;
    const { venue, venueView, diskView, link, execution } = this.#world;
    const kinds = [
      () => true,
      ({ order }: Trade) => diskView.orders.get(order.intent.clientOrderId)?.isExit === true,
      ({ order }: Trade) => order.intent.parentOrderId !== undefined,
      ({ isLate }: Trade) => isLate,
    ] as const;
    const fits = kinds[plan.between('bustFill', 0, kinds.length)] ?? kinds[0];
    const fitting = venueView.trades.filter(fits);
    const trades = fitting.length === 0 ? venueView.trades : fitting;
    const trade = trades.at(-1 - plan.between('bustFill', 0, Math.min(trades.length, bustedBackMax)));
    const draw = plan.stream('bustFill').uniform();
    if (draw < 0.2) execution.process?.kill();
    else if (draw < 0.4 && link !== undefined) this.#cutVenue(plan.between('bustFill', 10_000, 2_000_000));
    if (trade !== undefined) venue.bustFill(trade.executionId);
  }

  /** Stopped and taken for dead, it comes back once its successor runs, and goes some time after. */
  #estrange(): void {
    const stranger = this.#world.estrangeExecution();
    if (stranger === undefined) return;
    const stoppedUs = this.#plan.between('twoExecutions', 10_000, 9_000_000);
    const stayUs = this.#plan.between('twoExecutions', 1_000_000, 20_000_000);
    const comeBack = (): void => {
      if (this.#world.execution.service === undefined) {
        this.#later(100_000, comeBack);
        return;
      }
      this.#verdicts.note('the stranger is back');
      stranger.thaw();
      this.#later(stayUs, () => stranger.kill());
    };
    this.#later(stoppedUs, comeBack);
  }

  /** Somebody starts the folder's copy on another machine, and stops it again. */
  #copyExecution(): void {
    const { strangers, execution, disks } = this.#world;
    if (strangers.isThereOne) return;
    const plan = this.#plan;
    const disk = disks.execution.copy();
    const waitUs = plan.between('copiedExecution', 0, 8_000_000);
    const stayUs = plan.between('copiedExecution', 1_000_000, 20_000_000);
    this.#later(waitUs, () => {
      if (plan.isOver || strangers.isThereOne) return;
      this.#verdicts.note('a copy starts elsewhere');
      const copy = execution.startElsewhere((process) => strangers.addCopy(process, disk));
      this.#later(stayUs, () => copy.kill());
    });
  }

  #lie(): void {
    const plan = this.#plan;
    const instrument = symbols[plan.between('wildQuote', 0, symbols.length)] ?? symbols[0];
    const lie = lies[plan.between('wildQuote', 0, lies.length)] ?? lies[0];
    const untilUs = this.#simulation.nowUs + plan.between('wildQuote', 250_000, 800_000);
    this.#world.quotes.lie(instrument, { lie, untilUs });
  }

  /** What another execution left at the venue is not ours to cancel: a person does, at the broker. */
  #cancelForeign(): void {
    const { strangers, diskView, venue } = this.#world;
    for (const id of strangers.sent) {
      const state = diskView.orders.get(id)?.state;
      if (state === undefined || neverSent.has(state)) venue.paper.cancel(id, () => {});
    }
  }

  #silenceQuotes(): void {
    const plan = this.#plan;
    const instrument = symbols[plan.between('quietQuotes', 0, symbols.length)] ?? symbols[0];
    const untilUs = this.#simulation.nowUs + plan.between('quietQuotes', 1_000_000, 12_000_000);
    this.#world.quotes.silence(instrument, untilUs);
  }

  #cutVenue(forUs: number): void {
    const { link } = this.#world;
    link?.disconnect();
    this.#later(forUs, () => link?.connect());
  }

  /** Somebody trades on the account, and no list of the venue tells it. */
  #tradeByHand(): void {
    const plan = this.#plan;
    const { link, venue, venueView, quotes } = this.#world;
    const instrument = symbols[plan.between('handTrade', 0, symbols.length)] ?? symbols[0];
    const size = plan.between('handTrade', 1, 6);
    const units = plan.stream('handTrade').uniform() < 0.5 ? size : -size;
    const quantity = signedQuantity(BigInt(units) * scale);
    const price = brandOf.price(fromDouble(quotes.priceOf(instrument), 10_000_000n, 'halfEven'));
    link?.disconnect();
    venue.restart({
      forgets: () => false,
      arrivalsBack: 0,
      handTrade: { instrument, quantity, price },
    });
    venueView.onHandTrade(instrument, quantity);
    this.#later(plan.between('handTrade', 50_000, 3_000_000), () => link?.connect());
  }

  #restartVenue(): void {
    const plan = this.#plan;
    const { link, venue, venueView } = this.#world;
    link?.disconnect();
    venue.restart({
      forgets: (id) => {
        const isForgotten = plan.strikes('forget');
        if (isForgotten) venueView.isGone(id);
        return isForgotten;
      },
      arrivalsBack: plan.strikes('venueIdsBack') ? 3 : 0,
    });
    this.#later(plan.between('venueRestart', 50_000, 3_000_000), () => link?.connect());
  }

  #later(us: number, run: () => void): void {
    this.#simulation.at(this.#simulation.nowUs + us, run);
  }

  #drawn(kind: RateKind): ServiceHost | undefined {
    const { hosts } = this.#world;
    return hosts[this.#plan.between(kind, 0, hosts.length)];
  }
}

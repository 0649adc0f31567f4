import type { FifoBus } from '../../infra/sim/fifo-bus.ts';
import { createMemoryJournal, type MemoryJournal } from '../../infra/sim/memory-journal.ts';
import type { AuthorityEvent } from '../../protos/gen/authority.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { RiskDecision } from '../../protos/gen/risk.ts';
import { createStoppableClock, type StoppableClock } from '../../services/execution/timers.ts';
import type { Subject } from '../../services/kernel/bus/subject.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { SwitchDefinition } from '../../services/kernel/kill-switch/switch-definition.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { asAsked } from '../../services/kernel/sizing/sizing.ts';
import type { ApprovalPolicy } from '../../services/risk/approval-policy.ts';
import { createRisk } from '../../services/risk/risk.ts';
import { intentOf, start, World } from '../unit/execution-world.ts';
import { ratioOf, wideLimits } from '../unit/risk-samples.ts';
import { decisionKey, trustedKeys } from '../unit/signing-samples.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface BesideOptions {
  readonly approval?: ApprovalPolicy;
  readonly switches?: readonly SwitchDefinition[];
}

/** The real risk beside the real execution: one bus, a journal each, a scripted venue. */
export class RiskBesideExecution {
  readonly world = new World();
  readonly decisions: RiskDecision[] = [];
  readonly authority: AuthorityEvent[] = [];
  readonly #options: BesideOptions;
  #journal: MemoryJournal;
  #clock: StoppableClock;
  #bus: FifoBus;
  #starts = 0;

  constructor(options: BesideOptions = {}) {
    this.#options = options;
    const { world } = this;
    world.grants = false;
    world.strategy.subscribe(subjects.decision.matching({}), ({ message }) => this.decisions.push(message));
    world.strategy.subscribe(subjects.authorityEvent.matching({}), ({ message }) =>
      this.authority.push(message),
    );
    this.#journal = createMemoryJournal({
      ledgerId: brandOf.ledgerId('risk-ledger'),
      schedule: (commit) => world.clock.after(0, commit),
    });
    [this.#bus, this.#clock] = this.#startRisk();
    world.boot();
    this.#quote();
    world.wait(4_000_000);
  }

  send(parts: Partial<OrderIntent> = {}): OrderIntent {
    const intent = intentOf(parts);
    this.world.send(intent);
    this.world.settle();
    return intent;
  }

  /** Whoever reaches the bus says this. */
  say<T>(subject: Subject<T>, message: T): void {
    this.world.strategy.publish({ subject, message, eventTime: start });
    this.world.settle();
  }

  /** Risk dies, and nothing of it is there until `startRisk`. */
  crashRisk(): void {
    this.#journal = this.#journal.crash();
    this.#clock.stopAll();
    void this.#bus.close();
  }

  startRisk(): void {
    [this.#bus, this.#clock] = this.#startRisk();
    this.#quote();
    this.world.wait(6_000_000);
  }

  #quote(): void {
    this.say(subjects.quote.of({ venue: 'paper', instrument: 'SPY' }), {
      instrument: brandOf.instrumentId('SPY'),
      venue: brandOf.venueId('paper'),
      bidPrice: 99.99,
      bidSize: 100,
      askPrice: 100.01,
      askSize: 100,
    });
  }

  #startRisk(): [FifoBus, StoppableClock] {
    this.#starts += 1;
    const epoch = brandOf.epoch(50 + this.#starts);
    const bus = this.world.network.connect({ producer: 'risk', epoch });
    const clock = createStoppableClock(this.world.clock);
    bus.onFailure((error) => {
      throw error;
    });
    const { approval, switches } = this.#options;
    createRisk({
      bus,
      journal: this.#journal,
      clock,
      log: silent,
      epoch,
      buildHash: 'build',
      decisionKey,
      trustedKeys,
      options: {
        rules: {
          account: brandOf.accountId('main'),
          venue: brandOf.venueId('paper'),
          environment: 'paper',
          cashOnly: true,
          approval: approval ?? { kind: 'never' },
          limits: { ...wideLimits, positionRatioMax: ratioOf('10') },
        },
        limitsVersion: 'v1',
        switches: switches ?? [],
        sizing: asAsked,
      },
    }).start();
    return [bus, clock];
  }
}

import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { SwitchName, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { widens } from '../kernel/kill-switch/switch-definition.ts';
import { limits } from './execution-options.ts';
import type { Kill } from './kill.ts';
import type { KillBoard } from './kill-board.ts';

const queryTimeoutUs = 2_000_000;

export interface RiskTripPorts {
  readonly bus: Bus;
  readonly kill: Kill;
  readonly board: KillBoard;
  readonly marketTime: () => TimestampUs;
}

/**
 * Takes over the trips of risk: live from the bus; and when a grant names a latched switch that is not latched here,
 * the event was missed, and risk's journal is asked for it.
 */
export class RiskTrips {
  readonly #ports: RiskTripPorts;
  #asking = false;
  /** A trip may have widened while nothing could be heard. */
  #unsure = true;

  constructor(ports: RiskTripPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#ports.bus.onStatus(() => {
      this.#unsure = true;
    });
    this.#ports.bus.subscribe(subjects.killSwitchEvent.matching({}), ({ header, message }) => {
      if (header.producer === 'risk') this.#take(message);
    });
  }

  onLatched(names: readonly SwitchName[]): void {
    const isMissing = names.some((name) => !this.#ports.board.named(name).latched);
    if (this.#asking || !(isMissing || (this.#unsure && names.length > 0))) return;
    this.#asking = true;
    this.#unsure = false;
    this.#pull(1, new Map());
  }

  #take(event: KillSwitchEvent): void {
    const { kill, board } = this.#ports;
    const { name, scope, action, body } = event;
    const { latched, demand } = board.named(name);
    if (event.level !== 'tripped' || (latched && !widens(demand, { scope, action }))) return;
    const tripped = body.case === 'tripped' ? body.value : undefined;
    kill.trip({
      name,
      scope,
      action,
      source: tripped?.source ?? 'risk',
      reason: tripped?.reason ?? `risk says ${body.case}`,
      payload: tripped?.payload ?? new Uint8Array(),
    });
  }

  /** The last row of each switch tells where it stands. */
  #pull(fromSequence: number, last: Map<SwitchName, KillSwitchEvent>): void {
    const { bus, marketTime } = this.#ports;
    bus.request(
      {
        subject: subjects.journalQuery.of({ service: 'risk' }),
        message: { fromSequence: brandOf.sequence(fromSequence), limit: limits.queryRowsMax },
        eventTime: marketTime(),
        reply: subjects.journalPage.matching({}),
        timeoutUs: queryTimeoutUs,
      },
      (result) => {
        // The next grant asks again.
        if (result.ok) {
          this.#onPage(result.reply.message.records, last);
          return;
        }
        this.#asking = false;
        this.#unsure = true;
      },
    );
  }

  #onPage(
    records: readonly { readonly sequence: number; readonly type: string; readonly payload: Uint8Array }[],
    last: Map<SwitchName, KillSwitchEvent>,
  ): void {
    for (const { type, payload } of records) {
      if (type !== KillSwitchEvent.name) continue;
      const event = KillSwitchEvent.decode(payload);
      last.set(event.name, event);
    }
    const newest = records.at(-1);
    if (newest !== undefined) {
      this.#pull(newest.sequence + 1, last);
      return;
    }
    this.#asking = false;
    for (const event of last.values()) this.#take(event);
  }
}

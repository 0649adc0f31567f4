import type { LeaseRequest } from '../../protos/gen/control.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { ExecutionRow } from '../kernel/bus/execution-row.ts';
import type { LedgerId, SwitchName } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Baselines } from './baselines.ts';
import type { SwitchBoard } from './switch-board.ts';

const reconciliationBreak = brandOf.switchName('reconciliationBreak');

/**
 * What execution's journal says of kill switches. Both sides journal trips on their own; here risk takes over what it
 * missed, so that what either has latched is latched in both.
 */
export class ExecutionTrips {
  readonly #board: SwitchBoard;
  readonly #baselines: Baselines;
  readonly #bornEmpty: boolean;
  /** The latest trip, and the latest word on its cancels, of every switch that execution has latched. */
  readonly #trips = new Map<SwitchName, KillSwitchEvent>();
  readonly #confirmations = new Map<SwitchName, KillSwitchEvent>();
  #sawDecision = false;
  #live = false;

  /** `bornEmpty`: risk's own journal had no row when this process started. */
  constructor(options: {
    readonly board: SwitchBoard;
    readonly baselines: Baselines;
    readonly bornEmpty: boolean;
  }) {
    this.#board = options.board;
    this.#baselines = options.baselines;
    this.#bornEmpty = options.bornEmpty;
  }

  takeRow({ fact }: ExecutionRow): void {
    if (fact.case === 'order' && fact.value.body.case === 'decided') this.#sawDecision = true;
    if (fact.case !== 'killSwitch') return;
    this.#note(fact.value);
    if (!this.#live) return;
    const { name, body } = fact.value;
    if (body.case === 'tripped') this.#adopt(name);
    else if (body.case === 'cancelsConfirmed' || body.case === 'cancelsEscalated') {
      this.#board.takeConfirmation(name, body);
    }
  }

  /** All of execution's history is known now. Called once. */
  goLive(ledgerId: LedgerId): void {
    this.#live = true;
    for (const [name, { body }] of this.#confirmations) {
      if (body.case === 'cancelsConfirmed' || body.case === 'cancelsEscalated') {
        this.#board.takeConfirmation(name, body);
      }
    }
    for (const name of this.#trips.keys()) this.#adopt(name);
    this.#compareJournals(ledgerId);
  }

  takeLatched({ latched }: LeaseRequest): void {
    for (const name of latched) this.#adopt(name);
  }

  #note(event: KillSwitchEvent): void {
    if (event.level !== 'tripped') {
      this.#trips.delete(event.name);
      this.#confirmations.delete(event.name);
    } else if (event.body.case === 'tripped') {
      this.#trips.set(event.name, event);
      this.#confirmations.delete(event.name);
    } else if (event.body.case === 'cancelsConfirmed' || event.body.case === 'cancelsEscalated') {
      this.#confirmations.set(event.name, event);
    }
  }

  #adopt(name: SwitchName): void {
    const event = this.#trips.get(name);
    if (this.#board.isLatched(name, event)) return;
    const told = event?.body.case === 'tripped' ? event.body.value : undefined;
    this.#board.trip(
      name,
      { source: told?.source ?? 'execution', reason: told?.reason ?? 'latched by execution' },
      event && { scope: event.scope, action: event.action },
    );
  }

  /** A journal that is gone took its latched trips along, so the one that is left halts the system. */
  #compareJournals(ledgerId: LedgerId): void {
    const before = this.#baselines.ledgerId;
    if (this.#bornEmpty && this.#sawDecision) {
      this.#halt("risk's journal is empty, and execution's holds its decisions");
    } else if (before !== undefined && before !== ledgerId) {
      this.#halt(`execution's journal is ${ledgerId}, and was ${before}`);
    }
  }

  #halt(reason: string): void {
    if (this.#board.isLatched(reconciliationBreak)) return;
    this.#board.trip(reconciliationBreak, { source: 'journal', reason });
  }
}

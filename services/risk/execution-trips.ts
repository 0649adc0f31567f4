import { KillReset, KillResume, type LeaseRequest } from '../../protos/gen/control.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import type { ExecutionRow } from '../kernel/bus/execution-row.ts';
import type { LedgerId, Sequence, SwitchName } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { TripDemand } from '../kernel/kill-switch/switch-definition.ts';
import type { Baselines } from './baselines.ts';
import type { SwitchBoard } from './switch-board.ts';

const reconciliationBreak = brandOf.switchName('reconciliationBreak');

interface KnownTrip {
  readonly event: KillSwitchEvent;
  readonly sequence: Sequence;
}

/** Execution asks each second, and at times more often. */
const standingRequestsMax = 30;

/**
 * What execution's journal says of kill switches. Both sides journal trips on their own; here risk takes over what it
 * missed, so that what either has latched is latched in both. Execution follows a reset after risk has made it: what
 * it says in between of a trip that the reset has undone is old.
 */
export class ExecutionTrips {
  readonly #board: SwitchBoard;
  readonly #baselines: Baselines;
  readonly #bornEmpty: boolean;
  /** Of the system that a person has signed off after a journal was found changed. */
  readonly #signedLedgerId: LedgerId | undefined;
  /** Of which ledger the rows are that the last end of a switch reaches up to, as the own journal tells. */
  readonly #endedLedgers: ReadonlyMap<SwitchName, LedgerId>;
  /** The latest trip, and the latest word on its cancels, of every switch that execution has latched. */
  readonly #trips = new Map<SwitchName, KnownTrip>();
  readonly #confirmations = new Map<SwitchName, KillSwitchEvent>();
  /** Row in which execution ended its last trip of a switch. */
  readonly #endings = new Map<SwitchName, Sequence>();
  /** Lease requests in a row that told a latch which is none here. */
  readonly #standing = new Map<SwitchName, number>();
  #sawDecision = false;
  #live = false;

  /** `rows`: of all switches, from risk's own journal; `bornEmpty`: it had none of any kind when this process started. */
  constructor(options: {
    readonly board: SwitchBoard;
    readonly baselines: Baselines;
    readonly rows: readonly KillSwitchEvent[];
    readonly bornEmpty: boolean;
  }) {
    this.#board = options.board;
    this.#baselines = options.baselines;
    this.#bornEmpty = options.bornEmpty;
    this.#endedLedgers = endedLedgers(options.rows);
    this.#signedLedgerId = this.#endedLedgers.get(reconciliationBreak);
  }

  takeRow({ fact }: ExecutionRow, sequence: Sequence): void {
    if (fact.case === 'order' && fact.value.body.case === 'decided') this.#sawDecision = true;
    if (fact.case !== 'killSwitch') return;
    this.#note(fact.value, sequence);
    if (!this.#live) return;
    const { name, body } = fact.value;
    if (body.case === 'tripped') this.#adoptKnown(name);
    else if (body.case === 'cancelsConfirmed' || body.case === 'cancelsEscalated') {
      this.#board.takeConfirmation(name, body);
    }
  }

  /** All of execution's history is known now. Called once. */
  goLive({ ledgerId, applied }: { readonly ledgerId: LedgerId; readonly applied: Sequence }): void {
    this.#live = true;
    for (const [name, ended] of this.#endedLedgers) {
      // Of a journal that is gone, or of rows that a restored backup does not have.
      if (ended !== ledgerId || this.#board.endedUpTo(name) > applied) this.#board.forgetEnd(name);
    }
    for (const [name, { body }] of this.#confirmations) {
      if (body.case === 'cancelsConfirmed' || body.case === 'cancelsEscalated') {
        this.#board.takeConfirmation(name, body);
      }
    }
    for (const name of this.#trips.keys()) this.#adoptKnown(name);
    this.#compareJournals(ledgerId);
  }

  takeLatched({ latched, journalSequence }: LeaseRequest): void {
    for (const name of this.#standing.keys()) if (!latched.includes(name)) this.#standing.delete(name);
    for (const name of latched) {
      this.#adoptStanding(name);
      if (this.#trips.has(name)) this.#adoptKnown(name);
      // Its row is not known yet; or the request is from before the row that ended the trip.
      else if (journalSequence >= (this.#endings.get(name) ?? 0)) this.#adopt(name, undefined);
    }
  }

  /**
   * Execution ends a trip a moment after risk, or has said why not by a later one. One that it still has then was ended
   * here on the word of rows that are gone, a copy's or a backup's: it is latched again, so that a person can end it.
   */
  #adoptStanding(name: SwitchName): void {
    const requests = this.#board.isLatched(name) ? 0 : (this.#standing.get(name) ?? 0) + 1;
    this.#standing.set(name, requests);
    if (requests >= standingRequestsMax) this.#adopt(name, undefined);
  }

  #note(event: KillSwitchEvent, sequence: Sequence): void {
    const { name, body } = event;
    if (event.level !== 'tripped') {
      if (this.#trips.delete(name)) this.#endings.set(name, sequence);
      this.#confirmations.delete(name);
    } else if (body.case === 'tripped') {
      this.#trips.set(name, { event, sequence });
      this.#confirmations.delete(name);
    } else if (body.case === 'cancelsConfirmed' || body.case === 'cancelsEscalated') {
      this.#confirmations.set(name, event);
    }
  }

  #adoptKnown(name: SwitchName): void {
    const known = this.#trips.get(name);
    // A reset undoes what was known of execution's trips when it was made, and nothing later.
    if (known !== undefined && known.sequence > this.#board.endedUpTo(name)) this.#adopt(name, known.event);
  }

  #adopt(name: SwitchName, event: KillSwitchEvent | undefined): void {
    if (this.#board.isLatched(name, event)) return;
    const told = event?.body.case === 'tripped' ? event.body.value : undefined;
    this.#board.trip(
      name,
      { source: told?.source ?? 'execution', reason: told?.reason ?? 'latched by execution' },
      event === undefined ? this.#unheard(name) : { scope: event.scope, action: event.action },
    );
  }

  /** While nobody has said what the latch asked for, nothing is sold for it; its row says more. */
  #unheard(name: SwitchName): TripDemand | undefined {
    const own = this.#board.definitions.find((definition) => definition.name === name);
    return own?.action === 'liquidate' ? { scope: own.scope, action: 'stop' } : undefined;
  }

  /** A journal that is gone took its latched trips along, so the one that is left halts the system. */
  #compareJournals(ledgerId: LedgerId): void {
    const before = this.#baselines.ledgerId;
    if (this.#bornEmpty && this.#sawDecision) {
      this.#halt("risk's journal is empty, and execution's holds its decisions");
    } else if (before !== undefined && before !== ledgerId && ledgerId !== this.#signedLedgerId) {
      this.#halt(`execution's journal is ${ledgerId}, and was ${before}`);
    }
  }

  #halt(reason: string): void {
    if (this.#board.isLatched(reconciliationBreak)) return;
    this.#board.trip(reconciliationBreak, { source: 'journal', reason });
  }
}

/** A seal is bound to one ledger: whoever signed for a switch has looked at that one. */
function endedLedgers(rows: readonly KillSwitchEvent[]): ReadonlyMap<SwitchName, LedgerId> {
  const ledgers = new Map<SwitchName, LedgerId>();
  for (const { name, body, ignored } of rows) {
    if (ignored) continue;
    if (body.case === 'resetRequested') {
      ledgers.set(name, KillReset.decode(body.value.evidence).seal.ledgerId);
    } else if (body.case === 'resumeRequested') {
      ledgers.set(name, KillResume.decode(body.value.evidence).seal.ledgerId);
    }
  }
  return ledgers;
}

import { type AuthorityEvent, OperatorPresent } from '../../protos/gen/authority.ts';
import { KillReset, KillResume } from '../../protos/gen/control.ts';
import type { ResetRequested } from '../../protos/gen/risk.ts';
import type { Received } from '../kernel/bus/bus.ts';
import type { ExecutionFollower } from '../kernel/bus/execution-follower.ts';
import type { RiskFact } from '../kernel/bus/risk-row.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Sequence, SwitchName } from '../kernel/codec/brand.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import type { JournalRow } from '../kernel/journal/journal.ts';
import type { KillSwitchBody } from '../kernel/kill-switch/kill-switch-table.ts';
import { type ActVerdict, Authority, type SignedAct } from '../kernel/signing/authority.ts';
import { Keyring } from '../kernel/signing/keyring.ts';
import type { Sealed } from '../kernel/signing/seal.ts';
import type { Raise } from './alerts.ts';
import type { EndRefusal } from './end-refusal.ts';
import { KeyringFollower } from './keyring-follower.ts';
import type { Links } from './links.ts';
import type { Market } from './market.ts';
import type { RiskPorts } from './risk-options.ts';
import type { SwitchBoard } from './switch-board.ts';
import type { SwitchWatch } from './switch-watch.ts';

const endTypes: readonly string[] = [KillReset.name, KillResume.name];
/** Acts whose answer is remembered: people sign them, one at a time. */
const answersMax = 10_000;

/** A row of risk's own journal. */
export interface RiskRow {
  readonly sequence: Sequence;
  readonly fact: RiskFact;
}

export interface SignedActsOptions {
  readonly ports: Pick<RiskPorts, 'clock' | 'trustedKeys' | 'options'>;
  readonly board: SwitchBoard;
  readonly watch: SwitchWatch;
  readonly links: Links;
  readonly market: Market;
  readonly raise: Raise;
  readonly follower: ExecutionFollower;
  /** Until then nothing is answered, and whoever asked asks again. */
  readonly isReady: () => boolean;
  /** Says a row of the journal once more. */
  readonly sendAgain: (sequence: Sequence) => void;
}

/** What people sign for risk: the end of a trip or of a pause, and that they are there. */
export class SignedActs {
  readonly #options: SignedActsOptions;
  readonly #authority: Authority;
  readonly #keyring: KeyringFollower;
  /** Rows that answer an act, by its nonce in hexadecimal. */
  readonly #answers = new Map<string, readonly Sequence[]>();

  /** `rows`: all of risk's journal. */
  constructor(options: SignedActsOptions, rows: readonly RiskRow[]) {
    this.#options = options;
    const { ports, board, follower } = options;
    const { environment } = ports.options.rules;
    this.#authority = new Authority({
      keyring: new Keyring(ports.trustedKeys),
      environment,
      ledgerId: () => follower.ledgerId,
      wallUs: () => ports.clock.wallUs(),
    });
    this.#keyring = new KeyringFollower({
      authority: this.#authority,
      board,
      onRefused: (verdict, origin) => this.#refuse(verdict, origin),
      environment,
      ledgerId: () => follower.ledgerId,
    });
    rows.forEach((row, index) => {
      if (row.fact.case !== 'authority') return;
      const { value } = row.fact;
      this.#authority.restore(value);
      this.#keyring.restore(value);
      if (value.body.case !== 'accepted') return;
      // What an act did to a switch stands right behind it: see SwitchBoard.act.
      const next = endTypes.includes(value.type) ? rows[index + 1] : undefined;
      this.#remember(value.nonce, next === undefined ? [row.sequence] : [row.sequence, next.sequence]);
    });
  }

  /** A row of execution's journal. `isNew`: it was not there before this process started. */
  takeRow(event: AuthorityEvent, { isNew }: { readonly isNew: boolean }): void {
    // Whoever signs anything at all is there.
    if (isNew && event.body.case !== 'refused') this.#options.links.hearOperator();
    this.#keyring.takeRow(event);
  }

  takeReset(received: Received<KillReset>): void {
    const { message } = received;
    const named = subjects.killReset.tokensOf(received.subject)?.name;
    this.#take(received, {
      type: KillReset,
      needsTwoKeys: message.rebase,
      objection: () => this.#objection(message.switchName, named),
      effect: () => this.#reset(received),
    });
  }

  takeResume(received: Received<KillResume>): void {
    const { message } = received;
    const named = subjects.killResume.tokensOf(received.subject)?.name;
    this.#take(received, {
      type: KillResume,
      objection: () => this.#objection(message.switchName, named),
      effect: () => this.#resume(received),
    });
  }

  takePresent(received: Received<OperatorPresent>): void {
    this.#take(received, { type: OperatorPresent, effect: () => ({ name: undefined, bodies: [] }) });
  }

  #take<T extends Sealed>(
    received: Received<T>,
    act: Pick<SignedAct<T>, 'type' | 'needsTwoKeys' | 'objection'> & { readonly effect: () => Effect },
  ): void {
    const { isReady, links } = this.#options;
    if (!isReady()) return;
    const { subject, message } = received;
    const verdict = this.#authority.check({ ...act, subject, message, payload: received.payload() });
    switch (verdict.kind) {
      case 'accepted': {
        links.hearOperator();
        const { name, bodies } = act.effect();
        const rows = this.#journal(verdict, name, bodies);
        this.#remember(
          message.seal.nonce,
          rows.map(({ sequence }) => sequence),
        );
        return;
      }
      case 'repeated':
        for (const sequence of this.#answers.get(hexOf(message.seal.nonce)) ?? []) {
          this.#options.sendAgain(sequence);
        }
        return;
      case 'refused':
        this.#refuse(verdict, { subject, type: act.type.name });
    }
  }

  /** One row and one alert, unless there are too many. */
  #refuse(
    { row, code, detail }: Extract<ActVerdict, { kind: 'refused' }>,
    origin: { readonly subject: string; readonly type: string },
  ): void {
    if (row === undefined) return;
    const { board, raise } = this.#options;
    board.journalAuthority(row);
    const leftOut = row.body.case === 'refused' ? row.body.value.leftOut : 0;
    const more = leftOut === 0 ? '' : `; ${leftOut} more were refused and not recorded`;
    raise({
      severity: 'critical',
      code: 'AUTHORITY_REFUSED',
      text: `${origin.type} on ${origin.subject} was refused: ${code}, ${detail}${more}`,
      about: origin.subject,
    });
  }

  #remember(nonce: Uint8Array, answer: readonly Sequence[]): void {
    this.#answers.set(hexOf(nonce), answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > answersMax && oldest !== undefined) this.#answers.delete(oldest);
  }

  #journal(
    { row }: Extract<ActVerdict, { kind: 'accepted' }>,
    name: SwitchName | undefined,
    bodies: readonly KillSwitchBody[],
  ): readonly JournalRow[] {
    const { board } = this.#options;
    return name === undefined ? board.journalAuthority(row) : board.act(name, row, bodies);
  }

  #objection(name: SwitchName, named: string | undefined): 'SUBJECT_MISMATCH' | 'UNKNOWN_SWITCH' | undefined {
    if (named !== name) return 'SUBJECT_MISMATCH';
    return this.#options.board.has(name) ? undefined : 'UNKNOWN_SWITCH';
  }

  #reset(received: Received<KillReset>): Effect {
    const { board, watch, market, follower } = this.#options;
    const { switchName: name, requestedBy, rebase } = received.message;
    // What its condition says is judged as it is now, not as it was a second ago.
    watch.read('tick');
    const request: ResetRequested = {
      requestedBy,
      rebase,
      evidence: received.payload(),
      marketTime: market.now,
      executionSequence: follower.applied,
    };
    const refusal = board.resetRefusal(name, request);
    if (refusal !== undefined) return refused(name, refusal);
    const end: KillSwitchBody = { case: 'resetRequested', value: request };
    if (!rebase) return { name, bodies: [end] };
    const moved = watch.rebase(name);
    if (moved !== undefined) return { name, bodies: [end, { case: 'baselineMoved', value: moved }] };
    const reason = `${name} measures no loss, or equity is not known now: there is nothing to measure from`;
    return refused(name, { code: 'NOT_REBASABLE', reason });
  }

  #resume(received: Received<KillResume>): Effect {
    const { board, follower } = this.#options;
    const { switchName: name, requestedBy } = received.message;
    const refusal = board.resumeRefusal(name);
    if (refusal !== undefined) return refused(name, refusal);
    const value = { requestedBy, evidence: received.payload(), executionSequence: follower.applied };
    return { name, bodies: [{ case: 'resumeRequested', value }] };
  }
}

interface Effect {
  readonly name: SwitchName | undefined;
  readonly bodies: readonly KillSwitchBody[];
}

function refused(name: SwitchName, { code, reason }: EndRefusal): Effect {
  return { name, bodies: [{ case: 'resetRefused', value: { code, reason } }] };
}

import { KillReset, KillResume } from '../../protos/gen/control.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { Sequence, SwitchName } from '../kernel/codec/brand.ts';
import { CodecError } from '../kernel/codec/codec-error.ts';
import type { MessageType } from '../kernel/codec/message-type.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { AuthorityCode } from '../kernel/signing/authority.ts';
import type { Sealed } from '../kernel/signing/seal.ts';
import type { AuthorityKeeper, Claim } from './authority-keeper.ts';
import type { Kill, KillEnd } from './kill.ts';
import type { KillBoard } from './kill-board.ts';

export interface ResetPorts {
  readonly journal: Journal;
  readonly authority: AuthorityKeeper;
  readonly board: KillBoard;
  readonly kill: Kill;
}

/** A row of risk's journal by which it ended a trip. */
export interface RiskEnd {
  readonly subject: string;
  readonly name: SwitchName;
  readonly body: KillEnd;
  /** Of the row in risk's journal; 0 when it came without. */
  readonly sequence: Sequence;
}

interface SwitchAct extends Sealed {
  readonly switchName: SwitchName;
}

/** By what a row of risk ends a trip; undefined for all other rows. */
export function endIn({ body, ignored, level }: KillSwitchEvent): KillEnd | undefined {
  const isEnd = body.case === 'resetRequested' || body.case === 'resumeRequested';
  return isEnd && !ignored && level !== 'tripped' ? body : undefined;
}

/**
 * Follows risk when it has ended a trip: on the strength of the signature, which is checked here once more, and for no
 * trip that risk had not heard of. What cannot be followed stays latched, and is tripped anew, so that risk latches it
 * again and a person can sign again.
 */
export class Resets {
  readonly #ports: ResetPorts;

  constructor(ports: ResetPorts) {
    this.#ports = ports;
  }

  follow(end: RiskEnd): void {
    const { body } = end;
    switch (body.case) {
      case 'resetRequested':
        this.#follow(end, KillReset, ({ rebase }) => rebase);
        return;
      case 'resumeRequested':
        this.#follow(end, KillResume, () => false);
        return;
      default:
        assertNever(body);
    }
  }

  #follow<T extends SwitchAct>(
    end: RiskEnd,
    type: MessageType<T>,
    needsTwoKeys: (message: T) => boolean,
  ): void {
    const { authority, board } = this.#ports;
    const { subject, name, body } = end;
    const { evidence } = body.value;
    const message = read(type, evidence);
    if (message === undefined) {
      const code = evidence.length === 0 ? 'UNSIGNED' : 'BAD_SIGNATURE';
      const detail = `risk ended the trip of ${name} without a signature that could be read`;
      const claim: Claim = { subject, payload: () => evidence };
      authority.refuse(claim, { type, code, detail });
      this.#holdOn(name, code);
      return;
    }
    const verdict = authority.take(
      {
        ...{ subject, type, message, payload: evidence },
        needsTwoKeys: needsTwoKeys(message),
        isFollowed: true,
        objection: () => this.#objection(end, message.switchName),
      },
      { onAccepted: () => this.#end(end) },
    );
    if (verdict.kind === 'refused') this.#holdOn(name, verdict.code);
    // Risk has lost that it took the signature before; the trip that it ends now is another one.
    const isAnother = board.trippedAt(name) <= body.value.executionSequence;
    if (verdict.kind === 'repeated' && isAnother) this.#holdOn(name, 'NONCE_REUSED');
  }

  #objection({ name, body }: RiskEnd, signed: SwitchName): AuthorityCode | undefined {
    const { board, journal } = this.#ports;
    const { executionSequence } = body.value;
    if (signed !== name) return 'SUBJECT_MISMATCH';
    // A backup was restored: where the trip stands says nothing of when it was.
    if (executionSequence > journal.durableHead().sequence) return 'OTHER_HISTORY';
    return board.trippedAt(name) > executionSequence ? 'TRIPPED_AGAIN' : undefined;
  }

  #end({ name, body, sequence: riskSequence }: RiskEnd): void {
    const { kill } = this.#ports;
    const ended =
      body.case === 'resetRequested'
        ? kill.end(name, { case: body.case, value: { ...body.value, riskSequence } })
        : kill.end(name, { case: body.case, value: { ...body.value, riskSequence } });
    if (!ended) this.#holdOn(name, 'NOT_WAITING');
  }

  /** A newer trip is in the journal for risk to see; any other stay has to be said. */
  #holdOn(name: SwitchName, code: AuthorityCode): void {
    const { board, kill } = this.#ports;
    const { latched, demand } = board.named(name);
    if (!latched || code === 'TRIPPED_AGAIN') return;
    const reason = `risk ended the trip, and execution refused that: ${code}`;
    kill.trip({ ...demand, name, source: 'execution', reason, payload: new Uint8Array() });
  }
}

function read<T>(type: MessageType<T>, evidence: Uint8Array): T | undefined {
  try {
    return evidence.length === 0 ? undefined : type.decode(evidence);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

import { LeaseGrant, type LeaseRequest } from '../../protos/gen/control.ts';
import type { TradingState } from '../../protos/gen/risk.ts';
import type { ExecutionFollower } from '../kernel/bus/execution-follower.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Epoch } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { scopeAll } from '../kernel/kill-switch/switch-definition.ts';
import { authenticate } from '../kernel/signing/authentication.ts';
import { restrictions, type TradingCondition, worstMode } from '../kernel/trading-state/trading-state.ts';
import type { Handshake } from './handshake.ts';
import type { Market } from './market.ts';
import type { RiskPorts } from './risk-options.ts';
import type { SwitchBoard } from './switch-board.ts';

const nothing = new Uint8Array(0);
/** What is told then: mode, risk's readiness, reasons. */
const allIsClear = JSON.stringify(['active', true, []]);

/** What may be traded, and telling it: on change, once a second, and with every lease. */
export class TradingStateTeller {
  readonly #ports: Pick<RiskPorts, 'bus' | 'journal' | 'epoch' | 'buildHash' | 'decisionKey' | 'options'>;
  readonly #board: SwitchBoard;
  readonly #handshake: Handshake;
  readonly #follower: ExecutionFollower;
  readonly #market: Market;
  #told = '';

  constructor(
    ports: Pick<RiskPorts, 'bus' | 'journal' | 'epoch' | 'buildHash' | 'decisionKey' | 'options'>,
    parts: {
      readonly board: SwitchBoard;
      readonly handshake: Handshake;
      readonly follower: ExecutionFollower;
      readonly market: Market;
    },
  ) {
    this.#ports = ports;
    this.#board = parts.board;
    this.#handshake = parts.handshake;
    this.#follower = parts.follower;
    this.#market = parts.market;
  }

  /** Kill switches first: among equals they are the reason to name. Empty while all may be traded. */
  get conditions(): readonly TradingCondition[] {
    const { isReady, lack, isReconciled } = this.#handshake;
    const { conditions } = this.#board;
    if (!isReady) conditions.push({ name: 'handshake', scope: scopeAll, mode: 'halted', why: lack });
    else if (!isReconciled) {
      const why = 'execution has not reconciled with the venue yet';
      conditions.push({ name: 'reconciliation', scope: scopeAll, mode: 'halted', why });
    }
    return conditions;
  }

  get state(): TradingState {
    const { conditions } = this;
    const { epoch, options } = this.#ports;
    return {
      mode: worstMode(conditions),
      reasons: restrictions(conditions).map(described),
      riskEpoch: epoch,
      ledgerId: this.#follower.ledgerId,
      riskReady: this.#handshake.isReady,
      limitsVersion: options.limitsVersion,
      environment: options.rules.environment,
    };
  }

  /** Asked with each row of execution, and hardly ever is anything else to be told than that all may be traded. */
  tellWhenChanged(): void {
    if (this.#told === allIsClear && this.conditions.length === 0) return;
    const { state } = this;
    if (JSON.stringify([state.mode, state.riskReady, state.reasons]) !== this.#told) this.tell();
  }

  /** Waits for the disk: nobody may hear of a trip that a power cut could undo. */
  tell(): void {
    const { bus, journal } = this.#ports;
    if (journal.durableHead().sequence < journal.head().sequence) return;
    const { state } = this;
    const result = bus.publish({
      subject: subjects.tradingState.of({}),
      message: state,
      eventTime: this.#market.now,
    });
    if (result.ok) this.#told = JSON.stringify([state.mode, state.riskReady, state.reasons]);
  }

  /**
   * Told to whoever asks and is older: nonces begin at a start's epoch, so this one answers no request, grants nothing,
   * and an older start sees by it that risk has gone on. It may never have heard the grants.
   */
  grantedTo(current: Epoch): void {
    this.grant({ nonce: brandOf.sequence(current) });
  }

  grant(request: Pick<LeaseRequest, 'nonce'>): void {
    const { bus, epoch, buildHash, decisionKey } = this.#ports;
    const { sequence, hash } = this.#handshake.agreedHead;
    const grant: LeaseGrant = {
      nonce: request.nonce,
      riskEpoch: epoch,
      state: this.state,
      appliedSequence: sequence,
      appliedHash: hash,
      latched: this.#board.latched,
      buildHash,
      authentication: nothing,
    };
    const { authentication, payload } = authenticate(
      { type: LeaseGrant, field: 8 },
      { key: decisionKey, payload: LeaseGrant.encode(grant) },
    );
    bus.publish({
      subject: subjects.leaseGrant.of({}),
      message: { ...grant, authentication },
      payload,
      eventTime: this.#market.now,
    });
  }
}

function described({ name, scope, why }: TradingCondition): string {
  const where = scope.kind === 'all' ? '' : ` (${scope.kind} ${scope.id})`;
  return `${name}${where}: ${why}`;
}

import { AcceptDifferences } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { Received } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type {
  Currency,
  InstrumentId,
  Money,
  Price,
  SignedQuantity,
  TimestampUs,
} from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import { formatAmount, money, signedQuantity } from '../kernel/money/amount.ts';
import type { AuthorityCode, SignedAct } from '../kernel/signing/authority.ts';
import { differencesDigest } from '../kernel/signing/digest.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import { type Difference, wordsOf } from './differences.ts';
import type { Readiness } from './gate.ts';
import type { Instruments } from './instruments.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { Supervisor } from './supervisor.ts';
import { acceptedActivityId } from './taken-over.ts';
import type { VenueSnapshot } from './venue-snapshot.ts';

export interface AcceptancePorts {
  readonly authority: AuthorityKeeper;
  readonly reconciliation: Reconciliation;
  readonly readiness: Readiness;
  readonly orders: Supervisor;
  readonly keeper: LedgerKeeper;
  readonly instruments: Instruments;
  readonly alerts: Alerts;
  readonly gateway: VenueGateway;
  readonly currency: Currency;
  readonly marketTime: () => TimestampUs;
}

/** What was signed, and what the venue says just now. */
interface Settlement {
  readonly message: AcceptDifferences;
  readonly snapshot: VenueSnapshot;
  /** Who accepted it, and why; in each row that follows from it. */
  readonly because: string;
}

/**
 * The way out where books and venue do not converge: a person signs the differences that execution has told, the venue
 * is read once more, and only if it still says exactly that, the books take it over. Its hold ends with the comparison
 * after it, as after any other; what is latched stays latched.
 */
export class Acceptance {
  readonly #ports: AcceptancePorts;

  constructor(ports: AcceptancePorts) {
    this.#ports = ports;
  }

  /** Signed; sent again until it is answered, and each time the venue is read again until then. */
  take(received: Received<AcceptDifferences>): void {
    const { authority, reconciliation } = this.#ports;
    const { subject, message } = received;
    const act = { subject, message, type: AcceptDifferences, payload: received.payload() };
    const objection = (): AuthorityCode | undefined => this.#objection(subject, message);
    authority.takeLater({ ...act, objection }, () => {
      reconciliation.readFor((differences, snapshot) => {
        const objectionNow = (): AuthorityCode | undefined =>
          objection() ?? objectionTo(differences, message);
        return this.#settle({ ...act, objection: objectionNow }, differences, snapshot);
      });
    });
  }

  #objection(subject: string, { account }: AcceptDifferences): AuthorityCode | undefined {
    const { gateway, readiness } = this.#ports;
    if (subjects.acceptDifferences.tokensOf(subject)?.account !== account) return 'SUBJECT_MISMATCH';
    if (account !== gateway.account) return 'WRONG_ACCOUNT';
    return readiness.reconciled ? 'NOTHING_TO_ACCEPT' : undefined;
  }

  #settle(
    act: SignedAct<AcceptDifferences>,
    differences: readonly Difference[],
    snapshot: VenueSnapshot,
  ): boolean {
    const { authority, alerts, gateway } = this.#ports;
    const { message } = act;
    const verdict = authority.take(act, {
      onAccepted: (keyId) => {
        const because = `accepted by key ${keyId} (act ${hexOf(message.seal.nonce)}): ${message.reason}`;
        for (const difference of differences) this.#book(difference, { message, snapshot, because });
        alerts.raise('warning', {
          code: 'DIFFERENCES_ACCEPTED',
          text: `Taken over from ${gateway.venue}, ${because}: ${wordsOf(differences).join('; ')}.`,
          about: gateway.account,
          account: gateway.account,
        });
      },
    });
    return verdict.kind === 'accepted';
  }

  #book(difference: Difference, settlement: Settlement): void {
    switch (difference.kind) {
      case 'order':
        this.#endOrder(difference, settlement);
        return;
      case 'position':
        this.#bookPosition(difference.instrument, difference.atVenue, settlement);
        return;
      case 'cash':
        this.#bookCash(difference.atVenue, settlement);
        return;
      default:
        assertNever(difference);
    }
  }

  /**
   * At the venue it is over, or not known any more. What it filled there comes with the position; a fill that is told
   * after all still counts, flagged as late.
   */
  #endOrder({ id, entry, atVenue }: Extract<Difference, { kind: 'order' }>, { because }: Settlement): void {
    if (entry === undefined) throw new Error(`order ${id} was never made here and cannot be ended here`);
    const reason = `${atVenue} at the venue, ${because}`;
    this.#ports.orders.change(entry, { case: 'canceled', value: { reason } });
  }

  #bookPosition(
    instrument: InstrumentId,
    atVenue: SignedQuantity,
    { message, snapshot, because }: Settlement,
  ): void {
    const { keeper, instruments, orders, gateway, marketTime } = this.#ports;
    const { account, venue } = gateway;
    const stated = statedPrice(message, instrument);
    if (stated === undefined) throw new Error(`no price was signed for ${instrument}`);
    keeper.adjustPosition(
      {
        ...{ account, venue, instrument, price: stated.price },
        reason: 'correction',
        activityId: acceptedActivityId(message.seal.nonce, instrument),
        numerator: 1,
        denominator: 1,
        quantity: signedQuantity(atVenue - keeper.ledger.quantity(instrument)),
        detail: `${because}; at ${formatAmount(stated.price)} (${stated.source})`,
        multiplier: instruments.multiplier(instrument),
        cursor: brandOf.sequence(snapshot.cursor),
      },
      marketTime(),
      orders,
    );
  }

  #bookCash(atVenue: Money, { message, snapshot, because }: Settlement): void {
    const { keeper, gateway, currency, marketTime } = this.#ports;
    const { account, venue } = gateway;
    keeper.adjustCash(
      {
        ...{ account, venue, currency },
        amount: money(atVenue - keeper.ledger.cash()),
        reason: 'correction',
        activityId: acceptedActivityId(message.seal.nonce, 'cash'),
        detail: because,
        cursor: brandOf.sequence(snapshot.cursor),
      },
      marketTime(),
    );
  }
}

/** Asked of what the venue says now: exactly what was signed, and all of it can be booked. */
function objectionTo(
  differences: readonly Difference[],
  message: AcceptDifferences,
): AuthorityCode | undefined {
  if (differences.length === 0) return 'NOTHING_TO_ACCEPT';
  if (hexOf(differencesDigest(wordsOf(differences))) !== hexOf(message.digest)) return 'OTHER_DIFFERENCES';
  for (const difference of differences) {
    if (difference.kind === 'order' && difference.remedy !== undefined) return 'NOT_BOOKABLE';
    if (difference.kind === 'position' && statedPrice(message, difference.instrument) === undefined) {
      return 'NO_PRICE';
    }
  }
  return undefined;
}

function statedPrice(
  { prices }: AcceptDifferences,
  instrument: InstrumentId,
): { readonly price: Price; readonly source: string } | undefined {
  return prices.find((stated) => stated.instrument === instrument);
}

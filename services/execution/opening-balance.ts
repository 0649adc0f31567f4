import type { Currency, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import type { Instruments } from './instruments.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { Supervisor } from './supervisor.ts';
import { openingActivityId } from './taken-over.ts';
import type { VenueSnapshot } from './venue-snapshot.ts';

/**
 * The first start of a journal takes over what the venue has: its cash as a deposit, its positions as they are, their
 * cost unknown and therefore zero. What happened before is in the balance already and is not read again.
 */
export class OpeningBalance {
  readonly #ports: {
    readonly keeper: LedgerKeeper;
    readonly gateway: VenueGateway;
    readonly instruments: Instruments;
    readonly currency: Currency;
    readonly marketTime: () => TimestampUs;
  };

  constructor(ports: {
    readonly keeper: LedgerKeeper;
    readonly gateway: VenueGateway;
    readonly instruments: Instruments;
    readonly currency: Currency;
    readonly marketTime: () => TimestampUs;
  }) {
    this.#ports = ports;
  }

  get isOpen(): boolean {
    return this.#ports.keeper.hasActivity(openingActivityId);
  }

  takeOver(snapshot: VenueSnapshot, orders: Supervisor): void {
    const { keeper, gateway, instruments, currency, marketTime } = this.#ports;
    const { account, venue } = gateway;
    const time = marketTime();
    const detail = 'taken over from the venue';
    const cursor = brandOf.sequence(snapshot.cursor);
    const amount = snapshot.account.cash;
    const activityId = openingActivityId;
    keeper.adjustCash(
      { account, venue, currency, amount, reason: 'deposit', activityId, detail, cursor },
      time,
    );
    for (const { instrument, quantity } of snapshot.positions) {
      keeper.adjustPosition(
        {
          account,
          venue,
          instrument,
          reason: 'correction',
          activityId: `${openingActivityId}.${instrument}`,
          numerator: 1,
          denominator: 1,
          quantity,
          price: brandOf.price(0n),
          detail,
          multiplier: instruments.multiplier(instrument),
          cursor,
        },
        time,
        orders,
      );
    }
  }
}

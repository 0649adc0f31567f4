import type { Instrument } from '../../../protos/gen/instrument.ts';
import type {
  AccountId,
  InstrumentId,
  Money,
  TimestampUs,
  VenueId,
} from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { divide, money, scale, zeroMoney } from '../../../services/kernel/money/amount.ts';
import type { VenueActivity } from '../../../services/kernel/venue/venue-gateway.ts';

/** What a company does to everybody who holds its shares. */
export type CorporateAction =
  | {
      readonly kind: 'dividend';
      /** Booked once. */
      readonly activityId: string;
      readonly instrument: InstrumentId;
      readonly amountPerUnit: Money;
    }
  | {
      readonly kind: 'split';
      readonly activityId: string;
      readonly instrument: InstrumentId;
      /** 4 and 1 for four new shares for an old one. */
      readonly numerator: number;
      readonly denominator: number;
    };

export interface ActionEffect {
  readonly activity: VenueActivity;
  readonly cashChange: Money;
  /** After the action. */
  readonly position: bigint;
}

/** Undefined when the account holds nothing that the action changes. A short position pays the dividend. */
export function effectOf(
  action: CorporateAction,
  holding: {
    readonly position: bigint;
    readonly account: AccountId;
    readonly venue: VenueId;
    readonly instrument: Instrument;
    readonly time: TimestampUs;
    readonly cursor: number;
  },
): ActionEffect | undefined {
  const { position, account, venue, time, cursor } = holding;
  if (position === 0n) return undefined;
  const { activityId, instrument } = action;
  const owner = { account, venue, activityId, instrument };
  if (action.kind === 'dividend') {
    const amount = money(divide(position * action.amountPerUnit, scale, 'floor'));
    const { currency } = holding.instrument;
    const adjusted = { ...owner, currency, amount, reason: 'dividend', detail: '' } as const;
    return { activity: { kind: 'cash', cursor, time, adjusted }, cashChange: amount, position };
  }
  const { numerator, denominator } = action;
  // Towards zero: what is less than 1e-9 of a share is lost.
  const after = divide(position * BigInt(numerator), BigInt(denominator), 'down');
  const adjusted = {
    ...owner,
    reason: 'split',
    numerator,
    denominator,
    quantity: brandOf.signedQuantity(0n),
    price: brandOf.price(0n),
    detail: `${numerator} for ${denominator}`,
  } as const;
  return { activity: { kind: 'position', cursor, time, adjusted }, cashChange: zeroMoney, position: after };
}

import type * as Brand from './brand.ts';

/**
 * The constructors of branded values: the one place outside the generated codecs where a bare value becomes a price,
 * a time or an id. They check what can be checked without context; range checks of amounts are in money/amount.ts.
 */
function id<Branded extends string>(kind: string): (text: string) => Branded {
  return (text) => {
    if (text === '') throw new RangeError(`a ${kind} is not empty`);
    return text as Branded;
  };
}

function count<Branded extends number>(kind: string): (value: number) => Branded {
  return (value) => {
    if (!Number.isSafeInteger(value)) throw new RangeError(`a ${kind} is a safe integer, found ${value}`);
    return value as Branded;
  };
}

export const brandOf = {
  price: (units: bigint): Brand.Price => units as Brand.Price,
  quantity: (units: bigint): Brand.Quantity => units as Brand.Quantity,
  signedQuantity: (units: bigint): Brand.SignedQuantity => units as Brand.SignedQuantity,
  money: (units: bigint): Brand.Money => units as Brand.Money,
  timestampUs: count<Brand.TimestampUs>('timestamp'),
  durationUs: count<Brand.DurationUs>('duration'),
  sequence: count<Brand.Sequence>('sequence'),
  epoch: count<Brand.Epoch>('epoch'),
  eventId: id<Brand.EventId>('event id'),
  clientOrderId: id<Brand.ClientOrderId>('client order id'),
  venueOrderId: id<Brand.VenueOrderId>('venue order id'),
  executionId: id<Brand.ExecutionId>('execution id'),
  groupId: id<Brand.GroupId>('group id'),
  accountId: id<Brand.AccountId>('account id'),
  strategyId: id<Brand.StrategyId>('strategy id'),
  instrumentId: id<Brand.InstrumentId>('instrument id'),
  venueId: id<Brand.VenueId>('venue id'),
  ledgerId: id<Brand.LedgerId>('ledger id'),
  currency: id<Brand.Currency>('currency'),
  switchName: id<Brand.SwitchName>('switch name'),
} as const;

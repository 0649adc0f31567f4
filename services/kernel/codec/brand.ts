/**
 * Branded primitives: past the codec nothing that means a price, an id or a time is a bare number or string.
 * A `.proto` field names its brand with the option `(interlock.brand)`; the generator maps it to the type of the
 * same name here.
 */
declare const brand: unique symbol;
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

// Exact amounts: signed integers of 1e-9 units, carried as int64.
/** Price of one unit of the instrument in its currency, in 1e-9. */
export type Price = Brand<bigint, 'Price'>;
/** Unsigned amount of the instrument (shares, contracts), in 1e-9. */
export type Quantity = Brand<bigint, 'Quantity'>;
/** Signed amount of the instrument: long positive, short negative, in 1e-9. */
export type SignedQuantity = Brand<bigint, 'SignedQuantity'>;
/** Amount of the account's currency, in 1e-9. */
export type Money = Brand<bigint, 'Money'>;

// Times and counters: safe integers.
/** Microseconds since the Unix epoch. */
export type TimestampUs = Brand<number, 'TimestampUs'>;
/** A span of microseconds. */
export type DurationUs = Brand<number, 'DurationUs'>;
/** Position in a producer's journal or stream, from 1; 0 means "before the first". */
export type Sequence = Brand<number, 'Sequence'>;
/** Number of one start of a service; a later start has a larger one. */
export type Epoch = Brand<number, 'Epoch'>;

// Identities.
export type EventId = Brand<string, 'EventId'>;
export type ClientOrderId = Brand<string, 'ClientOrderId'>;
export type VenueOrderId = Brand<string, 'VenueOrderId'>;
export type ExecutionId = Brand<string, 'ExecutionId'>;
export type GroupId = Brand<string, 'GroupId'>;
export type AccountId = Brand<string, 'AccountId'>;
export type StrategyId = Brand<string, 'StrategyId'>;
export type InstrumentId = Brand<string, 'InstrumentId'>;
export type VenueId = Brand<string, 'VenueId'>;
export type LedgerId = Brand<string, 'LedgerId'>;
export type Currency = Brand<string, 'Currency'>;
export type SwitchName = Brand<string, 'SwitchName'>;

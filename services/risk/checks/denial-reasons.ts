/** Why risk denies: stable codes, each with its meaning; docs/generated/denial-reasons.md is made from this. */
export const denialReasons = {
  EXPOSURE_STALE: 'a row of execution is missing, so the exposure is not known; it is being asked for',
  KILLED: 'a kill switch that stops has tripped for this order',
  HALTED: 'trading is halted, such as before execution has reconciled with the venue',
  WRONG_ENVIRONMENT: 'the order is for another environment than the one that runs',
  UNKNOWN_ACCOUNT: 'this risk service does not guard the account',
  WRONG_VENUE: 'the account is at another venue',
  LIMIT_MISSING: 'the account has no limits, so nothing is allowed',
  ACCOUNT_MISSING: 'execution has not told the cash of the account yet',
  UNKNOWN_INSTRUMENT: 'no definition of the instrument has been seen',
  QUANTITY_NOT_POSITIVE: 'nothing is left to trade: zero was asked, or sizing left less than a lot',
  OFF_LOT: 'the quantity is not a multiple of the lot size',
  PRICE_MISSING: 'the type of the order needs a limit price, a stop price or a trail that it does not have',
  PRICE_NOT_POSITIVE: 'a price is zero or negative',
  OFF_TICK: 'a price is not a multiple of the tick size',
  DEADLINE_PASSED: "the order's deadline is over",
  DUPLICATE: 'another order with the same id is known; this one is quarantined',
  NO_QUOTE: 'there is no price on the side that the order trades with, or none of an instrument that is held',
  STALE_QUOTE: 'the newest price is older than the limits allow',
  PRICE_COLLAR: 'the limit reaches further beyond the quote, or the instrument, than allowed',
  ORDER_QUANTITY: 'the quantity is larger than one order may be',
  ORDER_VALUE: 'the order may cost more than one order may',
  ORDER_RATE: 'more orders in a second than allowed',
  REPEATED_EXECUTION: 'the same order was let through too often in the window',
  DAILY_TRADES: 'as many orders have traded, or may still trade, today as are allowed',
  SHORT_NOT_ALLOWED: 'all pending sales filled, the position would be short',
  REDUCING_ONLY:
    'only orders that reduce are let through, or the order says so itself, and beside all that is pending, such as a stop that rests, this one would not',
  NOT_READY: 'an input of a kill switch is not known yet, and the order does not reduce',
  POSITION_LIMIT: 'the position would be a larger share of equity than allowed',
  GROSS_EXPOSURE: 'all positions together would be a larger share of equity than allowed',
  LEVERAGE: 'longs less shorts would be a larger share of equity than allowed',
  CASH_RESERVE: 'less cash would be left than must be kept',
  INSUFFICIENT_CASH: 'the account may not borrow, and the cash does not pay for all pending purchases',
  OPEN_POSITIONS: 'as many positions are open, or may open, as are allowed',
  BRACKET_UNPROTECTED:
    'its legs could not only reduce, beside what the account holds and has pending, so nothing would protect it',
  APPROVAL_NEEDED:
    'an order as large as the change would make it takes a signature: cancel it and send another one',
  OVERFLOW: 'a product of its figures does not fit into 64 bits',
} as const;

export type DenialCode = keyof typeof denialReasons;

export interface Denial {
  readonly code: DenialCode;
  /** The figures behind it, for a person. */
  readonly detail: string;
}

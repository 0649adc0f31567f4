// Aim: what costs nothing here and money elsewhere is said of the runs that it would have touched, and of no others.
import { expect, it } from 'vitest';
import { leftOutOf } from '../../services/research/report/left-out.ts';

const curve = (rows: readonly { readonly equity: number; readonly cash: number }[]) => ({
  time: Float64Array.from(rows, (_, row) => row),
  equity: Float64Array.from(rows, ({ equity }) => equity),
  cash: Float64Array.from(rows, ({ cash }) => cash),
  exposure: Float64Array.from(rows, ({ equity, cash }) => Math.abs(equity - cash)),
});

it.each([
  ['long, and paid for', [{ equity: 100, cash: 0 }], undefined, []],
  [
    'long on borrowed cash',
    [
      { equity: 100, cash: -50 },
      { equity: 100, cash: -78.5 },
    ],
    0,
    ['no interest is charged on borrowed cash, 78.50 at most'],
  ],
  [
    'short at the end',
    [{ equity: 100, cash: 150 }],
    -2.5,
    [
      'dividends of −2.50 are in the return, and in no figure of trades',
      'no fee is charged for borrowing what was sold short',
    ],
  ],
])('%s', (_what, rows, dividends, expected) => {
  expect(leftOutOf({ equity: curve(rows), trades: [], dividends })).toEqual(expected);
});

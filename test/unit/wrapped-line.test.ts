// Aim: a long line is broken between words below its text; what is copied or read by programs stays whole.
import { expect, it } from 'vitest';
import { wrappedLine } from '../../infra/process/wrapped-line.ts';

it.each([
  ['what fits', '  costs       commission 0.00', '  costs       commission 0.00'],
  [
    'a figure with its name',
    '  risk        drawdown 1.4%, 720 days under water, volatility 0.7%',
    '  risk        drawdown 1.4%, 720 days under\n              water, volatility 0.7%',
  ],
  [
    'a sentence',
    '  one two three four five six seven eight nine',
    '  one two three four five six seven\n  eight nine',
  ],
  ['a word that is longer', `  report      /a/${'b'.repeat(60)}`, `  report      /a/${'b'.repeat(60)}`],
])('%s', (_name, line, shown) => {
  expect(wrappedLine(line, line.startsWith('  risk') ? 46 : 36).split('\n')).toEqual(shown.split('\n'));
});

it.each([
  'npx --no interlock report reproduce 20261121-192835-sma-cross-b0b257',
  'run                               instruments  bars  from        to',
  '{"run":"20261121-192835-sma-cross-b0b257","ended":"complete and all"}',
])('stays one line: %s', (line) => {
  expect(wrappedLine(line, 40)).toBe(line);
});

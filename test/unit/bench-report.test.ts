// Aim: a row that is measured anew takes the place of its last figures in the document, and no other row is touched.
import { expect, it } from 'vitest';
import { asMarkdown, type Report } from '../bench/report.ts';
import { figure, type Row } from '../bench/row.ts';

const machine = {
  ...{ date: '2026-01-05', commit: 'abc1234', cores: 2, processor: 'any', memoryBytes: 2 ** 34 },
  ...{ node: '24.0.0', natsServer: '2.9.10', loadAtStart: 0.5 },
};
const names = ['first', 'second', 'third'];

function rowOf(name: string, rate: number): Row {
  const figures = [figure({ name: 'rows', unit: '/s', blocks: [rate], samples: 10 })];
  return { name, measure: `what ${name} measures`, floor: 'none', figures, notes: ['as it is'] };
}

function written(rows: Report['rows'], earlier = ''): string {
  return asMarkdown({ machine, quick: false, loadAtEnd: 1, secondsTaken: 2, rows }, { earlier, names });
}

it('keeps what was not measured, in the order of the rows', () => {
  const before = written([rowOf('first', 11), rowOf('third', 33)]);
  const after = written([rowOf('second', 22), rowOf('third', 44)], before);
  expect(after.match(/^## .*/gm)).toEqual(['## first', '## second', '## third']);
  expect(after.match(/\| rows \| \d+/g)).toEqual(['| rows | 11', '| rows | 22', '| rows | 44']);
  expect(before).toContain('## second\n\nNot measured yet.');
  expect(written([], after)).toBe(after);
});

it('keeps the figures of a row that failed this time', () => {
  const before = written([rowOf('first', 11)]);
  expect(written([{ name: 'first', failure: 'not done' }], before)).toBe(before);
  expect(written([{ name: 'second', failure: 'not done' }], before)).toContain(
    '## second\n\nFAILED: not done',
  );
});

it('says of each row when and on what it was measured', () => {
  expect(written([rowOf('first', 11)])).toContain('- Measured 2026-01-05, commit abc1234; 2 cores');
});

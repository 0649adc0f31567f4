// Aim: whatever is wrong with a file, every verb that reads it says the place, what was expected, what was found and what
// to do; what other programs write otherwise, and means what it says, is read.
import { mkdtempSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../infra/process/user-error.ts';
import {
  changedLine,
  dataFolder,
  fileOf,
  folder,
  line,
  namesOf,
  operator,
  readers,
  removeAll,
  rowOf,
  rows,
  timeOf,
  typed,
  withCell,
  withRow,
  wordsOf,
  write,
} from './bad-input-world.ts';

afterAll(removeAll);

/** What is in the file, and what is said of it behind its name. */
const refused: Readonly<Record<string, readonly [content: string | Buffer, said: string]>> = {
  unsorted: [withRow(rowOf(9), rowOf(7)), ':10: column time: expected rows in order of time, after '],
  duplicated: [withRow(rowOf(7), rowOf(7)), ':10: column time: expected one bar a time'],
  'a missing cell': [withCell(namesOf.close, ''), `${line('close')}a value, found nothing; fill it in`],
  'a short row': [withRow(`${timeOf(7)},100,101`), `${line('low')}a value, found nothing; fill it in`],
  'a negative price': [
    withCell(namesOf.low, '-1'),
    `${line('low')}a price above 0, found "-1"; correct the price`,
  ],
  'no price': [withCell(namesOf.open, '0'), `${line('open')}a price above 0, found "0"`],
  NaN: [withCell(namesOf.high, 'NaN'), `${line('high')}a price above 0, found "NaN"`],
  infinity: [withCell(namesOf.high, 'Infinity'), `${line('high')}a price above 0, found "Infinity"`],
  'a word': [withCell(namesOf.high, 'n/a'), `${line('high')}a price above 0, found "n/a"`],
  'a number of programmers': [withCell(namesOf.high, '0x7f'), `${line('high')}a price above 0, found "0x7f"`],
  'a negative volume': [withCell(namesOf.volume, '-5'), `${line('volume')}a volume of 0 or more, found "-5"`],
  'a high below': [withCell(namesOf.high, '50'), `${line('high')}at least 100.5, found "50"`],
  'thousands separated': [
    withCell(namesOf.high, '"1,234.5"'),
    'found "1,234.5"; write 1234.5: a point for decimals',
  ],
  'decimals with a comma': [
    withCell(namesOf.high, '"101,5"'),
    'found "101,5"; write 1234.5: a point for decimals',
  ],
  'a day that is none': [withCell(namesOf.time, '2020-02-30'), `${line('time')}an ISO 8601 time or an epoch`],
  'a day of another country': [
    withCell(namesOf.time, '01/08/2020'),
    'found "01/08/2020"; write it as 2024-01-02T',
  ],
  'a number that is no time': [
    withCell(namesOf.time, '12345'),
    `${line('time')}an ISO 8601 time or an epoch`,
  ],
  'times with and without a zone': [
    withCell(namesOf.time, '2020-01-08 21:00'),
    `${line('time')}all times with a zone, or all without one, found "2020-01-08 21:00"; write Z`,
  ],
  'a time to come': [
    fileOf(rows.map((_, day) => rowOf(day, timeOf(day + 36_525)))),
    ':2: column time: expected a time that has been, found "2120-',
  ],
  'a quote that stays open': [
    withCell(namesOf.open, '"100'),
    `:${changedLine}: expected a quote that is closed`,
  ],
  'columns of other names': [
    ['Day,O,H,L,Last,Vol.', ...rows].join('\n'),
    "found the columns Day, O, H, L, Last, Vol.; name the columns with --columns 'time=Day,open=O,high=H,low=L,close=Last,volume=Vol.'".replaceAll(
      "'",
      '',
    ),
  ],
  'no names of columns': [
    rows.join('\n'),
    ':1: expected a line that names the columns, found the values 2020-',
  ],
  'nothing in it': [
    '',
    ':1: expected a line that names the columns, found an empty file; begin it with time,open,',
  ],
  'no rows': [fileOf([]), ': expected at least one bar'],
  'no text': [
    Buffer.from(`\ufeff${fileOf(rows)}`, 'utf16le'),
    ':1: expected text in UTF-8, found bytes that are none',
  ],
};

/** What other programs write, and means what it says. */
const accepted: Readonly<Record<string, string>> = {
  'a byte order mark': `\ufeff${fileOf(rows)}`,
  'line ends of Windows': fileOf(rows).replaceAll('\n', '\r\n'),
  'quoted numbers': fileOf(rows.map((row) => row.replaceAll(/[^,]+/g, '"$&"'))),
  'offsets of several zones': withCell(namesOf.time, '2020-01-08T16:00:00-05:00'),
  'semicolons, and no end of line': fileOf(rows).replaceAll(',', ';').trimEnd(),
};

describe.each(Object.entries(refused))('a file with %s', (_name, [content, said]) => {
  const plain = (text: string): string => text.replaceAll("'", '');

  it.each(readers)('is refused by %s', async (verb) => {
    const file = write(content);
    const answer = await typed(verb, wordsOf[verb](file));
    expect(answer).toMatchObject({ exitCode: exitCodes.corruptData });
    expect(plain(answer.said)).toContain(plain(said));
    expect(answer.said.startsWith(file)).toBe(true);
  });

  it('is found wrong by the verbs of data', async () => {
    const file = write(content);
    for (const verb of ['import', 'check']) {
      const answer = await operator('data', verb, file, '--interval', '1d', ...dataFolder.split('='));
      expect(plain(answer.said)).toContain(file);
      expect(plain(answer.said)).toContain(plain(said));
      expect([exitCodes.corruptData, exitCodes.failedCheck]).toContain(answer.exitCode);
    }
  });
});

it.each(Object.entries(accepted))('a file with %s is read as it is meant', async (_name, content) => {
  const file = write(content);
  expect(await typed('backtest', wordsOf.backtest(file))).toEqual({ exitCode: exitCodes.success, said: '' });
  const answer = await operator('data', 'check', file, ...dataFolder.split('='));
  expect(answer).toMatchObject({
    exitCode: exitCodes.success,
    said: expect.stringContaining('1d           300 bars'),
  });
});

describe('files and folders that are not there, or not whole', () => {
  it.each(readers)('%s', async (verb) => {
    const nowhere = join(folder, 'none.csv');
    expect(await typed(verb, wordsOf[verb](nowhere))).toEqual({
      exitCode: exitCodes.corruptData,
      said: `${nowhere}: expected a file, or a folder with <symbol>.csv, found nothing; look at the path`,
    });
    const empty = mkdtempSync(join(folder, 'empty-'));
    expect(await typed(verb, wordsOf[verb](empty))).toMatchObject({
      exitCode: exitCodes.corruptData,
      said: expect.stringContaining(`${empty}: expected a file SPY.csv in the folder, found none`),
    });
  });

  it('a cache that was cut off is made again', async () => {
    const file = write(fileOf(rows));
    const kept = join(folder, 'cut');
    const words = wordsOf
      .backtest(file)
      .map((word) => (word === dataFolder ? `--data-folder=${kept}` : word));
    expect((await typed('backtest', words)).exitCode).toBe(exitCodes.success);
    const cache = join(kept, 'cache', 'bars');
    for (const name of readdirSync(cache)) truncateSync(join(cache, name), 100);
    expect(await typed('backtest', words)).toEqual({ exitCode: exitCodes.success, said: '' });
  });

  it('a data folder that is a file', async () => {
    const file = write(fileOf(rows));
    const words = wordsOf
      .backtest(file)
      .map((word) => (word === dataFolder ? `--data-folder=${file}` : word));
    expect(await typed('backtest', words)).toMatchObject({
      exitCode: exitCodes.cannotWrite,
      said: expect.stringContaining(file),
    });
  });
});

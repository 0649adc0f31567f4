// Aim: an import that is killed leaves nothing that is used; Parquet gives the same bars as CSV; the verbs say so.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BarMapping } from '../../infra/feeds/bar-mapping.ts';
import { openBars } from '../../infra/feeds/open-bars.ts';
import { exitCodes } from '../../infra/process/user-error.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { runCommandLine } from '../../services/operator/command-line.ts';
import { verbs } from '../../services/operator/verbs.ts';

const minute = brandOf.durationUs(60_000_000);
const startSeconds = 1_704_205_800;
let folder: string;
let cacheFolder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-bar-import-'));
  cacheFolder = join(folder, 'cache', 'bars');
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(kind: 'csv' | 'parquet', data: string, mapping: BarMapping = {}) {
  const { columns, close } = openBars(
    { kind, data, interval: minute, mapping, timeZone: 'America/New_York' },
    { cache: { folder: cacheFolder } },
  );
  close();
  return columns;
}

function writeCsv(name: string, rows: number): string {
  const file = join(folder, name);
  const lines = Array.from(
    { length: rows },
    (_, row) => `${startSeconds + row * 60},100.5,101,100.25,100.75,${row}`,
  );
  writeFileSync(file, `time,open,high,low,close,volume\n${lines.join('\n')}\n`);
  return file;
}

/** A Parquet file of what a query gives. */
async function writeParquet(name: string, query: string): Promise<string> {
  const file = join(folder, name);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`COPY (${query}) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return file;
}

const prices = '100.5 AS open, 101.0 AS high, 100.25 AS low, 100.75 AS close, i AS volume';
const rowsOf = (time: string, count = 5_000): string =>
  `SELECT ${time} AS time, ${prices} FROM range(${count}) t(i)`;

describe('an import that is killed', () => {
  it('leaves no bars that are taken for whole, and the next one makes them', async () => {
    const rows = 300_000;
    const file = writeCsv('SPY.csv', rows);
    const program = fileURLToPath(new URL('./bar-import-process.ts', import.meta.url));
    const bytesMins = [0, 1_000_000, 6_000_000];
    for (let kills = 0; kills < bytesMins.length; ) {
      const bytesMin = bytesMins[kills] ?? 0;
      const child = spawn(process.execPath, [program, file, cacheFolder], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      const unfinished = (): string | undefined =>
        list(cacheFolder).find((name) => name.endsWith(`.making-${child.pid}`));
      const isUnderWay = (): boolean => {
        const name = unfinished();
        return (
          name !== undefined &&
          (statSync(join(cacheFolder, name), { throwIfNoEntry: false })?.size ?? 0) > bytesMin
        );
      };
      while (!isUnderWay() && child.exitCode === null) await delay(1);
      child.kill('SIGKILL');
      const [, signal] = await ended;
      if (signal !== 'SIGKILL') {
        // It was done before anybody looked: once more, from nothing.
        rmSync(cacheFolder, { recursive: true });
        continue;
      }
      kills += 1;
      expect(list(cacheFolder).filter((name) => name.endsWith('.bars'))).toEqual([]);
    }

    expect(open('csv', file)).toMatchObject([{ instrument: 'SPY', length: rows }]);
  });
});

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

describe('a Parquet file', () => {
  it.each([
    ['seconds', `${startSeconds} + i * 60`],
    ['milliseconds', `(${startSeconds} + i * 60) * 1000`],
    ['a timestamp with a zone', `to_timestamp(${startSeconds} + i * 60)`],
    ['a timestamp of New York', `make_timestamp((${startSeconds} + i * 60 - 5 * 3600) * 1000000)`],
    ['a text', `strftime(make_timestamp((${startSeconds} + i * 60) * 1000000), '%Y-%m-%dT%H:%M:%SZ')`],
  ])('gives the same bars as a CSV file, its time as %s', async (_, time) => {
    const file = await writeParquet('SPY.parquet', rowsOf(time));

    const [parquet] = open('parquet', file);

    const [csv] = open('csv', writeCsv('SPY.csv', 5_000));
    expect(parquet).toMatchObject({ instrument: 'SPY', length: 5_000, fingerprint: csv?.fingerprint });
  });

  it('has columns by other names, and several symbols', async () => {
    const query = `SELECT ${startSeconds} + i // 2 * 60 AS "Date", 1.5 AS o, 2.0 AS h, 1.0 AS l, 1.25 AS c, i AS v,
      CASE i % 2 WHEN 0 THEN 'QQQ' ELSE 'SPY' END AS ticker FROM range(200) t(i)`;
    const file = await writeParquet('all.parquet', query);
    const mapping = {
      time: 'Date',
      open: 'o',
      high: 'h',
      low: 'l',
      close: 'c',
      volume: 'v',
      symbol: 'ticker',
    };

    expect(open('parquet', file, mapping)).toMatchObject([
      { instrument: 'QQQ', length: 100 },
      { instrument: 'SPY', length: 100 },
    ]);
  });

  it.each([
    [
      'a missing value',
      'CASE i WHEN 777 THEN NULL ELSE 100.75 END AS close',
      'row 778: column close: expected a number, found nothing; fill it in',
    ],
    [
      'no number',
      "CASE i WHEN 777 THEN 'NaN'::DOUBLE ELSE 100.75 END AS close",
      'row 778: column close: expected a price above 0, found NaN',
    ],
    [
      'a negative price',
      'CASE i WHEN 777 THEN -1 ELSE 100.75 END AS close',
      'row 778: column close: expected a price above 0, found -1',
    ],
    [
      'high below low',
      'CASE i WHEN 777 THEN 105 ELSE 100.75 END AS close',
      'row 778: column high: expected at least 105, found 101; correct',
    ],
  ])('is refused with its row: %s', async (_, close, message) => {
    const query = rowsOf(`${startSeconds} + i * 60`).replace('100.75 AS close', close);
    const file = await writeParquet('SPY.parquet', query);

    expect(() => open('parquet', file)).toThrow(`${file}: ${message}`);
    expect(list(cacheFolder)).toEqual([]);
  });

  it.each([
    ['unsorted', `${startSeconds} - i * 60`, 'row 2: column time: expected rows in order of time'],
    ['twice', `${startSeconds} + i // 2 * 60`, 'row 2: column time: expected one bar a time'],
    ['a time that is none', "'yesterday'", 'row 1: column time: expected a timestamp'],
  ])('is refused with its row: %s', async (_, time, message) => {
    const file = await writeParquet('SPY.parquet', rowsOf(time));

    expect(() => open('parquet', file)).toThrow(`${file}: ${message}`);
  });

  it('is refused when it is none, has no rows, or lacks a column', async () => {
    const text = writeCsv('text.parquet', 3);
    expect(() => open('parquet', text)).toThrow(`${text}: expected a readable Parquet file`);
    const empty = await writeParquet('empty.parquet', rowsOf(`${startSeconds} + i * 60`, 0));
    expect(() => open('parquet', empty)).toThrow('expected at least one bar, found none');
    expect(() => open('parquet', empty, { close: 'last' })).toThrow(
      'expected a column last, found the columns time, open, high, low, close, volume; name the column with --columns close=close',
    );
  });
});

/** Daily bars without those of weekends. */
function weekdays(name: string, count: number): string {
  const path = join(folder, name);
  const rows = Array.from({ length: count }, (_, bar) => {
    const day = new Date(Date.UTC(2024, 0, 1 + 7 * Math.floor(bar / 5) + (bar % 5)));
    return `${day.toISOString().slice(0, 10)},10,11,9,10,100`;
  });
  writeFileSync(path, ['time,open,high,low,close,volume', ...rows].join('\n'));
  return path;
}

describe('the verbs', () => {
  async function interlock(...typed: string[]) {
    let [out, error] = ['', ''];
    const exitCode = await runCommandLine([...typed, '--data-folder', folder], {
      verbs,
      version: '0',
      out: { write: (text) => (out += text) },
      error: { write: (text) => (error += text) },
      noColor: true,
    });
    return { exitCode, out, error };
  }
  const json = (text: string): unknown[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('bring a file in, list it, and find what is wrong with it', async () => {
    const file = writeCsv('SPY.csv', 5_000);

    const imported = await interlock('data', 'import', file, '--interval', '1m', '--json');
    expect(imported.exitCode).toBe(exitCodes.success);
    const [series] = json(imported.out);
    expect(series).toMatchObject({
      instrument: 'SPY',
      interval: '1m',
      rows: 5_000,
      from: '2024-01-02T14:31:00.000Z',
    });

    const listed = await interlock('data', 'list', '--json');
    expect(json(listed.out)).toMatchObject([
      { kind: 'csv', state: 'current', files: [file], series: [series] },
    ]);
    expect((await interlock('data', 'list')).out).toContain('SPY');

    const checked = await interlock('data', 'check', file, '--interval', '1m');
    expect(checked).toMatchObject({ exitCode: exitCodes.success });
    expect(checked.out).toContain('clean');
  });

  it('fail when something is wrong: a gap, a line that is none', async () => {
    const file = join(folder, 'SPY.csv');
    const line = (row: number): string => `${startSeconds + row * 60},1,1,1,1,1`;
    const rows = [...Array(500).keys()].filter((row) => row < 200 || row >= 300);
    writeFileSync(file, ['time,open,high,low,close,volume', ...rows.map(line)].join('\n'));
    const gap = await interlock('data', 'check', file, '--interval', '1m', '--json');
    expect(gap.exitCode).toBe(exitCodes.failedCheck);
    expect(json(gap.out)).toMatchObject([
      { findings: [{ kind: 'gap', severity: 'wrong', count: 100 }] },
      { wrong: 1 },
    ]);

    writeFileSync(file, ['time,open,high,low,close,volume', line(0), 'x,1,1,1,1,1'].join('\n'));
    const unreadable = await interlock('data', 'check', file, '--interval', '1m');
    expect(unreadable.exitCode).toBe(exitCodes.failedCheck);
    expect(unreadable.out).toContain(`${file}:3: column time: expected an ISO 8601 time`);
  });

  it('take the interval that most rows are apart, and say so', async () => {
    const { out } = await interlock('data', 'check', writeCsv('minutes.csv', 2_000));
    expect(out).toContain('bars of 1m: the median distance of the first 1000 rows of');
    const daily = weekdays('daily.csv', 40);
    const checked = await interlock('data', 'check', daily, '--json');
    expect(json(checked.out)[0]).toMatchObject({ series: [{ interval: '1d', rows: 40 }] });
    expect(checked.error).toContain('bars of 1d: the median distance of the first 40 rows of');
    const alone = weekdays('alone.csv', 1);
    expect((await interlock('data', 'check', alone)).error).toContain('need their --interval');
  });

  it('take it from Parquet as from CSV, with the same words where it cannot be told', async () => {
    const minutes = await writeParquet('minutes.parquet', rowsOf(`${startSeconds} + i * 60`, 2_000));
    const { out, error } = await interlock('data', 'import', minutes, '--json');
    expect(json(out)).toMatchObject([{ interval: '1m', rows: 2_000 }]);
    expect(error).toContain('bars of 1m: the median distance of the first 1000 rows of');

    const two = `SELECT symbol, * FROM (${rowsOf(`${startSeconds} + i * 3600`, 30)}), (VALUES ('A'), ('B')) of(symbol)`;
    const hours = await interlock('data', 'check', await writeParquet('hours.parquet', two), '--json');
    expect(json(hours.out)[0]).toMatchObject({ series: [{ interval: '1h' }, { interval: '1h' }] });

    const alone = await writeParquet('alone.parquet', rowsOf(`${startSeconds}`, 1));
    expect(await interlock('data', 'check', alone)).toMatchObject({
      exitCode: exitCodes.usage,
      error: expect.stringContaining(
        'bars from parquet need their --interval, such as 1m or 1d: no row follows another',
      ),
    });
    const empty = await writeParquet('empty.parquet', rowsOf(`${startSeconds}`, 0));
    expect((await interlock('data', 'check', empty)).error).toContain(
      `${empty}: expected at least one bar, found none`,
    );
    const text = writeCsv('text.parquet', 3);
    expect((await interlock('data', 'check', text)).error).toContain(
      `${text}: expected a readable Parquet file`,
    );
    for (const kind of ['csv', 'parquet']) {
      const absent = join(folder, `absent.${kind}`);
      expect(await interlock('data', 'check', absent)).toMatchObject({
        exitCode: exitCodes.corruptData,
        error: expect.stringContaining(
          `${absent}: expected a file, or a folder with <symbol>.${kind}, found nothing`,
        ),
      });
    }
  });

  it.each([
    [['data', 'import', 'bars.txt'], 'name its --format'],
    [['data', 'import', 'bars.csv', '--interval', 'soon'], '--interval: expected a duration'],
    [
      ['data', 'import', 'bars.csv', '--interval', '1m', '--columns', 'price=Close'],
      '--columns: expected pairs',
    ],
    [
      ['data', 'import', 'lean', '--format', 'lean', '--resolution', 'tick'],
      '--resolution: expected minute, hour or daily',
    ],
  ])('refuse what they do not understand: %j', async (typed, message) => {
    const { exitCode, error } = await interlock(...typed);
    expect(exitCode).toBe(exitCodes.usage);
    expect(error).toContain(message);
  });
});

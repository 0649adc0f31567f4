// Aim: SIGKILL of the process around the paper venue, at any moment, loses nothing that was answered or reported.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSqliteVenueStore } from '../../infra/venues/paper/sqlite-venue-store.ts';
import { readVenueLog } from '../../infra/venues/paper/venue-log.ts';
import { createPaperBench } from '../unit/paper-fixture.ts';

const program = fileURLToPath(new URL('./venue-paper-process.ts', import.meta.url));
const rounds = 5;

/** Runs the venue until it has told `lines` lines, then kills it, and gives back all that it has told. */
async function runAndKill(path: string, round: number, lines: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [program, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    told.push(line);
    if (told.length === lines) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  // A kill may cut the last line short.
  return told.filter((line) => /^(done|filled) round\d+-order\d+(-\d+)?$/.test(line));
}

it('what was told before the kill is in the file, whole, and every accepted order was filled once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paper-venue-'));
  const path = join(folder, 'venue.db');
  try {
    const told: string[] = [];
    for (let round = 1; round <= rounds; round += 1)
      told.push(...(await runAndKill(path, round, 37 * round)));

    const log = readVenueLog(path);
    const idsOf = (kind: string) =>
      log.flatMap((entry) => (entry.kind === kind ? [String(entry.clientOrderId)] : []));
    const answered = told.flatMap((line) => (line.startsWith('done ') ? [line.slice('done '.length)] : []));
    const reported = told.flatMap((line) =>
      line.startsWith('filled ') ? [line.slice('filled '.length)] : [],
    );
    expect(answered.length).toBeGreaterThan(rounds);
    expect(idsOf('accepted')).toEqual(expect.arrayContaining(answered));
    expect(log.flatMap((entry) => entry.fill?.executionId ?? [])).toEqual(expect.arrayContaining(reported));
    expect(idsOf('filled')).toEqual(idsOf('accepted'));
    expect(new Set(idsOf('received')).size).toBe(idsOf('received').length);

    const bench = createPaperBench({}, { store: openSqliteVenueStore(path) });
    const [position] = bench.read(bench.venue.positions);
    expect(position?.quantity).toBe(BigInt(idsOf('filled').length) * 1_000_000_000n);
    await bench.venue.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

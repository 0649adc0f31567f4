// Aim: a journal that cannot be opened is told to a person in one sentence, with the exit code that says whose turn it is.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { journalPathOf } from '../../infra/journal/journal-path.ts';
import { openServiceJournal } from '../../infra/journal/service-journal.ts';
import { exitCodes } from '../../infra/process/user-error.ts';

let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'interlock-journal-'));
});

afterEach(() => {
  rmSync(dataFolder, { recursive: true });
});

const open = () =>
  openServiceJournal({ dataFolder, owner: 'risk', randomBytes: (count) => new Uint8Array(count) });

it('another process has it', async () => {
  const first = open();
  expect(open).toThrow(
    expect.objectContaining({
      exitCode: exitCodes.inUse,
      message: expect.stringMatching(/^another process holds the journal .*risk.*: stop it, or [^\n]+\.$/),
    }),
  );
  await first.close();
});

it('it is no journal', async () => {
  await open().close();
  writeFileSync(
    journalPathOf(dataFolder, 'risk'),
    'not a database, and longer than a header of one is'.repeat(4),
  );
  expect(open).toThrow(
    expect.objectContaining({
      exitCode: exitCodes.corruptData,
      message: expect.stringMatching(/journal\.sqlite: journal row 1: .*bring back a backup/),
    }),
  );
});

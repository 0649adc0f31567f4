// Aim: each start of a service has a larger epoch than the one before it, whatever the wall clock does between them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { drawEpoch } from '../../infra/process/epoch-file.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-epoch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = brandOf.timestampUs;

it('given a wall clock that steps back, when the service starts again, then its epoch has grown', () => {
  const file = join(folder, 'risk.epoch');

  const epochs = [at(1_000_000), at(5), at(5), at(1_000_001), at(9_000_000)].map((wallUs) =>
    drawEpoch(file, wallUs),
  );

  expect(epochs).toEqual([1_000_000, 2_000_000, 3_000_000, 4_000_000, 9_000_000]);
});

it('given a file that holds no epoch, when the service starts, then it refuses with a sentence', () => {
  const file = join(folder, 'damaged.epoch');
  writeFileSync(file, '12x');

  expect(() => drawEpoch(file, at(5))).toThrow(/damaged\.epoch should hold the number.*"12x".*delete it/);
});

// Aim: what a person is shown before taking over what the venue says is what execution has journaled and what is signed:
// each difference, the price at which it would be booked, and what cannot be accepted.
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { differencesDigest } from '../../services/kernel/signing/digest.ts';
import {
  type OpenDifferences,
  pricesTyped,
  readOpenDifferences,
  shortDigest,
  tellDifferences,
  unpriced,
} from '../../services/operator/acts/open-differences.ts';
import { Terminal } from '../../services/operator/terminal.ts';
import { statusLines } from '../../services/operator/verbs/status.ts';
import { intentOf, readyWorld, units, type World } from './execution-world.ts';

/** As the command reads it, from the running service. */
async function read(world: World, typed = ''): Promise<OpenDifferences> {
  const client = { bus: world.strategy, clock: world.clock, close: () => Promise.resolve() };
  let isDone = false;
  const found = readOpenDifferences(client, undefined, typed === '' ? [] : pricesTyped(typed)).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    world.settle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

function told(open: OpenDifferences, isJson = false): string {
  const out: string[] = [];
  const stream = { write: (text: string) => out.push(text) };
  const terminal = new Terminal({ isJson, out: stream, error: stream, noColor: true });
  tellDifferences(open, brandOf.timestampUs(open.since + 75_000_000), terminal);
  return out.join('');
}

function heldWorld(): World {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.forget(id);
  const foreign = intentOf({ quantity: brandOf.quantity(units(4)) });
  world.venue.addForeign(foreign);
  world.venue.fill(foreign.clientOrderId, { quantity: units(4), price: units(100) });
  world.wait(3_000_000);
  return world;
}

describe('books that differ', () => {
  it('are shown line by line with how long, how they would be booked, and how to accept them', async () => {
    const world = heldWorld();
    const open = await read(world, 'SPY=105');
    expect(open.digest).toEqual(differencesDigest(open.texts));
    const digest = shortDigest(open.digest);
    const lines = told(open).trim().split('\n');
    expect(lines).toEqual([
      "HELD: books and paper differ, for 1 min 15 s by the market's clock",
      expect.stringMatching(
        /^ {2}order \S+ is working here and unknown at the venue; accepted, it is canceled here$/,
      ),
      '  position SPY: 0 here, 4 at the venue; accepted, it is booked at 105.00 (typed)',
      '  cash: 100000 here, 99600 at the venue',
      `accept it with: npx --no interlock reconcile --accept ${digest} --reason <text>`,
    ]);
    expect(JSON.parse(told(open, true))).toMatchObject({
      converged: false,
      digest,
      sinceSeconds: 75,
      differences: [{ remedy: null }, { text: expect.stringContaining('SPY') }, {}],
      prices: [{ instrument: 'SPY', price: '105', source: 'typed' }],
    });
  });

  it('say which price is missing', async () => {
    const open = await read(heldWorld());
    expect(unpriced(open)).toEqual(['SPY']);
    expect(told(open)).toMatch(/no price is known\n/);
    expect(told(open)).toMatch(/--reason <text> --price SPY=<price>/);
  });

  it('say what has to be done at the venue, and offer no signature for it', async () => {
    const world = readyWorld();
    world.venue.addForeign(intentOf());
    world.venue.disconnect();
    world.venue.reconnect();
    world.wait(3_000_000);
    const text = told(await read(world));
    expect(text).toMatch(/was never made here: cancel it at the venue/);
    expect(text).not.toMatch(/--accept/);
  });

  it('are found far back in the journal, and books that agree say so', async () => {
    const world = readyWorld();
    for (let count = 0; count < 200; count += 1) world.place(intentOf());
    expect(world.rows().length).toBeGreaterThan(600);
    const open = await read(world);
    expect(open).toMatchObject({ converged: true, texts: [] });
    expect(told(open)).toBe('books and paper agree: there is nothing to accept\n');
  });
});

it('prices are read as they are meant, or not at all', () => {
  expect(pricesTyped('SPY=512.30, BRK.B=440')).toMatchObject([
    { instrument: 'SPY', price: 512_300_000_000n },
    { instrument: 'BRK.B', price: 440_000_000_000n },
  ]);
  for (const text of ['SPY', '=1', 'SPY=', 'SPY=-1', 'SPY=0', 'SPY=1e3', 'SPY=1,', '']) {
    expect(() => pricesTyped(text), text).toThrow(/--price: expected instruments and prices/);
  }
});

it('the status says what differs, and that it comes before the reset of the switch that tripped over it', () => {
  const colour = (_: unknown, text: string): string => text;
  const lines = statusLines(
    {
      differences: ['cash: 1 here, 2 at the venue'],
      trippedSwitches: [
        { name: 'reconciliationBreak', action: 'stop' },
        { name: 'manual', action: 'stop' },
      ],
    },
    { colour },
  );
  expect(lines).toContain('  DIFFERS cash: 1 here, 2 at the venue');
  expect(lines.filter((line) => line.includes('ends with'))).toEqual([
    '    ends with: npx --no interlock reconcile, and then npx --no interlock reset reconciliationBreak',
    '    ends with: npx --no interlock reset manual',
    '    ends with: npx --no interlock reconcile',
  ]);
});

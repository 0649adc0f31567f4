// Aim: where books and venue do not converge any more, a person sees what differs, signs for exactly that, and the
// system goes on; a switch that tripped over it is reset after that, and not before.
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import type { Override } from '../../infra/config/load-profile.ts';
import { arrayAt, textAt, valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { orderEventsIn, readExecutionFacts } from '../system/execution-facts.ts';
import { restingOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { isSwitchLine } from '../system/scripted-run.ts';
import { readVenueBook, venuePathOf } from '../system/venue-book.ts';
import { aNewKey, answeredBy as interlock, runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const kind = 'reconciliationBreak';

/** Five orders that rest at the venue, each of which execution has journaled to do so: an answer that it has not is looked up. */
async function resting(overrides: readonly Override[] = []): Promise<RunningSystem> {
  const folder = laboratory.newFolder();
  const profile = restingOrders(folder, overrides);
  const system = laboratory.start({ folder, words: ['--profile', profile] });
  await eventually('five orders that rest', () => (openIn(folder).length === 5 ? true : undefined));
  for (const order of openIn(folder)) {
    await system.until(
      `${order} told as working`,
      (line) => valueAt(line, 'clientOrderId') === order && valueAt(line, 'state') === 'working',
    );
  }
  return system;
}

/** Something happens at the venue that execution is told nothing of; it starts again and finds it. */
async function behindItsBack(system: RunningSystem, change: (database: DatabaseSync) => void): Promise<void> {
  const pid = await system.pidOf('execution');
  // While it stands still nothing of it is in the middle of a write.
  process.kill(pid, 'SIGSTOP');
  const database = new DatabaseSync(venuePathOf(system.folder));
  try {
    database.exec('PRAGMA busy_timeout = 5000');
    change(database);
  } finally {
    database.close();
  }
  process.kill(pid, 'SIGKILL');
}

async function heldDifferences(folder: string): Promise<unknown> {
  let told: unknown;
  return eventually('differences that are told', async () => {
    told = (await interlock(folder, ['reconcile'])).last;
    return valueAt(told, 'converged') === false ? told : undefined;
  }).catch((cause: unknown) => {
    throw new Error(`told last was ${JSON.stringify(told)}`, { cause });
  });
}

it('a trade by hand at the venue: shown, accepted under its digest, and then the switch is reset', async () => {
  const system = await resting([
    [['killSwitches', kind, 'grace'], '1s'],
    [['killSwitches', kind, 'onGraceExpired'], 'trip'],
  ]);
  const { folder } = system;
  await behindItsBack(system, (database) => {
    database.exec("INSERT INTO position (instrument, quantity) VALUES ('SPY', 3000000000)");
    database.exec('UPDATE account SET cash = cash - 300000000000');
  });
  await system.until('the trip', (line) => isSwitchLine(line, kind, 'graceExpired'));
  await system.until('its confirmation', (line) => isSwitchLine(line, kind, 'cancelsConfirmed'));

  const shown = await heldDifferences(folder);
  expect(shown).toMatchObject({
    differences: [
      { text: 'position SPY: 0 here, 3 at the venue' },
      { text: expect.stringMatching(/^cash: \S+ here, \S+ at the venue$/) },
    ],
    prices: [{ instrument: 'SPY', source: 'quote' }],
  });
  const status = await runCommand(['status', '--data-folder', folder]);
  expect(status.out).toMatch(/DIFFERS position SPY: 0 here, 3 at the venue/);
  expect(status.out).toMatch(/ends with: npx --no interlock reconcile, and then .*reset reconciliationBreak/);
  expect(await interlock(folder, ['reset', kind])).toMatchObject({
    code: 1,
    last: { done: false, code: 'CONDITION_STANDS', remedy: expect.stringContaining('reconcile') },
  });

  const digest = textAt(shown, 'digest');
  const accept = ['reconcile', '--accept', digest, '--reason', 'bought at the broker'];
  expect(
    await interlock(folder, ['reconcile', '--accept', '0123456789ab', '--reason', 'typo']),
  ).toMatchObject({
    code: 1,
    last: { code: 'OTHER_DIFFERENCES' },
  });
  const stranger = await aNewKey(folder, 'stranger');
  expect(await interlock(folder, [...accept, '--key', stranger.path])).toMatchObject({
    code: 1,
    last: { by: 'execution', code: 'UNKNOWN_KEY' },
  });
  expect(await interlock(folder, accept)).toMatchObject({
    code: 0,
    last: { act: 'reconcile', done: true, accepted: 2, converged: true },
  });
  // What has tripped is still latched; twice does no harm.
  expect(await interlock(folder, accept)).toMatchObject({ code: 1 });
  expect(openIn(folder)).toEqual([]);
  expect(await interlock(folder, ['reset', kind])).toMatchObject({ code: 0, last: { done: true } });

  await eventually('five orders that rest again', () => (openIn(folder).length === 5 ? true : undefined));
  expect((await system.stop()).code).toBe(0);
  expect(differences(folder)).toEqual([]);
});

it('an order that the venue has forgotten: accepted it is canceled here, and the next one is sent', async () => {
  const system = await resting();
  const { folder } = system;
  const [forgotten] = openIn(folder);
  await behindItsBack(system, (database) => {
    database.prepare('DELETE FROM paper_order WHERE client_order_id = ?').run(forgotten ?? '');
  });

  const shown = await heldDifferences(folder);
  expect(shown).toMatchObject({
    differences: [{ text: `order ${forgotten} is working here and unknown at the venue`, remedy: null }],
  });
  const words = ['--accept', textAt(shown, 'digest'), '--reason', 'the broker lost it'];
  expect(await interlock(folder, ['reconcile', ...words])).toMatchObject({
    code: 0,
    last: { converged: true },
  });
  await eventually('another order in its place', () => (openIn(folder).length === 5 ? true : undefined));

  expect((await system.stop()).code).toBe(0);
  const last = orderEventsIn(readExecutionFacts(folder)).findLast(
    (event) => event.clientOrderId === forgotten,
  );
  expect(last).toMatchObject({ state: 'canceled' });
  const story = await interlock(folder, ['audit', 'export', forgotten ?? '']);
  expect(story).toMatchObject({ code: 0 });
  expect(arrayAt(story.last, 'signatures')).toMatchObject([{ act: 'AcceptDifferences', verified: true }]);
});

function openIn(folder: string): readonly string[] {
  try {
    return readVenueBook(folder).openOrders.map(({ intent }) => intent.clientOrderId);
  } catch {
    // The venue has not opened its store yet.
    return [];
  }
}

// Aim: of two starts of execution one is heard: a later one tells none of its rows before it has a lease, unless there is
// no risk to ask, and an earlier one ends when it hears that a later one got it.
import { expect, it } from 'vitest';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { intentOf, readyWorld, start, World } from './execution-world.ts';

/** Asks for rows; the answer, once it has come. */
function askedRows(world: World): () => boolean {
  let isAnswered = false;
  world.strategy.request(
    {
      subject: subjects.journalQuery.of({ service: 'execution' }),
      message: { fromSequence: brandOf.sequence(1), limit: 10 },
      eventTime: start,
      reply: subjects.journalPage.matching({}),
      timeoutUs: 1_000_000,
    },
    ({ ok }) => {
      isAnswered = ok;
    },
  );
  world.wait(200_000);
  return () => isAnswered;
}

/** Risk is there, and gives no lease. */
function refused(): World {
  const world = new World();
  world.grants = false;
  world.boot();
  for (let second = 0; second < 6; second += 1) {
    world.sayMode();
    world.wait(1_000_000);
  }
  return world;
}

it('given risk gives another start the lease, when orders come, then this one tells nothing and sends nothing', () => {
  const world = refused();
  const intent = intentOf();
  world.send(intent);
  world.wait(500_000);
  // Whoever asks again is not answered either.
  world.send(intent);
  world.wait(500_000);

  expect(world.events(intent.clientOrderId)).toHaveLength(1);
  expect(world.heard).toEqual([]);
  expect(askedRows(world)()).toBe(false);
  expect(world.venue.submitted).toEqual([]);

  world.grants = true;
  world.wait(2_100_000);
  expect(world.heard.map(({ body }) => body.case)).toContain('staged');
  expect(askedRows(world)()).toBe(true);
});

it('given there is no risk, when execution has waited as long as a lease, then it tells its rows all the same', () => {
  const world = new World();
  world.grants = false;
  world.boot();
  expect(askedRows(world)()).toBe(false);
  world.wait(4_100_000);
  expect(askedRows(world)()).toBe(true);
});

it('given a lease, when a later start is granted one, then the earlier one ends and says why', () => {
  const world = readyWorld();
  const failures: unknown[] = [];
  world.onFailure = (error) => failures.push(error);
  const nonce = brandOf.sequence((world.requests.at(-1)?.nonce ?? 0) + 1_000_000);
  const [request] = world.requests;
  if (request !== undefined) world.grant({ ...request, nonce });
  world.settle();
  expect(String(failures[0])).toContain('A later start of execution has the lease');
  expect(world.alertCodes()).toContain('SUPERSEDED');
});

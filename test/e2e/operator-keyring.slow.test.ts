// Aim: a pause is ended by one signature, the keyring changes only by signatures, and what takes two keys can be signed on
// two machines.
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { arrayAt } from '../../services/operator/json-value.ts';
import { churningOrders } from '../system/profile-file.ts';
import { SystemLaboratory } from '../system/running-system.ts';
import { aNewKey, answeredBy as interlock } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('a pause is resumed; keys are enrolled and retired; two keys sign one request on two machines', async () => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({ folder, words: ['--profile', churningOrders(folder)] });
  await system.resolvesAnOrder();

  expect(await interlock(folder, ['kill', '--action', 'pause'])).toMatchObject({ code: 0 });
  expect(await interlock(folder, ['resume', 'manual'])).toMatchObject({ code: 0, last: { done: true } });
  await system.resolvesAnOrder();

  const bob = await aNewKey(folder, 'bob');
  expect(await interlock(folder, ['attend', '--key', bob.path])).toMatchObject({
    code: 1,
    last: { by: 'risk', code: 'UNKNOWN_KEY' },
  });
  expect(await interlock(folder, ['keyring', 'enroll', `${bob.path}.pub`])).toMatchObject({
    code: 0,
    last: { done: true, seen: expect.arrayContaining(['risk', 'execution']) },
  });
  expect(await interlock(folder, ['attend', '--key', bob.path])).toMatchObject({ code: 0 });

  const request = join(folder, 'request.json');
  const rebase = ['reset', 'maxDrawdown', '--rebase-peak', '--write-request', request];
  expect(await interlock(folder, rebase)).toMatchObject({ code: 0, last: { request } });
  const own = await interlock(folder, ['reset', 'maxDrawdown', '--sign-request', request]);
  expect(own).toMatchObject({ code: 64 });
  // Both signatures hold, so the answer is about the switch and no longer about them.
  expect(
    await interlock(folder, ['reset', 'maxDrawdown', '--sign-request', request, '--key', bob.path]),
  ).toMatchObject({ code: 1, last: { by: 'risk', code: 'NOT_TRIPPED' } });

  const retired = await interlock(folder, ['keyring', 'retire', bob.keyId, '--reason', 'left the desk']);
  expect(retired).toMatchObject({ code: 0, last: { done: true } });
  expect(await interlock(folder, ['attend', '--key', bob.path])).toMatchObject({
    code: 1,
    last: { by: 'risk', code: 'RETIRED_KEY' },
  });
  const { last } = await interlock(folder, ['keyring', 'list']);
  expect(arrayAt(last, 'keys')).toMatchObject([
    { standing: 'enrolled' },
    { keyId: bob.keyId, name: 'bob', standing: 'retired', reason: 'left the desk' },
  ]);
  expect((await system.stop()).code).toBe(0);
});

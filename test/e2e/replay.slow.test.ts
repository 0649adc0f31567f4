// Aim: a live run of all services on nats-server, crash, kill and restart included, replays to the same outputs, byte for
// byte; what depends on more than its inputs is found and named.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { exitCodes } from '../../infra/process/user-error.ts';
import { valueAt } from '../../services/operator/json-value.ts';
import { announcedMonitorUrl } from '../../services/operator/monitor-client.ts';
import { serviceNames } from '../../services/operator/service-names.ts';
import { eventually } from '../system/eventually.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { jsonLines, runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const minuteMs = 60_000;
const marketMinutes = 10;

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/strategies/${name}.ts`, import.meta.url));
}

function start(folder: string, strategy: string, recordings: string): RunningSystem {
  const parameters = ['--parameters', '{"quantity":1}'];
  const words = ['--strategy', fixture(strategy), ...parameters, '--speed', '60', '--record', recordings];
  return laboratory.start({ folder, words });
}

/** Asks the monitor, as a dashboard would: its answers are outputs too. */
async function ask(folder: string, path: string): Promise<unknown> {
  const url = announcedMonitorUrl(folder);
  if (url === undefined) return undefined;
  const response = await fetch(`${url}${path}`).catch(() => undefined);
  return response?.ok === true ? await response.json() : undefined;
}

async function marketTimeMs(folder: string): Promise<number> {
  return eventually('a market time', async () => {
    const time = valueAt(await ask(folder, '/status'), 'marketTime');
    return typeof time === 'string' ? Date.parse(time) : undefined;
  });
}

it('ten minutes of the market replay to identical outputs in every service', async () => {
  const folder = laboratory.newFolder();
  const recordings = join(folder, 'recordings');
  const first = start(folder, 'churn', recordings);
  await first.resolvesAnOrder();
  const beganMs = await marketTimeMs(folder);
  // The middle of it is a crash: what risk was writing is torn, and its next start begins with a journal.
  await eventually('half of the time', async () =>
    (await marketTimeMs(folder)) > beganMs + (marketMinutes / 2) * minuteMs ? true : undefined,
  );
  process.kill(await first.pidOf('risk'), 'SIGKILL');
  await first.until('the end of risk', (line) => valueAt(line, 'event') === 'crashed');
  await first.resolvesAnOrder();
  await eventually('all of the time', async () =>
    (await marketTimeMs(folder)) >= beganMs + marketMinutes * minuteMs ? true : undefined,
  );
  for (const path of ['/summary', '/orders', '/fills', '/positions', '/account', '/switches', '/services']) {
    expect(await ask(folder, path), path).toBeDefined();
  }
  expect((await runCommand(['kill', '--data-folder', folder, '--reason', 'a test'])).code).toBe(0);
  expect((await first.stop()).code).toBe(0);

  // On what the first run has left, the latched switch included, and with a kill file from the first moment on.
  writeFileSync(join(folder, 'KILL'), '');
  const second = start(folder, 'churn', recordings);
  await second.until(
    'a halt',
    (line) => valueAt(line, 'tradingState') === 'halted' || valueAt(line, 'mode') === 'halted',
  );
  await marketTimeMs(folder);
  expect((await second.stop()).code).toBe(0);

  const { code, out, error } = await runCommand(['replay', recordings, '--json']);
  const results = jsonLines(out);
  expect(results, error).toHaveLength(2 * serviceNames.length + 1);
  expect(results).toEqual(results.map(() => expect.objectContaining({ identical: true })));
  expect(code).toBe(0);
  for (const service of serviceNames) {
    const own = results.filter((result) => valueAt(result, 'service') === service);
    expect(own).toHaveLength(service === 'risk' ? 3 : 2);
    expect(Number(valueAt(own[0], 'inputs')), service).toBeGreaterThan(100);
    expect(Number(valueAt(own[0], 'outputs')), service).toBeGreaterThan(100);
  }
});

it('a strategy that looks at the clock is found, and nobody else is blamed', async () => {
  const folder = laboratory.newFolder();
  const recordings = join(folder, 'recordings');
  const system = start(folder, 'clock-watcher', recordings);
  await system.until('an order', (line) => valueAt(line, 'change') === 'staged');
  expect((await system.stop()).code).toBe(0);

  const { code, out } = await runCommand(['replay', recordings, '--json']);
  expect(code).toBe(exitCodes.failedCheck);
  for (const result of jsonLines(out)) {
    const service = valueAt(result, 'service');
    expect({ service, identical: valueAt(result, 'identical') }).toEqual({
      service,
      identical: service !== 'strategy',
    });
    if (service !== 'strategy') continue;
    expect(valueAt(result, 'difference')).toMatchObject({
      step: expect.any(Number),
      input: { name: expect.stringMatching(/bar|message on/) },
      expected: { call: 'bus.publish', given: { message: { reason: expect.stringMatching(/^it is \d+$/) } } },
      found: { call: 'bus.publish', given: { message: { reason: expect.stringMatching(/^it is \d+$/) } } },
    });
  }
  const [risk = ''] = readdirSync(recordings).filter((name) => name.startsWith('risk-'));
  const otherKeys = join(folder, 'other-keys');
  mkdirSync(otherKeys);
  writeFileSync(join(otherKeys, 'decision.key'), '5'.repeat(64));
  const refused = await runCommand(['replay', join(recordings, risk), '--keys', otherKeys]);
  expect(refused).toMatchObject({ code: exitCodes.configuration, out: '' });
  expect(refused.error).toContain('the decision key is another than that of the recording');

  const [strategy = ''] = readdirSync(recordings).filter((name) => name.startsWith('strategy-'));
  const told = await runCommand(['replay', join(recordings, strategy)]);
  expect(told.code).toBe(exitCodes.failedCheck);
  expect(told.out).toMatch(
    /^DIFFERENT {2}strategy .*\n {2}at input .*\n {2}expected .*it is \d+.*\n {2}found .*it is \d+/,
  );
});

it('says what is wrong with what it was given', async () => {
  const folder = laboratory.newFolder();
  const none = await runCommand(['replay', folder]);
  expect(none.code).toBe(exitCodes.unavailable);
  expect(none.error).toContain('holds no recording');
});

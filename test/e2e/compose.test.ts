// Aim: the compose file starts the whole system. There is no Docker where tests run, so every service's own command,
// environment and health check is run as a local process; none is left out.
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openClient } from '../../infra/client/open-client.ts';
import { natsKeyPath } from '../../infra/keys/key-folder.ts';
import { readNatsKey } from '../../infra/keys/nats-key.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { serviceNames } from '../../services/operator/service-names.ts';
import { composeText, readComposeFile, readDockerfile } from '../system/compose-file.ts';
import { ComposeRun } from '../system/compose-run.ts';
import { nothingRunsOn } from '../system/processes.ts';
import { writeProfile } from '../system/profile-file.ts';
import { SystemLaboratory } from '../system/running-system.ts';
import { runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('every service is there, with the volumes it needs and nothing open to the network', () => {
  const { services, volumes } = readComposeFile();
  expect(Object.keys(services).toSorted()).toEqual(['nats', 'streams', ...serviceNames].toSorted());

  const mounted = Object.values(services).flatMap((service) =>
    service.volumes.map((text) => text.split(':')),
  );
  expect(mounted.map(([volume]) => volume).toSorted()).toEqual(Object.keys(volumes).toSorted());
  expect(new Set(mounted.map(([, path]) => path))).toEqual(
    new Set([readDockerfile().environment.INTERLOCK_DATA]),
  );
  for (const name of ['nats', ...serviceNames]) {
    expect(services[name], name).toMatchObject({ volumes: [`${name}:/data`], restart: 'unless-stopped' });
    expect(services[name]?.healthcheck, name).toBeDefined();
  }
  for (const port of Object.values(services).flatMap(({ ports }) => ports)) {
    expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

it('each container is given its own keys and no others', () => {
  const { services, secrets, configs } = readComposeFile();
  const shared = ['decision.key', 'keyring.json'];
  const wanted: Readonly<Record<string, readonly string[]>> = {
    nats: [],
    streams: ['provision.nkey'],
    'market-data': ['market-data.nkey'],
    strategy: ['strategy.nkey'],
    risk: ['risk.nkey', ...shared],
    execution: ['execution.nkey', ...shared],
    monitor: ['monitor.nkey'],
  };
  for (const [name, service] of Object.entries(services)) expect(service.secrets, name).toEqual(wanted[name]);
  expect(Object.keys(secrets).toSorted()).toEqual([...new Set(Object.values(wanted).flat())].toSorted());
  expect(Object.keys(configs)).toEqual(['nats-users.conf']);
});

it('there is no secret in it', () => {
  expect(composeText()).not.toMatch(
    /secret:|password|passwd|token|credential|private|api.?key|[A-Za-z0-9+/]{32,}/i,
  );
});

it('starts in order, becomes healthy, trades, and stops within its grace', async () => {
  const folder = laboratory.newFolder();
  const keyFolder = join(folder, 'keys');
  expect(await runCommand(['keys', 'init', '--keys', keyFolder])).toMatchObject({ code: 0 });
  const compose = new ComposeRun({
    folder,
    keyFolder,
    profile: writeProfile(folder, [
      [['feed', 'speed'], 'max'],
      [['monitor', 'port'], 0],
    ]),
  });

  for (const name of compose.services.keys()) await compose.up(name);
  const identity = readNatsKey(natsKeyPath(keyFolder, 'operator'));
  const client = await openClient({ url: compose.natsUrl, name: 'test', identity });
  const resolved = Promise.withResolvers<void>();
  client.bus.subscribe(subjects.orderEvent.matching({}), ({ message }) => {
    if (message.state === 'resolved') resolved.resolve();
  });
  for (const [name, { healthcheck }] of compose.services) {
    if (healthcheck !== undefined) await compose.healthy(name);
  }
  await resolved.promise;
  await client.close();

  for (const name of [...serviceNames, 'nats']) {
    expect(await compose.stop(name), compose.logOf(name)).toBe(0);
  }
  await nothingRunsOn(folder);
});

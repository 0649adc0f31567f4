// Aim: the keys of a folder are made once, completed but never changed, kept from others' eyes, and a server is told
// exactly of those that are there.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keyProblems } from '../../infra/keys/key-check.ts';
import {
  ensureKeys,
  natsKeyPath,
  readDecisionKey,
  readNatsUsers,
  readSigner,
  readTrustedKeys,
} from '../../infra/keys/key-folder.ts';
import { readNatsKey } from '../../infra/keys/nats-key.ts';
import { authorizationConfig } from '../../infra/nats/authorization.ts';
import { natsUsers } from '../../infra/nats/nats-users.ts';
import { UserError } from '../../infra/process/user-error.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'interlock-keys-'));
  folder = join(root, 'deep', 'keys');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function contents(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  );
}

const secrets = [...natsUsers.map((user) => `${user}.nkey`), 'decision.key', 'operator.key'];

it('everything is made, secret where it has to be, and fits together', () => {
  const written = ensureKeys(folder, 'ada');

  expect(readdirSync(folder).toSorted()).toEqual([...secrets, 'keyring.json', 'nats-users.json'].toSorted());
  expect(written.toSorted()).toEqual(
    readdirSync(folder)
      .map((file) => join(folder, file))
      .toSorted(),
  );
  for (const file of secrets) expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readDecisionKey(folder)).toHaveLength(32);
  const { keyId, publicKey } = readSigner(join(folder, 'operator.key'));
  expect(readTrustedKeys(folder)).toEqual([{ keyId, publicKey, name: 'ada' }]);
  const publicKeys = readNatsUsers(folder);
  for (const user of natsUsers) {
    expect(readNatsKey(natsKeyPath(folder, user))).toMatchObject({ user, publicKey: publicKeys[user] });
  }
  expect(keyProblems(folder)).toEqual([]);
});

it('a second time nothing is made and nothing is changed', () => {
  ensureKeys(folder, 'ada');
  const before = contents();
  expect(ensureKeys(folder, 'bob')).toEqual([]);
  expect(contents()).toEqual(before);
});

it('no two folders share a key', () => {
  ensureKeys(folder);
  const other = join(root, 'other');
  ensureKeys(other);
  for (const file of secrets) {
    expect(readFileSync(join(other, file), 'utf8'), file).not.toBe(readFileSync(join(folder, file), 'utf8'));
  }
});

it('what was moved to where it belongs is not made again: another key would be of no use there', () => {
  ensureKeys(folder);
  const before = contents();
  for (const file of ['operator.key', 'operator.nkey', 'monitor.nkey']) rmSync(join(folder, file));
  expect(ensureKeys(folder)).toEqual([]);
  const { 'operator.key': _, 'operator.nkey': __, 'monitor.nkey': ___, ...left } = before;
  expect(contents()).toEqual(left);
  expect(keyProblems(folder)).toEqual([]);
});

it('lost public parts are written again from the secrets, which stay', () => {
  ensureKeys(folder, 'ada');
  const before = contents();
  rmSync(join(folder, 'nats-users.json'));
  rmSync(join(folder, 'keyring.json'));
  ensureKeys(folder, 'ada');
  expect(contents()).toEqual(before);
});

it('a user that a newer version brings is added to those that are there', () => {
  ensureKeys(folder);
  const before = contents();
  const { monitor: _, ...older } = readNatsUsers(folder);
  writeFileSync(join(folder, 'nats-users.json'), JSON.stringify(older));
  rmSync(natsKeyPath(folder, 'monitor'));
  expect(() => readNatsUsers(folder)).toThrow(/does not have every user/);

  expect(ensureKeys(folder)).toEqual([natsKeyPath(folder, 'monitor'), join(folder, 'nats-users.json')]);
  expect(readNatsUsers(folder)).toMatchObject(older);
  expect(contents()).toMatchObject({ 'risk.nkey': before['risk.nkey'] });
});

it('secrets that others can read, or that are other ones, are found, each with what to do', () => {
  ensureKeys(folder);
  chmodSync(join(folder, 'decision.key'), 0o640);
  chmodSync(natsKeyPath(folder, 'risk'), 0o604);
  const other = join(root, 'other');
  ensureKeys(other);
  writeFileSync(natsKeyPath(folder, 'strategy'), readFileSync(natsKeyPath(other, 'strategy')));

  expect(keyProblems(folder)).toEqual([
    expect.stringMatching(
      /decision\.key can be read by others \(mode 640\): run "chmod 600 \S+decision\.key"/,
    ),
    expect.stringMatching(/risk\.nkey can be read by others \(mode 604\)/),
    expect.stringMatching(/strategy\.nkey is not the key that nats-users\.json tells the server of/),
  ]);
});

it('a keyring that trusts nobody is found', () => {
  ensureKeys(folder);
  writeFileSync(join(folder, 'keyring.json'), '[]');
  expect(keyProblems(folder)).toEqual([expect.stringContaining('trusts nobody')]);
});

it.each([
  ['nats-users.json', '{"risk":"SUAX"}', () => readNatsUsers(folder)],
  ['nats-users.json', 'nothing', () => readNatsUsers(folder)],
  ['keyring.json', '[{}]', () => readTrustedKeys(folder)],
  ['decision.key', 'abcdef', () => readDecisionKey(folder)],
  ['operator.key', '', () => readSigner(join(folder, 'operator.key'))],
] as const)(
  'a damaged %s (%s) is one sentence that names the file and not what it holds',
  (file, text, read) => {
    ensureKeys(folder);
    writeFileSync(join(folder, file), text);
    expect(read).toThrow(UserError);
    expect(read).toThrow(file);
    if (text !== '') expect(read).not.toThrow(text);
  },
);

it("a server's configuration has the public keys alone, and a guest only where one is let in", () => {
  ensureKeys(folder);
  const publicKeys = readNatsUsers(folder);
  const closed = authorizationConfig({ publicKeys, guests: 'none' });
  for (const user of natsUsers) expect(closed).toContain(`nkey: "${publicKeys[user]}"`);
  expect(closed).not.toMatch(/guest|no_auth_user|\bSU[A-Z2-7]{10}/);
  const open = authorizationConfig({ publicKeys, guests: 'trip' });
  expect(open).toContain('no_auth_user: "guest"');
  // An empty list of what is allowed would allow everything.
  expect(open).not.toMatch(/allow: \[\]/);
});

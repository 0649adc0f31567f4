import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadProfile } from '../../../infra/config/load-profile.ts';
import { ensureKeys, keyFiles, readNatsUsers } from '../../../infra/keys/key-folder.ts';
import { publicMode, writeKeyText } from '../../../infra/keys/key-text.ts';
import { authorizationConfig } from '../../../infra/nats/authorization.ts';
import { natsUsers } from '../../../infra/nats/nats-users.ts';
import { badOption, type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { keyFolderOf } from '../running-system.ts';
import { type Terminal, table } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** What a nats-server's configuration includes. */
const natsConfigFile = 'nats-users.conf';

interface Place {
  readonly file: string;
  readonly isSecret: boolean;
  readonly belongsTo: string;
}

const people = 'the operator, on a machine of their own';

const places: readonly Place[] = [
  ...natsUsers.map((user) => ({
    file: `${user}.nkey`,
    isSecret: true,
    belongsTo: placeOf(user),
  })),
  { file: keyFiles.decision, isSecret: true, belongsTo: 'risk and execution, nobody else' },
  { file: keyFiles.operator, isSecret: true, belongsTo: people },
  { file: keyFiles.keyring, isSecret: false, belongsTo: 'risk and execution' },
  { file: natsConfigFile, isSecret: false, belongsTo: 'nats-server: "include" it in its configuration' },
  {
    file: keyFiles.natsUsers,
    isSecret: false,
    belongsTo: 'this folder: the next "keys init" and "up" read it',
  },
];

function placeOf(user: (typeof natsUsers)[number]): string {
  if (user === 'operator') return people;
  return user === 'provision' ? 'where "interlock provision" runs' : `${user}, nobody else`;
}

/** Makes every key of a deployment that is missing, changes none that is there, and says what belongs where. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const folder = keyFolderOf(given);
  const name = given.text('name');
  if (name !== undefined && !/^[\w.-]{1,40}$/.test(name)) {
    throw badOption('name', "the operator's name in letters, digits, dots and dashes", name);
  }
  const { guests } = loadProfile(given.text('profile') ?? 'paper').profile.authority;
  const hadKeyring = existsSync(join(folder, keyFiles.keyring));
  const made = ensureKeys(folder, name).map((path) => basename(path));
  // It follows from the keys and this version's subjects, so it is the one file that is written anew.
  const config = authorizationConfig({ publicKeys: readNatsUsers(folder), guests });
  const configPath = join(folder, natsConfigFile);
  const isNew = !existsSync(configPath) || readFileSync(configPath, 'utf8') !== config;
  if (isNew) writeKeyText(configPath, config, publicMode);

  const files = places.map((place) => ({
    ...place,
    isMade: made.includes(place.file) || (place.file === natsConfigFile && isNew),
    isHere: existsSync(join(folder, place.file)),
  }));
  terminal.result(
    { folder, guests, made: files.filter(({ isMade }) => isMade).map(({ file }) => file), files },
    [
      made.length === 0
        ? `every key was in ${folder} already: none was changed`
        : `${made.length} file(s) made in ${folder}; what was there is unchanged`,
      ...table(
        ['FILE', '', 'BELONGS TO'],
        files.map(({ file, isSecret, isHere, belongsTo }) => [file, standing(isSecret, isHere), belongsTo]),
      ),
      ...operatorAdvice(folder),
      ...(name !== undefined && hadKeyring
        ? [
            `The keyring was there already, so ${name} is not in it: a further person runs "npx --no interlock keys new --name ${name}".`,
          ]
        : []),
      `Guests, who come to NATS without a key: ${guests} (authority.guests of the profile).`,
    ],
  );
  return exitCodes.success;
}

function standing(isSecret: boolean, isHere: boolean): string {
  if (!isHere) return 'elsewhere';
  return isSecret ? 'SECRET' : 'public';
}

/** How the operator's keys get to the operator; nothing once they are gone from here. */
function operatorAdvice(folder: string): readonly string[] {
  const theirs = [keyFiles.operator, 'operator.nkey'].map((file) => join(folder, file));
  const here = theirs.filter((path) => existsSync(path));
  if (here.length === 0) return [];
  return [
    "Who has the operator's keys approves, resets and closes positions. Unless this is the operator's own machine, move them there:",
    `  scp -p ${here.join(' ')} <you>@<your machine>:.interlock/keys/ && rm ${here.join(' ')}`,
  ];
}

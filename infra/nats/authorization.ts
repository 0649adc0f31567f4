import { type Guests, guestUser, type NatsUser, natsUsers } from './nats-users.ts';
import { type Permissions, permissionsOf, permissionsOfGuests } from './permissions.ts';

/** Public nkeys by user: nothing in them is secret. */
export type NatsPublicKeys = Readonly<Record<NatsUser, string>>;

/** A process that is busy starting may take its time to sign the server's challenge. */
const handshakeSecondsMax = 10;

/** The part of a server's configuration that says who may do what; a private server's holds it, others include it. */
export function authorizationConfig(options: {
  readonly publicKeys: NatsPublicKeys;
  readonly guests: Guests;
}): string {
  const guestPermissions = permissionsOfGuests(options.guests);
  return [
    'authorization {',
    `  timeout: ${handshakeSecondsMax}`,
    '  users: [',
    ...natsUsers.flatMap((user) => [
      `    # ${user}`,
      ...userLines([`nkey: ${quoted(options.publicKeys[user])}`], permissionsOf(user)),
    ]),
    // A server takes only a user with a password for who comes without a key: this one protects nothing.
    ...(guestPermissions === undefined
      ? []
      : userLines([`user: ${quoted(guestUser)}`, `password: ${quoted(guestUser)}`], guestPermissions)),
    '  ]',
    '}',
    ...(guestPermissions === undefined ? [] : [`no_auth_user: ${quoted(guestUser)}`]),
    '',
  ].join('\n');
}

function userLines(who: readonly string[], { publish, subscribe }: Permissions): readonly string[] {
  return [
    '    {',
    ...who.map((line) => `      ${line}`),
    '      permissions {',
    `        publish: ${ruleOf(publish)}`,
    `        subscribe: ${ruleOf(subscribe)}`,
    '      }',
    '    }',
  ];
}

/** An empty list of what is allowed would allow everything. */
function ruleOf(allowed: readonly string[]): string {
  return allowed.length === 0 ? '{ deny: ">" }' : `{ allow: [${allowed.map(quoted).join(', ')}] }`;
}

/** NATS reads the escapes of a JSON string as JSON does. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

import { subjects } from '../../services/kernel/bus/subjects.ts';
import { type Guests, guestUser, inboxOf, type NatsUser } from './nats-users.ts';
import { streams } from './streams.ts';

/** What a user may do: subjects with wildcards; everything else is refused. */
export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const families = Object.values(subjects);
/** What happens, of which nothing is secret to who may look at all. */
const readAreas = ['data', 'events', 'health'];
/** An operator may see what is asked of the system as well; questions and their answers stay private. */
const operatorAreas = [...readAreas, 'commands', 'control'];
/** Tokens that stand for the service itself: nobody speaks, or answers, for another. */
const ownTokens: readonly string[] = ['service', 'stage'];

/** Taken from the table of subjects: who publishes what, who reads it, and who is answered. */
export function permissionsOf(user: NatsUser): Permissions {
  if (user === 'provision') return { publish: streamSetUp(), subscribe: [allOf(inboxOf(user))] };
  const spoken = families.filter(({ use }) => [user, 'anyone'].some((name) => use.publishers.includes(name)));
  const heard = families.filter(({ use }) => use.subscribers.includes(user));
  return {
    publish: unique(
      spoken.flatMap(({ template, use }) => {
        if (isReply(template)) return use.subscribers.map((asker) => allOf(inboxOf(asker)));
        return isQuery(template) ? patternOf(template) : patternOf(template, user);
      }),
    ),
    subscribe: unique([
      allOf(inboxOf(user)),
      ...heard.flatMap(({ template }) => {
        if (isReply(template)) return [];
        return isQuery(template) ? patternOf(template, user) : patternOf(template);
      }),
      // Its own sign of life: a container asks with the key that it has whether what runs in it is ready.
      ...(subjects.heartbeat.use.publishers.some((name) => name === user)
        ? [patternOf(subjects.heartbeat.template, user)]
        : []),
      ...(user === 'operator' ? operatorAreas.map(allOf) : []),
    ]),
  };
}

/** Undefined when nobody comes in without a key. */
export function permissionsOfGuests(guests: Guests): Permissions | undefined {
  if (guests === 'none') return undefined;
  const inbox = allOf(inboxOf(guestUser));
  return {
    publish: families.flatMap(({ template, use }) =>
      use.publishers.some((name) => name === 'anyone') ? patternOf(template) : [],
    ),
    subscribe: guests === 'trip' ? [inbox] : [inbox, ...readAreas.map(allOf)],
  };
}

/** Makes and extends the system's own streams: it can take nothing out of them, and make no consumer. */
function streamSetUp(): readonly string[] {
  const acts = ['INFO', 'CREATE', 'UPDATE'];
  return [
    '$JS.API.INFO',
    ...Object.keys(streams).flatMap((name) => acts.map((act) => `$JS.API.STREAM.${act}.${name}`)),
  ];
}

function patternOf(template: string, own?: NatsUser): string {
  return template.replaceAll(/<([^>]+)>/g, (_, token: string) =>
    own !== undefined && ownTokens.includes(token) ? own : '*',
  );
}

function isQuery(template: string): boolean {
  return template.startsWith('queries.');
}

/** Sent to the inbox of who asked, not to the subject that the table calls it by. */
function isReply(template: string): boolean {
  return template.startsWith('replies.');
}

function allOf(prefix: string): string {
  return `${prefix}.>`;
}

function unique(patterns: readonly string[]): readonly string[] {
  return [...new Set(patterns)].toSorted();
}

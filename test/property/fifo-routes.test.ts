// Aim: whatever is remembered about subjects, a message goes to whom NATS's rule names, in the order of their coming.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FifoRoutes } from '../../infra/sim/fifo-routes.ts';

interface Listener {
  readonly tokens: readonly string[];
}

/** As a regular expression, which knows nothing of stems. */
function isMeant({ tokens }: Listener, subject: string): boolean {
  const parts = tokens.map((token, index) => {
    if (token === '*') return '[^.]+';
    return token === '>' && index === tokens.length - 1 ? '.+' : token;
  });
  return new RegExp(`^${parts.join('\\.')}$`).test(subject);
}

const word = fc.constantFrom('a', 'b', 'c');
const subject = fc.array(word, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(word, fc.constant('*')), { maxLength: 4 }),
    fc.constantFrom<readonly string[]>(['>'], ['*'], ['a']),
  )
  .map(([tokens, last]): Listener => ({ tokens: [...tokens, ...last] }));
const step = fc.oneof(
  { weight: 1, arbitrary: pattern.map((listener) => ({ kind: 'add', listener }) as const) },
  { weight: 1, arbitrary: fc.nat().map((index) => ({ kind: 'remove', index }) as const) },
  { weight: 6, arbitrary: subject.map((name) => ({ kind: 'send', name }) as const) },
);

it('goes by the patterns alone, however listeners come and go', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const routes = new FifoRoutes<Listener>();
      const listeners: Listener[] = [];
      for (const one of steps) {
        if (one.kind === 'add') {
          routes.add(one.listener);
          listeners.push(one.listener);
        } else if (one.kind === 'remove') {
          const [gone] = listeners.splice(one.index % Math.max(1, listeners.length), 1);
          if (gone !== undefined) routes.remove(gone);
        } else {
          const expected = listeners.filter((listener) => isMeant(listener, one.name));
          expect(routes.listenersOf(one.name)).toEqual(expected);
        }
      }
    }),
    { numRuns: 500 },
  );
});

it('tells apart who asks for one of very many, and who for all of them', () => {
  const routes = new FifoRoutes<Listener>();
  const all: Listener = { tokens: ['events', 'v1', 'order', '*'] };
  const one: Listener = { tokens: ['events', 'v1', 'order', 'id4999'] };
  routes.add(all);
  const ids = Array.from({ length: 5_000 }, (_, index) => `events.v1.order.id${index}`);
  for (const id of ids) expect(routes.listenersOf(id)).toEqual([all]);
  routes.add(one);
  for (const id of ids) {
    expect(routes.listenersOf(id)).toEqual(id.endsWith('.id4999') ? [all, one] : [all]);
  }
});

it('looks once for who listens to each of a whole market that is asked for one by one', () => {
  const routes = new FifoRoutes<Listener>();
  const subjects = Array.from({ length: 2_000 }, (_, index) => `data.v1.quote.paper.S${index}`);
  let looks = 0;
  for (const name of subjects) {
    const tokens = name.split('.');
    routes.add({
      get tokens() {
        looks += 1;
        return tokens;
      },
    });
  }
  for (const name of subjects) expect(routes.listenersOf(name)).toHaveLength(1);
  looks = 0;
  for (const name of subjects) routes.listenersOf(name);
  expect(looks).toBe(0);
});

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type OrderState, orderStates } from '../../protos/gen/order.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Log } from '../kernel/log/log.ts';
import type { MonitorViews } from './monitor-views.ts';

/** Rows in one answer, unless fewer are asked for. */
const rowsPerAnswerMax = 1_000;

/**
 * Names under which the API answers. A page of any other name that a browser was tricked into resolving to this
 * machine (DNS rebinding) is refused.
 */
const ownHost = /^(127\.0\.0\.1|localhost)(:\d+)?$/i;

/** The read API over HTTP: GET, JSON, and nothing that changes anything. */
export function createApi(views: MonitorViews, log: Log): FastifyInstance {
  const api = fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
  api.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    if (ownHost.test(request.headers.host ?? '')) return done();
    fail(reply, 403, {
      code: 'FOREIGN_HOST',
      message: 'ask as 127.0.0.1 or localhost, not as another name.',
    });
  });
  api.setNotFoundHandler((request, reply) => notFound(reply, `nothing is at ${request.url}.`));
  api.setErrorHandler((error, request, reply) => {
    if (error instanceof BadQuery) return fail(reply, 400, { code: 'BAD_QUERY', message: error.message });
    log.error('a request failed', { url: request.url, error: String(error) });
    return fail(reply, 500, { code: 'INTERNAL', message: "the request failed; the monitor's log says why." });
  });
  addRoutes(api, views);
  return api;
}

function addRoutes(api: FastifyInstance, views: MonitorViews): void {
  api.get('/status', () => views.status());
  api.get('/summary', () => views.summary());
  api.get('/orders', (request) => views.orders({ state: stateOf(request), limit: limitOf(request) }));
  api.get<{ Params: { id: string } }>('/orders/:id', (request, reply) => {
    const { id } = request.params;
    return views.order(brandOf.clientOrderId(id)) ?? notFound(reply, `there is no order ${id}.`);
  });
  api.get('/fills', (request) => views.fills(limitOf(request)));
  api.get('/positions', () => views.positions());
  api.get(
    '/account',
    (_request, reply) => views.account() ?? notFound(reply, 'the account is not known yet.'),
  );
  api.get('/reconciliation', () => views.reconciliation());
  api.get('/switches', () => views.switches());
  api.get('/alerts', (request) => views.alerts(limitOf(request)));
  api.get('/services', () => views.services());
  api.get('/approvals', (request) => views.approvals(limitOf(request)));
  api.get('/authority', (request) => views.authority(limitOf(request)));
  api.get('/keyring', () => views.keyring());
  api.get('/exits', (request) => views.exits(limitOf(request)));
}

export type ListenResult =
  | { readonly ok: true; readonly port: number }
  | { readonly ok: false; readonly code: 'IN_USE' };

/** Port 0 takes any free one; the answer tells which. */
export async function listen(
  api: FastifyInstance,
  address: { readonly host: string; readonly port: number },
): Promise<ListenResult> {
  try {
    await api.listen(address);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      return { ok: false, code: 'IN_USE' };
    }
    throw error;
  }
  const [bound] = api.addresses();
  if (typeof bound !== 'object') throw new Error('the API listens nowhere');
  return { ok: true, port: bound.port };
}

class BadQuery extends Error {}

function stateOf({ query }: FastifyRequest): OrderState | undefined {
  const text = parameter(query, 'state');
  if (text === undefined) return undefined;
  const state = orderStates.find((known) => known === text);
  if (state === undefined) {
    throw new BadQuery(`state: expected one of ${orderStates.join(', ')}, found ${JSON.stringify(text)}.`);
  }
  return state;
}

function limitOf({ query }: FastifyRequest): number {
  const text = parameter(query, 'limit');
  if (text === undefined) return rowsPerAnswerMax;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > rowsPerAnswerMax) {
    throw new BadQuery(
      `limit: expected a number from 1 to ${rowsPerAnswerMax}, found ${JSON.stringify(text)}.`,
    );
  }
  return limit;
}

/** Undefined when it is absent; of a repeated one the list as text, which then is refused. */
function parameter(query: unknown, name: string): string | undefined {
  const found: unknown = typeof query === 'object' && query !== null ? Reflect.get(query, name) : undefined;
  return found === undefined ? undefined : String(found);
}

function notFound(reply: FastifyReply, message: string): FastifyReply {
  return fail(reply, 404, { code: 'NOT_FOUND', message });
}

function fail(
  reply: FastifyReply,
  status: number,
  error: { readonly code: string; readonly message: string },
): FastifyReply {
  return reply.code(status).send({ error });
}

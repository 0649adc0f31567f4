import { type OrderIntent, type OrderState, orderStates } from '../../../protos/gen/order.ts';
import type { OrderContext } from './order.ts';
import { guards, type Known, type OrderInput, orderMachine, updates } from './order-machine.ts';
import { initialContext } from './order-record.ts';

/** One order on its way: where it is, and what takes it on. */
export interface OrderRun {
  readonly state: OrderState;
  readonly context: OrderContext;
  readonly closed: boolean;
  /** Throws what a rule throws; the order is then where it was. */
  take(input: OrderInput): void;
}

interface CompiledState {
  readonly name: OrderState;
  readonly closed: boolean;
  /** The cases of each event, in the order in which they are tried. */
  readonly on: Map<string, readonly CompiledCase[]>;
}

interface CompiledCase {
  readonly guard: ((known: Known) => boolean) | undefined;
  readonly update: (known: Known) => OrderContext;
  readonly target: CompiledState;
}

/** An order that follows the table compiled from the machine: its cases, guards and updates, without its actor. */
export function startCompiled(intent: OrderIntent, intentBytes: Uint8Array): OrderRun {
  return new CompiledRun(initialContext(intent, intentBytes));
}

class CompiledRun implements OrderRun {
  context: OrderContext;
  #state = initialState;

  constructor(context: OrderContext) {
    this.context = context;
  }

  get state() {
    return this.#state.name;
  }

  get closed() {
    return this.#state.closed;
  }

  take(event: OrderInput): void {
    const known: Known = { context: this.context, event };
    for (const { guard, update, target } of casesOf(this.#state, event.type)) {
      if (guard !== undefined && !guard(known)) continue;
      this.context = update(known);
      this.#state = target;
      return;
    }
    throw new Error(`the order machine has no last case for ${event.type} in ${this.#state.name}`);
  }
}

function casesOf(state: CompiledState, event: string): readonly CompiledCase[] {
  return state.on.get(event) ?? state.on.get(otherwise) ?? [];
}

type Node = typeof orderMachine.root;
type Transition = NonNullable<ReturnType<Node['transitions']['get']>>[number];

const { root } = orderMachine;
const otherwise = '*';
const guardsByName = new Map<string, (known: Known, params: string) => boolean>(Object.entries(guards));
const updatesByName = new Map<string, (known: Known, params: string) => OrderContext>(
  Object.entries(updates),
);
const states = compile();
const initialState = states.get(root.initial.target[0]?.key ?? '') ?? refuse(root, 'begins in no state');

/**
 * Reads the machine's definition once. What it does not know how to compile it refuses, so that nothing can be added to
 * the machine that the table would leave out.
 */
function compile(): ReadonlyMap<string, CompiledState> {
  const compiled = new Map<string, CompiledState>();
  for (const name of orderStates) {
    compiled.set(name, { name, closed: nodeOf(name).tags.includes('closed'), on: new Map() });
  }
  for (const state of compiled.values()) {
    const node = nodeOf(state.name);
    for (const event of new Set([...node.transitions.keys(), ...root.transitions.keys()])) {
      // What no case of the state takes, the machine as a whole does.
      const cases = [...transitionsOf(node, event), ...transitionsOf(root, event)];
      state.on.set(
        event,
        cases.map((transition) => compileCase(transition, state, compiled)),
      );
    }
  }
  return compiled;
}

function nodeOf(name: OrderState): Node {
  return orderMachine.states[name] ?? refuse(root, `has no state ${name}`);
}

function transitionsOf(node: Node, event: string): readonly Transition[] {
  const hasMore = node.entry.length > 0 || node.exit.length > 0 || node.always !== undefined;
  if (hasMore || (node !== root && node.type !== 'atomic')) refuse(node, 'is more than a state with events');
  return node.transitions.get(event) ?? node.transitions.get(otherwise) ?? [];
}

function compileCase(
  { source, guard, actions, target }: Transition,
  from: CompiledState,
  compiled: ReadonlyMap<string, CompiledState>,
): CompiledCase {
  const [action, ...more] = actions.map((call) => callOf(call, source));
  const update = updatesByName.get(action?.name ?? '');
  if (action === undefined || update === undefined || more.length > 0) {
    return refuse(source, 'has a case that does not call exactly one of `updates`');
  }
  return {
    guard: guard === undefined ? undefined : compileGuard(guard, source),
    update: (known) => update(known, action.params),
    target:
      target === undefined ? from : (compiled.get(target[0]?.key ?? '') ?? refuse(source, 'leads nowhere')),
  };
}

function compileGuard(guard: unknown, source: Node): (known: Known) => boolean {
  const { name, params } = callOf(guard, source);
  const asked = guardsByName.get(name) ?? refuse(source, `asks ${name}, which is not one of \`guards\``);
  return (known) => asked(known, params);
}

/** A rule as the machine names it: by its name alone, or with its parameter. */
function callOf(call: unknown, source: Node): { readonly name: string; readonly params: string } {
  if (typeof call === 'string') return { name: call, params: '' };
  if (typeof call === 'object' && call !== null && 'type' in call && typeof call.type === 'string') {
    const params = 'params' in call ? call.params : '';
    if (typeof params === 'string') return { name: call.type, params };
  }
  return refuse(source, 'calls a rule that is not named');
}

function refuse({ id }: Node, why: string): never {
  throw new Error(`the order machine cannot be compiled: ${id} ${why}`);
}

import { orderStates } from '../../protos/gen/order.ts';
import { orderFlags } from '../../services/kernel/order/order.ts';
import {
  anywhere,
  type Cell,
  conditions,
  effectConditions,
  effectTable,
  orderTable,
} from '../../services/kernel/order/order-table.ts';
import { everyStep } from '../machines/order-exploration.ts';
import { aChildIntent, anIntent } from '../machines/order-samples.ts';
import { code, table } from './markdown.ts';

export function renderOrderMachine(): string {
  return `# The order machine

An event **stays** when it teaches something without moving the order, is **ignored** when it came too late or twice
(recorded, nothing changed), and **quarantined** when it must not have come (recorded, nothing changed, a person is
told). Cases are tried in order.

## States

\`\`\`mermaid
${diagram()}
\`\`\`

## In every state that says nothing else

Ignored, since what others send may come late for any order: ${Object.keys(anywhere).map(code).join(', ')}.
Everything else is quarantined.

${orderStates.map(stateSection).join('\n\n')}

## What execution owes the venue

Derived from the state and what is known, never stored, so that a restored order owes the same.

${table(['state', 'when', 'owes'], effectRows())}

## Flags

${table(
  ['flag', 'meaning'],
  Object.entries(orderFlags).map(([flag, meaning]) => [code(flag), meaning]),
)}
`;
}

function stateSection(state: (typeof orderStates)[number]): string {
  const rows = Object.entries(orderTable[state]).map(([event, cell]) => [code(event), cellText(cell)]);
  if (rows.length === 0) return `### ${state}\n\nNothing else can happen.`;
  return `### ${state}\n\n${table(['event', 'becomes'], rows)}`;
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return outcomeText(cell);
  return cell
    .map((part) => {
      if (typeof part === 'string') return `else ${outcomeText(part)}`;
      return `${outcomeText(part.to)} if ${conditions[part.when]}`;
    })
    .join('; ');
}

const outcomeText = (outcome: string): string => `**${outcome}**`;

function effectRows(): readonly (readonly string[])[] {
  return Object.entries(effectTable).flatMap(([state, rules]) =>
    rules.map((rule) => [state, effectConditions[rule.when], code(rule.owes)]),
  );
}

/** Drawn from what the machine does, so that it cannot say anything else. */
function diagram(): string {
  const edges = new Map<string, string[]>();
  for (const intent of [anIntent(), aChildIntent()]) {
    for (const { from, body, to } of everyStep(intent)) {
      if (to.value === from.value) continue;
      const edge = `${from.value} --> ${to.value}`;
      const events = edges.get(edge) ?? [];
      if (!events.includes(body.case)) edges.set(edge, [...events, body.case]);
    }
  }
  const lines = orderStates.flatMap((state) =>
    [...edges]
      .filter(([edge]) => edge.startsWith(`${state} `))
      .map(([edge, events]) => `  ${edge}: ${events.join(', ')}`),
  );
  return ['stateDiagram-v2', '  [*] --> staged', ...lines].join('\n');
}

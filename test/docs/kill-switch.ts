import {
  type KillSwitchCell,
  type KillSwitchState,
  killSwitchConditions,
  killSwitchStates,
  killSwitchTable,
  killSwitchTriggers,
} from '../../services/kernel/kill-switch/kill-switch-table.ts';
import { everyKillSwitchStep } from '../machines/kill-switch-exploration.ts';
import { code, table } from './markdown.ts';

export function renderKillSwitch(): string {
  return `# The kill switch machine

\`notReady\`: an input was never known yet. \`hold\`: an input was lost. Both let only reducing orders through and do not
latch. \`tripped\` latches, survives every restart, and ends by a reset, or when it only pauses, by resuming.
\`restarted\` is no row: it is what a new process knows of its inputs, which is nothing.

\`\`\`mermaid
${diagram()}
\`\`\`

${killSwitchStates.map(stateSection).join('\n\n')}

**recorded**: journaled, the state stays. **ignored**: journaled as a no-op. When no case holds, the event is ignored.
`;
}

function stateSection(state: KillSwitchState): string {
  const rows = killSwitchTriggers.map((trigger) => [
    code(trigger),
    cellText(killSwitchTable[state][trigger]),
  ]);
  return `## ${state}\n\n${table(['event', 'becomes'], rows)}`;
}

function cellText(cell: KillSwitchCell): string {
  if (typeof cell === 'string') return `**${cell}**`;
  return cell.map(({ when, to }) => `**${to}** if ${killSwitchConditions[when]}`).join('; ');
}

/** Drawn from what the machine does, so that it cannot say anything else. */
function diagram(): string {
  const edges = new Map<string, Set<string>>();
  for (const { from, trigger, to } of everyKillSwitchStep()) {
    if (to === from) continue;
    const edge = `${mermaidName(from)} --> ${mermaidName(to)}`;
    edges.set(edge, (edges.get(edge) ?? new Set()).add(trigger));
  }
  const lines = [...edges]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([edge, triggers]) => `  ${edge}: ${[...triggers].sort().join(', ')}`);
  return ['stateDiagram-v2', `  [*] --> ${mermaidName('notReady')}`, ...lines].join('\n');
}

const mermaidName = (state: KillSwitchState): string => state.replace('tripped.', 'tripped_');

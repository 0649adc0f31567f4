import { groupRules, orphanPolicy } from '../../services/kernel/order/order-group-table.ts';
import { table } from './markdown.ts';

export function renderOrderGroups(): string {
  const rules = Object.values(groupRules).map((rule) => [
    rule.kinds.join(', '),
    rule.when,
    rule.does,
    rule.wants,
    rule.why,
  ]);
  const orphans = Object.entries(orphanPolicy).map(([action, { leg, position, why }]) => [
    action,
    leg,
    position,
    why,
  ]);
  return `# Order groups

A bracket is an entry with a take-profit and a stop-loss that cancel each other; an OCO is two orders of which one
cancels the other; in an OTO one order triggers others. Only one leg of a pair can fill, so together they reserve what
the larger one does.

${table(['kind', 'when', 'what the group does', 'wants', 'why'], rules)}

## A protective leg when a kill switch trips

${table(['action', 'the leg', 'the position', 'why'], orphans)}
`;
}

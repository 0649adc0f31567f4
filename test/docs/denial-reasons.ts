import { checkTable } from '../../services/risk/checks/check-table.ts';
import { denialReasons } from '../../services/risk/checks/denial-reasons.ts';
import { code, table } from './markdown.ts';

export function renderDenialReasons(): string {
  const checked = checkTable.map(({ code: reason }) => reason);
  const elsewhere = Object.keys(denialReasons).filter((reason) => !checked.some((one) => one === reason));
  return `# Why risk denies

Checked in this order; the first that finds something denies, and says its figures in the decision's \`detail\`.
An order that only reduces its position, pending orders counted, passes those from \`REDUCING_ONLY\` on.

${table(
  ['code', 'meaning'],
  checked.map((reason) => [code(reason), denialReasons[reason]]),
)}

Apart from the order of the checks: ${elsewhere.map(code).join(', ')}.

${table(
  ['code', 'meaning'],
  Object.entries(denialReasons)
    .filter(([reason]) => elsewhere.includes(reason))
    .map(([reason, meaning]) => [code(reason), meaning]),
)}
`;
}

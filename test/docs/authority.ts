import { authorityCodes } from '../../services/kernel/signing/authority.ts';
import { code, table } from './markdown.ts';

export function renderAuthority(): string {
  return `# Refused authority

What claims a person's authority, or that of risk, and does not have it is refused, journaled as an \`AuthorityEvent\`,
published on \`events.v1.authority.<service>\` and alerted as \`AUTHORITY_REFUSED\`.

${table(
  ['code', 'meaning'],
  Object.entries(authorityCodes).map(([reason, meaning]) => [code(reason), meaning]),
)}
`;
}

import { subjects } from '../../services/kernel/bus/subjects.ts';
import { code, table } from './markdown.ts';

export function renderSubjects(): string {
  const rows = Object.values(subjects).map(({ template, type, use }) => [
    code(template),
    use.raw === true ? `${code(type.name)}, without an envelope` : code(type.name),
    use.publishers.join(', '),
    use.subscribers.join(', '),
    use.heardFirstBy?.join(', ') ?? '',
    use.carriedBy,
    use.purpose,
  ]);
  return `# Subjects

Every message travels in an \`interlock.system.v1.Envelope\` unless the table says otherwise. A token in angle brackets
is escaped: letters, digits, \`_\` and \`-\` stay, any other byte becomes \`=XX\`, so that \`BRK.B\` is \`BRK=2EB\`.
\`core\` is delivered to who listens now; a stream's name means that it is kept as well. Whoever stands under \`first\` hears
it before all else that waits for it, in order with its like.

${table(['subject', 'message', 'published by', 'read by', 'first', 'carried by', 'purpose'], rows)}
`;
}

import { exitCodes } from '../../infra/process/user-error.ts';
import type { Verb } from '../../services/operator/verb.ts';
import { verbs } from '../../services/operator/verbs.ts';
import { code, table } from './markdown.ts';

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  success: 'done',
  failedCheck:
    'what was asked for was checked, and it is not so: a kill not confirmed, a service not ready, a signed act refused',
  usage: 'the command line is wrong',
  corruptData: 'data cannot be read or was tampered with: a corrupt journal, named with its row',
  unavailable: 'something needed is not there: a recent Node, a nats-server, a running system',
  internal: 'a defect of Interlock; the stack is on stderr, or in the log of the service',
  cannotWrite: 'a folder or file cannot be written',
  inUse: 'another run holds it: a second `npm start` on a data folder, a port',
  interrupted: 'Ctrl+C ended it before its end; what there was until then has been told',
  configuration: 'a profile is wrong: file, key, expected, found',
};

/** The command line as its help shows it, with the options that help leaves out, and the exit codes. */
export function renderCommandLine(): string {
  const typed = verbs.filter((verb) => verb.isInternal === undefined);
  const exits = Object.entries(exitCodes).map(([name, number]) => [
    String(number),
    code(name),
    Object.entries(meanings).find(([known]) => known === name)?.[1] ?? '',
  ]);
  return `# The command line

Typed as \`npx --no interlock <verb>\` in the project; \`npm start -- <options>\` is \`interlock up <options>\`.
Every verb takes \`--json\`: then every line of stdout is JSON, and text for people goes to stderr.

${table(
  ['verb', 'does'],
  typed.map(({ name, summary }) => [`[${code(name)}](#${name.replace(' ', '-')})`, summary]),
)}

${typed.map(section).join('\n\n')}

## Exit codes

${table(['code', 'name', 'means'], exits)}
`;
}

function section(verb: Verb): string {
  const given = [...(verb.operands ?? []), ...(verb.options ?? [])];
  const rows = given.map(({ notation, meaning }) => [code(notation), meaning]);
  return [
    `## ${verb.name}`,
    `${verb.summary.charAt(0).toUpperCase()}${verb.summary.slice(1)}.`,
    ...(rows.length === 0 ? [] : [table(['takes', 'meaning'], rows)]),
    `\`\`\`\nnpx --no interlock ${verb.example}\n\`\`\``,
  ].join('\n\n');
}

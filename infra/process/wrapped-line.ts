/** Less room than this is none: the terminal itself breaks the line, and nothing is lost. */
const roomMin = 30;

/**
 * A line for a person, broken between words where the terminal ends; what follows is set below the text, not below the
 * name in front of it. A word that is longer, such as a path, stays whole, and so do commands, to be copied, rows of
 * tables and JSON.
 */
export function wrappedLine(line: string, width: number): string {
  if (line.length <= width || line.startsWith('{') || line.includes('npx --no interlock')) return line;
  const { name = '' } = /^(?<name> *\S+(?: \S+)? {2,}|) */.exec(line)?.groups ?? {};
  const indent = name === '' ? line.length - line.trimStart().length : name.length;
  const isRow = /\S {2,}\S/.test(line.slice(indent));
  if (isRow || width - indent < roomMin) return line;
  const lines: string[] = [];
  let current = line.slice(0, indent);
  for (const word of line.slice(indent).split(' ')) {
    const isFirst = current.length === indent;
    if (!isFirst && current.length + 1 + word.length > width) {
      lines.push(current);
      current = ' '.repeat(indent) + word;
    } else current += isFirst ? word : ` ${word}`;
  }
  return [...lines, current].join('\n');
}

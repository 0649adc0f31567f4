import type { FieldModel, MessageModel, OneofModel } from './contract.ts';
import { indented, isPacked, lines, local, scalars, tableName, tagOf, wireTypeOf } from './source-text.ts';

/** `function writeQuote(writer, message, path)`: checks each field and appends it, in the order of the numbers. */
export function writeFunction(message: MessageModel): string {
  const { name } = message;
  const parts = [
    ...message.fields.map((field) => ({ number: field.number, text: fieldSource(field) })),
    ...message.oneofs.map((oneof) => ({ number: oneof.fields[0]?.number ?? 0, text: oneofSource(oneof) })),
  ].sort((one, other) => one.number - other.number);
  return lines(
    `function write${name}(writer: protobuf.Writer, message: ${name}, path: string): protobuf.Writer {`,
    '  encode.message(message, path);',
    parts.map(({ text }) => indented(text)),
    '  return writer;',
    '}',
  );
}

function fieldSource(field: FieldModel): string {
  const value = `message.${field.name}`;
  if (isPacked(field)) return packedSource(field);
  if (field.presence === 'repeated') {
    const list = `encode.list(${value}, path, '${field.name}')`;
    return lines(`for (const item of ${list}) {`, `  ${statement(field, 'item')}`, '}');
  }
  if (field.presence === 'optional') return `if (${value} !== undefined) ${statement(field, value)}`;
  const isPresent = field.type.kind === 'scalar' ? scalars[field.type.scalar].isPresent : undefined;
  if (isPresent === undefined) return statement(field, value);
  const variable = local(field.name);
  return lines(
    `const ${variable} = ${checked(field, value)};`,
    `if (${isPresent(variable)}) ${writing(field, variable)};`,
  );
}

function packedSource(field: FieldModel): string {
  const variable = local(field.name);
  return lines(
    `const ${variable} = encode.list(message.${field.name}, path, '${field.name}');`,
    `if (${variable}.length > 0) {`,
    `  writer.uint32(${tagOf(field, 2)}).fork();`,
    `  for (const item of ${variable}) writer.${writerMethod(field)}(${checked(field, 'item')});`,
    '  writer.ldelim();',
    '}',
  );
}

function oneofSource(oneof: OneofModel): string {
  const variable = local(oneof.name);
  return lines(
    `const ${variable} = encode.message(message.${oneof.name}, \`\${path}${oneof.name}.\`);`,
    `switch (${variable}.case) {`,
    oneof.fields.map((field) =>
      lines(`  case '${field.name}':`, `    ${statement(field, `${variable}.value`)}`, '    break;'),
    ),
    '  default:',
    `    encode.unknownCase(${variable}, path, '${oneof.name}');`,
    '}',
  );
}

/** Checks and writes one value, default or not. */
function statement(field: FieldModel, value: string): string {
  if (field.type.kind !== 'message') return `${writing(field, checked(field, value))};`;
  const place = `\`\${path}${field.name}${field.presence === 'repeated' ? '[]' : ''}.\``;
  return `write${field.type.reference.name}(writer.uint32(${tagOf(field, 2)}).fork(), ${value}, ${place}).ldelim();`;
}

function writing(field: FieldModel, value: string): string {
  return `writer.uint32(${tagOf(field, wireTypeOf(field.type))}).${writerMethod(field)}(${value})`;
}

function writerMethod(field: FieldModel): string {
  return field.type.kind === 'scalar' ? scalars[field.type.scalar].writer : 'int32';
}

function checked(field: FieldModel, value: string): string {
  if (field.type.kind === 'scalar') return `encode.${field.type.scalar}(${value}, path, '${field.name}')`;
  return `enumNumber(${tableName(field.type.reference.name)}, ${value}, path, '${field.name}')`;
}

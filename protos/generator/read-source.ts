import { allFields, type FieldModel, type MessageModel } from './contract.ts';
import {
  capitalized,
  isPacked,
  lines,
  local,
  scalars,
  tableName,
  tagOf,
  typeOf,
  wireTypeOf,
} from './source-text.ts';

/** `function readQuote(reader, end, path)`: reads up to `end`, checks each field, refuses what is missing. */
export function readFunction(message: MessageModel): string {
  const { name, fields, oneofs } = message;
  const inOneofs = oneofs.flatMap((oneof) => oneof.fields.map((field) => ({ field, oneof: oneof.name })));
  const numbers = allFields(message).map(({ number }) => number);
  return lines(
    `function read${name}(reader: protobuf.Reader, end: number, path: string): ${name} {`,
    fields.map((field) => `  ${declaration(field)}`),
    oneofs.map((oneof) => `  let ${local(oneof.name)}: ${name}${capitalized(oneof.name)} | undefined;`),
    '  while (reader.pos < end) {',
    '    const tag = reader.tag();',
    '    switch (tag) {',
    fields.map(fieldCases),
    inOneofs.map(({ field, oneof }) =>
      caseOf(
        field,
        wireTypeOf(field.type),
        `${local(oneof)} = { case: '${field.name}', value: ${reading(field)} };`,
      ),
    ),
    '      default:',
    `        decode.skipUnknown(reader, tag, [${numbers.join(', ')}], path);`,
    '    }',
    '  }',
    '  decode.exactEnd(reader.pos, end, path);',
    '  return {',
    fields.map((field) => `    ${field.name}: ${result(field)},`),
    oneofs.map((oneof) => `    ${oneof.name}: ${required(oneof.name)},`),
    '  };',
    '}',
  );
}

function declaration(field: FieldModel): string {
  const variable = local(field.name);
  const type = typeOf(field.type);
  if (field.presence === 'repeated') return `const ${variable}: ${type}[] = [];`;
  const absent = absentValue(field);
  if (absent === undefined) return `let ${variable}: ${type} | undefined;`;
  const isBranded = field.type.kind === 'scalar' && field.type.brand !== undefined;
  return `let ${variable}${isBranded ? '' : `: ${type}`} = ${absent}${isBranded ? ` as ${type}` : ''};`;
}

function absentValue(field: FieldModel): string | undefined {
  return field.presence === 'plain' && field.type.kind === 'scalar'
    ? scalars[field.type.scalar].absent
    : undefined;
}

function fieldCases(field: FieldModel): string {
  const variable = local(field.name);
  const wireType = wireTypeOf(field.type);
  if (field.presence !== 'repeated') return caseOf(field, wireType, `${variable} = ${reading(field)};`);
  const push = caseOf(field, wireType, `${variable}.push(${reading(field)});`);
  return isPacked(field) ? lines(push, packedCase(field)) : push;
}

function caseOf(field: FieldModel, wireType: number, statement: string): string {
  return lines(`      case ${tagOf(field, wireType)}:`, `        ${statement}`, '        break;');
}

function packedCase(field: FieldModel): string {
  return lines(
    `      case ${tagOf(field, 2)}: {`,
    '        const packedEnd = reader.uint32() + reader.pos;',
    `        while (reader.pos < packedEnd) ${local(field.name)}.push(${reading(field)});`,
    `        decode.exactEnd(reader.pos, packedEnd, \`\${path}${field.name}.\`);`,
    '        break;',
    '      }',
  );
}

function reading(field: FieldModel): string {
  const { name, type } = field;
  if (type.kind === 'message') {
    const place = `\`\${path}${name}${field.presence === 'repeated' ? '[]' : ''}.\``;
    return `read${type.reference.name}(reader, reader.uint32() + reader.pos, ${place})`;
  }
  if (type.kind === 'enum') {
    return `enumName(${tableName(type.reference.name)}, decode.int32(reader.int64(), path, '${name}'), path, '${name}')`;
  }
  return scalars[type.scalar].read(name);
}

function result(field: FieldModel): string {
  const isRequired = field.presence === 'plain' && absentValue(field) === undefined;
  return isRequired ? required(field.name) : local(field.name);
}

function required(name: string): string {
  return `decode.required(${local(name)}, path, '${name}')`;
}

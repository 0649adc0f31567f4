import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ContractError, readContract } from '../../protos/generator/contract.ts';
import { generatedFiles } from '../../protos/generator/generated-files.ts';
import { genFolder, projectFolders } from '../../protos/generator/project.ts';

// Inside the project, so that what is generated there finds its packages; as deep as protos/gen, so that it finds the codec.
const project = join(import.meta.dirname, '../..');
const cache = join(project, '.cache');
mkdirSync(cache, { recursive: true });
const scratch = mkdtempSync(join(cache, 'codec-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('the generator refuses, by name,', () => {
  test.each([
    ['a map', 'message A { map<string, string> tags = 1; }', 'A.tags: maps are not supported'],
    ['a 64-bit field without a brand', 'message A { int64 price = 1; }', 'A.price: int64 needs a brand'],
    [
      'a type that no codec carries',
      'message A { float price = 1; }',
      'A.price: type float is not supported',
    ],
    [
      'a brand that is not declared',
      'message A { int64 price = 1 [(interlock.brand) = "Prize"]; }',
      'A.price: brand Prize is not declared in brand.ts',
    ],
    [
      'a brand on a type that cannot carry it',
      'message A { double price = 1 [(interlock.brand) = "Price"]; }',
      'A.price: brand Price is a bigint, which double cannot carry',
    ],
    [
      'a message that contains itself',
      'message A { B b = 1; } message B { optional A a = 1; }',
      'contains itself',
    ],
    ['a nested declaration', 'message A { message B {} }', 'A: declare B at the top level'],
    [
      'an enum without "unspecified"',
      'enum Side { SIDE_BUY = 0; }',
      'Side: value 0 must be SIDE_UNSPECIFIED',
    ],
    [
      'an enum value without its prefix',
      'enum Side { SIDE_UNSPECIFIED = 0; BUY = 1; }',
      'BUY must start with SIDE_',
    ],
  ])('%s', (_what, text, message) => {
    expect(() => contractOf(text)).toThrow(ContractError);
    expect(() => contractOf(text)).toThrow(message);
    expect(() => contractOf(text)).toThrow('interlock/fixture/v1/fixture.proto');
  });

  test('one name for two things', () => {
    const contract = () => contractOf('message A {}', 'enum A { A_UNSPECIFIED = 0; }');
    expect(contract).toThrow('interlock.other.v1.A');
  });
});

describe('the lock', () => {
  const before =
    'message A { string name = 1; uint32 count = 2; } enum Side { SIDE_UNSPECIFIED = 0; SIDE_BUY = 1; }';
  const side = 'enum Side { SIDE_UNSPECIFIED = 0; SIDE_BUY = 1; }';
  const lock = generatedFiles(contractOf(before), undefined).get('lock.json');

  test.each([
    [
      'a field that vanished',
      `message A { string name = 1; } ${side}`,
      `A: count = 2 is gone; add 'reserved 2; reserved "count";'`,
    ],
    [
      'a number reserved without its name',
      `message A { string name = 1; reserved 2; } ${side}`,
      'count = 2 is gone',
    ],
    [
      'a name reserved without its number',
      `message A { string name = 1; reserved "count"; } ${side}`,
      'count = 2 is gone',
    ],
    [
      'a number with another name',
      `message A { string title = 1; uint32 count = 2; } ${side}`,
      'name = 1 is now title',
    ],
    [
      'a number of another type',
      `message A { bytes name = 1; uint32 count = 2; } ${side}`,
      'name = 1 was string, is now bytes',
    ],
    [
      'one value that became many',
      `message A { repeated string name = 1; uint32 count = 2; } ${side}`,
      'is now repeated string',
    ],
    ['a message that vanished', side, 'interlock.fixture.v1.A was removed'],
    [
      'an enum value that vanished',
      'message A { string name = 1; uint32 count = 2; } enum Side { SIDE_UNSPECIFIED = 0; }',
      'Side: SIDE_BUY = 1 is gone',
    ],
  ])('refuses %s', (_what, text, message) => {
    expect(() => generatedFiles(contractOf(text), lock)).toThrow(ContractError);
    expect(() => generatedFiles(contractOf(text), lock)).toThrow(message);
  });

  test('allows what is reserved by number and name, and does not forget it', () => {
    const after = `message A { string name = 1; reserved 2; reserved "count"; } ${side}`;
    const next = generatedFiles(contractOf(after), lock).get('lock.json');
    expect(JSON.parse(next ?? '')['interlock.fixture.v1.A']).toHaveProperty('2', {
      name: 'count',
      type: 'uint32',
    });
    expect(() => generatedFiles(contractOf(`message A { string name = 1; } ${side}`), next)).toThrow(
      'is gone',
    );
  });

  test('takes in what is new', () => {
    const after = `message A { string name = 1; uint32 count = 2; bool late = 3; } ${side}`;
    const next = generatedFiles(contractOf(after), lock).get('lock.json');
    expect(JSON.parse(next ?? '')['interlock.fixture.v1.A']).toHaveProperty('3', {
      name: 'late',
      type: 'bool',
    });
  });
});

describe('generated code', () => {
  test('carries what the contract does not use yet: runs of numbers, scalars in a oneof, arrays of names', async () => {
    const contract = contractOf(`
      enum AlertSeverity { ALERT_SEVERITY_UNSPECIFIED = 0; ALERT_SEVERITY_MOST_URGENT = 1; ALERT_SEVERITY_LOW = 5; }
      message Run {
        repeated double prices = 1;
        repeated AlertSeverity severities = 2;
        repeated int64 quantities = 3 [(interlock.brand) = "Quantity"];
        oneof delete { string text = 4; int32 number = 5; }
      }`);
    for (const [name, text] of generatedFiles(contract, undefined)) writeFileSync(join(scratch, name), text);
    const { Run, alertSeverities } = await import(pathToFileURL(join(scratch, 'fixture.ts')).href);
    expect(alertSeverities).toEqual(['mostUrgent', 'low']);
    const value = {
      prices: [1.5, -0],
      severities: ['low', 'mostUrgent'],
      quantities: [2n ** 62n, -1n],
      delete: { case: 'number', value: 0 },
    };
    expect(Run.decode(Run.encode(value))).toEqual(value);
    // A writer that does not pack is understood as well.
    const unpacked = Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 240, 63, 16, 5, 34, 1, 97);
    expect(Run.decode(unpacked)).toEqual({
      prices: [1],
      severities: ['low'],
      quantities: [],
      delete: { case: 'text', value: 'a' },
    });
    expect(() => Run.decode(Uint8Array.of(18, 1, 0, 34, 0))).toThrow(
      'severities: expected a number of AlertSeverity',
    );
    expect(() => Run.decode(Uint8Array.of(18, 1, 133, 0, 34, 0))).toThrow(
      'severities: expected an end at byte 3',
    );
    expect(() => Run.encode({ ...value, severities: ['high'] })).toThrow('severities');
  });
});

describe('node protos/generate.ts --check', () => {
  const copy = join(scratch, 'copy');
  cpSync(join(project, 'protos'), join(copy, 'protos'), { recursive: true });
  cpSync(projectFolders.brandFile, join(copy, 'services/kernel/codec/brand.ts'));
  const market = join(copy, 'protos/gen/market.ts');

  test('fails when a committed file is not what the contract says, and names it', () => {
    writeFileSync(market, `${readFileSync(market, 'utf8')}// edited by hand\n`);
    expect(generate('--check')).toMatchObject({
      status: 1,
      stderr: 'protos/gen/market.ts is not what the contract says: run npm run gen\n',
    });
  });

  test('passes once everything is generated anew', () => {
    expect(generate()).toMatchObject({ status: 0 });
    expect(generate('--check')).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(market, 'utf8')).toBe(readFileSync(join(genFolder, 'market.ts'), 'utf8'));
  });

  test('tells of a broken contract in one line', () => {
    const proto = join(copy, 'protos/interlock/market/v1/market.proto');
    writeFileSync(proto, readFileSync(proto, 'utf8').replace('double bid_price = 3;', ''));
    const { status, stderr } = generate('--check');
    expect(status).toBe(1);
    expect(stderr).toBe(
      `interlock/market/v1/market.proto: interlock.market.v1.Quote: bid_price = 3 is gone; add 'reserved 3; reserved "bid_price";'\n`,
    );
  });

  function generate(...options: string[]) {
    return spawnSync(process.execPath, ['protos/generate.ts', ...options], { cwd: copy, encoding: 'utf8' });
  }
});

/** A contract of one package, `fixture`, and perhaps another. */
function contractOf(fixture: string, other?: string) {
  const protos = mkdtempSync(join(scratch, 'protos-'));
  for (const [area, text] of Object.entries({ fixture, other })) {
    if (text === undefined) continue;
    const folder = join(protos, `interlock/${area}/v1`);
    mkdirSync(folder, { recursive: true });
    const head = `syntax = "proto3"; package interlock.${area}.v1; import "interlock/options.proto";`;
    writeFileSync(join(folder, `${area}.proto`), `${head} ${text}`);
  }
  return readContract({ ...projectFolders, protos });
}

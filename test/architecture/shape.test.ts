// Aim: what the design says about folders and faces, and no import rule can express, holds for the real tree.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { type CruisedModule, cruise } from './cruise.ts';
import { projectRoot } from './planted-tree.ts';

/** Neither is composed: the kernel is a language, the operator is the command line itself. */
const withoutFactory = ['kernel', 'operator'];

it('a service shows the rest of the house one function, create<Name>, in the file of its name', async () => {
  const services = (await readdir(join(projectRoot, 'services'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !withoutFactory.includes(entry.name))
    .map((entry) => entry.name);

  for (const service of services) {
    const face = join(projectRoot, 'services', service, `${service}.ts`);
    const exported = existsSync(face) ? exportedValues(await readFile(face, 'utf8')) : [];
    expect({ service, exported }).toEqual({ service, exported: [`create${pascalCase(service)}`] });
  }
});

it('a kernel file that a single production file outside the kernel uses has moved there', async () => {
  const modules = await cruise(projectRoot, ['services', 'infra', 'protos']);
  expect(kernelFilesOfOneUser(modules)).toEqual([]);
});

it('a planted kernel file with a single user is found, one with two users or a user in the kernel is not', () => {
  const kernelFile = (name: string, ...dependents: readonly string[]): CruisedModule => ({
    source: `services/kernel/${name}.ts`,
    dependents: [...dependents],
    dependencies: [],
  });

  const found = kernelFilesOfOneUser([
    kernelFile('lonely', 'services/risk/limits.ts'),
    kernelFile('tested-but-lonely', 'services/risk/limits.ts', 'test/unit/limits.test.ts'),
    kernelFile('shared', 'services/risk/limits.ts', 'services/execution/ledger.ts'),
    kernelFile('part', 'services/kernel/shared.ts'),
  ]);

  expect(found).toEqual([
    'services/kernel/lonely.ts is used only by services/risk/limits.ts',
    'services/kernel/tested-but-lonely.ts is used only by services/risk/limits.ts',
  ]);
});

it('exported values are told from types, whatever form the export has', () => {
  const source = `
    export type Ports = never;
    export interface Deps {}
    export function createRisk() {}
    export const limit = 1, margin = 2;
    export class Book {}
    const inner = 1;
    export { inner as outer, type Ports as Renamed };
    export * from './other.ts';
  `;
  expect(exportedValues(source)).toEqual(['createRisk', 'limit', 'margin', 'Book', 'outer', '*']);
});

function kernelFilesOfOneUser(modules: readonly CruisedModule[]): readonly string[] {
  return modules
    .filter((module) => module.source.startsWith('services/kernel/'))
    .flatMap((module) => {
      const users = module.dependents.filter((dependent) => !dependent.startsWith('test/'));
      const [user] = users;
      if (users.length !== 1 || user === undefined || user.startsWith('services/kernel/')) return [];
      return [`${module.source} is used only by ${user}`];
    });
}

function exportedValues(source: string): readonly string[] {
  const file = ts.createSourceFile('face.ts', source, ts.ScriptTarget.Latest);
  return file.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return reExportedValues(statement);
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
    return isExported ? declaredValues(statement) : [];
  });
}

function declaredValues(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) =>
      ts.isIdentifier(name) ? name.text : '{}',
    );
  }
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return [statement.name?.text ?? 'default'];
  }
  return [];
}

function reExportedValues(declaration: ts.ExportDeclaration): readonly string[] {
  const { exportClause } = declaration;
  if (declaration.isTypeOnly) return [];
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return ['*'];
  return exportClause.elements.filter((element) => !element.isTypeOnly).map((element) => element.name.text);
}

function pascalCase(kebabCase: string): string {
  return kebabCase.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());
}

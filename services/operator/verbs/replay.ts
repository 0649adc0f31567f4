import { serviceEnvironment } from '../../../infra/process/run-service.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { recordingsAt, replayInProcess } from '../../../infra/recording/replay-process.ts';
import type { ReplayResult } from '../../../infra/recording/replay-service.ts';
import { entryPath } from '../supervision/guardian.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Runs each recorded service on its recording alone, one after the other, and compares all that it does. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const keyFolder = given.text('keys');
  let areIdentical = true;
  for (const path of recordingsAt(given.requiredOperand(0))) {
    const result = await replayInProcess(path, {
      commandOf: (service) => [entryPath, 'service', service],
      environment: {
        ...process.env,
        [serviceEnvironment.replay]: path,
        ...(keyFolder === undefined ? {} : { [serviceEnvironment.keyFolder]: keyFolder }),
      },
    });
    areIdentical &&= result.identical;
    terminal.result(result, linesOf(result, terminal));
  }
  return areIdentical ? exitCodes.success : exitCodes.failedCheck;
}

const verdictCharacters = 9;
const serviceCharacters = 11;

function linesOf(result: ReplayResult, terminal: Terminal): readonly string[] {
  const { service, path, identical, inputs, outputs, tornBytes, isSameBuild, difference } = result;
  const verdict = identical
    ? terminal.colour('green', 'identical'.padEnd(verdictCharacters))
    : terminal.colour('red', 'DIFFERENT'.padEnd(verdictCharacters));
  const notes = [
    ...(tornBytes > 0 ? [`its last ${tornBytes} bytes are of an unfinished block and were left out`] : []),
    ...(isSameBuild ? [] : ['recorded by another build']),
  ];
  const told = `${inputs} inputs, ${outputs} outputs  ${[path, ...notes].join('; ')}`;
  const head = `${verdict}  ${service.padEnd(serviceCharacters)}  ${told}`;
  if (difference === undefined) return [head];
  return [
    head,
    `  at input  ${difference.step}: ${JSON.stringify(difference.input ?? 'before the first')}`,
    `  expected  ${JSON.stringify(difference.expected)}`,
    `  found     ${JSON.stringify(difference.found)}`,
  ];
}

import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { messageTypes } from '../../../protos/gen/registry.ts';
import { Envelope } from '../../../protos/gen/system.ts';
import type { Pattern } from '../../kernel/bus/subject.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import { AnyBytes } from '../../kernel/codec/any-bytes.ts';
import { plainMessage } from '../../kernel/codec/plain-message.ts';
import { messageText } from '../message-text.ts';
import { connectToSystem } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Prints messages until it is interrupted, or as many as were asked for. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const client = await connectToSystem(given);
  // Whole frames of any kind, so that what a service would refuse is seen as well.
  const pattern: Pattern<Uint8Array> = {
    name: given.operand(0) ?? 'events.>',
    type: AnyBytes,
    raw: true,
  };
  const countMax = given.wholeNumber('count') ?? Number.POSITIVE_INFINITY;
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  let count = 0;
  client.bus.subscribe(pattern, ({ subject, message }) => {
    if (count >= countMax) return;
    count += 1;
    const { plain, text } = readFrame(subject, message);
    terminal.result(plain, [`${subject}  ${text}`]);
    if (count >= countMax) resolve();
  });
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  await enough;
  await client.close();
  return exitCodes.success;
}

interface Frame {
  readonly plain: { readonly subject: string; readonly type: string; readonly [name: string]: unknown };
  readonly text: string;
}

function readFrame(subject: string, bytes: Uint8Array): Frame {
  if (subjects.killTrip.tokensOf(subject) !== undefined) return rawFrame(subject, 'any bytes', bytes);
  try {
    const { payload, type, ...header } = Envelope.decode(bytes);
    const message = messageTypes.get(type)?.decode(payload);
    if (message === undefined) return rawFrame(subject, `of unknown type ${type}`, payload);
    return {
      plain: { subject, type, header: plainMessage(header), message: plainMessage(message) },
      text: `${type.split('.').at(-1)}  ${messageText(message)}`,
    };
  } catch (error) {
    return rawFrame(subject, `unreadable: ${String(error)}`, bytes);
  }
}

function rawFrame(subject: string, type: string, bytes: Uint8Array): Frame {
  return {
    plain: { subject, type, message: plainMessage(bytes) },
    text: `${type}  ${JSON.stringify(new TextDecoder().decode(bytes))}`,
  };
}

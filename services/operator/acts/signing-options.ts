import { systemOptions } from '../running-system.ts';
import type { Option } from '../verb.ts';

/** Names the private key of whoever types. */
export const keyEnvironment = 'INTERLOCK_OPERATOR_KEY';

/** Options of every verb that signs. */
export const signingOptions: readonly Option[] = [
  {
    notation: '--key <file>',
    meaning: `your private key (default $${keyEnvironment}, or operator.key in the key folder)`,
  },
  {
    notation: '--valid <duration>',
    meaning: 'how long the signature counts, by the wall clock (default 10m)',
    isRare: true,
  },
  ...systemOptions,
];

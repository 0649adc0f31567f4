import { handOver } from './research-program.ts';
import type { Operand, Option, Verb } from './verb.ts';

interface ResearchVerb {
  readonly name: string;
  readonly summary: string;
  readonly operands?: readonly Operand[];
  readonly options: readonly Option[];
  readonly example: string;
}

const verbs: readonly ResearchVerb[] = [
  {
    name: 'simulate',
    summary: 'run the services on simulated, failing machines, and check every promise at every step',
    options: [
      { notation: '--seed <number>', meaning: 'the first seed (default 1)' },
      { notation: '--seeds <number>', meaning: 'how many seeds, each on its own (default 1)' },
      { notation: '--steps <number>', meaning: 'events of a seed before its faults stop (default 10000)' },
      { notation: '--workers <number>', meaning: 'processes that share the seeds (default: one a core)' },
      { notation: '--shrink', meaning: 'show a broken seed with as few faults and steps as it takes' },
      { notation: '--without <kinds>', meaning: 'kinds of fault to leave out, by comma', isRare: true },
    ],
    example: 'simulate --seed 1 --seeds 100 --steps 10000',
  },
];

/** What research does, in processes of its own: each verb hands its operands and options over as they were typed. */
export const researchVerbs: readonly Verb[] = verbs.map((verb) => ({
  ...verb,
  load: async () => ({
    run: (given, terminal) => handOver(verb.name, given, { options: verb.options, terminal }),
  }),
}));

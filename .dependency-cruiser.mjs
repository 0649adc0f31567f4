// Which part of the house may import which. Every rule has a violation planted in test/architecture/rules.test.ts.

const node = { dependencyTypes: ['core'] };
const packages = '(^|/)node_modules/';
const packagesOtherThan = (names) =>
  names.length === 0 ? { path: packages } : { path: packages, pathNot: `${packages}(${names.join('|')})/` };

// A service's own row of packages; everything else reaches it through a port.
const packagesOfService = {
  'market-data': [],
  strategy: ['zod'],
  risk: ['xstate'],
  execution: ['xstate'],
  monitor: ['fastify'],
  research: [],
  operator: ['commander', 'zod'],
};

const house = [
  {
    name: 'no-cycles',
    comment:
      'Files that import each other in a circle can only be understood, loaded and tested all at once.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-import-that-leads-nowhere',
    comment: 'What cannot be resolved is invisible to every other rule here.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'production-never-imports-test',
    comment: 'Test code may cheat on time, money and disk; an image for production does not even contain it.',
    from: { path: '^(services|infra|protos)/' },
    to: { path: '^test/' },
  },
  {
    name: 'production-never-imports-development-packages',
    comment: 'A container is installed without development packages and would not start.',
    from: { path: '^(services|infra|protos/gen)/' },
    to: { dependencyTypes: ['npm-dev'] },
  },
  {
    name: 'services-talk-over-the-bus',
    comment:
      'A service that imports another, even a type, can no longer be deployed, restarted or replaced alone. What two share belongs to the kernel.',
    from: { path: '^services/(?!kernel/|research/)([^/]+)/' },
    to: { path: '^services/', pathNot: '^services/($1|kernel)/' },
  },
  {
    name: 'research-composes-services-by-their-one-export',
    comment:
      'A backtest runs the very services that trade, so it may wire create<Name>(ports) and know nothing of their insides.',
    from: { path: '^services/research/' },
    to: { path: '^services/', pathNot: ['^services/(?:kernel|research)/', '^services/([^/]+)/\\1\\.ts$'] },
  },
  {
    name: 'services-do-no-input-or-output',
    comment:
      'Recorded inputs must replay to the same outputs, so disk, network and clock come through ports. Only main.ts wires them.',
    from: { path: '^services/(?!kernel/|operator/)', pathNot: '^services/[^/]+/main\\.ts$' },
    to: node,
  },
  {
    name: 'only-roots-import-infra',
    comment:
      'A service that picks its own adapter cannot run on another one: backtest, paper and live differ only in what a root wires.',
    from: { path: '^services/(?!kernel/|research/|operator/)', pathNot: '^services/[^/]+/main\\.ts$' },
    to: { path: '^infra/' },
  },
  {
    name: 'only-the-generated-contract-is-imported',
    comment: 'The generator is a development tool; what runs is what it wrote.',
    from: { path: '^(services|infra)/' },
    to: { path: '^protos/', pathNot: '^protos/gen/' },
  },
  {
    name: 'generated-code-imports-only-the-codec',
    comment:
      'The contract lies below everything else: it may know checks and brands, and no rule of trading.',
    from: { path: '^protos/gen/' },
    to: { path: '^(services|infra|protos)/', pathNot: '^(services/kernel/codec|protos/gen)/' },
  },
  {
    name: 'generated-code-packages',
    comment:
      'Encoding needs the protobuf runtime and exact integers; another package here would weigh on every message.',
    from: { path: '^protos/gen/' },
    to: packagesOtherThan(['protobufjs', 'long']),
  },
  {
    name: 'kernel-imports-only-itself-and-the-contract',
    comment: 'Everyone stands on the kernel, so it stands on nobody.',
    from: { path: '^services/kernel/' },
    to: { path: '^(services|infra)/', pathNot: '^services/kernel/' },
  },
  {
    name: 'kernel-packages',
    comment: 'The shared language is pure: state machines, and nothing else from outside.',
    from: { path: '^services/kernel/' },
    to: packagesOtherThan(['xstate']),
  },
  {
    name: 'kernel-does-no-input-or-output',
    comment:
      'Machines and money must give the same result on every run and in a browser. Hashing alone is allowed, in signing/.',
    from: { path: '^services/kernel/', pathNot: '^services/kernel/signing/' },
    to: node,
  },
  {
    name: 'signing-only-hashes',
    comment:
      'Signing is the one place of the kernel that may use a builtin, and that builtin is node:crypto.',
    from: { path: '^services/kernel/signing/' },
    to: { ...node, pathNot: '^(node:)?crypto$' },
  },
  {
    name: 'infra-imports-only-the-kernel',
    comment: 'An adapter fulfils a port of the kernel; one that knows a service cannot serve another.',
    from: { path: '^infra/' },
    to: { path: '^services/', pathNot: '^services/kernel/' },
  },
  {
    name: 'shipped-strategies-see-only-the-authors-face',
    comment:
      "A strategy that ships is the example to copy, so it imports only 'interlock/strategy' and zod, exactly as a user's own file outside the clone must.",
    from: { path: '^services/strategy/library/' },
    to: { pathNot: ['^services/strategy/author\\.ts$', `${packages}zod/`] },
  },
  {
    name: 'shipped-strategies-name-the-package',
    comment:
      "The author's face is imported as 'interlock/strategy': a relative path would not work in a user's own file.",
    from: { path: '^services/strategy/library/' },
    to: { path: '^services/strategy/author\\.ts$', dependencyTypes: ['local'] },
  },
];

const rows = Object.entries(packagesOfService).map(([service, names]) => ({
  name: `${service}-packages`,
  comment: `The row of ${service}: ${names.join(', ') || 'no package at all'}. Another package is a driver and belongs to infra, behind a port.`,
  from: { path: `^services/${service}/` },
  to: packagesOtherThan(names),
}));

export default {
  forbidden: [...house, ...rows].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: packages },
    // Type imports couple as much as value imports do.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
  },
};

/** What is published: three packages, each with its own folder here and the parts of the repository that it is made of. */
export interface Package {
  name: string
  /** Where its package.json, README and door are, from the repository's root. */
  folder: string
  /** Folders of the repository whose compiled files it has. */
  parts: readonly string[]
  /** Compiled files that are the repository's own: the sample app, and what starts it on a laptop. */
  without: readonly RegExp[]
  /** Files that are copied as they are. */
  copied: readonly string[]
  /** Whether it brings bundles of the functions that need no catalogue. */
  bundles: boolean
}

export const PACKAGES: readonly Package[] = [
  {
    name: '@carryout/client',
    folder: 'client',
    parts: ['client', 'statemachine'],
    // What only the engine and the mails need of the contract.
    without: [/^statemachine\/(advice|problems)\./],
    copied: [],
    bundles: false,
  },
  { name: '@carryout/local', folder: 'local', parts: ['local/src'], without: [], copied: [], bundles: false },
  {
    name: 'carryout',
    folder: '.',
    parts: ['cdk', 'cli', 'console', 'engine', 'functions', 'laptop', 'statemachine'],
    without: [],
    copied: ['statemachine/download.asl.json'],
    bundles: true,
  },
]

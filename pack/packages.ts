/** The three published packages, each with its folder and its parts of the repository. */
export interface Package {
  name: string
  /** Folder of its package.json, README and entry points, relative to the repository's root. */
  folder: string
  /** Folders of the repository whose compiled files it contains. */
  parts: readonly string[]
  /** Compiled files that only the repository needs: the sample app, and what starts it on a laptop. */
  without: readonly RegExp[]
  /** Files that are copied unchanged. */
  copied: readonly string[]
  /** Whether it contains bundles of the functions that need no catalogue. */
  bundles: boolean
}

export const PACKAGES: readonly Package[] = [
  {
    name: '@carryout/client',
    folder: 'client',
    parts: ['client', 'statemachine'],
    // Parts of the contract that only the engine and the mails need.
    without: [/^statemachine\/(advice|problems)\./],
    copied: [],
    bundles: false,
  },
  { name: '@carryout/local', folder: 'local', parts: ['local/src'], without: [], copied: [], bundles: false },
  {
    name: 'carryout',
    folder: '.',
    parts: ['cdk', 'cli', 'console', 'engine', 'functions', 'laptop', 'statemachine', 'terminal'],
    without: [],
    copied: ['statemachine/download.asl.json'],
    bundles: true,
  },
]

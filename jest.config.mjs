/**
 * Suites that run on every product. The rule: those whose outcome is the server's doing, which are those of the sources, of keys
 * and ranges, of types and values, of warnings, refusals, TLS and KILL, and the sample's own exports, by the engine and once by the
 * whole pipeline. Formats, compressions, storage and the pages have the rows that these suites compare, whatever server they came
 * from: they run on one.
 */
const FURTHER_SUITES = [
  'test/engine/{any-export,export-chunk,file-content,hard-keys,key-ranges,plan-ranges,query,sakila}.test.ts',
  'test/compatibility/*.test.ts',
  // How the Data API is paged and failed with, and IAM against a server that is none, is the same for all.
  'test/engine/sources/!(data-api-chunks|data-api-failures|mysql-iam).test.ts',
  'test/exports/*.test.ts',
  'test/pipeline/download.test.ts',
  'local/test/rds-data/statements.test.ts',
]
/** All that read from a database. */
const DATABASE_SUITES = [
  ...FURTHER_SUITES,
  'test/engine/sources/*.test.ts',
  'test/engine/{cuts,file-kinds,memory,row-functions}.test.ts',
  'test/engine/formats/display.test.ts',
  'test/laptop/shop/*.test.ts',
  'test/pipeline/{data-api,ranges}.test.ts',
  'local/test/rds-data/*.test.ts',
]
const inRoot = (paths) => paths.map((path) => `<rootDir>/${path}`)

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: '<rootDir>/test/environment.mjs',
  runtime: '<rootDir>/test/runtime.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  // Node runs the TypeScript as it is.
  transform: {},
  // Built packages bear the names of their sources' ones.
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  globalSetup: '<rootDir>/test/setup.ts',
  globalTeardown: '<rootDir>/test/teardown.ts',
}

/**
 * One run of suites whose `freshDatabase()` is of this product (see test/support/database.ts).
 *
 * @param isFurther whether another product has the same suites in full
 */
const on = (product, testMatch, isFurther = false) => ({
  ...shared,
  displayName: product,
  globals: { carryoutTestProduct: product, carryoutTestIsFurther: isFurther },
  testMatch,
})

const ALL_SUITES = inRoot(['test/**/*.test.ts', 'local/test/**/*.test.ts'])
const [usual, ...others] = (process.env.CARRYOUT_TEST_DATABASES || 'mariadb,mysql').split(',')

/** @type {import('jest').Config} */
export default {
  projects: process.env.CARRYOUT_TEST_DATABASE_URL
    ? [on('given', inRoot(DATABASE_SUITES))]
    : [on(usual, ALL_SUITES), ...others.map((product) => on(product, inRoot(FURTHER_SUITES), true))],
  // Of two processors: a third of the suites' time is waiting.
  maxWorkers: 3,
  // A worker keeps the modules of its suites' tests. One whose heap has grown so large is replaced.
  workerIdleMemoryLimit: '1.5GB',
  testTimeout: 120_000,
  reporters: ['default', '<rootDir>/test/skipped.mjs'],
}

/** Suites that depend on what a server answers: they run on every product. */
const FURTHER_SUITES = [
  'test/engine/{any-export,export-chunk,hard-keys,plan-ranges,sakila}.test.ts',
  'test/compatibility/*.test.ts',
  'test/engine/sources/*.test.ts',
  'test/exports/*.test.ts',
  'test/laptop/shop/*.test.ts',
  'test/pipeline/data-api.test.ts',
  'local/test/rds-data/*.test.ts',
]
/** All that read from a database. What the others do with the rows is the same whatever server they come from. */
const DATABASE_SUITES = [
  ...FURTHER_SUITES,
  'test/engine/{cuts,file-kinds,memory}.test.ts',
  'test/engine/formats/display.test.ts',
  'test/pipeline/ranges.test.ts',
]
const inRoot = (paths) => paths.map((path) => `<rootDir>/${path}`)

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: '<rootDir>/test/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', experimental: { keepImportAttributes: true } }, module: { type: 'es6' } },
    ],
  },
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
const [usual, ...others] = (process.env.CARRYOUT_TEST_DATABASES || 'mariadb').split(',')

/** @type {import('jest').Config} */
export default {
  projects: process.env.CARRYOUT_TEST_DATABASE_URL
    ? [on('given', inRoot(DATABASE_SUITES))]
    : [on(usual, ALL_SUITES), ...others.map((product) => on(product, inRoot(FURTHER_SUITES), true))],
  maxWorkers: 2,
  testTimeout: 120_000,
  reporters: ['default', '<rootDir>/test/skipped.mjs'],
}

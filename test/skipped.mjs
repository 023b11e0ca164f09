/** Says at the end of a run which tests were skipped: a skipped test is easily taken for a passed one. */
export default class Skipped {
  #named

  /** @param {import('@jest/reporters').Config.GlobalConfig} config */
  constructor({ testNamePattern }) {
    this.#named = Boolean(testNamePattern)
  }

  /** @param {unknown} _ @param {import('@jest/reporters').AggregatedResult} results */
  onRunComplete(_, { testResults }) {
    const skipped = testResults.flatMap(({ testResults: tests }) =>
      tests.filter(({ status }) => status === 'pending').map(({ fullName }) => fullName),
    )
    // Who names some tests leaves out the others on purpose.
    if (skipped.length === 0 || this.#named) return
    const reason = 'what they need is not here (a program on the PATH, a database of its own)'
    process.stderr.write(`\nSkipped, since ${reason}:\n${skipped.map((name) => `  ${name}\n`).join('')}`)
  }
}

import { once } from 'node:events'
import { userInfo } from 'node:os'
import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

const DEFAULT_PORT = 4570

export const consoleCommand = defineCommand({
  name: 'console',
  summary: 'serve the operator’s console to your browser, with your own AWS credentials, until Ctrl-C',
  notes: [
    'Nothing is deployed: the pages are served on 127.0.0.1 alone, and CloudTrail records what is done. The local\n' +
      'cloud has the same pages at its own address.',
  ],
  options: {
    port: { type: 'string', value: '<n>', help: `the port of 127.0.0.1 (default: ${DEFAULT_PORT})` },
    'read-only': { type: 'boolean', help: 'disable all changes' },
  },
  examples: ['npx carryout console', 'npx carryout console --profile production --read-only'],
  async run({ values, terminal }) {
    const port = Number(values.port ?? DEFAULT_PORT)
    if (!/^\d*$/.test(values.port ?? '') || port > 65_535) {
      throw new UsageError(`--port must be a number from 0 to 65535, not “${values.port}”.`)
    }
    const carryout = await connectOperator(values)
    // A wrong region or missing credentials are reported here, not on a page.
    await carryout.parts()
    const [{ createConsole }, { serveConsole }] = await Promise.all([
      import('../../console/console.ts'),
      import('../../console/serve.ts'),
    ])
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    const operator = { name: userInfo().username }
    const site = createConsole({
      carryout,
      readOnly: values['read-only'] ?? false,
      timeZone,
      authorize: () => operator,
    })
    const served = await serveConsole(site, { port }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error
      throw new UsageError(`Port ${port} of 127.0.0.1 is in use. Choose another with --port.`, { cause: error })
    })
    terminal.print(`Console: ${served.url} (press Ctrl-C to stop)`)
    await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
    await served.close()
    return exit.DONE
  },
})

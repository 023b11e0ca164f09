#!/usr/bin/env node
/** The `carryout` command. Everything else is imported only after checking that this version of Node can read it. */
import process from 'node:process'
import './compile-cache.ts'

const NODE = 24
/** The repository's own TypeScript needs a newer Node than the compiled package does. */
const isSource = import.meta.url.endsWith('.ts')

if (isSource && Number(process.versions.node.split('.')[0]) < NODE) {
  process.stderr.write(
    `carryout: Node ${NODE} is needed; this is ${process.versions.node}. Run npx carryout in the repository, which brings its own.\n`,
  )
  process.exitCode = 2
} else {
  // A closed pipe, as in `carryout list | head`, is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const { main } = await import('./main.ts')
  process.exitCode = await main(process.argv.slice(2))
}

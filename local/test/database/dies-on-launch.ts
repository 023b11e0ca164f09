/** Preloaded, kills its process the moment that has launched a database server, before it can do anything about it. */
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'

const { spawn } = childProcess
childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
  const child = spawn(...args)
  // Only a server that is to be connected to is given a port.
  if (JSON.stringify(args).includes('--port=')) process.kill(process.pid, 'SIGKILL')
  return child
}) as typeof spawn
syncBuiltinESMExports()

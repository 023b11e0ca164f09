/** Bundles of handlers for the tests, and a Lambda to run them in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FunctionDefinition } from '../../src/lambda/definition.ts'
import { createLambda } from '../../src/lambda/lambda.ts'
import type { Lambda } from '../../src/lambda/port.ts'
import type { LogLine } from '../../src/logs/log-store.ts'
import { createLogs, type Logs } from '../../src/logs/logs.ts'
import type { Handler } from '../../src/protocol.ts'
import { openStore } from '../../src/store.ts'

export interface Bench {
  lambda: Lambda
  logs: Logs
  lines: LogLine[]
  directory: string
  /** Writes the files into a folder of their own and makes a function of them; returns its name. */
  given(files: Record<string, string> | string, definition?: Partial<FunctionDefinition>): string
  /** Runs it and parses what it answers. */
  run(name: string, event?: unknown): Promise<{ result: unknown; functionError?: string | undefined }>
  messages(): string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** @param options what the test gives the Lambda beside; waits between asynchronous attempts are short. */
export function bench(options: Partial<Parameters<typeof createLambda>[0]> = {}): Bench {
  const directory = mkdtempSync(join(tmpdir(), 'lambda-'))
  const store = openStore(join(directory, 'state'))
  const logs = createLogs({ store })
  const lambda = createLambda({
    region: 'us-east-1',
    accountId: '000000000000',
    endpointUrl: 'http://127.0.0.1:4566',
    logs,
    store,
    delayScale: 0.001,
    ...options,
  })
  const lines: LogLine[] = []
  logs.onLine((line) => lines.push(line))
  let count = 0
  return {
    lambda,
    logs,
    lines,
    directory,
    given(files, definition = {}) {
      const name = `function-${++count}`
      const codeDirectory = mkdtempSync(join(directory, `${name}-`))
      for (const [file, source] of Object.entries(typeof files === 'string' ? { 'index.mjs': files } : files)) {
        writeFileSync(join(codeDirectory, file), source)
      }
      lambda.createFunction({
        name,
        arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
        codeDirectory,
        handler: 'index.handler',
        environment: {},
        memoryMB: 256,
        timeoutSeconds: 30,
        ...definition,
      })
      return name
    },
    async run(name, event = {}) {
      const { payload, functionError } = await lambda.invoke(name, JSON.stringify(event))
      return { result: JSON.parse(payload), functionError }
    },
    messages: () => lines.map((line) => line.message),
    async [Symbol.asyncDispose]() {
      await lambda.stop()
      logs.flush()
      store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/** Listens with one handler on a port of its own. */
export async function listen(handler: Handler): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, response) => void handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

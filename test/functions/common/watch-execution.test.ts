/** Invocations that work for an execution that is stopped, redriven, or described late. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SFNClient } from '@aws-sdk/client-sfn'
import { watchExecution } from '../../../functions/common/watch-execution.ts'

let server: Server
let client: SFNClient
/** Returns one answer per call; the last one is returned again. */
let answers: { status: string; redriveCount: number }[]
beforeAll(async () => {
  server = createServer(async (request, response) => {
    await text(request)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = new SFNClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
})
afterAll(() => {
  client.destroy()
  server.close()
  server.closeAllConnections()
})

const running = (redriveCount = 0) => ({ status: 'RUNNING', redriveCount })
const aborted = (redriveCount = 0) => ({ status: 'ABORTED', redriveCount })

test.each([
  ['runs', [running()], false],
  ['stopped', [running(), aborted()], true],
  ['redriven', [running(), running(1)], true],
  ['redriven', [running(), { status: 'SUCCEEDED', redriveCount: 1 }], true],
  ['ended', [running(), { status: 'FAILED', redriveCount: 0 }], true],
  // Step Functions still describes the stop before the redrive that this invocation belongs to.
  ['runs', [running(1), aborted(0)], false],
  ['runs', [running(), aborted(), running()], false],
] as const)('%s: %j', async (standing, given, isAborted) => {
  answers = [...given]
  const watch = watchExecution(client, 'arn:aws:states:us-east-1:000000000000:execution:m:e')
  // The first look is the watch's own.
  while (answers.length === given.length && given.length > 1) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await watch.check()).toBe(standing)
  expect(watch.signal.aborted).toBe(isAborted)
  watch.end()
})

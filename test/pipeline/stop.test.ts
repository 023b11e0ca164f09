/** Stopping an execution: its query ends, nothing of its export stays, and yet it can be redriven. */
import { givenRequest, replay, send } from '../support/pipeline.ts'
import {
  cloud,
  eventsOf,
  expectNothingLeft,
  expectUndisturbed,
  items,
  keysOf,
  logged,
  proxy,
  STALL_BYTES,
  startCloud,
  statesOf,
  stop,
  until,
  uploads,
} from './stopping.ts'

test('aborts the upload in progress; a redrive exports everything', async () => {
  await startCloud()
  proxy.stallAfter(STALL_BYTES)
  await send(cloud, givenRequest({ ...items, id: 'uploading' }))
  await until(async () => (await uploads()).length === 1)
  await stop('uploading')
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  await expectNothingLeft('uploading')
  await expectUndisturbed(await replay(cloud, 'uploading'))
})

test('keeps a file that was finished, which a redrive announces', async () => {
  await startCloud()
  // Notify waits for its next try when the execution is stopped.
  cloud.lambda.refuse('Carryout-notify', { code: 'ResourceNotReadyException', times: 1 })
  await send(cloud, givenRequest({ ...items, id: 'announced' }))
  await until(async () => (await statesOf('announced').catch((): string[] => [])).includes('Notify'))
  await stop('announced')
  await logged('discard', 'announced', 'its data was deleted')
  const redriven = await replay(cloud, 'announced')
  await expectUndisturbed(redriven)
  expect(await statesOf('announced')).not.toContain('Replayed?')
  // Lambda may run an invocation twice.
  const mails = cloud.outbox.list().length
  await runAgain('announced', 'Carryout-notify')
  expect(cloud.outbox.list()).toHaveLength(mails)
})

test('deletes the chunks that were written; a redrive starts over', async () => {
  await startCloud({ environment: { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.1' } })
  await send(cloud, givenRequest({ ...items, id: 'chunks' }))
  await until(async () => (await keysOf('chunks')).length > 0)
  await stop('chunks')
  await expectNothingLeft('chunks')
  const redriven = await replay(cloud, 'chunks')
  await expectUndisturbed(redriven)
  // The redrive does not take the detour for an incomplete file.
  expect(await statesOf('chunks')).not.toContain('Replayed?')
})

test('deletes the chunks of an execution that waits for its next attempt, while no function works for it', async () => {
  await startCloud({ environment: { CARRYOUT_CHUNK_BUDGET_SECONDS: '0.1' } })
  await send(cloud, givenRequest({ ...items, id: 'waiting' }))
  // Bytes that the proxy let through may not have been read yet, so they would say nothing of a chunk.
  await until(async () => (await keysOf('waiting')).length > 0)
  proxy.stallAfter(0)
  await until(async () => proxy.stalled() > 0)
  await proxy.down()
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  try {
    await until(async () => (await eventsOf('waiting')).at(-1)?.type === 'TaskFailed')
    await stop('waiting')
    await expectNothingLeft('waiting')
  } finally {
    await proxy.up()
  }
  await expectUndisturbed(await replay(cloud, 'waiting'))
})

/** Invokes a function with what its step gave it last. */
async function runAgain(id: string, name: string): Promise<void> {
  const given = (await eventsOf(id)).map(({ taskScheduledEventDetails: task }) => JSON.parse(task?.parameters ?? '{}'))
  const { FunctionName, Payload } = given.findLast(({ FunctionName = '' }) => FunctionName.includes(name))
  const { functionError } = await cloud.lambda.invoke(FunctionName, JSON.stringify(Payload))
  expect(functionError).toBeUndefined()
}

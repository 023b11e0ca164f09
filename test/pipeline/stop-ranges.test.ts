/** Stopping an execution with several ranges or with another slot free, which is then redriven. */
import { join } from 'node:path'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import type { Finished } from '../../statemachine/contract.ts'
import { changedAssembly } from '../support/assembly.ts'
import { parallelAssembly } from '../support/parallel.ts'
import { arnOf, givenRequest, outcomeOf, replay, send } from '../support/pipeline.ts'
import {
  cloud,
  directory,
  expectNothingLeft,
  expectUndisturbed,
  items,
  keysOf,
  logged,
  proxy,
  STALL_BYTES,
  startCloud,
  stop,
  undisturbed,
  until,
} from './stopping.ts'

test('deletes the chunks of finished ranges, which a redrive exports again', async () => {
  const assembly = await parallelAssembly(directory, { ranges: 3, slots: 1 })
  await startCloud({ assembly, delayScale: 0.01 })
  // One range is done then, and another halfway through.
  proxy.stallAfter(undisturbed.length / 2)
  await send(cloud, givenRequest({ ...items, id: 'ranges' }))
  await until(async () => proxy.stalled() > 0)
  expect(await keysOf('ranges')).toHaveLength(1)
  await stop('ranges')
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  await expectNothingLeft('ranges')
  const redriven = await replay(cloud, 'ranges')
  await expectUndisturbed(redriven)
  expect((JSON.parse(redriven.output!) as Finished).ranges).toHaveLength(3)
})

test('a redrive with another slot free is not disturbed by the previous invocation', async () => {
  const assembly = await changedAssembly(join(directory, 'two-slots'), 'export-chunk', (properties) => {
    properties.ReservedConcurrentExecutions = 2
  })
  await startCloud({ assembly, delayScale: 0.01 })
  proxy.stallAfter(STALL_BYTES)
  await send(cloud, givenRequest({ ...items, id: 'at-once' }))
  await until(async () => proxy.stalled() > 0)
  await stop('at-once')
  await cloud.clients.sfn.send(new RedriveExecutionCommand({ executionArn: arnOf(cloud, 'at-once') }))
  proxy.stallAfter(Number.POSITIVE_INFINITY)
  const redriven = await outcomeOf(cloud, 'at-once', 1)
  // The first invocation has noticed that another one has taken over.
  await logged('export-chunk', 'at-once', '"level":"ERROR"')
  await expectUndisturbed(redriven)
})

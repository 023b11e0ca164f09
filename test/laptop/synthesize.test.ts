import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SynthFailed } from '../../laptop/app.ts'
import { synthesize } from '../../laptop/synthesize.ts'
import { startTestCloud, testAssembly } from '../support/cloud.ts'

test('the stack is synthesized once for unchanged sources', async () => {
  const directory = await testAssembly()
  const written = () => statSync(join(directory, 'manifest.json')).mtimeMs
  const before = written()
  const lines: string[] = []
  await synthesize({ directory, onProgress: (line) => lines.push(line) })
  expect([written(), lines]).toEqual([before, []])
})

test('the message of a failed synthesis is the app’s own, and no partial assembly is left', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-synth-'))
  const broken = {
    directory,
    environment: { NODE_OPTIONS: '--import=data:text/javascript,throw%20Error(%22no%20such%20VPC%22)' },
  }
  await expect(synthesize(broken)).rejects.toThrow(SynthFailed)
  await expect(synthesize(broken)).rejects.toThrow(/^The stack does not synthesize:\n[\s\S]*no such VPC/)
  rmSync(directory, { recursive: true, force: true })
})

test('Carryout’s own stack boots completely: nothing in it is unsupported', async () => {
  const cloud = await startTestCloud()
  expect(cloud.unsupported).toEqual([])
  expect(Object.keys(cloud.outputs)).toEqual(
    expect.arrayContaining([
      'CarryoutQueueUrl',
      'CarryoutDeadLetterQueueUrl',
      'CarryoutStateMachineArn',
      'CarryoutBucketName',
      'CarryoutTopicArn',
    ]),
  )
  const limits = cloud.lambda.listFunctions().map(({ name, reservedConcurrency }) => [name, reservedConcurrency])
  expect(Object.fromEntries(limits)).toMatchObject({ 'Carryout-start': 1, 'Carryout-export-chunk': 1 })
  await cloud.close()
})

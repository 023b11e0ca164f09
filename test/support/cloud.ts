/** A local cloud for a test: on a free port, with a separate state directory and schema, and with SDK clients. */
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { S3Client } from '@aws-sdk/client-s3'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SFNClient } from '@aws-sdk/client-sfn'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Cloud } from '@carryout/local'
import { type LaptopOptions, startLaptop } from '../../laptop/laptop.ts'
import { inputsHash, synthesize } from '../../laptop/synthesize.ts'
import { lockState } from '../../local/src/lock.ts'
import { StateUnusable } from '../../local/src/store.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { recordRights } from './rights.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/carryout')
/** Directory of the shared assembly's compiled functions. */
export const COMPILED = join(CACHE, 'compiled')
const DAY_MILLIS = 24 * 60 * 60 * 1000

export interface Clients {
  sqs: SQSClient
  sns: SNSClient
  s3: S3Client
  sfn: SFNClient
  logs: CloudWatchLogsClient
  secrets: SecretsManagerClient
  cloudFormation: CloudFormationClient
}

interface TestOptions extends LaptopOptions {
  /** Whether the run's comparison of permissions includes this cloud; by default only with the sample's own assembly. */
  countsRights?: boolean
  /** Whether the functions have a database account that no other test grants anything. */
  ownAccount?: boolean
}

export interface TestCloud extends Cloud {
  clients: Clients
  /** The schema that the functions read, empty at first; undefined if the test passed its own database. */
  schema: FreshDatabase | undefined
  /** Stops the cloud and starts it again on the same state directory. */
  restart(options?: Partial<LaptopOptions>): Promise<void>
  /** Stops the cloud, and deletes its state and schema. */
  close(): Promise<void>
}

/** @param options options of `startLaptop`; the others get values for this test only */
export async function startTestCloud({
  countsRights,
  ownAccount = false,
  ...options
}: Partial<TestOptions> = {}): Promise<TestCloud> {
  const isCounted = countsRights ?? options.assembly === undefined
  const stateDirectory = options.stateDirectory ?? mkdtempSync(join(tmpdir(), 'carryout-cloud-'))
  const schema = options.databaseUrl === undefined ? await freshDatabase(undefined, { ownAccount }) : undefined
  const complete = {
    port: 0,
    ...options,
    stateDirectory,
    // The compile cache only helps the shared assembly, because the path of any other one is used only once.
    ...(options.assembly === undefined && { compileCache: COMPILED }),
    assembly: options.assembly ?? (await testAssembly()),
    databaseUrl: options.databaseUrl ?? urlOf(schema as FreshDatabase),
  }
  const cloud = await startLaptop(complete)
  const test: TestCloud = {
    ...cloud,
    schema,
    clients: clientsOf(cloud),
    async restart(changes = {}) {
      destroy(test.clients)
      if (isCounted) recordRights(test.iamUsage())
      await test.stop()
      // The port stays the same, because it is part of the queue URLs that waiting requests contain.
      const again = await startLaptop({ ...complete, port: Number(new URL(cloud.endpointUrl).port), ...changes })
      Object.assign(test, again, { clients: clientsOf(again) })
    },
    async close() {
      destroy(test.clients)
      if (isCounted) recordRights(test.iamUsage())
      await test.stop()
      rmSync(stateDirectory, { recursive: true, force: true })
      await schema?.drop()
    },
  }
  return test
}

/** Shares clouds between a suite's tests: consecutive tests that ask for the same options get the same cloud. */
export function cloudsInTurn() {
  let current: { key: string; cloud: TestCloud } | undefined
  const close = async () => {
    await current?.cloud.close()
    current = undefined
  }
  return {
    async cloudWith(options: Partial<TestOptions>): Promise<TestCloud> {
      const key = JSON.stringify(options)
      if (current?.key === key) return current.cloud
      await close()
      const cloud = await startTestCloud(options)
      current = { key, cloud }
      return cloud
    },
    close,
  }
}

/**
 * Carryout's own stack, synthesized once for all tests that run on the same sources.
 *
 * @returns the directory of its cloud assembly, which must not be changed
 */
export async function testAssembly(): Promise<string> {
  const cache = join(CACHE, inputsHash().slice(0, 16))
  const directory = join(cache, 'assembly')
  forgetOld(CACHE)
  const release = await locked(cache)
  try {
    await synthesize({ directory })
  } finally {
    release()
  }
  return directory
}

/** Deletes old assemblies, because every change of the sources makes a new one. */
function forgetOld(cache: string) {
  for (const entry of globSync('*', { cwd: cache })) {
    const path = join(cache, entry)
    if (Date.now() - statSync(path).mtimeMs > DAY_MILLIS) rmSync(path, { recursive: true, force: true })
  }
}

/** Takes a lock, because tests run in several processes at once. @returns a function that releases it */
async function locked(directory: string): Promise<() => void> {
  for (;;) {
    try {
      return lockState(directory)
    } catch (error) {
      if (!(error instanceof StateUnusable)) throw error
      await sleep(100)
    }
  }
}

function urlOf({ exporter, host, port, database }: FreshDatabase): string {
  return `mysql://${encodeURIComponent(exporter.username)}:${encodeURIComponent(exporter.password)}@${host}:${port}/${database}`
}

function clientsOf({ endpointUrl, region }: Cloud): Clients {
  const config = { endpoint: endpointUrl, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  return {
    sqs: new SQSClient(config),
    sns: new SNSClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sfn: new SFNClient(config),
    logs: new CloudWatchLogsClient(config),
    secrets: new SecretsManagerClient(config),
    cloudFormation: new CloudFormationClient(config),
  }
}

function destroy(clients: Clients) {
  for (const client of Object.values(clients)) client.destroy()
}

/** Answers `carryout doctor` from the network in which exports run. It reads only names and counts. */
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import { checkDatabase, probeDatabase } from '../../engine/check-database.ts'
import type { Checkup, CheckupEvent, NotReached, Reached } from '../../statemachine/checkup.ts'
import { connect, limits } from './clients.ts'
import { openSource } from './database.ts'
import { readDatabaseSecret } from './database-account.ts'
import { env } from './environment.ts'
import { plainText } from './plain-text.ts'

/** The database has its own, shorter limits; this is for one that responds but never finishes. */
const DATABASE_MILLIS = 50_000
/** `start` waits for this. */
const PROBE_MILLIS = 20_000
const MESSAGE_BYTES = 1_000

/** Returns whether the database responds. */
export async function probe(): Promise<Reached | NotReached> {
  return await reach(async () => await probeDatabase(await openSource(), AbortSignal.timeout(PROBE_MILLIS)))
}

/** @param exports number of exports in the catalogue */
export async function checkUp({ checkup }: CheckupEvent, bucket: string, exports: number): Promise<Checkup> {
  const secretArn = process.env[env.DATABASE_SECRET_ARN]
  const [storage, stepFunctions, secret, database] = await Promise.all([
    reach(() => askStorage(bucket)),
    reach(() => askStepFunctions(checkup.execution)),
    secretArn === undefined ? null : reach(() => readDatabaseSecret(secretArn, 'The database’s secret')),
    askDatabase(),
  ])
  return { storage, stepFunctions, secret, database, exports }
}

async function askStorage(bucket: string) {
  const client = connect(S3Client, limits.call)
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'files/doctor' }))
  } catch (error) {
    // A missing object is the expected answer to a caller that may list the bucket.
    if (!isNamed(error, 'NotFound', 'NoSuchKey')) throw error
  } finally {
    client.destroy()
  }
}

async function askStepFunctions(executionArn: string) {
  const client = connect(SFNClient, limits.call)
  try {
    await client.send(new DescribeExecutionCommand({ executionArn }))
  } catch (error) {
    if (!isNamed(error, 'ExecutionDoesNotExist')) throw error
  } finally {
    client.destroy()
  }
}

async function askDatabase(): Promise<Checkup['database']> {
  const begun = Date.now()
  try {
    const facts = await checkDatabase(await openSource(), AbortSignal.timeout(DATABASE_MILLIS))
    return { ok: true, millis: Date.now() - begun, facts }
  } catch (error) {
    return notReached(error, begun)
  }
}

async function reach(ask: () => Promise<unknown>): Promise<Reached | NotReached> {
  const begun = Date.now()
  try {
    await ask()
    return { ok: true, millis: Date.now() - begun }
  } catch (error) {
    return notReached(error, begun)
  }
}

function notReached(error: unknown, begun: number): NotReached {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return { ok: false, millis: Date.now() - begun, error: name, message: plainText(message, MESSAGE_BYTES) }
}

function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name)
}

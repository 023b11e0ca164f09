import { S3Client } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { finish } from '../engine/finish.ts'
import { s3Store } from '../engine/stores/s3.ts'
import type { Finished, Prepared } from '../statemachine/contract.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig } from './common/config.ts'
import { env } from './common/environment.ts'
import { logger, logRequest, step } from './common/step.ts'

const config = readConfig({ [env.BUCKET]: z.string() })
const store = s3Store({ client: connect(S3Client, limits.compose), bucket: config[env.BUCKET] })

/** Composes the chunks into the file, verifies it, writes the manifest and deletes the chunks. */
export const handler = step<Prepared, Finished>(async (prepared) => {
  logRequest(prepared.request.id)
  const finished = await finish(prepared, { store })
  const { key, rows, bytes } = finished.file
  logger.info('Finished', { key, rows, bytes })
  return finished
})

import { S3Client } from '@aws-sdk/client-s3'
import { finish } from '../engine/finish.ts'
import { s3Store } from '../engine/stores/s3.ts'
import type { Composing, Finished, Prepared } from '../statemachine/contract.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig, text } from './common/config.ts'
import { finishDeadline } from './common/deadline.ts'
import { env } from './common/environment.ts'
import { logger, logRequest, step } from './common/step.ts'

const config = readConfig({ [env.BUCKET]: text })
const store = s3Store({ client: connect(S3Client, limits.compose), bucket: config[env.BUCKET] })

/**
 * Composes the chunks into the file, verifies it, writes the manifest and deletes the chunks. A large file takes
 * several invocations: each gets the document that the previous one returned without a file.
 */
export const handler = step<Prepared | Composing, Finished | Composing>(async (document, context) => {
  logRequest(document.request.id)
  const result = await finish(document, { store, deadline: finishDeadline(context) })
  if ('file' in result) {
    const { key, rows, bytes } = result.file
    logger.info('Finished', { key, rows, bytes })
  } else {
    const { done, parts } = result.composing
    logger.info('Composed until the deadline', { done, parts })
  }
  return result
})

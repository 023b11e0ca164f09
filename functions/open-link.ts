import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda'
import { z } from 'zod'
import { connect, limits } from './common/clients.ts'
import { readConfig } from './common/config.ts'
import { env } from './common/environment.ts'
import { openLink } from './common/link.ts'
import { readSecret } from './common/secrets.ts'
import { logger, step } from './common/step.ts'

const config = readConfig({ [env.BUCKET]: z.string(), [env.LINK_SECRET_ARN]: z.string() })
const s3 = connect(S3Client, limits.call)

/** Long enough for a slow start of the download; a download that runs is not cut when the URL expires. */
const URL_SECONDS = 300

/** Opens a link from an e-mail: sends the browser to the file, or says why it cannot. */
export const handler = step<LambdaFunctionURLEvent, APIGatewayProxyStructuredResultV2>(async (event) => {
  const secret = await readSecret(config[env.LINK_SECRET_ARN], 300)
  const link = openLink(event.queryStringParameters ?? {}, secret, Date.now())
  if (link === 'forged') return page(403, 'This link is not valid. Open it exactly as it stands in the e-mail.')
  if (link === 'expired') return page(410, 'This link has expired. Request the download again.')
  logger.info('A link is opened', { key: link.key })
  const object = { Bucket: config[env.BUCKET], Key: link.key }
  if (!(await exists(object))) return page(410, 'This file has been deleted. Request the download again.')
  const location = await getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: URL_SECONDS })
  return { statusCode: 302, headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } }
})

async function exists(object: { Bucket: string; Key: string }): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand(object))
    return true
  } catch (error) {
    if (error instanceof Error && ['NotFound', 'NoSuchKey', 'NoSuchBucket'].includes(error.name)) return false
    throw error
  }
}

function page(statusCode: number, sentence: string): APIGatewayProxyStructuredResultV2 {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Carryout</title><p>${sentence}</p></html>`
  return { statusCode, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }, body }
}

import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda'
import { METRICS } from '../statemachine/metrics.ts'
import { revokedDownloadKey, revokedRequesterKey } from '../statemachine/table.ts'
import { connect, limits } from './common/clients.ts'
import { readConfig, text } from './common/config.ts'
import { env } from './common/environment.ts'
import { downloadOf, type Link, openLink } from './common/link.ts'
import { languageOf, linkPage, messagePage } from './common/link-page.ts'
import { count } from './common/metrics.ts'
import { readSecret } from './common/secrets.ts'
import { logger, step } from './common/step.ts'
import { Table } from './common/table.ts'

const config = readConfig({ [env.BUCKET]: text, [env.LINK_SECRET_ARN]: text, [env.TABLE]: text })
const s3 = connect(S3Client, limits.call)
const table = new Table(config[env.TABLE])

/** Long enough for a slow start of the download. A running download is not cut when the URL expires. */
const URL_SECONDS = 300

/**
 * Opens a link from a mail. GET and HEAD, which mail scanners send, show a page with a button and have no effect. The
 * button's POST redirects the browser to the file, or says why it cannot.
 */
export const handler = step<LambdaFunctionURLEvent, APIGatewayProxyStructuredResultV2>(async (event) => {
  const { method } = event.requestContext.http
  const language = languageOf(event.headers['accept-language'])
  if (!['GET', 'HEAD', 'POST'].includes(method)) return messagePage(405, 'method', language)
  const secret = await readSecret(config[env.LINK_SECRET_ARN], 300)
  const link = openLink(event.queryStringParameters ?? {}, secret, Date.now())
  if (link === 'forged') {
    count({ [METRICS.forgedLinks]: 1 })
    logger.warn('A forged link was refused', { from: event.requestContext.http.sourceIp })
    return messagePage(403, 'forged', language)
  }
  if (link === 'expired') {
    count({ [METRICS.expiredLinks]: 1 })
    logger.info('An expired link was refused', { from: event.requestContext.http.sourceIp })
    return messagePage(410, 'expired', language)
  }
  const location = await getSignedUrl(s3, new GetObjectCommand({ Bucket: config[env.BUCKET], Key: link.key }), {
    expiresIn: URL_SECONDS,
  })
  if (method !== 'POST') return linkPage(link, new URL(location).origin, language)
  if (await isRevoked(link)) return messagePage(410, 'revoked', language)
  if (!(await exists(link.key))) return messagePage(410, 'deleted', language)
  count({ [METRICS.openedLinks]: 1 })
  logger.info('A link was opened', { key: link.key })
  return { statusCode: 303, headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } }
})

/** @throws if the table cannot be read: a link that may be revoked does not open */
async function isRevoked(link: Link): Promise<boolean> {
  const [download, requester] = await Promise.all([
    table.get<{ at: string }>(revokedDownloadKey(downloadOf(link))),
    table.get<{ at: string }>(revokedRequesterKey(link.requester)),
  ])
  return download !== undefined || (requester !== undefined && link.made * 1000 <= Date.parse(requester.at))
}

async function exists(key: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: config[env.BUCKET], Key: key }))
    return true
  } catch (error) {
    if (error instanceof Error && ['NotFound', 'NoSuchKey', 'NoSuchBucket'].includes(error.name)) return false
    throw error
  }
}

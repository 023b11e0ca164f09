/** The operator's console for the user of this machine. */
import { createOperator } from '@carryout/client/operator'
import type { Site } from '@carryout/local'
import { getRequestListener } from '@hono/node-server'
import { createConsole } from '../console/console.ts'
import { LANGUAGE_COOKIE } from '../console/routes/view.ts'

export function consoleSite(stackName: string, { endpointUrl, region }: { endpointUrl: string; region: string }): Site {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const carryout = createOperator({ stackName }, { endpoint: endpointUrl, region, credentials })
  const { fetch } = createConsole({ carryout, basePath: '/_carryout', outbox: true })
  return { handler: getRequestListener(fetch), languageCookie: LANGUAGE_COOKIE }
}

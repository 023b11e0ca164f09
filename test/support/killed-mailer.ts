/** Kills `mail-requester` at the worst moment: SES has accepted the mail, but the table does not have it yet. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { serviceOf } from '../../local/src/gateway.ts'
import type { Notice } from '../../statemachine/notice.ts'
import type { TestCloud } from './cloud.ts'

const PROGRAM = join(import.meta.dirname, 'mail-requester-process.ts')

/** Resolves once the process is dead. @throws if it ended by itself */
export async function mailAndDie(cloud: TestCloud, notice: Notice): Promise<void> {
  const { port } = new URL(cloud.endpointUrl)
  let isTaken = false
  const proxy = createServer((request, response) => {
    const service = serviceOf(request)
    // The next call to the table after the mail would confirm it.
    if (isTaken && service === 'dynamodb') return void child.kill('SIGKILL')
    const { method, url: path, headers } = request
    const onward = send({ port, host: '127.0.0.1', method, path, headers, agent: false }, (answer) => {
      if (service === 'ses') isTaken = answer.statusCode === 200
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(notice)], {
    env: { PATH: process.env.PATH, ...(await environmentOf(cloud)), AWS_ENDPOINT_URL: endpoint },
    stdio: 'inherit',
  })
  const [code, signal] = await once(child, 'exit')
  proxy.close()
  proxy.closeAllConnections()
  if (signal !== 'SIGKILL') throw new Error(`mail-requester ended by itself with ${code}`)
}

async function environmentOf(cloud: TestCloud): Promise<NodeJS.ProcessEnv> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new LambdaClient({ endpoint: cloud.endpointUrl, region: cloud.region, credentials })
  const command = new GetFunctionConfigurationCommand({ FunctionName: 'Carryout-mail-requester' })
  const { Environment } = await client.send(command)
  client.destroy()
  const keys = { AWS_REGION: cloud.region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }
  return { ...Environment?.Variables, ...keys }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data'
import { writeAssembly } from '../../local/test/assembly.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'

let assembly: string
let cloud: TestCloud
let client: RDSDataClient
beforeAll(async () => {
  assembly = mkdtempSync(join(tmpdir(), 'carryout-assembly-'))
  writeAssembly(assembly, {
    Resources: {
      Key: {
        Type: 'AWS::SecretsManager::Secret',
        Properties: { SecretString: '{"username":"nobody","password":"none"}' },
      },
    },
    Outputs: { Key: { Value: { Ref: 'Key' } } },
  })
  cloud = await startTestCloud({ assembly })
  client = new RDSDataClient({
    endpoint: cloud.endpointUrl,
    region: cloud.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
})
afterAll(async () => {
  client.destroy()
  await cloud.close()
  rmSync(assembly, { recursive: true })
})

const resourceArn = 'arn:aws:rds:us-east-1:000000000000:cluster:laptop'

test('the local cloud serves the Data API of its database on its one port, with its own secrets', async () => {
  const ask = (secretArn: string) =>
    client.send(new ExecuteStatementCommand({ resourceArn, secretArn, sql: 'SELECT DATABASE()' }))
  expect((await ask('arn:aws:secretsmanager:us-east-1:000000000000:secret:laptop-database')).records).toEqual([
    [{ stringValue: cloud.database.database }],
  ])
  await expect(ask(cloud.outputs.Key as string)).rejects.toThrow(/Access denied for user 'nobody'.*Error code: 1045/)
  await expect(ask('another-secret')).rejects.toMatchObject({ name: 'SecretsErrorException' })
})

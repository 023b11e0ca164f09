import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseMisconfigured, DatabaseUnavailable } from '../../../statemachine/errors.ts'
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts'

const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:database'

let aws: FakeAws
let account: typeof import('../../../functions/common/database-account.ts')
let readAuthority: typeof import('../../../functions/common/database-authority.ts').readAuthority
let secrets = 0
beforeAll(async () => {
  aws = await startFakeAws()
  account = await import('../../../functions/common/database-account.ts')
  readAuthority = (await import('../../../functions/common/database-authority.ts')).readAuthority
})
afterAll(() => aws.close())

describe('the account of a secret', () => {
  test('has the user, the password and the client’s certificate, and nothing else of it', async () => {
    const content = { username: 'u', password: '', clientCertificate: 'c', clientKey: 'k', host: 'db.example.com' }
    const read = await account.secretAccount(givenSecret(JSON.stringify(content)))
    expect(read).toEqual({ user: 'u', password: '', clientCertificate: 'c', clientKey: 'k' })
  })

  test.each([
    ['is not JSON', 'hunter2'],
    ['has no user', '{"password":"hunter2"}'],
    ['has an empty user', '{"username":"","password":"hunter2"}'],
    ['has no password', '{"username":"hunter2"}'],
    ['has an empty certificate', '{"username":"u","password":"hunter2","clientCertificate":""}'],
    ['has an empty key', '{"username":"u","password":"hunter2","clientKey":""}'],
  ])('that %s is refused, without quoting it', async (_, content) => {
    const refused = await account.secretAccount(givenSecret(content)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(DatabaseMisconfigured)
    expect((refused as Error).message).toContain('has no username and password')
    expect((refused as Error).message).not.toContain('hunter2')
  })

  test('that cannot be read is unavailable, and says why', async () => {
    aws.answers.GetSecretValue = () => ({ __type: 'AccessDeniedException', message: 'No.' })
    const refused = await account.secretAccount(`${ARN}-denied`).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(DatabaseUnavailable)
    expect((refused as Error).message).toBe(
      `The database’s secret ${ARN}-denied cannot be read (AccessDeniedException).`,
    )
  })
})

test('an account with IAM authentication signs a new token for each connection', async () => {
  const { user, password, iam } = account.iamAccount({ host: 'db.example.com', port: 3306, user: 'carryout' })
  expect({ user, iam }).toEqual({ user: 'carryout', iam: true })
  expect(await (password as () => Promise<string>)()).toMatch(/^db\.example\.com:3306\/\?.*DBUser=carryout/)
})

describe('the certificate authority', () => {
  test('is read from the file beside the code, before any secret', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'carryout-authority-'))
    try {
      writeFileSync(join(directory, 'ca.pem'), 'PEM of the file')
      process.env.LAMBDA_TASK_ROOT = directory
      expect(await readAuthority({ file: 'ca.pem', secretArn: ARN })).toBe('PEM of the file')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('is read from its secret', async () => {
    expect(await readAuthority({ file: undefined, secretArn: givenSecret('PEM of the secret') })).toBe(
      'PEM of the secret',
    )
  })

  test('is a well-known one if there is neither', async () => {
    aws.calls = []
    expect(await readAuthority({ file: undefined, secretArn: undefined })).toBeUndefined()
    expect(aws.calls).toEqual([])
  })
})

/** @returns the ARN of a secret that was not read before */
function givenSecret(SecretString: string): string {
  aws.answers.GetSecretValue = () => ({ SecretString })
  return `${ARN}-${++secrets}`
}

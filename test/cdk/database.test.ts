/** How the querying function gets its database settings, and its permissions to log in. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Template } from 'aws-cdk-lib/assertions'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { codeOf } from '../../cdk/bundles.ts'
import { Carryout } from '../../cdk/carryout.ts'
import type { ServerProps } from '../../cdk/database.ts'
import { newAuthority } from '../support/certificates.ts'
import { rightsOf } from './policies.ts'
import { CLUSTER_ARN, functionOf, givenApp, givenCluster, givenStack, readable, SECRET_ARN } from './support.ts'

const directory = mkdtempSync(join(tmpdir(), 'carryout-authority-'))
const authorityFile = join(directory, 'ca.pem')
writeFileSync(authorityFile, newAuthority().certificate)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const CA_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:authority-AbC123'
const iam = { secret: undefined, auth: 'iam', user: 'carryout', resourceId: 'cluster-ABC123' } as const

function synthesizedWith(
  changes: Partial<ServerProps> | ((stack: ReturnType<typeof givenStack>['stack']) => Partial<ServerProps>),
) {
  const { stack, props } = givenStack()
  const database = { ...props.database, ...(typeof changes === 'function' ? changes(stack) : changes) }
  new Carryout(stack, 'Carryout', { ...props, database })
  return Template.fromStack(stack)
}

function told(template: Template): Record<string, string> {
  const { Environment } = functionOf(template, 'export-chunk') as {
    Environment: { Variables: Record<string, unknown> }
  }
  const database = Object.entries(Environment.Variables).filter(([name]) => name.startsWith('CARRYOUT_DATABASE_'))
  return Object.fromEntries(database.map(([name, value]) => [name.slice('CARRYOUT_DATABASE_'.length), readable(value)]))
}

test('a custom authority is a file beside the code, and an alias is verified by the name in the certificate', () => {
  const template = synthesizedWith({ tls: { ca: authorityFile, serverName: 'shop.example.com' } })
  expect(told(template)).toMatchObject({
    TLS: 'required',
    CA_FILE: 'database-ca.pem',
    TLS_SERVER_NAME: 'shop.example.com',
    SECRET_ARN,
  })
  expect(rightsOf(template, 'ExportChunk')).toContain(`secretsmanager:GetSecretValue ${SECRET_ARN}`)
})

test('a bundle includes the authority', () => {
  const app = givenApp()
  app.node.setContext('aws:cdk:bundling-stacks', ['**'])
  const { stack } = givenStack(app)
  codeOf(stack, 'halt', { catalogueBundles: undefined, files: { 'database-ca.pem': 'the PEM' } }).bind(stack)
  const [authority, ...others] = globSync('asset.*/database-ca.pem', { cwd: app.outdir })
  expect(others).toEqual([])
  expect(readFileSync(join(app.outdir, authority!), 'utf8')).toBe('the PEM')
  expect(readFileSync(join(app.outdir, authority!, '../index.mjs'), 'utf8')).toContain('handler')
})

test('an authority in a secret may be read by the function that queries', () => {
  const template = synthesizedWith((stack) => ({
    tls: { caSecret: Secret.fromSecretCompleteArn(stack, 'Authority', CA_SECRET_ARN) },
  }))
  expect(told(template)).toMatchObject({ TLS: 'required', CA_SECRET_ARN })
  expect(rightsOf(template, 'ExportChunk')).toContain(`secretsmanager:GetSecretValue ${CA_SECRET_ARN}`)
})

test('a cluster may be queried through the Data API, as its secret’s user', () => {
  const { stack, props } = givenCluster()
  new Carryout(stack, 'Carryout', props)
  const template = Template.fromStack(stack)
  expect(told(template)).toEqual({ CLUSTER_ARN, NAME: 'shop', TIME_ZONE: '+00:00', SECRET_ARN })
  const rights = rightsOf(template, 'ExportChunk')
  expect(rights.filter((right) => /^(rds|secretsmanager)/.test(right)).sort()).toEqual([
    `rds-data:BeginTransaction ${CLUSTER_ARN}`,
    `rds-data:CommitTransaction ${CLUSTER_ARN}`,
    `rds-data:ExecuteStatement ${CLUSTER_ARN}`,
    `rds-data:RollbackTransaction ${CLUSTER_ARN}`,
    `secretsmanager:GetSecretValue ${SECRET_ARN}`,
  ])
})

test('an IAM account may connect to its one server as its one user, and no secret is read', () => {
  const template = synthesizedWith(iam)
  expect(told(template)).toEqual({
    HOST: 'db.example.com',
    PORT: '3306',
    NAME: 'shop',
    TIME_ZONE: '+00:00',
    TLS: 'required',
    USER: 'carryout',
  })
  const rights = rightsOf(template, 'ExportChunk')
  expect(rights.filter((right) => /^(rds|secretsmanager)/.test(right))).toEqual([
    'rds-db:connect arn::rds-db:::dbuser:cluster-ABC123/carryout',
  ])
})

test.each<[string, Partial<ServerProps>, string]>([
  [
    'an IAM account in plain text',
    { ...iam, tls: 'off' },
    'database.tls is off, but auth "iam" sends its token in clear text: remove the setting.',
  ],
  [
    'an IAM account without a name',
    { ...iam, user: undefined },
    'database.user is missing: auth "iam" needs the name of the account.',
  ],
  [
    'an IAM account of any server',
    { ...iam, resourceId: undefined },
    'database.resourceId is missing: auth "iam" needs the resource ID of the instance, cluster or proxy (DbiResourceId, DbClusterResourceId).',
  ],
  [
    'the name of a server for its ID',
    { ...iam, resourceId: 'shop' },
    'database.resourceId must be a resource ID such as db-ABCDEFGHIJKL01234 or cluster-ABCDEFGHIJKL01234.',
  ],
  [
    'nobody to log in as',
    { secret: undefined },
    'database has no secret with a username and password: pass one, or use auth "iam".',
  ],
  [
    'a user beside a secret',
    { user: 'carryout' },
    'database.user is used only with auth "iam": remove it, or set auth.',
  ],
  [
    'a file that is not there',
    { tls: { ca: 'no-such.pem' } },
    'database.tls.ca is the file no-such.pem, which cannot be read (ENOENT): set it to the path of a PEM file.',
  ],
  [
    'a file of another kind',
    { tls: { ca: 'package.json' } },
    'database.tls.ca is the file package.json, which has no certificate: set it to the path of a PEM file.',
  ],
  ['a setting of TLS that there is none of', { tls: { verify: false } as object }, 'database.tls.verify is not known.'],
])('%s is refused', (_, changes, sentence) => {
  expect(() => synthesizedWith(changes)).toThrow(`Shop/Carryout cannot be deployed:\n  ${sentence}`)
})

test('a secret together with an IAM account is refused', () => {
  const { auth, user, resourceId } = iam
  expect(() => synthesizedWith({ auth, user, resourceId })).toThrow(
    'database has a secret, which auth "iam" does not use: remove it.',
  )
})

test('an authority given both as a file and as a secret is refused', () => {
  expect(() =>
    synthesizedWith((stack) => ({
      tls: { ca: authorityFile, caSecret: Secret.fromSecretCompleteArn(stack, 'Authority', CA_SECRET_ARN) },
    })),
  ).toThrow('database.tls has the authority both as a file and as a secret: remove one.')
})

test('the host may be an IP address if the certificate’s name is given', () => {
  const template = synthesizedWith({ host: '10.0.0.7', tls: { serverName: 'shop.example.com' } })
  expect(told(template)).toMatchObject({ HOST: '10.0.0.7', TLS_SERVER_NAME: 'shop.example.com' })
  expect(told(template)).not.toHaveProperty('CA_FILE')
})

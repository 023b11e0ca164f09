import { Duration, Fn, Token } from 'aws-cdk-lib'
import { accept } from '../../cdk/accept.ts'
import { type LinkSettings, linkConcurrency, Settings } from '../../cdk/settings.ts'
import { givenCarryout } from './support.ts'

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-AbC123'
const sound = {
  name: 'Shop',
  catalogue: 'exports/index.ts',
  database: { host: 'db.example.com', name: 'shop', secretArn },
}

const clusterArn = 'arn:aws:rds:eu-west-1:111122223333:cluster:shop'
const cluster = { clusterArn, name: 'shop', secretArn }

/** Everything that is said about settings that differ from sound ones in this. */
function refusalOf(changes: object): string[] {
  try {
    accept(Settings, { ...sound, ...changes }, 'Shop')
  } catch (error) {
    const [first, ...sentences] = (error as Error).message.split('\n')
    expect(first).toBe('Shop cannot be deployed:')
    return sentences.map((sentence) => sentence.trim())
  }
  throw new Error('It was accepted.')
}

const database = (changes: object) => ({ database: { ...sound.database, ...changes } })
const subscriptions = (...all: object[]) => ({ subscriptions: all })

test('valid settings get defaults that protect the database', () => {
  const settings = accept(Settings, sound, 'Shop')
  expect(settings).toMatchObject({
    database: { port: 3306, tls: 'required', timeZone: '+00:00' },
    maxConcurrentQueries: 1,
    maxRunning: 1,
    subscriptions: [],
  })
  const days = [settings.fileRetention, settings.linkExpiry, settings.unfinishedRetention].map((one) => one.toDays())
  expect(days).toEqual([7, 7, 15])
})

test.each([
  ['a typo', { fileRetenton: 7 }, 'fileRetenton is not known; did you mean fileRetention?'],
  [
    'links that outlive their files',
    { fileRetention: Duration.days(2), linkExpiry: Duration.hours(49) },
    'linkExpiry is longer than fileRetention, so links would outlive their files: set it to at most 2 days, or increase fileRetention.',
  ],
  [
    'chunks that are gone before a redrive',
    { unfinishedRetention: Duration.days(14) },
    'unfinishedRetention must be longer than 14 days, because a failed execution can be redriven for that long and needs its chunks.',
  ],
  ['a number for a time', { fileRetention: 7 }, 'fileRetention must be a Duration, such as Duration.days(7).'],
  [
    'part of a day',
    { fileRetention: Duration.hours(36) },
    'fileRetention must be whole days, at least one: S3 deletes by the day.',
  ],
  ['a link that never opens', { linkExpiry: Duration.millis(1) }, 'linkExpiry must be at least a second.'],
  [
    'a chunk that no Lambda lives for',
    { chunkBudget: Duration.minutes(15) },
    'chunkBudget must be shorter than 15 minutes, the longest that a Lambda runs.',
  ],
  [
    'no day at all',
    { fileRetention: Duration.days(0) },
    'fileRetention must be whole days, at least one: S3 deletes by the day.',
  ],
  ['a chunk without time', { chunkBudget: Duration.millis(999) }, 'chunkBudget must be at least a second.'],
  [
    'no catalogue',
    { catalogue: '' },
    'catalogue is empty: set it to the path of the module that exports the catalogue.',
  ],
  ['no query at all', { maxConcurrentQueries: 0 }, 'maxConcurrentQueries must be at least 1.'],
  ['half a query', { maxConcurrentQueries: 1.5 }, 'maxConcurrentQueries must be a whole number.'],
  [
    'more executions than can be counted',
    { maxRunning: 101 },
    'maxRunning must be at most 100: more running executions cannot be counted.',
  ],
  [
    'a name that is too long for a function',
    { name: 'x'.repeat(50) },
    'name must have at most 49 characters, because the functions’ names begin with it: shorten it.',
  ],
  [
    'a name that AWS refuses',
    { name: 'our shop' },
    'name must be letters, digits and hyphens, beginning with a letter.',
  ],
  [
    'a port in the host',
    database({ host: 'db.example.com:3307' }),
    'database.host must be a host name alone: move the number after the colon to port.',
  ],
  [
    'a path in the host',
    database({ host: 'db.example.com/shop' }),
    'database.host must be a host name alone, without scheme, user or path.',
  ],
  [
    'an address that no certificate names',
    database({ host: '10.0.0.7' }),
    'database.host is the address 10.0.0.7, but a certificate names a host: use the endpoint’s name.',
  ],
  [
    'plain text over the internet',
    database({ host: '203.0.113.9', tls: 'off' }),
    'database.tls is off though 203.0.113.9 is a public address: rows would cross the internet in plain text.',
  ],
  ['a port that is none', database({ port: 65_536 }), 'database.port must be at most 65535.'],
  ['half a port', database({ port: 3306.5 }), 'database.port must be a whole number.'],
  ['a port in words', database({ port: 'default' }), 'database.port must be a whole number.'],
  [
    'a scheme and a port in the host',
    database({ host: 'mysql://db.example.com:3307' }),
    'database.host must be a host name alone, without scheme, user or path.',
  ],
  ['no schema', database({ name: '' }), 'database.name is empty: set it to the schema that the exports query.'],
  [
    'an engine without a version',
    database({ engine: 'mysql' }),
    'database.engine must be product and version such as mysql-8.4, aurora-mysql-3 or mariadb-10.11.',
  ],
  ['TLS by halves', database({ tls: 'preferred' }), 'database.tls must be one of "required", "off".'],
  ['an unknown setting of TLS', database({ tls: { verify: false } }), 'database.tls.verify is not known.'],
  [
    'a server’s name with a port',
    database({ tls: { serverName: 'db.example.com:3306' } }),
    'database.tls.serverName must be a host name as in a certificate.',
  ],
  [
    'an authority twice',
    database({ tls: { ca: import.meta.filename, caSecretArn: secretArn } }),
    'database.tls has the authority both as a file and as a secret: remove one.',
    `database.tls.ca is the file ${import.meta.filename}, which has no certificate: set it to the path of a PEM file.`,
  ],
  [
    'no secret',
    database({ secretArn: undefined }),
    'database has no secret with a username and password: pass one, or use auth "iam".',
  ],
  [
    'a zone that MySQL may not have loaded',
    database({ timeZone: 'Asia/Tokyo' }),
    'database.timeZone must be an offset such as "+09:00", from "-13:59" to "+14:00".',
  ],
  [
    'no database',
    { database: { name: 'shop', secretArn } },
    'database has neither host nor clusterArn: set one, to the endpoint’s host name or to the ARN of an Aurora cluster.',
  ],
  ['a server and a cluster', database({ clusterArn }), 'database has both host and clusterArn: remove one.'],
  [
    'a port of the Data API',
    { database: { ...cluster, port: 3306 } },
    'database.port is not used with clusterArn, which is read through the RDS Data API: remove it.',
  ],
  [
    'TLS that the Data API always has',
    { database: { ...cluster, tls: 'off' } },
    'database.tls is not used with clusterArn, which is read through the RDS Data API: remove it.',
  ],
  [
    'an instance in place of its cluster',
    { database: { ...cluster, clusterArn: clusterArn.replace('cluster', 'db') } },
    'database.clusterArn must be a complete ARN such as arn:aws:rds:eu-west-1:111122223333:cluster:shop.',
  ],
  [
    'a sender without a name',
    { mail: { from: 'downloads@example.com', fromName: '' } },
    'mail.fromName is empty: set it to the sender’s name, or remove it.',
  ],
  [
    'a sender’s endless name',
    { mail: { from: 'downloads@example.com', fromName: 'S'.repeat(65) } },
    'mail.fromName must have at most 64 characters.',
  ],
  [
    'fewer links than none at once',
    { links: { maxConcurrency: -1 } },
    'links.maxConcurrency must not be negative; 0 sets no limit.',
  ],
  [
    'an export without a name',
    subscriptions({ email: 'a@example.com', filter: { export: [''] } }),
    'subscriptions[0].filter.export[0] is empty: set it to the name of an export.',
  ],
  ['no address', subscriptions({ email: 'hanako' }), 'subscriptions[0].email must be an e-mail address.'],
  [
    'an attribute that is never sent',
    subscriptions({ email: 'a@example.com', filter: { state: ['failed'] } }),
    'subscriptions[0].filter.state is not known (it takes status, export, requestedBy).',
  ],
  [
    'a status that never comes',
    subscriptions({ email: 'a@example.com', filter: { status: ['done'] } }),
    'subscriptions[0].filter.status[0] must be one of "ready", "failed".',
  ],
  [
    'a filter that lets nothing pass',
    subscriptions({ email: 'a@example.com', filter: { export: [] } }),
    'subscriptions[0].filter.export is empty, so no mail would match: set at least one value, or remove the attribute.',
  ],
  [
    'a filter that SNS does not take',
    subscriptions({
      email: 'a@example.com',
      filter: { status: ['ready', 'failed'], export: Array.from({ length: 76 }, (_, at) => `export-${at}`) },
    }),
    'subscriptions[0].filter has 152 combinations of its values, but SNS takes at most 150: use fewer values.',
  ],
  [
    'an address twice',
    subscriptions({ email: 'a@example.com' }, { email: 'a@example.com', filter: { status: ['failed'] } }),
    'subscriptions have a@example.com twice, but SNS keeps one subscription per address: merge their filters.',
  ],
])('%s is refused', (_, changes, ...sentences) => {
  expect(refusalOf(changes)).toEqual(sentences)
})

test.each([
  { fileRetention: Duration.days(1), linkExpiry: Duration.days(1) },
  { linkExpiry: Duration.seconds(1) },
  { unfinishedRetention: Duration.days(15) },
  { chunkBudget: Duration.seconds(1) },
  { maxConcurrentQueries: 1, maxRunning: 100 },
  { catalogue: 'x' },
  database({ port: 1, name: 'x' }),
  database({ port: 65_535 }),
  database({ tls: { serverName: 'db-1.example_com' } }),
  database({ host: '203.0.113.9', tls: { serverName: 'db.example.com' } }),
  { mail: { from: 'downloads@example.com', fromName: 'S' } },
  { mail: { from: 'downloads@example.com', fromName: 'S'.repeat(64) } },
  { links: { maxConcurrency: 0 } },
  subscriptions({ email: 'a@example.com', filter: { export: ['x'] } }),
  subscriptions({
    email: 'a@example.com',
    filter: { status: ['ready', 'failed'], export: Array.from({ length: 75 }, (_, at) => `export-${at}`) },
  }),
  { consoleUrl: 'https://shop.example.com/admin/' },
  { consoleUrl: 'http://localhost:3000/' },
  { consoleUrl: 'http://127.0.0.1:3000/' },
])('%j is just accepted', (changes) => {
  expect(accept(Settings, { ...sound, ...changes }, 'Shop')).toMatchObject(changes)
})

test.each([
  'http://shop.example.com/',
  'ftp://localhost/',
  'https://shop.example.com/?a=b',
  'https://shop.example.com/#a',
  'http://localhost/?a=b',
])('%s is refused as the address of a console', (consoleUrl) => {
  expect(refusalOf({ consoleUrl })).toEqual(['consoleUrl must begin with https:// and have neither ? nor #.'])
})

test('a cluster has a name and a time zone, but no network', () => {
  expect(accept(Settings, { ...sound, database: cluster }, 'Shop').database).toEqual({ ...cluster, timeZone: '+00:00' })
})

test('values that only CloudFormation knows are accepted', () => {
  const attribute = (name: string) => Fn.getAtt('Cluster', name).toString()
  const port = Token.asNumber(Fn.getAtt('Cluster', 'ReadEndpoint.Port'))
  const given = { host: attribute('ReadEndpoint.Address'), port, name: 'shop', secretArn }
  expect(accept(Settings, { ...sound, database: given }, 'Shop').database).toMatchObject(given)
  const other = { clusterArn: attribute('DBClusterArn'), name: 'shop', secretArn }
  expect(accept(Settings, { ...sound, database: other }, 'Shop').database).toMatchObject(other)
})

test('an attribute of a filter that is undefined is left out', () => {
  const filter = { status: ['failed'], export: undefined }
  const [subscription] = accept(
    Settings,
    { ...sound, ...subscriptions({ email: 'a@example.com', filter }) },
    'Shop',
  ).subscriptions
  expect(Object.keys(subscription!.filter!)).toEqual(['status'])
})

test.each<[LinkSettings, number | undefined]>([
  ['url', 10],
  ['none', undefined],
  [{ baseUrl: 'https://shop.example.com/' }, undefined],
  [{ maxConcurrency: 3 }, 3],
  [{ maxConcurrency: 0 }, 0],
])('with links %j, the number opened at once is %j', (links, expected) => {
  expect(linkConcurrency(links)).toBe(expected)
})

test('all problems are reported at once', () => {
  expect(refusalOf({ maxRunning: 0, ...database({ port: 0 }) })).toEqual([
    'database.port must be at least 1.',
    'maxRunning must be at least 1.',
  ])
})

test('plain text to a private address stays in the network', () => {
  const host = '10.1.2.3'
  expect(accept(Settings, { ...sound, ...database({ host, tls: 'off' }) }, 'Shop').database).toMatchObject({ host })
})

test('the construct also refuses them, and names its path', () => {
  expect(() => givenCarryout({ fileRetention: Duration.days(1), linkExpiry: Duration.days(2) })).toThrow(
    /^Shop\/Carryout cannot be deployed:\n {2}linkExpiry is longer than fileRetention/,
  )
  // A plain JavaScript stack may pass this.
  expect(() => givenCarryout({ maxQueries: 2 } as object)).toThrow(/maxQueries is not known/)
})

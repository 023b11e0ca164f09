/** The app's catalogue as the construct meets it: bundled and read while the stack is synthesized. */
import childProcess, { type SpawnSyncOptions } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Carryout } from '../../cdk/carryout.ts'
import { appRoot, bundleCatalogue, readAndBundle, readCatalogue } from '../../cdk/catalogue.ts'
import { checkCatalogue } from '../../cdk/contradictions.ts'
import { Schedules } from '../../cdk/schedules.ts'
import type { Settings } from '../../cdk/settings.ts'
import { givenApp, givenStack } from './support.ts'

const ENGINE = join(import.meta.dirname, '../../engine/index.ts')
const directory = mkdtempSync(join(tmpdir(), 'carryout-catalogue-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** This app bundles, unlike those of the other suites, and therefore reads the catalogue. */
function givenBundlingApp(): App {
  return new App({
    outdir: mkdtempSync(join(directory, 'out-')),
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  })
}

let written = 0
function givenCatalogue(code: string): string {
  const file = join(directory, `catalogue-${++written}.ts`)
  writeFileSync(file, code.replaceAll("'carryout'", JSON.stringify(ENGINE)))
  return file
}
const withOrders = (options: string) => `
  import { defineCatalogue, defineExport, sql } from 'carryout'
  const orders = defineExport({
    name: 'orders', title: 'Orders', query: () => sql\`SELECT id FROM orders\`, key: 'id', columns: { id: 'No.' }, ${options}
  })
  export const catalogue = defineCatalogue([orders])`

test('the exports are known by name at synthesis', () => {
  const { exports } = readCatalogue(givenCatalogue(withOrders('parallelism: 3')))
  expect(exports).toEqual([{ name: 'orders', parallelism: 3, problems: [], schedules: [] }])
})

test('a module’s output does not disturb reading it', () => {
  const file = givenCatalogue(`console.log('{}'); console.error('loaded'.repeat(20_000));${withOrders('')}`)
  expect(readCatalogue(file).exports).toHaveLength(1)
})

test('it is read once, however many constructs have it', () => {
  const file = givenCatalogue(withOrders(''))
  expect(readCatalogue(file)).toBe(readCatalogue(file))
})

test('the app’s files in its bundles are known, without those of packages', () => {
  const file = givenCatalogue(withOrders('').replace('import { ', 'import { z, '))
  const { inputs } = readAndBundle(file, { root: directory, outdir: mkdtempSync(join(directory, 'out-')) })
  expect(inputs).toContain(file)
  expect(inputs.filter((path) => path.includes('node_modules') || !existsSync(path))).toEqual([])
})

test('the app’s root is the folder with cdk.json, or the current one if there is none', () => {
  expect(appRoot(import.meta.dirname)).toBe(join(import.meta.dirname, '../..'))
  expect(appRoot(directory)).toBe(directory)
})

test('its path may be relative to the app’s root', () => {
  const file = givenCatalogue(withOrders(''))
  expect(readCatalogue(relative(process.cwd(), file)).exports).toHaveLength(1)
})

test('a missing file is refused with the place where it was expected', () => {
  expect(() => readCatalogue('exports/none.ts')).toThrow(
    `There is no catalogue exports/none.ts in ${process.cwd()}. Give its path from the app's root, such as exports/index.ts.`,
  )
  expect(() => readCatalogue('exports')).toThrow('There is no catalogue exports in')
})

test.each([
  ['does not parse', 'export const catalogue = {', /does not compile:\n.*catalogue-\d+\.ts:1:\d+: /],
  [
    'imports what is not there',
    "import { a } from './nowhere.ts'; export const catalogue = a",
    /does not compile:\n.*catalogue-\d+\.ts:1:19: Could not resolve "\.\/nowhere\.ts"\. Correct the path\.$/,
  ],
  [
    'imports packages that are not there',
    "import 'no-such-package/sub'; import '@no-such/package/sub'; import 'x'; import 'y'; import 'z'",
    /does not compile:\n.* npm install no-such-package, or correct the import\.\n.* npm install @no-such\/package, or correct the import\.\n.* npm install x, or correct the import\.\n {2}and 2 more$/,
  ],
  [
    'exports no catalogue',
    'export const orders = 1',
    /does not export a catalogue\. Add: export const catalogue = defineCatalogue/,
  ],
  ['exports something else by that name', 'export const catalogue = [1]', /does not export a catalogue/],
  [
    'throws',
    "\nthrow new RangeError('no such year')",
    /cannot be read: RangeError: no such year \(\S*catalogue-\d+\.ts:2:7\)$/,
  ],
  [
    'has a fault',
    'interface Deep { a: { b: string } }\n\nconst find = (given: unknown) => (given as Deep).a.b\nexport const catalogue = find({})',
    /cannot be read: Cannot read properties of undefined \(reading 'b'\) \(\S*catalogue-\d+\.ts:3:\d+\)$/,
  ],
  [
    'fails later',
    "\nvoid Promise.reject(new RangeError('too late'))\nawait new Promise((resolve) => setTimeout(resolve, 10_000))",
    /cannot be read: RangeError: too late \(\S*catalogue-\d+\.ts:2:\d+\)$/,
  ],
  [
    'leaves a failed promise behind',
    `${withOrders('')}\nvoid Promise.reject(new RangeError('not awaited'))`,
    /cannot be read: RangeError: not awaited \(\S*catalogue-\d+\.ts:7:\d+\)$/,
  ],
  [
    'requires what is not there',
    "import { createRequire } from 'node:module'\ncreateRequire(import.meta.url)('no-such-package')",
    /cannot be read: Cannot find module 'no-such-package' \(\S*catalogue-\d+\.ts:2:\d+\)$/,
  ],
  [
    'ends the process',
    'process.exit(3)',
    /cannot be read: it ended the process itself, with the exit code 3 \(\S*catalogue-\d+\.ts:1:9\)\. Remove that/,
  ],
  [
    'ends the process with the code of one that never ends',
    'process.exit(13)',
    /cannot be read: it ended the process itself, with the exit code 13 \(/,
  ],
  [
    'kills the process',
    "process.kill(process.pid, 'SIGKILL'); await new Promise((resolve) => setTimeout(resolve, 10_000))",
    /cannot be read: its process ended with SIGKILL$/,
  ],
  [
    'runs out of memory',
    "import { writeSync } from 'node:fs'\nwriteSync(2, 'FATAL ERROR: out of memory\\n')\nprocess.kill(process.pid, 'SIGABRT')\nawait new Promise((resolve) => setTimeout(resolve, 10_000))",
    /cannot be read: its process ended with SIGABRT: FATAL ERROR: out of memory$/,
  ],
  ['waits for ever', 'await new Promise(() => {})', /cannot be read: it has a top-level await that never ends\.$/],
  [
    'lists an export that is not there yet',
    "import { defineCatalogue } from 'carryout'\nexport const catalogue = defineCatalogue([undefined as never])",
    /cannot be read: The catalogue's export 1 of 1 is undefined\. .* circular import: .* \(\S*catalogue-\d+\.ts:2:\d+\)$/,
  ],
  [
    'has an export that is refused',
    withOrders('formats: ["pdf"]'),
    /cannot be read: The export "orders" is not valid: formats/,
  ],
])('a module that %s is refused in a sentence', (_, code, message) => {
  expect(() => readCatalogue(givenCatalogue(code))).toThrow(message)
})

test('a module with an endless loop is ended', () => {
  const { spawnSync } = childProcess
  const impatient = (command: string, args: string[], options: SpawnSyncOptions) =>
    spawnSync(command, args, options.timeout === 60_000 ? { ...options, timeout: 500 } : options)
  childProcess.spawnSync = impatient as typeof spawnSync
  syncBuiltinESMExports()
  try {
    expect(() => readCatalogue(givenCatalogue('for (;;) {}'))).toThrow('cannot be read: it did not end within 60 s')
  } finally {
    childProcess.spawnSync = spawnSync
    syncBuiltinESMExports()
  }
})

test('an esbuild that cannot run is reported as it is', () => {
  const { execPath } = process
  process.execPath = join(directory, 'no-node')
  try {
    expect(() => readCatalogue(givenCatalogue(withOrders('')))).toThrow(/does not compile:\n {2}spawnSync .* ENOENT$/)
  } finally {
    process.execPath = execPath
  }
})

test('a catalogue that was deleted is missed by its path when it is bundled again', () => {
  expect(() => bundleCatalogue(join(directory, 'exports/gone.ts'), { root: directory, outdir: directory })).toThrow(
    `There is no catalogue exports/gone.ts in ${directory}. Give its path from the app's root, such as exports/index.ts.`,
  )
})

describe('a construct with a catalogue', () => {
  const carryoutWith = (catalogue: string, maxConcurrentQueries = 1) => {
    const { stack, props } = givenStack(givenBundlingApp())
    return () => new Carryout(stack, 'Carryout', { ...props, catalogue, maxConcurrentQueries })
  }

  test('is refused if an export’s parallelism exceeds maxConcurrentQueries', () => {
    const file = givenCatalogue(withOrders('parallelism: 4'))
    expect(carryoutWith(file, 3)).toThrow(
      `Shop/Carryout cannot be deployed with the catalogue ${file}:\n` +
        '  orders has a parallelism of 4, but maxConcurrentQueries is 3: raise that to 4, or lower the parallelism.',
    )
  })

  test('is refused if a format cannot hold its columns', () => {
    const columns = `columns: Object.fromEntries(Array.from({ length: 16_385 }, (_, i) => ['c' + i, 'C' + i])), formats: ['xlsx']`
    const file = givenCatalogue(withOrders('').replace("columns: { id: 'No.' }", columns).replace("key: 'id', ", ''))
    expect(carryoutWith(file)).toThrow(
      'orders has 16385 columns, but a sheet of xlsx holds 16384: remove xlsx from its formats.',
    )
  })
})

describe('a schedule', () => {
  const schedule = (change: string) =>
    withOrders(`schedules: { daily: {
      expression: 'cron(0 6 * * ? *)', timeZone: 'Asia/Tokyo', recipients: ['a@example.com'], ${change}
    } }`)
  const scheduled = (code: string) => {
    const { stack, props } = givenStack(givenBundlingApp())
    return new Carryout(stack, 'Carryout', { ...props, catalogue: givenCatalogue(code) })
  }

  test('that EventBridge Scheduler would refuse is refused at synth', () => {
    const wrong = schedule("expression: 'cron(61 6 * * ? *)', recipients: []")
    expect(() => scheduled(wrong)).toThrow('schedules.daily.expression: has the minute 61, which cron does not have')
  })

  test('with several recipients needs mail', () => {
    const two = schedule("recipients: ['a@example.com', 'b@example.com']")
    expect(() => scheduled(two)).toThrow('orders has a schedule daily with several recipients, but only')
    const withoutMail = { maxConcurrentQueries: 1 } as Settings
    expect(() => checkCatalogue(readCatalogue(givenCatalogue(schedule(''))), withoutMail, 'Shop')).not.toThrow()
    const withMail = { maxConcurrentQueries: 1, mail: { from: 'downloads@example.com' } } as Settings
    expect(() => checkCatalogue(readCatalogue(givenCatalogue(two)), withMail, 'Shop')).not.toThrow()
  })

  test('is part of the construct, and an alarm tells if it cannot deliver', () => {
    const { stack, props } = givenStack(givenBundlingApp())
    new Carryout(stack, 'Carryout', { ...props, catalogue: givenCatalogue(schedule('')) })
    const template = Template.fromStack(stack)
    template.resourceCountIs('AWS::Scheduler::Schedule', 1)
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('ScheduleUndelivered'),
    })
  })

  test('has the name of its export and its own, unless that is too long for EventBridge Scheduler', () => {
    const { stack } = givenStack()
    const queue = new Queue(stack, 'Requests', { fifo: true })
    const daily = { name: 'daily', expression: 'rate(1 day)', timeZone: 'UTC', recipients: ['a@b.c'], enabled: true }
    const names = ['x'.repeat(53), 'x'.repeat(54)]
    const exports = names.map((name) => ({ name, parallelism: 1, problems: [], schedules: [daily] }))
    new Schedules(stack, 'Schedules', { prefix: 'Shop', queue, exports })
    const found = Object.values(Template.fromStack(stack).findResources('AWS::Scheduler::Schedule'))
    expect(found.map(({ Properties }) => Properties.Name)).toEqual([`Shop-${names[0]}_daily`, undefined])
  })

  test('that cannot be delivered is kept encrypted with the queue’s key, and satisfies every rule of cdk-nag', () => {
    const app = givenApp()
    const { stack } = givenStack(app)
    const encryptionMasterKey = new Key(stack, 'Key', { enableKeyRotation: true })
    const common = { fifo: true, encryption: QueueEncryption.KMS, encryptionMasterKey, enforceSSL: true }
    const deadLetterQueue = { queue: new Queue(stack, 'Dead', common), maxReceiveCount: 1000 }
    const queue = new Queue(stack, 'Requests', { ...common, deadLetterQueue })
    const { deadLetters } = new Schedules(stack, 'Schedules', { prefix: 'Shop', queue, exports: [] })
    expect(deadLetters.encryptionMasterKey).toBe(encryptionMasterKey)
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    app.synth()
    const template = Template.fromStack(stack)
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 'sqs:SendMessage' }),
          Match.objectLike({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
        ]),
      },
    })
  })

  test('becomes a schedule in EventBridge Scheduler, which may send to the queue and to its own dead-letter queue', () => {
    const { exports } = readCatalogue(givenCatalogue(schedule('enabled: false')))
    // Without the functions, whose bundles would take most of the time.
    const { stack } = givenStack()
    new Schedules(stack, 'Schedules', { prefix: 'Shop', queue: new Queue(stack, 'Requests', { fifo: true }), exports })
    const template = Template.fromStack(stack)
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 6 * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      State: 'DISABLED',
      Target: {
        Input:
          '{"schedule":"daily","export":"orders","scheduledAt":"<aws.scheduler.scheduled-time>","requestedBy":"a@example.com"}',
        SqsParameters: { MessageGroupId: 'database' },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('SchedulesDeadLetters'), 'Arn'] } },
      },
    })
    const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
      id.includes('Schedules'),
    )
    expect(policies.map(([, { Properties }]) => Properties.PolicyDocument.Statement)).toMatchObject([
      [
        {
          Action: 'sqs:SendMessage',
          Effect: 'Allow',
          Resource: [
            { 'Fn::GetAtt': [expect.stringMatching(/^Requests/), 'Arn'] },
            { 'Fn::GetAtt': [expect.stringMatching(/SchedulesDeadLetters/), 'Arn'] },
          ],
        },
      ],
    ])
  })
})

/** The app's catalogue as the construct meets it: bundled and read while the stack is synthesized. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Carryout } from '../../cdk/carryout.ts'
import { bundleCatalogue, readCatalogue } from '../../cdk/catalogue.ts'
import { checkCatalogue } from '../../cdk/contradictions.ts'
import { Schedules } from '../../cdk/schedules.ts'
import type { Settings } from '../../cdk/settings.ts'
import { givenStack } from './support.ts'

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
  const file = givenCatalogue(`console.log('{}'); console.error('loaded');${withOrders('')}`)
  expect(readCatalogue(file).exports).toHaveLength(1)
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
    /does not compile:\n.*catalogue-\d+\.ts:1:\d+: Could not resolve "\.\/nowhere\.ts"\. Correct the path\.$/,
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
    const withMail = { maxConcurrentQueries: 1, mail: { from: 'downloads@example.com' } } as Settings
    expect(() => checkCatalogue(readCatalogue(givenCatalogue(two)), withMail, 'Shop')).not.toThrow()
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

import { readFileSync } from 'node:fs'
import { readable, resources, synthesized } from './support.ts'

const template = synthesized()
const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine')).map(
  ({ Properties }) => Properties,
)

test('the state machine is the reviewed definition, of type Standard', () => {
  const file = JSON.parse(readFileSync('statemachine/download.asl.json', 'utf8')) as { QueryLanguage: string }
  expect(JSON.parse(machine!.DefinitionString)).toEqual(file)
  expect(file.QueryLanguage).toBe('JSONata')
  // An Express one could not be redriven, and would end after five minutes.
  expect(machine!.StateMachineType ?? 'STANDARD').toBe('STANDARD')
  expect(machine!.StateMachineName).toBe('Shop-download')
})

test('no ARN contains a partition, so that the stack works in every one', () => {
  // The one of the secret is given.
  expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws(-\w+)*:(?!secretsmanager)/)
})

test('every placeholder stands for the function of that name', () => {
  const { Partition, ...functions } = machine!.DefinitionSubstitutions as Record<string, unknown>
  expect(Partition).toEqual({ Ref: 'AWS::Partition' })
  const substitutions = Object.entries(functions)
  const placeholders = new Set(machine!.DefinitionString.match(/\$\{\w+\}/g))
  const named = [...substitutions.map(([name]) => name), 'Partition']
  expect(named.map((name) => `\${${name}}`).sort()).toEqual([...placeholders].sort())
  for (const [name, value] of substitutions) expect(`${readable(value).slice(1, -1)}Function`).toBe(name)
})

test.each([
  ['discard', 'with each execution that is stopped', '<Discard>', { status: ['ABORTED'] }],
  ['record', 'with each change of an execution’s status', '<Record>', {}],
])('%s is called %s', (_, _when, target, detail) => {
  const rules = Object.values(template.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties)
  const targetsOf = ({ Targets }: { Targets: { Arn: unknown }[] }) => Targets.map(({ Arn }) => readable(Arn))
  const own = rules.filter((rule) => targetsOf(rule as Parameters<typeof targetsOf>[0]).includes(target))
  expect(own).toHaveLength(1)
  const { EventPattern, State, Targets } = own[0]!
  expect({ ...EventPattern, detail: { ...EventPattern.detail, stateMachineArn: undefined }, State }).toEqual({
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    detail,
    State: 'ENABLED',
  })
  expect(EventPattern.detail.stateMachineArn.map(readable)).toEqual(['<DownloadMachine>'])
  expect(targetsOf({ Targets })).toEqual([target])
})

test('failures are traced and logged without parameters, in a log with a retention that does not extend an account policy', () => {
  expect(machine!.TracingConfiguration).toEqual({ Enabled: true })
  const { Level, IncludeExecutionData, Destinations } = machine!.LoggingConfiguration
  expect({ Level, IncludeExecutionData }).toEqual({ Level: 'ERROR', IncludeExecutionData: false })
  expect(readable(Destinations[0].CloudWatchLogsLogGroup.LogGroupArn)).toBe('<DownloadLogs>')
  const [, logs] = Object.entries(resources(template)).find(([id]) => id.startsWith('CarryoutDownloadLogs'))!
  expect(logs.Properties).toEqual({
    LogGroupName: '/aws/vendedlogs/states/Shop-download',
    RetentionInDays: 90,
  })
})

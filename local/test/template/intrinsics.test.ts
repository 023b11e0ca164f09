// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are CloudFormation's placeholders
import { holds, NO_VALUE, resolve, type Scope } from '../../src/template/intrinsics.ts'
import { TemplateError } from '../../src/template/template.ts'

const CONDITIONS: Record<string, unknown> = {
  Yes: { 'Fn::Equals': ['a', { Ref: 'Letter' }] },
  No: { 'Fn::Not': [{ Condition: 'Yes' }] },
}
const scope: Scope = {
  ref: (name) => {
    const values: Record<string, unknown> = {
      Letter: 'a',
      List: ['x', 'y'],
      'AWS::NoValue': NO_VALUE,
      'AWS::Region': 'eu-west-1',
    }
    if (!(name in values)) throw new TemplateError(`There is no ${name}.`)
    return values[name]
  },
  attribute: (logicalId, name) => `${logicalId}/${name}`,
  condition: (name) => CONDITIONS[name],
  mapping: (...path) => path.join('/'),
}

test.each([
  [{ Ref: 'Letter' }, 'a'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue/Arn'],
  [{ 'Fn::GetAtt': 'Stack.Outputs.Name' }, 'Stack/Outputs.Name'],
  [{ 'Fn::Sub': 'a-${Letter}-${Queue.Arn}-${!Letter}' }, 'a-a-Queue/Arn-${Letter}'],
  [{ 'Fn::Sub': ['${Own}-${Letter}', { Own: { 'Fn::Join': ['.', ['b', 'c']] } }] }, 'b.c-a'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'Letter' }, ':', 5]] }, 'arn:a:5'],
  [{ 'Fn::Join': ['+', { Ref: 'List' }] }, 'x+y'],
  [{ 'Fn::Select': ['1', { 'Fn::Split': [':', 'p:q'] }] }, 'q'],
  [{ 'Fn::If': ['Yes', 1, 2] }, 1],
  [{ 'Fn::If': ['No', 1, 2] }, 2],
  [{ 'Fn::FindInMap': ['Map', { Ref: 'Letter' }, 'second'] }, 'Map/a/second'],
  [{ 'Fn::Base64': 'a' }, 'YQ=='],
  [
    { a: { Ref: 'AWS::NoValue' }, b: [1, { Ref: 'AWS::NoValue' }, { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] }] },
    { b: [1] },
  ],
  [
    { Ref: 'Letter', other: 1 },
    { Ref: 'Letter', other: 1 },
  ],
])('%j is %j', (value, expected) => {
  expect(resolve(value, scope)).toEqual(expected)
})

test.each([
  [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'Yes' }] }, true],
  [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
  [{ 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] }, true],
  [{ 'Fn::Equals': ['1', 1] }, true],
])('the condition %j is %s', (expression, expected) => {
  expect(holds(expression, scope)).toBe(expected)
})

test.each([
  [{ 'Fn::ImportValue': 'Vpc' }, /Fn::ImportValue \("Vpc"\) is not supported/],
  [{ 'Fn::Transform': {} }, /does not know Fn::Transform/],
  [{ 'Fn::Select': [5, ['a']] }, /finds no item 5 among 1/],
  [{ 'Fn::Join': ['', 'text'] }, /Fn::Join needs a list/],
  [{ 'Fn::Join': ['', [{ Ref: 'List' }]] }, /Fn::Join needs text/],
  [{ 'Fn::Sub': '${Nothing}' }, /There is no Nothing/],
])('%j is refused', (value, message) => {
  expect(() => resolve(value, scope)).toThrow(TemplateError)
  expect(() => resolve(value, scope)).toThrow(message)
})

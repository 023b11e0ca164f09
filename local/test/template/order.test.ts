// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are CloudFormation's placeholders
import { bootOrder } from '../../src/template/order.ts'
import { TemplateError } from '../../src/template/template.ts'

test('a resource comes after everything that it refers to in any way', () => {
  const resources = {
    Joined: resource({ a: { 'Fn::Join': ['', ['x', { Ref: 'Referred' }]] } }),
    Substituted: resource({ a: [{ 'Fn::Sub': '${Attribute.Arn} ${!Joined} ${AWS::Region}' }] }),
    Attribute: resource({ a: { 'Fn::GetAtt': 'Depended.Arn' } }),
    Referred: resource({ a: { 'Fn::If': ['Yes', { 'Fn::GetAtt': ['Attribute', 'Arn'] }, 1] } }),
    Depended: { ...resource({ a: { Ref: 'AParameter' } }), DependsOn: 'Last' },
    Last: resource({}),
  }
  expect(bootOrder(resources)).toEqual(['Last', 'Depended', 'Attribute', 'Referred', 'Joined', 'Substituted'])
})

test('a circular reference is refused and shown', () => {
  const resources = {
    Alone: resource({}),
    A: resource({ x: { Ref: 'B' } }),
    B: resource({ x: { 'Fn::GetAtt': ['C', 'Arn'] } }),
    C: { ...resource({}), DependsOn: ['Alone', 'A'] },
  }
  expect(() => bootOrder(resources)).toThrow(TemplateError)
  expect(() => bootOrder(resources)).toThrow('in a circle: A → B → C → A.')
})

function resource(Properties: Record<string, unknown>) {
  return { Type: 'AWS::SQS::Queue', Properties }
}

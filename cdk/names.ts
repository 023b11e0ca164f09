/** The default names of the construct and its outputs. */
import { Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/** The ids from the stack to the construct, without characters that a logical id cannot have. */
export function placeIn(construct: Construct): string {
  const { scopes } = construct.node
  const below = scopes.slice(scopes.indexOf(Stack.of(construct)) + 1)
  return below.map(({ node }) => node.id.replaceAll(/[^A-Za-z0-9]/g, '')).join('')
}

/** The default name. A nested stack's own name is known only to CloudFormation, so its parent's is used. */
export function defaultName(construct: Construct): string {
  const stacks = construct.node.scopes.filter((scope): scope is Stack => Stack.isStack(scope))
  const [outermost = Stack.of(construct), ...nested] = stacks
  const place = [...nested.map(({ node }) => node.id), placeIn(construct)].join('-').replaceAll(/[^A-Za-z0-9-]/g, '')
  return place === 'Carryout' ? outermost.stackName : `${outermost.stackName}-${place}`
}

import { bannerOf } from '../../laptop/banner.ts'

const stack = (name: string, outputs: Record<string, string>) => ({
  ...{ name, id: `arn:${name}`, region: 'us-east-1', accountId: '000000000000', description: undefined },
  ...{ createdAt: new Date(0), resources: [], unsupported: [] },
  outputs: Object.entries(outputs).map(([key, value]) => ({
    ...{ key, value, description: undefined, exportName: undefined },
  })),
})
const cloud = {
  endpointUrl: 'http://127.0.0.1:4566',
  region: 'us-east-1',
  stateDirectory: '/home/hanako/shop/.carryout',
  unsupported: [],
  stacks: [stack('Network', {}), stack('Shop', { CarryoutBucketName: 'shop-files' })],
}

test('the commands for the state directory of this folder have --local', () => {
  const lines = bannerOf({ cloud, carryouts: ['Shop'], isFoundHere: true })
  expect(lines).toContain('  CarryoutBucketName: shop-files')
  const commands = lines.filter((line) => line.includes('npx carryout'))
  expect(commands).toEqual([
    expect.stringMatching(/^ {2}npx carryout request <export> --local --params /),
    expect.stringMatching(/^Logs: +npx carryout logs --follow --local /),
  ])
})

test('the commands for another state directory name the stack after the environment that reaches it', () => {
  const text = bannerOf({ cloud, carryouts: ['Shop'], isFoundHere: false }).join('\n')
  expect(text).not.toContain('--local')
  expect(text).toMatch(
    /export AWS_ENDPOINT_URL=.*npx carryout request <export> --stack Shop .*logs --follow --stack Shop /s,
  )
})

test('two stacks with outputs of the same name are listed one by one, with the option that chooses the second', () => {
  const stacks = [
    stack('Shop', { CarryoutBucketName: 'shop-files' }),
    stack('Depot', { CarryoutBucketName: 'depot-files' }),
  ]
  const text = bannerOf({ cloud: { ...cloud, stacks }, carryouts: ['Shop', 'Depot'], isFoundHere: true }).join('\n')
  expect(text).toContain(
    ['  Stack Shop', '    CarryoutBucketName: shop-files', '  Stack Depot', '    CarryoutBucketName: depot-files'].join(
      '\n',
    ),
  )
  expect(text).toContain('That is the stack Shop. For the other: --stack Depot.')
})

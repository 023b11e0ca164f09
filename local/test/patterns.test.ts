import { eventPattern, matches } from '../src/patterns.ts'

const event = {
  source: 'aws.states',
  resources: ['arn:one', 'arn:two'],
  detail: { status: 'ABORTED', redriveCount: 0, output: null, file: 'orders.csv', from: '10.1.2.3' },
}

test.each([
  [{ source: ['aws.s3', 'aws.states'] }, true],
  [{ source: ['aws.s3'] }, false],
  [{ source: ['aws.states'], detail: { status: ['ABORTED', 'FAILED'] } }, true],
  [{ source: ['aws.states'], detail: { status: ['FAILED'] } }, false],
  [{ resources: ['arn:two'] }, true],
  [{ resources: ['arn:three'] }, false],
  [{ detail: { redriveCount: [0], output: [null] } }, true],
  [{ detail: { redriveCount: ['0'] } }, false],
  [{ detail: { missing: ['x'] } }, false],
  [{ missing: { status: ['ABORTED'] } }, false],
  [{ source: [{ prefix: 'aws.' }] }, true],
  [{ source: [{ prefix: 'AWS.' }] }, false],
  [{ source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, true],
  [{ detail: { file: [{ suffix: '.csv' }] } }, true],
  [{ detail: { file: [{ suffix: '.tsv' }] } }, false],
  [{ detail: { file: [{ wildcard: 'ord*.csv' }] } }, true],
  [{ detail: { file: [{ wildcard: 'ord*.c\\*v' }] } }, false],
  [{ detail: { status: [{ 'equals-ignore-case': 'aborted' }] } }, true],
  [{ detail: { status: [{ 'anything-but': ['FAILED', 'TIMED_OUT'] }] } }, true],
  [{ detail: { status: [{ 'anything-but': 'ABORTED' }] } }, false],
  [{ detail: { status: [{ 'anything-but': { prefix: 'AB' } }] } }, false],
  [{ detail: { file: [{ 'anything-but': { wildcard: '*.csv' } }] } }, false],
  [{ detail: { file: [{ 'anything-but': { suffix: ['.tsv', '.xlsx'] } }] } }, true],
  [{ detail: { from: [{ cidr: '10.1.0.0/16' }] } }, true],
  [{ detail: { from: [{ cidr: '10.2.0.0/16' }] } }, false],
  [{ detail: { missing: [{ 'anything-but': 'x' }] } }, false],
  [{ detail: { redriveCount: [{ numeric: ['>=', 0, '<', 1] }] } }, true],
  [{ detail: { redriveCount: [{ numeric: ['>', 0] }] } }, false],
  [{ detail: { missing: [{ exists: false }], status: [{ exists: true }] } }, true],
  [{ detail: { status: [{ exists: false }] } }, false],
  [{ $or: [{ source: ['aws.s3'] }, { detail: { status: ['ABORTED'] } }] }, true],
  [{ $or: [{ source: ['aws.s3'] }, { detail: { status: ['FAILED'] } }] }, false],
  [{ detail: { constructor: [{ exists: true }] } }, false],
])('%j matches: %j', (pattern, expected) => {
  expect(matches(eventPattern.parse(pattern), event)).toBe(expected)
})

test.each([{ source: [{ soundsLike: 'x' }] }, { source: 'aws.states' }, { source: [] }])('%j is refused', (pattern) => {
  expect(eventPattern.safeParse(pattern).success).toBe(false)
})

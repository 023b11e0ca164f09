import { eventPattern, matches } from '../../src/events/pattern.ts'

const event = {
  source: 'aws.states',
  resources: ['arn:one', 'arn:two'],
  detail: { status: 'ABORTED', redriveCount: 0, output: null },
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
])('%j matches: %j', (pattern, expected) => {
  expect(matches(eventPattern.parse(pattern), event)).toBe(expected)
})

test.each([{ source: [{ prefix: 'aws.' }] }, { source: 'aws.states' }, { source: [] }])('%j is refused', (pattern) => {
  expect(eventPattern.safeParse(pattern).success).toBe(false)
})

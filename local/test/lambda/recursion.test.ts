import { isLoop, traceOfCall } from '../../src/lambda/recursion.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:start'
const OTHER = ARN.replace('start', 'other')

test('the trace of a call counts the functions that were called in it, and keeps its root', () => {
  const first = traceOfCall(undefined, ARN, 1_800_000_000_000)
  expect(first).toMatch(/^Root=1-6b49d200-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/)
  const second = traceOfCall(traceOfCall(first, OTHER, 1_800_000_001_000), ARN, 1_800_000_002_000)
  expect(second).toMatch(/;Lineage=[0-9a-f]{8}:2\|[0-9a-f]{8}:1$/)
  expect(second.split(';')[0]).toBe(first.split(';')[0])
})

test('a function that was called sixteen times in one trace is in a loop, and another is not', () => {
  let trace: string | undefined
  for (let call = 0; call < 16; call++) {
    expect(isLoop(trace, ARN)).toBe(false)
    trace = traceOfCall(trace, ARN, Date.now())
  }
  expect(isLoop(trace, ARN)).toBe(true)
  expect(isLoop(trace, OTHER)).toBe(false)
  expect(isLoop('Root=1-x', ARN)).toBe(false)
})

import { readLogLine } from '../../client/log-line.ts'

test('a line of a function has a level, a message and its other fields, without those of every line', () => {
  const every = { timestamp: 't', service: 'carryout', sampling_rate: 0, xray_trace_id: 'x', cold_start: true }
  const line = {
    level: 'INFO',
    message: 'Done',
    ...every,
    function_name: 'f',
    function_arn: 'a',
    requestId: 'orders-1',
  }
  expect(readLogLine(JSON.stringify({ ...line, rows: 7 }))).toEqual({
    level: 'INFO',
    message: 'Done',
    fields: { requestId: 'orders-1', rows: 7 },
  })
})

test.each(['START RequestId: 1', '', 'null', '7', '"level"', '[]', '{"message":"of a library"}'])(
  'the line %j is not of a function',
  (line) => expect(readLogLine(line)).toBeUndefined(),
)

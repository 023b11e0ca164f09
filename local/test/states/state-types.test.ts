import { type Cloud, openCloud, task } from './cloud.ts'

let cloud: Cloud
beforeAll(async () => {
  cloud = await openCloud(async ({ arguments: args }) => ({ Payload: args }))
})
afterAll(() => cloud.close())

describe('Pass', () => {
  test('passes its input on', async () => {
    const { output } = await cloud.run({ A: { Type: 'Pass', End: true } }, { a: [1, null, 'x'] })
    expect(output).toEqual({ a: [1, null, 'x'] })
  })

  test('evaluates only strings that are an expression as a whole', async () => {
    const Output = {
      expression: '{% $states.input.a + 1 %}',
      literals: [' {% 1 %}', '{% 1', '$states.input', 0.1, null, true, {}],
      nested: { none: '{% null %}' },
    }
    const { output } = await cloud.run({ A: { Type: 'Pass', Output, End: true } }, { a: 1 })
    expect(output).toEqual({ ...Output, expression: 2, nested: { none: null } })
  })

  test('evaluates Assign and Output with the variables as they were before', async () => {
    const { output } = await cloud.run({
      A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: '{% [$x, $y] %}', Next: 'C' },
      C: { Type: 'Pass', Output: { before: '{% $states.input %}', after: '{% [$x, $y] %}' }, End: true },
    })
    expect(output).toEqual({ before: [1, 2], after: [2, 1] })
  })
})

describe('the context object', () => {
  test('describes the execution, the machine and the state', async () => {
    const { output, executionArn, stateMachineArn, name, startDate } = await cloud.run(
      { A: { Type: 'Pass', Output: '{% $states.context %}', End: true } },
      { a: 1 },
    )
    expect(output).toEqual({
      Execution: {
        Id: executionArn,
        Input: { a: 1 },
        Name: name,
        RoleArn: 'arn:aws:iam::000000000000:role/states',
        StartTime: startDate?.toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: stateMachineArn, Name: stateMachineArn?.split(':').at(-1) },
      State: { Name: 'A', EnteredTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) },
    })
  })
})

describe('Task', () => {
  test('calls with its evaluated arguments, and passes the result on', async () => {
    const { output } = await cloud.run({ A: task({ Arguments: { Payload: '{% $states.input.n * 2 %}' } }) }, { n: 21 })
    expect(output).toEqual({ Payload: { Payload: 42 } })
  })

  test('gets the state’s input if it has no arguments, and shapes the result with Output and Assign', async () => {
    const { output } = await cloud.run(
      {
        A: task({ Assign: { n: '{% $states.result.Payload.n %}' }, Output: '{% $states.input %}', Next: 'B' }),
        B: { Type: 'Pass', Output: '{% { "input": $states.input, "n": $n } %}', End: true },
      },
      { n: 7 },
    )
    expect(output).toEqual({ input: { n: 7 }, n: 7 })
  })
})

describe('Choice', () => {
  const choice = {
    Pick: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Big', Output: 'big', Assign: { size: 2 } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Big' },
      ],
      Default: 'Small',
      Output: 'small',
      Assign: { size: 1 },
    },
    Big: { Type: 'Pass', Output: '{% ["Big", $states.input, $exists($size) ? $size : 0] %}', End: true },
    Small: { Type: 'Pass', Output: '{% ["Small", $states.input, $size] %}', End: true },
  }

  test.each([
    [11, ['Big', 'big', 2]],
    [6, ['Big', { n: 6 }, 0]],
    [5, ['Small', 'small', 1]],
  ])('with %d follows its first true condition', async (n, expected) => {
    expect((await cloud.run(choice, { n })).output).toEqual(expected)
  })

  test('fails when nothing matches', async () => {
    const { Pick, ...rest } = choice
    const { error, cause } = await cloud.run(
      { Pick: { ...Pick, Default: undefined, Output: undefined }, Big: rest.Big },
      { n: 1 },
    )
    expect(error).toBe('States.NoChoiceMatched')
    expect(cause).toContain("the state 'Pick' (entered at the event id #2)")
  })
})

describe('Wait', () => {
  test('waits for seconds that an expression gives', async () => {
    const { startDate, stopDate, output } = await cloud.run(
      { A: { Type: 'Wait', Seconds: '{% $states.input.s %}', Output: 'done', End: true } },
      { s: 1 },
    )
    const millis = (stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)
    expect(output).toBe('done')
    expect(millis).toBeGreaterThanOrEqual(1000)
  })

  test('waits until a timestamp, or not at all when it has passed', async () => {
    const past = { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', Next: 'B' }
    const soon = { Type: 'Wait', Timestamp: '{% $fromMillis($millis() + 80) %}', End: true }
    const { startDate, stopDate, status } = await cloud.run({ A: past, B: soon })
    const millis = (stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)
    expect(status).toBe('SUCCEEDED')
    expect(millis).toBeGreaterThanOrEqual(75)
  })

  test.each([
    ['Seconds', '{% "1" %}', "Expected 'number', but was 'string'"],
    ['Seconds', '{% 1.5 %}', 'whole number'],
    ['Timestamp', '{% "yesterday" %}', 'ISO-8601 extended offset date-time'],
  ])('refuses %s of %s', async (field, value, message) => {
    const { error, cause } = await cloud.run({ A: { Type: 'Wait', [field]: value, End: true } })
    expect(error).toBe('States.QueryEvaluationError')
    expect(cause).toContain(message)
  })
})

describe('Succeed and Fail', () => {
  test('Succeed ends with its output', async () => {
    expect((await cloud.run({ A: { Type: 'Succeed', Output: 1 } })).output).toBe(1)
  })

  test('Fail ends with its error and cause', async () => {
    const ended = await cloud.run(
      { A: { Type: 'Fail', Error: 'Broken', Cause: '{% $states.input.why %}' } },
      { why: 'so' },
    )
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'so', redriveStatus: 'REDRIVABLE' })
  })
})

describe('Map', () => {
  const processor = (states: Record<string, object>, StartAt = Object.keys(states)[0]) => ({ StartAt, States: states })

  test('runs its processor over the items and keeps their order', async () => {
    const { output } = await cloud.run(
      {
        M: {
          Type: 'Map',
          Items: '{% $states.input.items %}',
          ItemSelector: { i: '{% $states.context.Map.Item.Index %}', v: '{% $states.context.Map.Item.Value %}' },
          MaxConcurrency: '{% $states.input.most %}',
          ItemProcessor: processor({
            W: { Type: 'Wait', Timestamp: '{% $fromMillis($millis() + 40 - 20 * $states.input.i) %}', Next: 'P' },
            P: {
              Type: 'Pass',
              Output: '{% [$states.input.i, $states.input.v, $states.context.Map.Item.Value] %}',
              End: true,
            },
          }),
          Output: '{% $append($states.result, $states.input.most) %}',
          End: true,
        },
      },
      { items: ['a', 'b', 'c'], most: 3 },
    )
    expect(output).toEqual([[0, 'a', 'a'], [1, 'b', 'b'], [2, 'c', 'c'], 3])
  })

  test('of no items gives an empty list', async () => {
    const M = { Type: 'Map', ItemProcessor: processor({ P: { Type: 'Pass', End: true } }), End: true }
    expect((await cloud.run({ M }, [])).output).toEqual([])
  })

  test('runs at most MaxConcurrency iterations at once', async () => {
    let now = 0
    let most = 0
    const counting = await openCloud(async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 5))
      now--
    })
    const M = { Type: 'Map', MaxConcurrency: 2, ItemProcessor: processor({ T: task() }), End: true }
    expect((await counting.run({ M }, [1, 2, 3, 4, 5, 6])).output).toEqual([null, null, null, null, null, null])
    expect(most).toBe(2)
    await counting.close()
  })

  test('refuses items that are not a list', async () => {
    const M = { Type: 'Map', ItemProcessor: processor({ P: { Type: 'Pass', End: true } }), End: true }
    const { error, cause } = await cloud.run({ M }, { a: 1 })
    expect(error).toBe('States.QueryEvaluationError')
    expect(cause).toContain('Map state input must be an array but was: {"a":1}')
  })

  test('nests, and inner scopes see outer variables and items but keep their own', async () => {
    const inner = {
      Type: 'Map',
      Items: '{% [$states.input, $states.input * 10] %}',
      ItemProcessor: processor({
        P: { Type: 'Pass', Assign: { mine: '{% $states.input %}' }, Next: 'Q' },
        Q: { Type: 'Pass', Output: '{% [$outer, $mine, $states.context.Map.Item.Index] %}', End: true },
      }),
      End: true,
    }
    const { output } = await cloud.run(
      {
        A: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'M' },
        M: { Type: 'Map', ItemProcessor: processor({ I: inner }), Next: 'B' },
        B: { Type: 'Pass', Output: '{% { "r": $states.input, "leaked": $exists($mine) } %}', End: true },
      },
      [1, 2],
    )
    const expected = [1, 2].map((n) => [
      ['o', n, 0],
      ['o', n * 10, 1],
    ])
    expect(output).toEqual({ r: expected, leaked: false })
  })
})

describe('Parallel', () => {
  test('gives every branch its arguments and collects their outputs', async () => {
    const { output } = await cloud.run(
      {
        P: {
          Type: 'Parallel',
          Arguments: '{% $states.input.n %}',
          Branches: [
            { StartAt: 'A', States: { A: { Type: 'Pass', Output: '{% $states.input + 1 %}', End: true } } },
            { StartAt: 'B', States: { B: task({ Output: '{% $states.result.Payload * 2 %}' }) } },
          ],
          Output: '{% $sum($states.result) %}',
          End: true,
        },
      },
      { n: 5 },
    )
    expect(output).toBe(16)
  })
})

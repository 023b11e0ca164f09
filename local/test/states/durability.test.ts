import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { jest } from '@jest/globals'
import { createStates, type States, TaskError } from '../../src/states/service.ts'
import { openStore } from '../../src/store.ts'
import { CALLS, DEFINITION, INPUT, OUTPUT, work } from './survivor-machine.ts'

const MACHINE = { name: 'survivor', definition: DEFINITION, roleArn: 'arn:aws:iam::000000000000:role/r' }

beforeAll(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0.01)
})
afterAll(() => {
  jest.restoreAllMocks()
})

/** One life of the service over a store; `until` says after which number of events it dies. */
async function live(store: DatabaseSync, until: number): Promise<{ calls: number; events: number }> {
  let calls = 0
  let events = 0
  let states: States | undefined
  let died: () => void = () => {}
  const end = new Promise<void>((resolve) => {
    died = resolve
  })
  const runTask = async ({ arguments: args }: { arguments: unknown }) => {
    calls++
    return work(args, (error) => new TaskError(error))
  }
  states = createStates({ store, region: 'eu-west-1', accountId: '000000000000', runTask })
  states.onEvent((_, { type }) => {
    // stop() writes nothing, so for the store it is a death between two transactions.
    if (++events === until || type === 'ExecutionSucceeded' || type === 'ExecutionFailed') died()
    if (events === until) void states?.stop()
  })
  await states.resume()
  await end
  await states.stop()
  return { calls, events }
}

async function givenExecution(store: DatabaseSync) {
  const states = createStates({ store, region: 'eu-west-1', accountId: '000000000000', runTask: async () => null })
  states.createStateMachine(MACHINE)
  await states.stop()
  const { createServer } = await import('node:http')
  const server = createServer((request, response) => void states.handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  // A stopped service still takes an execution in, and leaves it to the next one.
  const answer = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSStepFunctions.StartExecution', 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({
      stateMachineArn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:survivor',
      input: INPUT,
    }),
  })
  expect(answer.status).toBe(200)
  server.closeAllConnections()
  server.close()
}

function outcome(store: DatabaseSync) {
  const row = store.prepare('SELECT status, output, error, cause FROM states_executions').get() ?? {}
  return { ...row, status: row.status, output: JSON.parse(String(row.output)) }
}

/** In the order of their ids, without what differs from life to life: times. */
function history(store: DatabaseSync): { id: number; previous: number; type: string; details: string | null }[] {
  const sql = 'SELECT id, previous, type, details FROM states_events ORDER BY id'
  return store.prepare(sql).all() as ReturnType<typeof history>
}

function expectWhole(store: DatabaseSync) {
  expect(outcome(store)).toEqual({ status: 'SUCCEEDED', output: OUTPUT, error: null, cause: null })
  const events = history(store)
  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1))
  expect(events.every(({ id, previous }) => previous < id)).toBe(true)
  const count = (type: string) => events.filter((event) => event.type === type).length
  // Nothing is told twice, and nothing is missing.
  expect([count('TaskScheduled'), count('TaskSucceeded'), count('TaskFailed')]).toEqual([CALLS, CALLS - 4, 4])
  expect([count('MapIterationStarted'), count('MapIterationSucceeded'), count('WaitStateExited')]).toEqual([5, 3, 7])
  expect([count('MapIterationFailed'), count('MapIterationAborted'), count('MapStateFailed')]).toEqual([1, 1, 1])
  expect(store.prepare('SELECT count(*) AS n FROM states_frames').get()).toEqual({ n: 0 })
  return events.length
}

test('a process that dies after any event continues to the same result without repeating finished work', async () => {
  const whole = new DatabaseSync(':memory:')
  await givenExecution(whole)
  expect((await live(whole, 0)).calls).toBe(CALLS)
  const total = expectWhole(whole)

  const dieAt = async (n: number) => {
    const store = new DatabaseSync(':memory:')
    await givenExecution(store)
    const first = await live(store, n)
    const second = outcome(store).status === 'RUNNING' ? await live(store, 0) : { calls: 0 }
    expect(expectWhole(store)).toBe(total)
    // Only the two calls that were under way may be repeated.
    expect(first.calls + second.calls).toBeLessThanOrEqual(CALLS + 2)
    store.close()
  }
  const points = Array.from({ length: total - 1 }, (_, i) => i + 1)
  for (let i = 0; i < points.length; i += 12) await Promise.all(points.slice(i, i + 12).map(dieAt))
})

test('a process that dies after every single step still reaches the result', async () => {
  const store = new DatabaseSync(':memory:')
  await givenExecution(store)
  for (let lives = 0; lives < 500; lives++) {
    await live(store, 1)
    if (outcome(store).status !== 'RUNNING') break
  }
  expectWhole(store)
})

test('a process killed with SIGKILL at many points continues to the same result', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'states-'))
  const store = openStore(directory)
  await givenExecution(store)
  const kills = [1, 5, 9, 14].map((events) => [events, 0]).concat([1, 2, 3].map((tasks) => [0, tasks]))
  for (const [events, tasks] of kills) expect(await survivor(directory, events, tasks)).toBe('SIGKILL')
  expect(await survivor(directory)).toBe(0)
  expectWhole(store)
  const calls = readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n').length
  expect(calls).toBeLessThanOrEqual(CALLS + 2 * kills.length)
  store.close()
  rmSync(directory, { recursive: true })
})

/** @returns the exit code, or the signal that killed it. */
function survivor(directory: string, events = 0, tasks = 0): Promise<number | string | null> {
  const script = join(import.meta.dirname, 'survivor.ts')
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, directory, `${events}`, `${tasks}`],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)))
}

test('a loop of 2,000 iterations does not slow down or accumulate state', async () => {
  const store = new DatabaseSync(':memory:')
  const runTask = async ({ arguments: args }: { arguments: unknown }) => args
  const states = createStates({ store, region: 'eu-west-1', accountId: '000000000000', runTask })
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Done?',
    States: {
      'Done?': { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 2000 %}', Next: 'End' }], Default: 'Step' },
      Step: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: '{% $states.input + 1 %}',
        Next: 'Done?',
      },
      End: { Type: 'Succeed' },
    },
  })
  states.createStateMachine({ ...MACHINE, definition })
  let frames = 0
  /** When every thousandth event was written. */
  const marks: number[] = [performance.now()]
  const done = new Promise<void>((resolve) => {
    states.onEvent((_, { id, type }) => {
      if (type === 'ExecutionSucceeded') resolve()
      if (id % 1000 > 0) return
      marks.push(performance.now())
      const { n } = store.prepare('SELECT count(*) AS n FROM states_frames').get() as { n: number }
      frames = Math.max(frames, n)
    })
  })
  startLoop(store)
  await states.resume()
  await done
  expect(frames).toBe(1)
  expect(marks).toHaveLength(15)
  // If each step cost what came before it, the last two thousand would take thirteen times as long as the first.
  const [first, last] = [marks[2]! - marks[0]!, marks[14]! - marks[12]!]
  expect(last).toBeLessThan(5 * first)
  await states.stop()
})

/** Puts an execution of the only machine with the input 0 into the store, as StartExecution does. */
function startLoop(store: DatabaseSync) {
  store.exec(`
    INSERT INTO states_executions (arn, name, machineArn, status, input, definition, roleArn, startedAt)
      SELECT replace(arn, ':stateMachine:', ':execution:') || ':loop', 'loop', arn, 'RUNNING', '0', definition, roleArn, 0
      FROM states_machines;
    INSERT INTO states_events VALUES (1, 1, 0, 'ExecutionStarted', 0, NULL);
    INSERT INTO states_frames VALUES (1, '', 'RUNNING', 'Done?', '0', '{}', NULL, 0, 0, '{}', NULL, NULL);
  `)
}

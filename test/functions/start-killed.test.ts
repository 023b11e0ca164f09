/** `start` killed between each two of its calls, and its message delivered again. */
import { paginateListExecutions } from '@aws-sdk/client-sfn'
import { openStartQueue, type StartQueue } from '../support/queue.ts'

let queue: StartQueue
beforeAll(async () => {
  queue = await openStartQueue()
})
afterAll(() => queue?.close())

const FLAVOURS = [
  ['is not made', false],
  ['is made, and its answer lost', true],
] as const

test.each(FLAVOURS)(
  'each request becomes one execution wherever start dies: the call %s',
  async (_, isMade) => {
    for (let call = 1; ; call++) {
      const ids = ['a1', 'a2', 'b1', 'raw'].map((name) => `${name}-${isMade}-${call}`)
      const [a1, a2, b1, raw] = ids
      await request(a1!, 'a@example.com')
      await request(a2!, 'a@example.com')
      await request(b1!, 'b@example.com')
      await queue.sendRaw({ id: raw, export: 'orders', params: {}, requestedBy: 'c@example.com' })
      let killed = 0
      // Each message that is seen for the first time meets the kill, and then comes again.
      for (let delivery = 0; ; delivery++) {
        const kill = delivery % 2 === 0 ? { call, isMade } : undefined
        const ended = await queue.deliver(kill)
        if (!ended) break
        killed += Number(ended.wasKilled)
      }
      expect((await executions()).filter((name) => ids.includes(name)).sort()).toEqual(ids.toSorted())
      expect(queue.started.filter((id) => ids.includes(id)).sort()).toEqual(ids.toSorted())
      expect(queue.most()).toBe(1)
      // The turns: b came after two of a, and goes before the second.
      if (killed === 0) {
        expect(queue.started.filter((id) => ids.includes(id))).toEqual([a1, b1, a2, raw])
        return expect(call).toBeGreaterThan(8)
      }
    }
  },
  120_000,
)

async function request(id: string, requestedBy: string) {
  await queue.carryout.request({ id, export: 'orders', params: {}, requestedBy })
}

async function executions(): Promise<string[]> {
  const names: string[] = []
  const { client } = queue.cloud
  for await (const page of paginateListExecutions({ client }, { stateMachineArn: queue.parts.stateMachineArn })) {
    names.push(...(page.executions ?? []).map(({ name }) => name!))
  }
  return names
}

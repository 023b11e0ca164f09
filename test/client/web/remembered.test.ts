import { jest } from '@jest/globals'
import { Remembered } from '../../../client/web/remembered.ts'

afterEach(() => jest.restoreAllMocks())

test('a value is loaded once per period, however many ask for it', async () => {
  let now = 1_000
  jest.spyOn(Date, 'now').mockImplementation(() => now)
  let loads = 0
  const remembered = new Remembered(100, async () => ++loads)
  expect(await Promise.all([remembered.get(), remembered.get()])).toEqual([1, 1])
  now += 99
  expect(await remembered.get()).toBe(1)
  now += 1
  expect(await remembered.get()).toBe(2)
  expect(await remembered.get()).toBe(2)
})

test('a failure is passed on to all that wait for it, and not remembered', async () => {
  const loads: PromiseWithResolvers<string>[] = []
  const remembered = new Remembered(60_000, () => {
    loads.push(Promise.withResolvers())
    return loads.at(-1)!.promise
  })
  const first = Promise.allSettled([remembered.get(), remembered.get()])
  loads[0]!.reject(new Error('Throttled'))
  expect(await first).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
  const second = remembered.get()
  loads[1]!.resolve('value')
  expect([await second, await remembered.get(), loads.length]).toEqual(['value', 'value', 2])
})

test('a failure that comes late does not drop a newer value', async () => {
  let now = 0
  jest.spyOn(Date, 'now').mockImplementation(() => now)
  const late = Promise.withResolvers<string>()
  const values = [late.promise, Promise.resolve('new'), Promise.resolve('newest')]
  const remembered = new Remembered(100, () => values.shift()!)
  const first = remembered.get()
  now = 100
  expect(await remembered.get()).toBe('new')
  late.reject(new Error('Throttled'))
  await expect(first).rejects.toThrow('Throttled')
  expect(await remembered.get()).toBe('new')
})

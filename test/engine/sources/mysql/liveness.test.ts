/** The watch over a silent server, on a clock that the test moves. */
import { jest } from '@jest/globals'
import { LIVENESS_TIMES, Liveness, type Sign } from '../../../../engine/sources/mysql/liveness.ts'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

describe('a server that is silent', () => {
  it('is asked after fifteen seconds, and then every twenty as long as it works', async () => {
    const { liveness, looks } = given(() => 'works')
    liveness.begin()
    await pass(100)
    expect(looks.map((at) => Math.round(at / 1000))).toEqual([15, 35, 55, 75, 95])
    liveness.stop()
  })

  it.each<[Sign, string]>([
    ['silent', 'the server stopped responding, and does not answer a second connection either'],
    ['idle', 'the server stopped responding, and no longer works on the query'],
  ])('is given up after a second look two seconds later: %s', async (sign, reason) => {
    const { liveness, looks, reasons } = given(() => sign)
    liveness.begin()
    await pass(16)
    expect([looks.length, reasons]).toEqual([1, []])
    await pass(2)
    expect([looks.length, reasons]).toEqual([2, [reason]])
    await pass(100)
    expect([looks.length, reasons]).toEqual([2, [reason]])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('is not given up if it works again at the second look', async () => {
    const signs: Sign[] = ['idle', 'works', 'idle', 'works']
    const { liveness, looks, reasons } = given(() => signs.shift() ?? 'works')
    liveness.begin()
    await pass(60)
    expect(looks.length).toBeGreaterThan(3)
    expect(reasons).toEqual([])
    liveness.stop()
  })

  it('is asked one question at a time', async () => {
    const { liveness, looks } = given(() => new Promise<Sign>(() => {}))
    liveness.begin()
    await pass(60)
    expect(looks).toHaveLength(1)
    liveness.stop()
  })
})

describe('a wait', () => {
  it('begins anew with each answer', async () => {
    const { liveness, looks } = given(() => 'works')
    for (let answer = 0; answer < 10; answer++) {
      liveness.begin()
      await pass(10)
    }
    expect(looks).toEqual([])
    await pass(6)
    expect(looks).toHaveLength(1)
    liveness.begin()
    await pass(14)
    expect(looks).toHaveLength(1)
    await pass(2)
    expect(looks).toHaveLength(2)
    liveness.stop()
  })

  it('that begins after a bad sign has two looks of its own', async () => {
    const { liveness, looks, reasons } = given(() => 'idle')
    liveness.begin()
    await pass(16)
    liveness.begin()
    await pass(16)
    expect([looks.length, reasons]).toEqual([2, []])
    liveness.stop()
  })

  it('is not watched after its end, nor is a session that has been stopped', async () => {
    const { liveness, looks } = given(() => 'idle')
    liveness.begin()
    liveness.end()
    await pass(60)
    liveness.begin()
    liveness.stop()
    liveness.begin()
    await pass(60)
    expect(looks).toEqual([])
    expect(jest.getTimerCount()).toBe(0)
  })

  it('of a session that was stopped before its first one is not watched', async () => {
    const { liveness, looks } = given(() => 'idle')
    liveness.stop()
    liveness.begin()
    await pass(60)
    expect([looks.length, jest.getTimerCount()]).toEqual([0, 0])
  })

  it('that is stopped during its second look is not judged by it', async () => {
    let answer = (_: Sign) => {}
    const { liveness, looks, reasons } = given(() => new Promise<Sign>((resolve) => (answer = resolve)))
    liveness.begin()
    await pass(16)
    answer('idle')
    await pass(3)
    liveness.stop()
    answer('idle')
    await pass(1)
    expect([looks.length, reasons]).toEqual([2, []])
  })

  it('that ends during a look is not judged by it', async () => {
    let answer = (_: Sign) => {}
    const { liveness, looks, reasons } = given(() => new Promise<Sign>((resolve) => (answer = resolve)))
    liveness.begin()
    await pass(16)
    liveness.end()
    answer('idle')
    await pass(60)
    expect([looks.length, reasons]).toEqual([1, []])
    liveness.begin()
    await pass(16)
    expect(looks).toHaveLength(2)
    liveness.stop()
    answer('idle')
    await pass(60)
    expect([looks.length, reasons]).toEqual([2, []])
  })
})

function given(look: () => Sign | Promise<Sign>) {
  const begun = performance.now()
  const looks: number[] = []
  const reasons: string[] = []
  const watched = {
    look: async () => {
      looks.push(performance.now() - begun)
      return look()
    },
    giveUp: (reason: string) => void reasons.push(reason),
  }
  return { liveness: new Liveness(watched, LIVENESS_TIMES), looks, reasons }
}

async function pass(seconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(seconds * 1000)
}

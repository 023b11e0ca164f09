/** How bytes become packets, without a server. */
import { isEnd, Receiver } from '../../../../engine/sources/mysql/receiver.ts'
import { framed, givenSession, payloadsOf } from './packets.ts'

const EOF = Buffer.of(0xfe, 0, 0, 2, 0)
const ERROR = Buffer.of(0xff, 1, 4)
const row = (text: string) => Buffer.concat([Buffer.of(text.length), Buffer.from(text)])

describe('a receiver', () => {
  it('hands out the packets that are complete, wherever the bytes are divided', async () => {
    const payloads = [row('first'), Buffer.alloc(0), row('x'.repeat(200)), EOF]
    const stream = Buffer.concat(payloads.map(framed))
    const { session, send } = givenSession()
    const receiver = new Receiver(session)
    for (let at = 0; at <= stream.length; at++) {
      const found: Buffer[] = []
      const pieces = [stream.subarray(0, at), stream.subarray(at)].filter(({ length }) => length > 0)
      for (const [index, piece] of pieces.entries()) {
        send(piece)
        // The first packet has 10 bytes.
        if (index === pieces.length - 1 || at >= 10) found.push(...payloadsOf(await receiver.packets()))
      }
      expect(found).toEqual(payloads)
    }
  })

  it('hands out an empty packet at once', async () => {
    const { session, send } = givenSession()
    const receiver = new Receiver(session)
    send(framed(Buffer.alloc(0)))
    expect(payloadsOf(await receiver.packets())).toEqual([Buffer.alloc(0)])
  })

  it('waits for the first complete packet, and watches whether the server lives meanwhile', async () => {
    const { session, send, waits, socket } = givenSession()
    const receiver = new Receiver(session)
    expect(socket.isPaused()).toBe(false)
    const waiting = receiver.packets()
    expect(waits).toEqual({ begun: 1, ended: 0 })
    send(framed(row('a')).subarray(0, 3))
    await settled()
    expect(waits).toEqual({ begun: 2, ended: 1 })
    send(framed(row('a')).subarray(3))
    expect(payloadsOf(await waiting)).toEqual([row('a')])
    expect(waits).toEqual({ begun: 2, ended: 2 })
    send(framed(row('b')))
    await receiver.packets()
    expect(waits.begun).toBe(2)
  })

  it('leaves the packets that it has handed out alone until the next ones are asked for', async () => {
    const { session, send } = givenSession()
    const receiver = new Receiver(session)
    send(framed(row('first')))
    const batch = await receiver.packets()
    send(framed(row('other')))
    expect(payloadsOf(batch)).toEqual([row('first')])
    expect(payloadsOf(await receiver.packets())).toEqual([row('other')])
  })

  it('says which packet is the first that ends a result', async () => {
    const lastOf = async (...payloads: Buffer[]) => {
      const { session, send } = givenSession()
      const receiver = new Receiver(session)
      send(Buffer.concat(payloads.map(framed)))
      return (await receiver.packets()).last
    }
    expect(await lastOf(row('a'), row('b'))).toBe(-1)
    expect(await lastOf(row('a'), EOF)).toBe(1)
    expect(await lastOf(EOF, row('a'), EOF)).toBe(0)
    expect(await lastOf(row('a'), ERROR, EOF)).toBe(1)
    // The next packet’s length looks like an error.
    expect(await lastOf(Buffer.alloc(0), Buffer.alloc(255))).toBe(-1)
    // A row whose first value has 16 MiB.
    expect(await lastOf(Buffer.concat([Buffer.of(0xfe), Buffer.alloc(8)]), row('b'))).toBe(-1)
  })

  it('holds any number of packets', async () => {
    const payloads = Array.from({ length: 10_000 }, (_, index) => row(String(index)))
    const { session, send } = givenSession()
    const receiver = new Receiver(session)
    send(Buffer.concat(payloads.map(framed)))
    const found = payloadsOf(await receiver.packets())
    expect(found.length).toBe(payloads.length)
    expect(Buffer.concat(found).equals(Buffer.concat(payloads))).toBe(true)
  })

  it('holds a packet that is larger than its buffers, and what is left over behind a small one', async () => {
    const payloads = [row('small'), Buffer.alloc(900_000, 'large '), Buffer.alloc(3_000_000, 'larger '), row('small')]
    const stream = Buffer.concat(payloads.map(framed))
    for (const size of [65_536, 1_000_000, 2_000_000, stream.length]) {
      const { session, send } = givenSession()
      const receiver = new Receiver(session)
      const found: Buffer[] = []
      for (let at = 0; at < stream.length; at += size) {
        send(stream.subarray(at, at + size))
        if (at === 0) found.push(...payloadsOf(await receiver.packets()))
      }
      if (size < stream.length) found.push(...payloadsOf(await receiver.packets()))
      expect(Buffer.concat(found).equals(Buffer.concat(payloads))).toBe(true)
    }
  })

  it('joins a value of 16 MiB or more from its packets, however they arrive', async () => {
    const full = 0xff_ffff
    for (const [length, cuts] of [
      [full, [full + 4, full + 6]],
      [full + 5, [100, full + 8, full + 10]],
      [2 * full + 7, [full + 2, 2 * full + 8, 2 * full + 11]],
    ] as const) {
      const large = Buffer.alloc(length, 'many bytes, ')
      const stream = Buffer.concat([framed(large), framed(row('after')), framed(EOF)])
      const { session, send } = givenSession()
      const receiver = new Receiver(session)
      const waiting = receiver.packets()
      let at = 0
      for (const cut of [...cuts, framed(large).length]) {
        send(stream.subarray(at, cut))
        await settled()
        at = cut
      }
      const [first, ...none] = payloadsOf(await waiting)
      expect([first!.equals(large), none]).toEqual([true, []])
      send(stream.subarray(at))
      expect(payloadsOf(await receiver.packets())).toEqual([row('after'), EOF])
      send(stream)
      const batch = await receiver.packets()
      const [again, ...others] = payloadsOf(batch)
      expect([again!.equals(large), others, batch.last]).toEqual([true, [row('after'), EOF], 2])
    }
  })

  it('pauses the socket when much has arrived, until the packets are taken', async () => {
    const { session, send, socket } = givenSession()
    const receiver = new Receiver(session)
    send(framed(Buffer.alloc(100_000)))
    expect(socket.isPaused()).toBe(false)
    send(framed(Buffer.alloc(1_000_000)))
    expect(socket.isPaused()).toBe(true)
    await receiver.packets()
    expect(socket.isPaused()).toBe(false)
  })

  it('reports the end of the connection once its last packets are taken', async () => {
    const { session, send, socket } = givenSession()
    const receiver = new Receiver(session)
    send(framed(row('a')))
    socket.emit('error', new Error('reset'))
    socket.emit('close', true)
    expect(payloadsOf(await receiver.packets())).toEqual([row('a')])
    await expect(receiver.packets()).rejects.toThrow('reset')
    await expect(receiver.packets()).rejects.toThrow('reset')
  })

  it('reports a connection that ends without an error while it waits', async () => {
    const { session, socket, waits } = givenSession()
    const waiting = new Receiver(session).packets()
    socket.emit('close', false)
    await expect(waiting).rejects.toThrow('the connection was closed before the last row')
    expect(waits).toEqual({ begun: 1, ended: 1 })
  })
})

test.each<[string, number[], boolean]>([
  ['an EOF', [0xfe, 0, 0, 2, 0], true],
  ['an old EOF', [0xfe], true],
  ['the longest EOF', [0xfe, 1, 2, 3, 4, 5, 6, 7], true],
  ['a row that begins with 16 MiB', [0xfe, 1, 2, 3, 4, 5, 6, 7, 8], false],
  ['an error', [0xff, 1, 4], true],
  ['a long error', [0xff, 1, 4, ...Buffer.from('#42S02 no such table')], true],
  ['a row', [1, 0xfe], false],
  ['NULL', [0xfb], false],
  ['a row that begins with 64 KiB', [0xfd, 0, 0, 1], false],
])('whether %s ends a result', (_, bytes, expected) => {
  const around = Buffer.from([0, 0, ...bytes, 0xff])
  expect(isEnd(around, 2, 2 + bytes.length)).toBe(expected)
  expect(isEnd(around, around.length - 1, around.length - 1)).toBe(false)
})

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await undefined
}

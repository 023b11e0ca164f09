import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { DatabaseUnusable } from '../../src/database/errors.ts'
import { HOST, portAgain } from '../../src/database/port.ts'

test('a port that stays in use ends the attempt with advice', async () => {
  const other = createServer().listen(0, HOST)
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  let told = 0
  const options = { patienceSeconds: 0.3, onTaken: () => told++, signal: new AbortController().signal }
  const outcome = await portAgain(port, options).catch((error: unknown) => error)
  other.close()
  expect(outcome).toBeInstanceOf(DatabaseUnusable)
  expect(String(outcome)).toContain(
    `port ${port} of ${HOST} has been in use by another program for 0.3 s. Start the local cloud again.`,
  )
  expect(told).toBe(1)
})

/** Guessed ids: the real handler with the client and a real table, without the network between them. */
import { createCarryout, newId } from '../../../client/carryout.ts'
import { createDownloads } from '../../../client/web/downloads.ts'
import { entryUpdate } from '../../../statemachine/table-update.ts'
import { openTables } from '../../support/table.ts'

/** `CARRYOUT_TEST_IDS=100000` takes some two minutes of a processor. */
const IDS = Number(process.env.CARRYOUT_TEST_IDS ?? 2_000)
const OTHERS = 500
const DIGITS = '0123456789abcdef'

test(`${IDS.toLocaleString('en')} ids, random ones and somebody else’s with their neighbours, are the same 404`, async () => {
  const tables = await openTables()
  try {
    const { table } = await tables.make('downloads')
    const parts = { queueUrl: '', stateMachineArn: '', bucket: '', tableName: 'downloads' }
    const carryout = createCarryout(parts, tables.options)
    let user = 'taro@example.com'
    const handler = createDownloads({ carryout, identify: () => ({ user }) })
    const ids = Array.from({ length: OTHERS }, () => newId())
    const at = new Date().toISOString()
    const entry = { state: 'cancelled', at, requestedAt: at, redriveCount: 0, export: 'orders' } as const
    const requested = { requestedBy: 'hanako@example.com', requester: 'hanako@example.com' }
    for (const id of ids) await table.update(entryUpdate({ ...entry, ...requested, id }))
    const ask = async (id: string) => {
      const response = await handler(new Request(`https://shop.example.com/downloads/${id}`))
      return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`
    }
    const answers = new Set<string>()
    for (let number = 0; number < IDS; number++) {
      const other = ids[number % OTHERS]!
      // Its own id, then each last character and the one before, then random ones.
      const round = Math.floor(number / OTHERS)
      const last = DIGITS[round % 16]! + DIGITS[Math.floor(round / 16) % 16]!
      answers.add(await ask(round === 0 ? other : round % 2 === 1 ? other.slice(0, -2) + last : newId()))
    }
    expect([...answers]).toEqual([expect.stringMatching(/^404 .*"Download not found\."/)])
    user = 'hanako@example.com'
    for (const id of ids) expect(await ask(id)).toMatch(/^200 /)
  } finally {
    await tables.close()
  }
}, 1_800_000)

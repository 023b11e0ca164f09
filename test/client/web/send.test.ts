/** What a request for a download leads to: a new one, the same one, the same file, or a refusal. */
import { NoFile, NoSuchExecution } from '../../../client/errors.ts'
import type { Requested } from '../../../client/web/contract.ts'
import { likenessOf } from '../../../statemachine/likeness.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'
import { givenDownloads, givenEntry, givenProgress, READY, refusalOf, type Script, USER } from './scripted.ts'

const WISH = { export: 'orders', params: { from: '2026-01-01' }, format: 'csv' }
const LIKENESS = likenessOf({ ...WISH, requestedBy: USER, language: 'en' })
const OLD = '0123456789abcdef'
const NEW = 'fedcba9876543210'

/** Hanako's downloads, as the table's index has them. */
function givenStanding(
  standing: Partial<Record<'same' | 'finished', DownloadEntry>> & { pending?: number },
  script: Script = {},
) {
  const ids = new Set([standing.same, standing.finished].flatMap((entry) => entry?.id ?? []))
  const { table, ...rest } = script
  return givenDownloads({
    ...rest,
    table: { standing: () => ({ pending: 0, same: undefined, finished: undefined, ids, ...standing }), ...table },
  })
}

async function answerOf(answer: Promise<Response>): Promise<Requested> {
  const response = await answer
  expect(response.status).toBe(202)
  return (await response.json()) as Requested
}

const MESSAGES = {
  belongs: 'The id belongs to another request; send this one with a new id',
  tooMany: 'You already have 10 downloads in progress. Please wait until one is ready, or cancel one.',
}

test('a request goes to the queue as its user’s, in the language of the session, and is shown as waiting', async () => {
  const identity = { user: USER, language: 'ja', timeZone: 'Asia/Tokyo' } as const
  const { post, askedFor } = givenDownloads({ identify: () => identity })
  const { outcome, download } = await answerOf(post('', WISH))
  expect([outcome, download]).toMatchObject(['requested', { export: 'orders', status: 'waiting', params: WISH.params }])
  const request = { ...WISH, id: download.id, requestedBy: USER, language: 'ja', timeZone: 'Asia/Tokyo' }
  expect(askedFor('request')).toEqual([[request]])
  expect(askedFor('examine')).toEqual([[request]])
  expect(askedFor('standing')).toEqual([[USER, likenessOf(request)]])
})

test('a request that the table has already is shown as the table has it', async () => {
  const table = { entry: (id: string) => givenEntry({ id, title: 'Orders' }) }
  const { outcome, download } = await answerOf(givenDownloads({ table }).post('', WISH))
  expect([outcome, download.title]).toEqual(['requested', 'Orders'])
})

test('nothing is read or sent for a user who may not request it', async () => {
  const { post, askedFor } = givenDownloads({ allow: () => false })
  expect(await refusalOf(post('', WISH))).toEqual([
    ...[403, 'NotAllowed', 'You are not allowed to request this download.'],
  ])
  expect([...askedFor('requireTable'), ...askedFor('request')]).toEqual([])
})

describe('an id that a page sends again', () => {
  const identified = { ...WISH, id: 'button-1' }

  /** The table has the download that the page's id belongs to. */
  async function givenKnown(change: Partial<DownloadEntry>) {
    const entries: DownloadEntry[] = []
    const given = givenDownloads({ entries })
    const { download } = await answerOf(given.post('', identified))
    entries.push(givenEntry({ id: download.id, likeness: LIKENESS, ...change }))
    return { ...given, id: download.id }
  }

  test.each<[DownloadEntry['state'], string]>([
    ['waiting', 'joined'],
    ['running', 'joined'],
    ['failed', 'joined'],
    ['ready', 'finished'],
  ])('is the same download while that is %s, which is %s', async (state, outcome) => {
    const { post, id, askedFor } = await givenKnown({ ...READY, state })
    expect(await answerOf(post('', identified))).toMatchObject({ outcome, download: { id } })
    expect(askedFor('request')).toHaveLength(1)
  })

  test('is refused for another request', async () => {
    const { post, askedFor } = await givenKnown({})
    expect(await refusalOf(post('', { ...identified, format: 'xlsx' }))).toEqual([
      ...[422, 'InvalidRequest', MESSAGES.belongs],
    ])
    expect(askedFor('request')).toHaveLength(1)
  })

  test('is new while the table has only an action of it', async () => {
    const { post, id, askedFor } = await givenKnown({ state: undefined as never })
    expect(await answerOf(post('', identified))).toMatchObject({ outcome: 'requested', download: { id } })
    expect(askedFor('request')).toHaveLength(2)
  })

  test('is not looked for if the page sends none', async () => {
    const entry = () => givenEntry({ likeness: 'other' })
    expect(await answerOf(givenDownloads({ table: { entry } }).post('', WISH))).toMatchObject({ outcome: 'requested' })
  })
})

describe('the limit of pending downloads', () => {
  test.each([
    [undefined, 9, 202],
    [undefined, 10, 429],
    [3, 2, 202],
    [3, 3, 429],
  ])('of %s with %d pending answers %d', async (pendingLimit, pending, status) => {
    const options = pendingLimit === undefined ? {} : { pendingLimit }
    const { post, askedFor } = givenStanding({ pending }, options)
    expect((await post('', WISH)).status).toBe(status)
    // A user with too many is refused before the catalogue is asked.
    expect(askedFor('examine')).toHaveLength(status === 202 ? 1 : 0)
    expect(askedFor('request')).toHaveLength(status === 202 ? 1 : 0)
  })

  test('is told with when to try again', async () => {
    const response = await givenStanding({ pending: 10 }).post('', WISH)
    expect(response.headers.get('retry-after')).toBe('30')
    expect(await refusalOf(Promise.resolve(response))).toEqual([429, 'TooManyPending', MESSAGES.tooMany])
  })

  test('does not keep the same download from being joined, nor its file from being offered', async () => {
    const same = givenEntry({ id: 'same' })
    expect(await answerOf(givenStanding({ pending: 10, same }).post('', WISH))).toMatchObject({ outcome: 'joined' })
    const finished = givenEntry({ ...READY, id: 'finished' })
    const { post, askedFor } = givenStanding({ pending: 10, finished })
    expect(await answerOf(post('', WISH))).toMatchObject({ outcome: 'finished' })
    expect((await post('', { ...WISH, fresh: true })).status).toBe(429)
    expect(askedFor('request')).toEqual([])
  })

  test('counts what was requested here and is not in the table’s index yet, once', async () => {
    const entries: DownloadEntry[] = []
    const ids = new Set<string>()
    const standing = () => ({ pending: ids.size, ids, same: undefined, finished: undefined })
    const { post } = givenDownloads({ entries, table: { standing }, pendingLimit: 2 })
    const params = ['a', 'b', 'c'].map((from) => ({ ...WISH, params: { from } }))
    for (const each of params.slice(0, 2)) {
      const { download } = await answerOf(post('', each))
      entries.push(givenEntry({ id: download.id }))
    }
    expect((await post('', params[2])).status).toBe(429)
    entries[1] = { ...entries[1]!, state: 'running' }
    expect((await post('', params[2])).status).toBe(429)
    // The index has both now.
    for (const { id } of entries) ids.add(id)
    expect((await refusalOf(post('', params[2])))[2]).toMatch('have 2 downloads')
    ids.clear()
    entries[0] = { ...entries[0]!, state: 'cancelled' }
    expect((await post('', params[2])).status).toBe(202)
  })
})

test('a click that is repeated before the index has the first one joins it, but only the same request', async () => {
  const entries: DownloadEntry[] = []
  const { post } = givenDownloads({ entries })
  const first = await answerOf(post('', WISH))
  entries.push(givenEntry({ id: first.download.id, likeness: LIKENESS }))
  expect(await answerOf(post('', WISH))).toMatchObject({ outcome: 'joined', download: { id: first.download.id } })
  expect(await answerOf(post('', { ...WISH, format: 'xlsx' }))).toMatchObject({ outcome: 'requested' })
})

test('two clicks at the same moment are one download', async () => {
  const entries: DownloadEntry[] = []
  const request = ({ id }: { id: string }) => void entries.push(givenEntry({ id, likeness: LIKENESS }))
  const { post } = givenDownloads({ entries, client: { request } })
  const both = await Promise.all([answerOf(post('', WISH)), answerOf(post('', WISH))])
  expect(both.map(({ outcome }) => outcome)).toEqual(['requested', 'joined'])
  expect(entries).toHaveLength(1)
})

test('what the catalogue refuses is refused with its sentence, and not sent', async () => {
  const examine = () => ({ problem: 'There is no export “orderz”.', catalogue: null })
  const { post, askedFor } = givenDownloads({ client: { examine } })
  expect(await refusalOf(post('', WISH))).toEqual([422, 'InvalidRequest', 'There is no export “orderz”.'])
  expect(askedFor('request')).toEqual([])
})

describe('the same download that is pending', () => {
  test('is joined even if a fresh one is wanted', async () => {
    const { post, askedFor } = givenStanding({ pending: 1, same: givenEntry({ id: 'same' }) })
    const joined = { outcome: 'joined', download: { id: 'same', status: 'waiting' } }
    expect(await answerOf(post('', { ...WISH, fresh: true }))).toMatchObject(joined)
    expect(askedFor('request')).toEqual([])
  })

  test.each([
    ['waits, and will run with whatever is deployed then', 'waiting', OLD, NEW, 'joined'],
    ['runs with the deployed code', 'running', NEW, NEW, 'joined'],
    ['runs with older code', 'running', OLD, NEW, 'requested'],
    ['runs with code that is not known yet', 'running', null, NEW, 'joined'],
    ['runs while the deployed code is not known', 'running', OLD, null, 'joined'],
  ] as const)('%s', async (_what, state, catalogue, deployed, outcome) => {
    const same = givenEntry({ id: 'same', state })
    const client = {
      examine: () => ({ problem: null, catalogue: deployed }),
      refresh: () => givenProgress({ catalogue }),
    }
    const { post } = givenStanding({ pending: 1, same }, { client, entries: [same] })
    expect(await answerOf(post('', WISH))).toMatchObject({ outcome })
  })

  test('runs, but its execution cannot be found: it is joined', async () => {
    const same = givenEntry({ id: 'same', state: 'running' })
    const client = { examine: () => ({ problem: null, catalogue: NEW }) }
    const { post } = givenStanding({ pending: 1, same }, { client })
    expect(await answerOf(post('', WISH))).toMatchObject({ outcome: 'joined', download: { id: 'same' } })
  })
})

describe('the same file', () => {
  const finished = givenEntry({ ...READY, id: 'finished', catalogue: OLD })
  const deploying = (catalogue: string | null) => ({ examine: () => ({ problem: null, catalogue }) })

  test.each([
    ['by the deployed code is offered', OLD, 'finished'],
    ['by other code is not offered', NEW, 'requested'],
    ['is offered while the deployed code is not known', null, 'finished'],
  ])('%s', async (_what, deployed, outcome) => {
    const { post, askedFor } = givenStanding({ finished }, { client: deploying(deployed) })
    expect(await answerOf(post('', WISH))).toMatchObject({ outcome })
    expect(askedFor('link')).toEqual(outcome === 'finished' ? [['finished', { isThere: true, requestedBy: USER }]] : [])
  })

  test('is not offered to somebody who wants a fresh one', async () => {
    const { post, askedFor } = givenStanding({ finished })
    expect(await answerOf(post('', { ...WISH, fresh: true }))).toMatchObject({ outcome: 'requested' })
    expect(askedFor('link')).toEqual([])
  })

  test.each([
    ['file', new NoFile('It has been deleted.')],
    ['execution', new NoSuchExecution('finished')],
  ])('whose %s is gone is made again', async (_what, gone) => {
    const link = () => {
      throw gone
    }
    const { post, askedFor } = givenStanding({ finished }, { client: { link } })
    expect(await answerOf(post('', WISH))).toMatchObject({ outcome: 'requested' })
    expect(askedFor('request')).toHaveLength(1)
  })

  test('that cannot be looked for is an error, and nothing is sent', async () => {
    const link = () => {
      throw Object.assign(new Error('Rate exceeded'), { $metadata: {} })
    }
    const { post, askedFor } = givenStanding({ finished }, { client: { link } })
    expect((await post('', WISH)).status).toBe(503)
    expect(askedFor('request')).toEqual([])
  })
})

/** The web app's part in every host but Express, against one local cloud. */
import type { DownloadView } from '../../../client/web/contract.ts'
import { startFifteenLines } from '../../support/fifteen-lines.ts'
import { deniedToWebApp, givenPage } from './mounted.ts'
import { MOUNTS, type Mount } from './mounts.ts'
import { Page } from './page.ts'

const OTHERS = ['Fastify', 'Hono', 'Next', 'Lambda']

describe.each(OTHERS)('in %s', (name) => {
  let mount: Mount
  beforeAll(async () => {
    mount = await MOUNTS[name]!()
  })
  afterAll(() => mount?.close())

  test('the same routes answer', async () => {
    expect((await new Page(mount.base, null).get()).status).toBe(401)
    const page = givenPage(mount.base)
    expect((await page.post('', '{"export":"orders"}', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    const { download } = await page.request()
    // Lambda answers as a whole: its pages poll.
    if (name === 'Lambda') await page.until(download.id, ({ status }) => status === 'ready')
    else expect((await page.events(download.id)).at(-1)).toMatchObject({ status: 'ready' })
    const link = (await page.get(`/${download.id}/file`)).headers.get('location')!
    expect((await fetch(link)).status).toBe(200)
    const list = (await (await page.get()).json()) as { downloads: DownloadView[] }
    expect(list.downloads.map(({ id, status }) => [id, status])).toEqual([[download.id, 'ready']])
  })
})

test('the fifteen lines of docs/web-app.md run unchanged', async () => {
  const session = `export const userOf = (cookie: string | null) =>
    cookie === 'session=known' ? { user: 'fifteen@example.com' } : null`
  const app = await startFifteenLines(session)
  try {
    const html = await (await fetch(`${app.url}/orders`)).text()
    expect(html).toContain('<script type="module" src="/carryout.js"></script><carryout-download export="orders"')
    expect(await (await fetch(`${app.url}/carryout.js`)).text()).toContain('CarryoutDownload')
    expect((await new Page(`${app.url}/downloads`, null).get()).status).toBe(401)
    const page = new Page(`${app.url}/downloads`, 'known')
    const { download } = await page.request()
    expect((await page.events(download.id)).at(-1)).toMatchObject({ status: 'ready' })
    expect((await page.get(`/${download.id}/file`)).status).toBe(303)
  } finally {
    await app.close()
  }
})

test('the role of grantRequest, grantFollow and grantCancel sufficed', () => {
  expect(deniedToWebApp()).toEqual([])
})

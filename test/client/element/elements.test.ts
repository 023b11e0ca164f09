/** The button and the list in a real browser: what people see, what screen readers say, and what the page hears. */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import type {} from '../../../client/element/button.ts'
import type {} from '../../../client/element/index.ts'
import { openBrowser } from '../../support/browser.ts'
import { elementModules } from '../../support/element-modules.ts'
import { ElementPage } from './element-page.ts'
import { view, WebPart } from './web-part.ts'

const BUTTON = '<carryout-download id="it" export="orders"></carryout-download>'
const LIST = '<carryout-downloads></carryout-downloads>'

let modules: Record<string, string>
let browser: Browser
beforeAll(async () => {
  modules = elementModules()
  browser = await openBrowser()
})
afterAll(() => browser?.close())

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

interface Given extends BrowserContextOptions {
  lang?: string
  scripts?: string[]
  style?: string
  /** Changes the web part before the page is opened. */
  web?: Partial<WebPart>
  isHeld?: boolean
  modules?: Record<string, string | undefined>
}

async function given(
  main: string,
  { lang = 'en', scripts = ['index'], style = '', web: change, isHeld, modules: own = modules, ...options }: Given = {},
) {
  const tags = scripts.map((name) => `<script type="module" src="/${name}.js"></script>`).join('')
  const html = `<!doctype html><html${lang && ` lang="${lang}"`}><style>${style}</style><main>${main}</main>${tags}</html>`
  const web = Object.assign(new WebPart(html, own), change)
  const url = await web.listen()
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Tokyo', ...options })
  opened.push(context, web)
  const release = isHeld ? web.hold() : undefined
  const page = await ElementPage.open(context, url)
  if (!release) await page.settle()
  const letGo = async () => {
    release?.()
    await page.settle()
  }
  return { web, page, context, url, release: letGo }
}

const failed = (retryable: boolean) =>
  view('failed', { error: { name: 'QueryFailed', message: 'It failed.', retryable } })

describe('the button', () => {
  test('shows what to expect, then every step up to the file, says each once, and keeps the focus on what can be done', async () => {
    const { web, page, release } = await given(BUTTON, { isHeld: true })
    expect(await page.shown()).toBe('button "Download"')
    await release()
    expect(await page.shown()).toBe('button "Download"\ntext: About 2 min, 5 MB · 2 waiting now')
    expect([await page.focused(), await page.announced()]).toEqual(['body', []])
    const goOn = web.hold()
    await page.click('Download')
    expect(await page.shown()).toBe('button "Requesting…" [disabled]')
    expect([await page.focused(), await page.announced()]).toEqual(['button', ['Requesting…']])
    goOn()
    await page.settle()
    expect(await page.shown()).toBe(`text: Waiting 2 ahead of you\n'button "Cancel: Orders"': Cancel`)
    expect([await page.focused(), await page.announced()]).toEqual(['cancel', ['Orders: Waiting. 2 ahead of you']])
    await page.selectText('text')
    web.change(view('waiting', { position: 2, paused: false, expectedRows: 300 }))
    await page.look()
    expect(await page.selectedText()).toBe('2 ahead of you')
    web.change(view('running', { title: null, expectedRows: 300 }))
    await page.pass(3)
    expect(await page.shown()).toBe(`text: Preparing\nprogressbar "orders"\n'button "Cancel: orders"': Cancel`)
    expect(await page.progress()).toEqual([[null, null]])
    for (const [rows, expectedRows, shown] of [
      [120, 300, ['120', '300']],
      [310, 300, ['310', '310']],
      [310, null, [null, '310']],
    ] as const) {
      web.change(view('running', { title: null, rows, expectedRows }))
      await page.look()
      expect(await page.progress()).toEqual([shown])
    }
    expect(await page.shown()).toContain('text: 310 rows')
    expect([await page.focused(), await page.announced()]).toEqual(['cancel', ['orders: Preparing. ']])
    web.change(view('ready'))
    await page.look()
    expect(await page.shown()).toBe(
      `link "orders.csv":\n/url: /downloads/orders-1/file\ntext: 2 kB\n'button "Make a new file: Orders"': Make a new file`,
    )
    expect([await page.focused(), await page.announced()]).toEqual(['link', ['Orders: Ready. 2 kB']])
    expect(await page.events()).toEqual(['it idle', 'it requesting', 'it waiting', 'it running', 'it ready'])
    expect(page.errors).toEqual([])
  })

  test('says what became of a download, and offers what helps', async () => {
    const { web, page } = await given(BUTTON, { web: { downloads: [view('running', { rows: 7 })], outcome: 'joined' } })
    await page.click('Download')
    await page.settle()
    expect(await page.shown()).toContain('text: Already requested · 7 rows')
    const again = `'button "Try again: Orders"': Try again`
    for (const [download, shown] of [
      [
        view('ready', { file: null }),
        `link "Download":\n/url: /downloads/orders-1/file\n'button "Make a new file: Orders"': Make a new file`,
      ],
      [failed(true), `text: Failed It failed.\n${again}`],
      [failed(false), 'button "Download"\ntext: Failed It failed.'],
      [view('cancelled'), `text: Cancelled\n${again}`],
      [view('expired'), `text: Expired The file is no longer available.\n${again}`],
    ] as const) {
      web.change(download)
      await page.look()
      expect(await page.shown()).toBe(shown)
      expect(await page.page.locator('#it').getAttribute('data-phase')).toBe(download.status)
    }
    expect(page.errors).toEqual([])
  })

  test('makes a new file, cancels it and tries again', async () => {
    const { web, page } = await given(BUTTON, { web: { downloads: [view('ready')], outcome: 'finished' } })
    await page.click('Download')
    await page.settle()
    expect(await page.shown()).toContain('text: You already have this file · 2 kB')
    web.outcome = 'requested'
    web.takeCalls()
    for (const name of ['Make a new file: Orders', 'Cancel: Orders', 'Try again: Orders']) {
      await page.click(name)
      await page.settle()
    }
    expect(await page.shown()).toContain('Waiting')
    expect(web.takeCalls().filter((call) => call.startsWith('POST'))).toEqual([
      expect.stringMatching(/^POST \/downloads {"export":"orders",.*"fresh":true}$/),
      'POST /downloads/orders-2/cancel',
      'POST /downloads/orders-2/again',
    ])
  })

  test('shows and says what the server refuses, and that it is unreachable, and goes on by itself', async () => {
    const { web, page } = await given(BUTTON)
    web.trouble = { status: 422, message: 'Narrow the request.' }
    await page.click('Download')
    await page.settle()
    expect(await page.shown()).toBe('button "Download"\ntext: About 2 min, 5 MB · 2 waiting now Narrow the request.')
    expect(await page.announced()).toEqual(['Requesting…', 'Narrow the request.'])
    web.trouble = 'unreachable'
    await page.pass(1)
    await page.click('Download')
    await page.settle()
    expect(await page.shown()).toBe('button "Requesting…" [disabled]\ntext: Offline. Trying again…')
    expect((await page.announced()).slice(0, 2)).toEqual(['Requesting…', 'Offline. Trying again…'])
    web.trouble = undefined
    await page.pass(1)
    expect(await page.shown()).toBe(`text: Waiting 2 ahead of you\n'button "Cancel: Orders"': Cancel`)
    web.trouble = { status: 404, message: 'Download not found.' }
    await page.look()
    expect(await page.shown()).toBe('button "Download"\ntext: About 2 min, 5 MB · 2 waiting now')
  })

  test('saves the file; if that is refused, the page stays as it is', async () => {
    const { web, page, url } = await given(BUTTON, { web: { downloads: [view('ready')], outcome: 'finished' } })
    await page.click('Download')
    const download = page.page.waitForEvent('download')
    await page.page.getByRole('link', { name: 'orders.csv' }).click()
    expect(await (await download).failure()).not.toBeNull()
    expect(web.takeCalls().at(-1)).toBe('GET /downloads/orders-1/file')
    expect(page.page.url()).toBe(url)
  })
})

describe('the attributes of the button', () => {
  const ATTRIBUTES = 'format="csv" compression="gzip" encoding=""'

  test('are what it requests, whether they are set before or after the element is defined', async () => {
    const { web, page } = await given(
      `<carryout-download id="it" src="/mine/" export="orders" ${ATTRIBUTES}></carryout-download>`,
      {
        scripts: [],
      },
    )
    await page.page.evaluate(async () => {
      Object.assign(document.querySelector('#it')!, { params: { from: 1 } })
      await import('/index.js' as string)
    })
    await page.settle()
    const requested = async () => {
      await page.click('Download')
      await page.settle()
      return web.takeCalls()
    }
    const set = async (params: unknown) => {
      await page.page.evaluate((value) => Object.assign(document.querySelector('#it')!, value), { params })
      await page.settle()
    }
    const known = (params: object) =>
      `{"export":"orders","format":"csv","compression":"gzip","params":${JSON.stringify(params)}`
    expect(await requested()).toEqual([
      'GET /mine/expect?export=orders',
      expect.stringContaining(`POST /mine ${known({ from: 1 })}`),
    ])
    for (const [params, sent] of [
      [{ to: 2 }, { to: 2 }],
      ['{"at":3}', { at: 3 }],
      [null, {}],
    ] as const) {
      await set(params)
      expect(web.takeCalls()).toEqual(['GET /mine/expect?export=orders'])
      expect(await requested()).toEqual([expect.stringContaining(`POST /mine ${known(sent)}`)])
      // The same once more changes nothing.
      await set(params)
      expect(web.takeCalls()).toEqual([])
    }
    expect(
      await page.page
        .locator('#it')
        .evaluate((it) => [it.hasAttribute('params'), (it as HTMLElementTagNameMap['carryout-download']).params]),
    ).toEqual([false, null])
    await page.page.locator('#it').evaluate((it) => it.setAttribute('export', 'customers'))
    await page.settle()
    await page.look()
    expect(web.takeCalls()).toEqual(Array(2).fill('GET /mine/expect?export=customers'))
    expect(page.errors).toEqual([])
  })

  test('that are not valid are a problem, and nothing is requested', async () => {
    const { web, page } = await given(BUTTON)
    web.takeCalls()
    for (const params of ['null', '3', '{', '"a"']) {
      await page.page.locator('#it').evaluate((it, params) => it.setAttribute('params', params), params)
      expect(await page.shown()).toBe('button "Download"\ntext: params must be a JSON object.')
      await page.click('Download')
      await page.look()
    }
    expect(await page.announced()).toEqual(['params must be a JSON object.'])
    expect(await page.page.locator('#it').getAttribute('data-phase')).toBe('idle')
    expect(
      await page.page.locator('#it').evaluate((it) => (it as HTMLElementTagNameMap['carryout-download']).store),
    ).toBeUndefined()
    expect(web.takeCalls()).toEqual([])
    await page.page.locator('#it').evaluate((it) => it.setAttribute('params', ''))
    await page.settle()
    expect(await page.shown()).toBe('button "Download"\ntext: About 2 min, 5 MB · 2 waiting now')
    expect(page.errors).toEqual([])
  })
})

describe('the language', () => {
  test('is that of the nearest lang, also outside a shadow root, and follows it', async () => {
    const deep = '<template shadowrootmode="open"><carryout-download export="orders"></carryout-download></template>'
    const { web, page } = await given(`<p id="host" lang="ja">${deep}</p><p lang="en" id="inner">${BUTTON}</p>`, {
      lang: 'ja',
    })
    expect(await page.shown()).toBe(
      'paragraph:\nbutton "ダウンロード"\ntext: 目安：約2 分、5 MB · 現在2件待ち\nparagraph:\nbutton "Download"\ntext: About 2 min, 5 MB · 2 waiting now',
    )
    // The event leaves the shadow root.
    expect(await page.events()).toEqual(['host idle', 'it idle'])
    expect(web.languages).toEqual(new Set(['en', 'ja']))
    await page.page.locator('#inner').evaluate((inner) => inner.setAttribute('lang', 'ja'))
    await page.settle()
    expect(await page.shown('#inner')).toContain('ダウンロード')
    const gone = await page.page.evaluate(() => {
      const it = document.querySelector('#it')!
      it.remove()
      document.documentElement.lang = 'en'
      document.querySelector<HTMLElement>('#host')!.lang = ''
      return new Promise<string>((resolve) =>
        queueMicrotask(() => queueMicrotask(() => resolve(it.shadowRoot!.querySelector('slot')!.textContent))),
      )
    })
    expect(gone).toBe('ダウンロード')
    expect(await page.shown()).toContain('Download')
    expect(page.errors).toEqual([])
  })

  test.each([
    ['ja-JP', 'ダウンロード'],
    ['en-GB', 'Download'],
  ])('is that of the browser, %s, if the page has none', async (locale, label) => {
    const { page } = await given(BUTTON, { lang: '', locale })
    expect(await page.shown()).toContain(`button "${label}"`)
  })

  test('loads the Japanese texts of the button’s own module on a Japanese page alone', async () => {
    const { web, page } = await given(BUTTON, { scripts: ['button', 'index'], lang: 'en' })
    expect(await page.shown()).toContain('Download')
    expect(web.loaded).toEqual(['button.js', 'index.js'])
    expect(page.errors).toEqual([])
    for (const [texts, label] of [
      [modules['ja.js'], 'ダウンロード'],
      [undefined, 'Download'],
    ] as const) {
      const own = { ...modules, 'ja.js': texts }
      const japanese = await given(BUTTON, { scripts: ['button'], lang: 'ja', modules: own, isHeld: true })
      await japanese.page.page.getByRole('button', { name: label }).waitFor()
      await japanese.release()
      await japanese.page.look()
      expect(japanese.web.loaded).toEqual(['button.js', 'ja.js'])
      expect(japanese.page.errors).toEqual([])
    }
  })
})

describe('an element', () => {
  test('has the page’s own styles and label', async () => {
    const style = `:root { --carryout-accent: rgb(1, 2, 3); --carryout-soft: rgb(4, 5, 6); --carryout-bad: rgb(7, 8, 9);
      --carryout-line: rgb(10, 11, 12) } ::part(failed) { text-transform: uppercase }`
    const { web, page } = await given(`${BUTTON.replace('><', '>Orders of today<')}${LIST}`, {
      style,
      web: { downloads: [view('ready')] },
    })
    expect(await page.shown()).toContain('button "Orders of today"')
    expect(await page.styles('[part=button]', 'background-color')).toEqual(['rgb(1, 2, 3)'])
    expect(await page.styles('[part=expected]', 'color')).toEqual(['rgb(4, 5, 6)'])
    expect(await page.styles('[part=item]', 'border-bottom-color')).toEqual(['rgb(10, 11, 12)'])
    expect(await page.styles('[part=name]', 'flex-grow')).toEqual(['1'])
    expect(await page.styles(':has(> [part=button]), :has(> [part=name])', 'display')).toEqual(['flex', 'flex'])
    expect(await page.styles('[role=status]', 'position')).toEqual(['absolute', 'absolute'])
    await page.click('Orders of today')
    await page.settle()
    expect(await page.styles('#it [part=text]', 'color')).toEqual(['rgb(4, 5, 6)'])
    web.change(view('failed', { id: 'orders-2' }))
    await page.look()
    expect(await page.styles('#it [part=text]', 'color')).toEqual(['rgb(7, 8, 9)'])
    expect(await page.styles('#it [part~=failed]', 'text-transform')).toEqual(['uppercase'])
    expect(await page.styles('li [part=panel]', 'flex-grow')).toEqual(['2', '2'])
  })

  test('asks nothing while it is not in the page, and goes on when it is back', async () => {
    const { web, page } = await given(BUTTON)
    await page.click('Download')
    await page.settle()
    web.takeCalls()
    const it = await page.page.locator('#it').elementHandle()
    await it!.evaluate((it) => it.remove())
    await it!.evaluate((it) => it.setAttribute('format', 'csv'))
    await page.look()
    await page.pass(30)
    expect(web.takeCalls()).toEqual([])
    await it!.evaluate((it) => it.removeAttribute('format'))
    web.change(view('running'))
    await page.page.locator('main').evaluate((main, it) => main.append(it!), it)
    await page.settle()
    expect(web.takeCalls()).toEqual(['GET /downloads/orders-1'])
    expect(await page.shown()).toContain('Preparing')
    await page.look()
    expect(web.takeCalls()).toEqual(['GET /downloads/orders-1'])
    expect(page.errors).toEqual([])
  })

  test('shows what another one of the page or of another tab does', async () => {
    const { web, page, context, url } = await given(`${BUTTON}<p id="other">${BUTTON}</p>`)
    const tab = await ElementPage.open(context, url)
    await tab.settle()
    await page.page.locator('#it').first().getByRole('button').click()
    await page.settle()
    await tab.settle()
    expect(await page.shown('#other')).toContain('2 ahead of you')
    expect(await tab.shown('#other')).toContain('2 ahead of you')
    // It is said once, by the one that was asked first.
    expect((await page.announced()).filter((text) => text.includes('Waiting'))).toHaveLength(1)
    web.change(view('ready'))
    web.takeCalls()
    await page.pass(1)
    await tab.settle()
    expect(web.takeCalls()).toEqual(['GET /downloads/orders-1'])
    expect(await tab.shown('#other')).toContain('link "orders.csv"')
  })
})

describe('the list', () => {
  const three = () => [
    view('running', { id: 'c', title: null, format: '' }),
    view('failed', { id: 'b' }),
    view('ready', { id: 'a' }),
  ]

  test('shows the downloads, newest first and a page at a time, and says which of them end', async () => {
    const { web, page, release } = await given('<carryout-downloads limit="2"></carryout-downloads>', {
      web: { downloads: three() },
      isHeld: true,
    })
    expect(await page.shown()).toBe('list "My downloads"')
    await release()
    const time = 'time: Nov 30, 2026, 3:00 PM'
    const title = 'Orders · CSV, Nov 30, 2026, 3:00 PM'
    const first = `listitem:\ntext: orders\n${time}\ntext: Preparing\nprogressbar "orders, Nov 30, 2026, 3:00 PM"\n'button "Cancel: orders, Nov 30, 2026, 3:00 PM"': Cancel`
    const second = `listitem:\ntext: Orders · CSV\n${time}\ntext: Failed\n'button "Try again: ${title}"': Try again`
    const third = `listitem:\ntext: Orders · CSV\n${time}\nlink "orders.csv":\n/url: /downloads/a/file\ntext: 2 kB\n'button "Make a new file: ${title}"': Make a new file`
    expect(await page.shown()).toBe(`list "My downloads":\n${first}\n${second}\nbutton "Show more"`)
    expect(await page.page.locator('time').first().getAttribute('datetime')).toBe('2026-11-30T06:00:00Z')
    await page.click('Show more')
    await page.settle()
    expect(await page.shown()).toBe(`list "My downloads":\n${first}\n${second}\n${third}`)
    expect(web.takeCalls()).toEqual(['GET /downloads?limit=2', 'GET /downloads?limit=4'])
    expect(await page.announced()).toEqual([])
    await page.page.getByRole('button', { name: /^Cancel/ }).focus()
    web.downloads = [view('waiting', { id: 'd' }), view('running', { id: 'c', rows: 7 }), web.downloads[2]!]
    await page.pass(3)
    expect(await page.page.getByRole('listitem').count()).toBe(3)
    expect([await page.focused(), await page.announced()]).toEqual(['cancel', []])
    web.change(view('ready', { id: 'c' }))
    await page.look()
    const links = page.page.locator('[part=item]')
    expect(
      await links.evaluateAll((items) => items.map((item) => item.querySelector('a')!.getAttribute('href'))),
    ).toEqual([null, '/downloads/c/file', '/downloads/a/file'])
    expect(await page.announced()).toEqual(['Orders · CSV: Ready. 2 kB'])
  })

  test('cancels and requests again, of which the button of the same page hears; screen readers hear it once', async () => {
    const { web, page } = await given(BUTTON + LIST, { web: { downloads: [view('cancelled')] } })
    await page.click(/^Try again: Orders · CSV/)
    await page.settle()
    expect(await page.shown('ul')).toContain('2 ahead of you')
    await page.click('Download')
    await page.settle()
    expect(await page.page.getByRole('listitem').count()).toBe(3)
    await page.announced()
    await page.page.getByRole('listitem').first().getByRole('button').click()
    await page.settle()
    expect(await page.shown('#it')).toContain('Cancelled')
    expect(await page.announced()).toEqual(['Orders · CSV: Cancelled. '])
    expect(web.takeCalls().filter((call) => /^POST .*\/\w+$/.test(call))).toEqual([
      'POST /downloads/orders-1/again',
      'POST /downloads/orders-3/cancel',
    ])
    expect(page.errors).toEqual([])
  })

  test('says that there is none, what the server refuses and that it is unreachable', async () => {
    const { web, page } = await given(LIST)
    expect(web.takeCalls()).toEqual(['GET /downloads?limit=10'])
    expect(await page.shown()).toBe('list "My downloads"\nparagraph: No downloads yet')
    web.trouble = { status: 403, message: 'Not allowed.' }
    await page.look()
    expect(await page.shown()).toBe('paragraph: Not allowed.\nlist "My downloads"\nparagraph: No downloads yet')
    web.trouble = 'unreachable'
    await page.look()
    expect(await page.shown()).toContain('paragraph: Offline. Trying again…')
    web.trouble = undefined
    web.downloads = [view('ready')]
    await page.page.evaluate(() => {
      document.documentElement.lang = 'ja'
    })
    await page.pass(1)
    expect(await page.shown()).toMatch(/^list "ダウンロード一覧":\nlistitem:/)
    expect(await page.announced()).toEqual([])
  })
})

import { htmlOf, textOf } from '../../../functions/common/mail/mail.ts'
import { asciiSubject, consoleUrl, operatorMail } from '../../../functions/common/mail/operator.ts'
import { outageMail } from '../../../functions/common/mail/outage.ts'
import { requesterMail } from '../../../functions/common/mail/requester.ts'
import { localTime } from '../../../functions/common/mail/times.ts'
import type { Failed, Finished, Language } from '../../../statemachine/contract.ts'
import { errors } from '../../../statemachine/errors.ts'
import { type Notice, noticeOf } from '../../../statemachine/notice.ts'

const execution = 'arn:aws:states:us-east-1:000000000000:execution:Download:orders-1'
const link = { url: 'https://links.example/?x&y', until: new Date(1_800_000_000_000) }

describe('the requester’s mail of a finished download', () => {
  test('in English has the title, the period, rows, size, the link, and until when it works', () => {
    const mail = requesterMail(givenNotice(), link, null)
    expect(mail.subject).toBe('Your download is ready: Orders')
    expect(textOf(mail)).toBe(
      [
        'Your download is ready: Orders.',
        '',
        'Download the file:',
        'https://links.example/?x&y',
        '',
        'Period: 2026-01-01 to 2026-04-01',
        'Rows: 12,345',
        'Size: 1.0 MB',
        'File: orders.csv',
        '',
        'The link works until Friday, 15 January 2027 at 08:00 (UTC). After that, please request the download again.',
        '',
        'Anyone who has this link can open the file, so please forward it with care.',
        '',
        '--',
        'Reference for questions: orders-1',
        '',
      ].join('\n'),
    )
  })

  test('in Japanese is Japanese from the subject on, with 件数 and Japan’s time', () => {
    const mail = requesterMail(givenNotice({ language: 'ja' }), link, null)
    expect(mail.subject).toBe('「受注一覧」のダウンロードの準備ができました')
    const text = textOf(mail)
    expect(text).toContain('期間：2026-01-01 ～ 2026-04-01\n件数：12,345件\nサイズ：1.0 MB\n')
    expect(text).toContain('リンクの有効期限は2027年1月15日(金) 17:00 (JST)です。')
    expect(text).not.toMatch(/CRC|arn:|行数/)
  })

  test('links to the web app’s own page if there is one, and has no link if links are disabled', () => {
    const own = textOf(
      requesterMail(givenNotice(), { url: 'https://shop.example/downloads/orders-1', until: null }, null),
    )
    expect(own).toContain('Open your download:\nhttps://shop.example/downloads/orders-1\n')
    expect(own).toContain('You may be asked to sign in.')
    const none = textOf(requesterMail(givenNotice(), null, null))
    expect(none).not.toContain('https://')
    expect(none).toContain('You can get the file where you requested it.')
  })

  test('shows parameters that happen to be called from and to, but are not dates, by their names', () => {
    const text = textOf(requesterMail(givenNotice({ params: { from: 'Tokyo', to: 'Osaka' } }), null, null))
    expect(text).toContain('from: Tokyo\nto: Osaka\n')
    expect(text).not.toContain('Period')
  })

  test('shows times in the request’s zone rather than the stack’s', () => {
    const at = (notice: Notice, zone: string | null) => textOf(requesterMail(notice, link, zone))
    expect(at(givenNotice(), 'Europe/Berlin')).toContain('09:00 (CET)')
    expect(at(givenNotice({ timeZone: 'Asia/Tokyo' }), 'Europe/Berlin')).toContain('17:00 (JST)')
  })

  test('as HTML has its button as the only link, and loads and runs nothing', () => {
    const html = htmlOf(requesterMail(givenNotice(), link, null))
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual(['https://links.example/?x&#38;y'])
    expect(html).not.toMatch(/<(script|img|link|iframe)|src=|url\(/i)
    expect(html).toContain('<html lang="en">')
  })
})

describe('the requester’s mail of a failure', () => {
  test('has no title if the request was not valid', () => {
    const subjectIn = (language: Language) =>
      requesterMail({ ...givenNotice({ language, error: 'UnknownExport' }), title: null }, null, null).subject
    expect(subjectIn('en')).toBe('Your download could not be completed')
    expect(subjectIn('ja')).toBe('ご依頼のダウンロードを完了できませんでした')
  })

  test('leaves no space for facts if the request had no parameters', () => {
    const text = textOf(requesterMail({ ...givenNotice({ error: 'QueryFailed' }), params: {} }, null, null))
    expect(text).not.toContain('\n\n\n')
  })

  test.each(Object.keys(errors))(
    'after %s says what they can do and that the operators know, without technical details',
    (error) => {
      for (const language of ['en', 'ja'] as const) {
        const mail = requesterMail(givenNotice({ language, error }), null, null)
        const text = textOf(mail)
        expect(text).toContain(language === 'en' ? 'The operators have been informed' : '担当者にも通知されています')
        expect(text).not.toMatch(/arn:|npx|aws |ExportChunk|No such table/)
        expect(text).not.toContain(error)
        expect(mail.paragraphs).toHaveLength(2)
      }
    },
  )
})

test.each([
  [{}, '', 0],
  [{ country: 'JP' }, 'country: JP\n\n', 1],
])('a mail of a failure shows the parameters %j, and no empty list of them', (params, facts, tables) => {
  const mail = requesterMail(givenNotice({ error: 'QueryFailed', params }), null, null)
  expect(textOf(mail)).toContain(`\n\n${facts}You do not need to do anything.`)
  expect(htmlOf(mail).match(/<table [^>]*font-size/g) ?? []).toHaveLength(tables)
})

describe('the operator’s mail of a finished download', () => {
  const facts = 'File: orders.csv\nRows: 12,345\nSize: 1.0 MB\nRequested by: hanako@example.com\nRequest: orders-1'

  test('has the file, the requester, and the link if the requester gets no mail of their own', () => {
    const { subject, text } = operatorMail(givenNotice(), 'en', link)
    expect(subject).toBe('Download ready: orders')
    expect(text).toBe(
      `The download “Orders” is ready.\n\nLink, until Friday, 15 January 2027 at 08:00 (UTC):\n${link.url}\n\n${facts}`,
    )
    expect(operatorMail(givenNotice(), 'en', null).text).toBe(`The download “Orders” is ready.\n\n${facts}`)
  })

  test('names no expiry of the web app’s own page', () => {
    const page = { url: 'https://shop.example/downloads/orders-1', until: null }
    expect(operatorMail(givenNotice(), 'en', page).text).toContain(`\n\nFile:\n${page.url}\n\n`)
  })
})

describe('the operator’s mail', () => {
  test.each(Object.keys(errors))(
    'after %s has step, error, cause, what to do, the execution’s page and the commands',
    (error) => {
      for (const language of ['en', 'ja'] as const) {
        const { subject, text } = operatorMail(givenNotice({ error }), language, null)
        expect(subject).toBe(`Download failed: orders (${error})`)
        expect(text).toMatch(
          language === 'en' ? /Step: ExportChunk\nError: \w+\nCause: “No such table\.”\n/ : /ステップ: ExportChunk\n/,
        )
        expect(text).toMatch(language === 'en' ? /What to do: [A-Z].{20,}/ : /対処: .{10,}/)
        expect(text).toContain(
          `https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${encodeURIComponent(execution)}`,
        )
        expect(text).toContain(`aws stepfunctions redrive-execution --region us-east-1 --execution-arn ${execution}\n`)
        expect(text).toMatch(/npx --no carryout replay orders-1 --region us-east-1$/)
        expect(text).toContain(
          language === 'en' ? `docs/runbook.md, section “${error}”` : `docs/runbook.ja.md の「${error}」`,
        )
      }
    },
  )

  test('links to the execution in Carryout’s console if that is mounted', () => {
    const notice = givenNotice({ error: 'QueryFailed' })
    const { text } = operatorMail(notice, 'en', null, {
      consoleAt: 'https://shop.example/admin/downloads/',
    })
    expect(text).toContain(
      'Execution in Carryout’s console:\nhttps://shop.example/admin/downloads/executions/orders-1\n',
    )
    expect(operatorMail(notice, 'en', null).text).not.toContain('Carryout’s console')
  })

  test('has no command for an execution whose name is special to a shell, and shows the name as plain text', () => {
    const notice = { ...givenNotice({ error: 'QueryFailed' }), id: "a'(b)@evil.com", execution: `${execution}'(b)` }
    for (const language of ['en', 'ja'] as const) {
      const { text } = operatorMail(notice, language, null)
      expect(text).toContain("a'(b)@evil[.]com\n")
      expect(text).not.toMatch(/npx|redrive-execution/)
      expect(text).toMatch(/“Redrive”\.$|「Redrive」で再開できます。$/)
    }
  })

  test('has the command with the stack’s name', () => {
    const commandOptions = '--stack Shop --construct Reports'
    const { text } = operatorMail(givenNotice({ error: 'QueryFailed' }), 'en', null, { commandOptions })
    expect(text).toMatch(/ npx --no carryout replay orders-1 --stack Shop --construct Reports --region us-east-1$/)
  })

  test.each(['TypeError', 'Lambda.Unknown'])('after %s names an existing section of the runbook', (error) => {
    expect(operatorMail(givenNotice({ error }), 'en', null).text).toContain('section “Any other error”')
    expect(operatorMail(givenNotice({ error }), 'ja', null).text).toContain('「そのほかのエラー」')
  })

  test('about an invalid message has neither export nor requester', () => {
    const failure = { step: 'Prepare', error: 'InvalidRequest', cause: '', redriveCount: 0 } as const
    const document = { request: { message: 'hello' } as unknown as Failed['request'], failure }
    const { subject, text } = operatorMail(noticeOf(document, execution, new Date()), 'en', null)
    expect(subject).toBe('Download failed: unknown (InvalidRequest)')
    expect(text).toContain('Requested by: -')
    expect(text).toContain('Cause: “AWS gave no cause.”')
  })

  test('in China and GovCloud links to their consoles', () => {
    expect(consoleUrl(execution.replace('arn:aws', 'arn:aws-cn'))).toContain('https://us-east-1.console.amazonaws.cn/')
    expect(consoleUrl(execution.replace('arn:aws', 'arn:aws-us-gov'))).toContain('.console.amazonaws-us-gov.com/')
  })
})

describe('external text', () => {
  const HOSTILE =
    'x\r\n\r\nYour download is ready: https://evil.example/a\u202e www.evil.com mail@evil.org \u2066\ud800'

  test.each<[string, Record<string, unknown>]>([
    ['the name of a parameter', { params: { [HOSTILE]: 'x' } }],
    ['a parameter', { params: { customer: HOSTILE } }],
    ['the export', { export: HOSTILE }],
    ['the requester', { requestedBy: HOSTILE }],
    ['the title', { title: HOSTILE }],
    ['the cause', { cause: HOSTILE }],
    ['the error', { error: HOSTILE }],
    ['the language', { language: HOSTILE }],
    ['the time zone', { timeZone: HOSTILE }],
  ])('as %s cannot add a line, a link or a change of direction', (_, change) => {
    for (const failed of [false, true]) {
      const notice = givenNotice({ ...change, ...(failed && { error: change.error ?? 'QueryFailed' }) })
      const operator = operatorMail(notice, 'en', null)
      const requester = requesterMail(notice, null, null)
      const texts = [operator.text, operator.subject, textOf(requester), requester.subject, htmlOf(requester)]
      for (const text of texts) {
        expect(text.isWellFormed()).toBe(true)
        expect(text).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u)
        expect(text.replaceAll('us-east-1.console.aws.amazon.com', '')).not.toMatch(
          /^Your download is ready: https|https?:\/\/evil|www\.evil\.com|evil\.(example|com|org)/m,
        )
      }
    }
  })
})

describe('the operator’s mail about an outage', () => {
  const outage = { since: '2026-11-30T06:00:00.000Z', id: 'orders-1', reason: 'ECONNREFUSED' }
  const place = { region: 'us-east-1', options: '--stack Shop' }
  const mail = (language: Language, endedAt: string | null) => outageMail({ outage, endedAt }, language, place)

  test.each<[Language, string[]]>([
    [
      'en',
      ['The database is not responding', 'Since: Monday, 30 November 2026 at 06:00 (UTC)', 'Cause: “ECONNREFUSED”'],
    ],
    ['ja', ['データベースが応答しないため', '発生: 2026年11月30日(月) 15:00 (JST)', '原因: “ECONNREFUSED”']],
  ])('at its beginning says in %s since when, and why', (language, expected) => {
    const { subject, text } = mail(language, null)
    expect(subject).toBe('Downloads are on hold: the database is not responding')
    for (const part of expected) expect(text).toContain(part)
    expect(text).not.toContain('replay')
  })

  test.each<[Language, string]>([
    ['en', 'They were held from Monday, 30 November 2026 at 06:00 (UTC) to Monday, 30 November 2026 at 07:00 (UTC).'],
    ['ja', '停止していた時間: 2026年11月30日(月) 15:00 (JST) から 2026年11月30日(月) 16:00 (JST) まで'],
  ])('at its end says in %s from when to when, and how to replay what failed', (language, expected) => {
    const { subject, text } = mail(language, '2026-11-30T07:00:00.000Z')
    expect(subject).toBe('Downloads have resumed: the database is responding again')
    expect(text).toContain(expected)
    expect(text).toContain(
      '  npx --no carryout replay --status failed --error DatabaseUnavailable --since 2026-11-30T06:00:00.000Z --stack Shop --region us-east-1',
    )
  })
})

test('a subject of SNS is ASCII on one line and shorter than 100 characters', () => {
  expect(asciiSubject('受注\r\nBcc: x')).toBe('????Bcc: x')
  expect(asciiSubject('x'.repeat(99))).toBe('x'.repeat(99))
  expect(asciiSubject('x'.repeat(100))).toBe(`${'x'.repeat(96)}...`)
})

test.each<[Language, string | null, string]>([
  ['en', null, 'Friday, 15 January 2027 at 08:00 (UTC)'],
  ['en', 'America/New_York', 'Friday, 15 January 2027 at 03:00 (EST)'],
  ['ja', null, '2027年1月15日(金) 17:00 (JST)'],
  ['ja', 'UTC', '2027年1月15日(金) 8:00 (UTC)'],
])('a time in %s and %s reads %s', (language, zone, expected) => {
  expect(localTime(link.until, language, zone).replace(' 08:', ' 8:')).toBe(expected.replace(' 08:', ' 8:'))
})

interface Change {
  language?: unknown
  timeZone?: unknown
  error?: unknown
  title?: unknown
  cause?: unknown
}

function givenNotice({
  language = 'en',
  error,
  title,
  cause = 'No such table.',
  timeZone,
  ...request
}: Change & Record<string, unknown> = {}): Notice {
  const spoken = language === 'ja' ? 'ja' : 'en'
  const document = {
    request: {
      id: 'orders-1',
      export: 'orders',
      params: { from: '2026-01-01', to: '2026-04-01' },
      requestedBy: 'hanako@example.com',
      language,
      timeZone,
      ...request,
    },
    plan: { title: title ?? (spoken === 'ja' ? '受注一覧' : 'Orders'), language: spoken, format: 'csv' },
    file: { key: 'files/orders-1/orders.csv', name: 'orders.csv', rows: 12_345, bytes: 1_000_000, crc32: '0badcafe' },
    ...(error !== undefined && {
      failure: {
        step: 'ExportChunk',
        error,
        cause: JSON.stringify({ errorType: error, errorMessage: cause, trace: [] }),
        redriveCount: 0,
      },
    }),
  }
  return noticeOf(document as unknown as Finished, execution, new Date(1_790_000_000_000))
}

import { failedMail } from '../../../functions/common/mail/failed.ts'
import { shown, subject } from '../../../functions/common/mail/mail.ts'
import { readyMail } from '../../../functions/common/mail/ready.ts'
import type { Failed, Finished, Language } from '../../../statemachine/contract.ts'
import { errors } from '../../../statemachine/errors.ts'

const execution = 'arn:aws:states:us-east-1:000000000000:execution:Download:orders-1'

describe('the mail of a finished download', () => {
  test.each<[Language, string, string]>([
    ['en', 'Your download “Orders” is ready.', 'Rows: 12,345'],
    ['ja', '「受注一覧」のダウンロードの準備ができました。', '行数: 12,345'],
  ])('in %s has the link, its end and what the file holds', (language, greeting, rows) => {
    const { Subject, Message } = readyMail(
      givenFinished(language),
      'https://links.example/?x',
      new Date(1_800_000_000_000),
    )
    expect(Subject).toBe('Your download is ready: orders')
    expect(Message).toContain(greeting)
    expect(Message).toContain(rows)
    expect(Message).toContain('\nhttps://links.example/?x\n')
    expect(Message).toContain('2027-01-15 08:00 UTC')
    expect(Message).toContain('CRC-32 0badcafe')
  })
})

describe('the mail of a failed download', () => {
  test.each(Object.keys(errors))('says what to do about %s in both languages', (error) => {
    for (const language of ['en', 'ja'] as const) {
      const { Message } = failedMail(givenFailed(error, language), execution)
      expect(Message).toContain(error)
      expect(Message).toMatch(language === 'en' ? /What to do: [A-Z].{20,}/ : /対処: .{10,}/)
      expect(Message).toContain('npx carryout replay orders-1')
      expect(Message).toContain(`aws stepfunctions redrive-execution --execution-arn ${execution}`)
    }
  })

  test('gives the sentence of a Lambda error, not its JSON', () => {
    expect(failedMail(givenFailed('QueryFailed', 'en'), execution).Message).toContain('Reason: No such table.\n')
  })

  test('of a message that was no request has neither export nor requester', () => {
    const failure = { step: 'Prepare', error: 'InvalidRequest', cause: '', redriveCount: 0 } as const
    const mail = failedMail({ request: { message: 'hello' } as unknown as Failed['request'], failure }, execution)
    expect(mail.Subject).toBe('Your download failed: unknown (InvalidRequest)')
    expect(mail.Message).toContain('Requested by: -')
    expect(mail.Message).toContain('Reason: AWS gave no cause.')
  })
})

test('a field of a request that could not be read is shown on one line, in whole characters, and not at length', () => {
  expect(shown('a@b.co\r\n\r\nOpen https://evil.example')).toBe('a@b.co Open https://evil.example')
  expect(shown(`${'x'.repeat(253)}😀`)).toBe(`${'x'.repeat(253)}\ufffd…`)
  expect(shown('')).toBeUndefined()
  expect(shown({ toString: () => 'x' })).toBeUndefined()
})

test('a subject is ASCII on one line and shorter than 100 characters', () => {
  expect(subject('受注\r\nBcc: x')).toBe('????Bcc: x')
  expect(subject('x'.repeat(200))).toHaveLength(99)
})

function givenFinished(language: Language): Finished {
  return {
    request: { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'hanako@example.com' },
    plan: { title: language === 'ja' ? '受注一覧' : 'Orders', language },
    file: { name: 'orders.csv', rows: 12_345, bytes: 1_000_000, crc32: '0badcafe' },
  } as Finished
}

function givenFailed(error: string, language: Language): Failed {
  const cause = JSON.stringify({ errorType: error, errorMessage: 'No such table.', trace: [] })
  return { ...givenFinished(language), failure: { step: 'ExportChunk', error, cause, redriveCount: 0 } }
}

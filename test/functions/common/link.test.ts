import { openLink, signLink } from '../../../functions/common/link.ts'

const secret = 'a secret of the stack'
const link = {
  key: 'files/orders-1/orders.csv',
  requester: '0123456789abcdef',
  made: 1_799_000_000,
  expires: 1_800_000_000,
}
const before = link.expires * 1000 - 1
const signature = Buffer.from(givenQuery().signature!, 'base64url')

describe('a link', () => {
  test('opens the file it was signed for until its expiry', () => {
    expect(openLink(givenQuery(), secret, before)).toEqual(link)
  })

  test('is expired at its expiry', () => {
    expect(openLink(givenQuery(), secret, before + 1)).toBe('expired')
  })

  test.each([
    ['another file', { file: 'files/orders-2/orders.csv' }],
    ['another requester', { for: 'fedcba9876543210' }],
    ['a later beginning', { made: '1799000001' }],
    ['a later end', { expires: '1900000000' }],
    ['an end that is not a number', { expires: 'never' }],
    ['another signature', { signature: 'AAAA' }],
    ['the first half of its signature', { signature: signature.subarray(0, 16).toString('base64url') }],
    ['another last byte in its signature', { signature: withAnotherEnd(signature).toString('base64url') }],
    ['more than its signature', { signature: Buffer.concat([signature, signature]).toString('base64url') }],
    ['no signature', { signature: undefined }],
    ['no file', { file: undefined }],
  ])('with %s is forged', (_, change) => {
    expect(openLink({ ...givenQuery(), ...change }, secret, before)).toBe('forged')
  })

  test('signed with another secret is forged', () => {
    expect(openLink(givenQuery(), 'another secret', before)).toBe('forged')
  })

  test('keeps the path of the URL', () => {
    expect(signLink('http://127.0.0.1:4566/lambda-url/x/', link, secret)).toMatch(
      /^http:\/\/127.0.0.1:4566\/lambda-url\/x\/\?/,
    )
  })
})

function givenQuery(): Record<string, string | undefined> {
  return Object.fromEntries(new URL(signLink('https://links.example/', link, secret)).searchParams)
}

function withAnotherEnd(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)])
}

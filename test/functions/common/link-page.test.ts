import { languageOf, linkPage, messagePage } from '../../../functions/common/link-page.ts'

test.each([
  ['ja', 'ja'],
  ['JA-jp,en;q=0.8', 'ja'],
  ['en-US,en;q=0.9,ja;q=0.8', 'en'],
  ['de-DE, ja;q=0.5', 'ja'],
  ['fr, de', 'en'],
  ['', 'en'],
  [undefined, 'en'],
])('a browser that asks for %s gets the page in %s', (acceptLanguage, language) => {
  expect(languageOf(acceptLanguage)).toBe(language)
})

test('the page names the file, as text, and its button may lead to the file only', () => {
  const link = { key: 'files/orders-1/Orders & more.csv', requester: 'digest', made: 1, expires: 2 }
  const { statusCode, body, headers } = linkPage(link, 'https://files.example.com', 'en')
  expect(statusCode).toBe(200)
  expect(body).toContain('<h1>Orders &#38; more.csv</h1>')
  expect(headers?.['content-security-policy']).toContain("form-action 'self' https://files.example.com;")
})

test('a message has no form, and is in the reader’s language', () => {
  const { statusCode, body, headers } = messagePage(410, 'expired', 'ja')
  expect(statusCode).toBe(410)
  expect(body).toContain('<h1>このリンクの有効期限が切れています。もう一度ダウンロードを依頼してください。</h1>')
  expect(headers?.['content-security-policy']).toContain("form-action 'none';")
})

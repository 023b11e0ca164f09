import { oneLine, plainLine } from '../../statemachine/one-line.ts'

test('a text of just as many characters as are shown is whole; a longer one ends with an ellipsis', () => {
  expect(oneLine('日本語😀', 4)).toBe('日本語😀')
  expect(oneLine('日本語😀!', 4)).toBe('日本語…')
})

test('the longest address that a mail can have is whole', () => {
  expect(oneLine('a'.repeat(254))).toBe('a'.repeat(254))
  expect(oneLine('a'.repeat(255))).toBe(`${'a'.repeat(253)}…`)
})

test('what moves, hides or reorders other text becomes a space', () => {
  expect(oneLine('  ready\r\n\r\nopen \u202Eit\u2066 now\u2028\u0000 ')).toBe('ready open it now')
})

test('half a character becomes the replacement character', () => {
  expect(oneLine('a\uD83D')).toBe('a\uFFFD')
})

test.each([
  ['https://evil.example/x', 'https[:]//evil[.]example/x'],
  ['mailto:a@evil.example', 'mailto[:]a@evil[.]example'],
  ['see evil.co.jp', 'see evil[.]co[.]jp'],
  ['orders.2026', 'orders.2026'],
])('%s is not a link', (text, shown) => {
  expect(plainLine(text)).toBe(shown)
})

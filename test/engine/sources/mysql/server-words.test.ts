/** What of a server's message may be shown, without a server. */
import { isOfTheText, ownWords, withoutData } from '../../../../engine/sources/mysql/server-words.ts'

test.each([
  ["Truncated incorrect DATE value: 'secret'", 'Truncated incorrect DATE value: (a value)'],
  ["Out of range value for column 'amount' at row 7", "Out of range value for column 'amount' at row 7"],
  ["Truncated incorrect DATE value: 'secret", 'Truncated incorrect DATE value: (a value)'],
])('the server’s own sentence is shown without what it quotes: %s', (message, shown) => {
  expect(ownWords(message)).toBe(shown)
})

test('any other message is not shown, unless it is about the statement’s text', () => {
  expect(ownWords('The secret is out of range')).toBeNull()
  expect(isOfTheText("Table 'shop.nothing' doesn't exist")).toBe(true)
  expect(isOfTheText('The secret is out of range')).toBe(false)
})

test.each([
  ['Communications link failure', 'Communications link failure'],
  ["Can't create a thread", "Can't create a thread"],
  ["Bad value 'secret' here", 'Bad value (a value) here'],
  ["'secret' is bad", '(a value) is bad'],
  ['Bad values \'secret\' and "secret"', 'Bad values (a value)'],
  ["Bad value 'secret", 'Bad value (a value)'],
  ["Bad value: 'secret' for column 'c' at row 1", "Bad value: (a value) for column 'c' at row 1"],
  ["Bad value for column 'c'", "Bad value for column 'c'"],
])('the Data API’s message is shown without what it quotes: %s', (message, shown) => {
  expect(withoutData(message)).toBe(shown)
})

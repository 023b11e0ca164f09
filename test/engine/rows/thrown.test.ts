import { thrownName } from '../../../engine/rows/thrown.ts'

test.each<[string, unknown, string]>([
  ['an error', new TypeError('secret'), 'TypeError'],
  ['an object with a name', { name: '_$a1' }, '_$a1'],
  ['a name of several words', { name: 'a secret' }, 'an error'],
  ['a name that begins with a digit', { name: '1a' }, 'an error'],
  ['the longest name', { name: 'a'.repeat(64) }, 'a'.repeat(64)],
  ['a longer name', { name: 'a'.repeat(65) }, 'an error'],
  ['a name that is not a string', { name: 7 }, 'an error'],
  ['an object', {}, 'an error'],
  ['a string', 'secret', 'a string'],
  ['nothing', undefined, 'a undefined'],
  ['null', null, 'a object'],
  [
    'a trap',
    {
      get name() {
        throw new Error('secret')
      },
    },
    'an error',
  ],
])('%s is named without its data', (_, error, name) => {
  expect(thrownName(error)).toBe(name)
})

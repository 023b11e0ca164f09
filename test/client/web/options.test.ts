/** Which options are valid, and which user is one. */
import type { Carryout } from '../../../client/carryout.ts'
import { checkIdentity, checkOptions, type DownloadsOptions } from '../../../client/web/options.ts'

const BASE_RULE = 'base must be a path such as /downloads, without a slash at its end, not '
const ORIGINS_RULE = 'origins must be a list of origins such as https://shop.example.com, without a slash at the end.'

function check(change: object) {
  checkOptions({ carryout: {} as Carryout, identify: () => null, ...change } as DownloadsOptions<never>)
}

test.each<[object, string]>([
  [{ carryout: undefined }, 'createDownloads needs carryout: what createCarryout returned.'],
  [{ identify: undefined }, 'createDownloads needs identify: a function that returns the signed-in user.'],
  [{ identify: {} }, 'createDownloads needs identify: a function that returns the signed-in user.'],
  [{ allow: true }, 'allow must be a function.'],
  [{ onError: 'log' }, 'onError must be a function.'],
  [{ origins: 'https://shop.example.com' }, ORIGINS_RULE],
  [{ origins: [7] }, ORIGINS_RULE],
  [{ origins: [new URL('https://shop.example.com')] }, ORIGINS_RULE],
  [{ origins: ['https://shop.example.com/'] }, ORIGINS_RULE],
  [{ origins: ['http://localhost:3000', 'shop.example.com'] }, ORIGINS_RULE],
  [{ base: '' }, `${BASE_RULE}.`],
  [{ base: '/' }, `${BASE_RULE}/.`],
  [{ base: 'downloads' }, `${BASE_RULE}downloads.`],
  [{ base: '/downloads/' }, `${BASE_RULE}/downloads/.`],
  [{ base: '/downloads?x' }, `${BASE_RULE}/downloads?x.`],
  [{ pendingLimit: 0 }, 'pendingLimit must be a whole number of at least 1, not 0.'],
  [{ pendingLimit: -1 }, 'pendingLimit must be a whole number of at least 1, not -1.'],
  [{ pendingLimit: 1.5 }, 'pendingLimit must be a whole number of at least 1, not 1.5.'],
  [{ pendingLimit: '5' }, 'pendingLimit must be a whole number of at least 1, not 5.'],
  [
    { alow: () => true },
    'createDownloads does not know alow. It knows carryout, identify, allow, base, pendingLimit, stream, origins, onError.',
  ],
  [
    { alow: () => true, limit: 5 },
    'createDownloads does not know alow, limit. It knows carryout, identify, allow, base, pendingLimit, stream, origins, onError.',
  ],
])('the options %j are refused: %s', (change, sentence) => {
  expect(() => check(change)).toThrow(new TypeError(sentence))
})

test.each([
  {},
  { pendingLimit: 1 },
  { base: '/my/downloads' },
  { base: '/ダウンロード' },
  { origins: [] },
  { origins: ['https://shop.example.com', 'http://localhost:3000'] },
  { allow: () => true, onError: () => {} },
  { allow: undefined, onError: undefined, stream: false },
])('the options %j are valid', (change) => {
  expect(() => check(change)).not.toThrow()
})

test('a user is a text that is not blank', () => {
  expect(() => checkIdentity({ user: 'hanako@example.com' })).not.toThrow()
  for (const user of [undefined, null, '', ' ', 7])
    expect(() => checkIdentity({ user: user as never })).toThrow('identify must return { user }')
})

import { atLeast, oneOf, optional, readConfig, text, url, wholeNumber } from '../../../functions/common/config.ts'

/** @returns the value of the only variable, or the message that refuses it */
function read(reader: (given: string | undefined) => unknown, given: string | undefined): unknown {
  if (given === undefined) delete process.env.GIVEN
  else process.env.GIVEN = given
  try {
    return readConfig({ GIVEN: reader }).GIVEN
  } catch (error) {
    return /GIVEN (.*)\. Deploy/.exec((error as Error).message)?.[1]
  }
}

test.each<[string, Parameters<typeof read>[0], [string | undefined, unknown][]]>([
  [
    'a text',
    text,
    [
      ['x', 'x'],
      ['', 'is empty'],
      [undefined, 'is missing'],
    ],
  ],
  [
    'a URL',
    url,
    [
      ['https://example.com/', 'https://example.com/'],
      ['example', 'must be a URL'],
      [undefined, 'is missing'],
    ],
  ],
  [
    'a whole number from 2 to 4',
    wholeNumber({ min: 2, max: 4 }),
    [
      ['1', 'must be a whole number from 2 to 4'],
      ['2', 2],
      ['4', 4],
      ['5', 'must be a whole number from 2 to 4'],
      ['2.5', 'must be a whole number from 2 to 4'],
      ['many', 'must be a whole number from 2 to 4'],
    ],
  ],
  [
    'a whole number from 1',
    wholeNumber({ min: 1 }),
    [
      ['9007199254740991', Number.MAX_SAFE_INTEGER],
      ['0', 'must be a whole number from 1'],
    ],
  ],
  [
    'a number of at least 0',
    atLeast(0),
    [
      ['0', 0],
      ['0.5', 0.5],
      ['-0.5', 'must be a number of at least 0'],
      ['many', 'must be a number of at least 0'],
    ],
  ],
  [
    'one of two words',
    oneOf(['on', 'off']),
    [
      ['off', 'off'],
      ['maybe', 'must be one of on, off'],
      [undefined, 'is missing'],
    ],
  ],
  [
    'an optional text',
    optional(text, 'fallback'),
    [
      [undefined, 'fallback'],
      ['x', 'x'],
      ['', 'is empty'],
    ],
  ],
])('%s is read or refused', (_, reader, cases) => {
  expect(cases.map(([given]) => read(reader, given))).toEqual(cases.map(([, expected]) => expected))
})

test('all problems are named at once', () => {
  Object.assign(process.env, { FIRST: '', SECOND: 'x', THIRD: 'y' })
  expect(() => readConfig({ FIRST: text, SECOND: text, THIRD: url })).toThrow(
    "The function's environment is not valid: FIRST is empty; THIRD must be a URL. Deploy the stack again.",
  )
})

import { readFlags } from '../../terminal/script.ts'

const FLAGS = {
  rows: { type: 'string', default: '10' },
  'shop-port': { type: 'string' },
  once: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

test('a script reads options by their names as written, and the other arguments', () => {
  expect(readFlags(FLAGS, { args: [] })).toEqual({
    values: { rows: '10', 'shop-port': undefined, once: false, help: false },
    rest: [],
  })
  const args = ['first', '--shop-port', '80', '-h', '--rows=5', 'second']
  expect(readFlags(FLAGS, { args, takesRest: true })).toEqual({
    values: { rows: '5', 'shop-port': '80', once: false, help: true },
    rest: ['first', 'second'],
  })
})

test.each([
  [['--row', '5'], "Unknown option '--row' (Did you mean --rows?)"],
  [['--rows'], "Option '--rows <value>' argument missing."],
  [['--rows', '--once'], "Option '--rows <value>' argument '--once' is invalid. It needs a value."],
  [['--once=yes'], "'--once"],
  [['orders'], 'Too many arguments. Expected 0 arguments but got 1'],
])('a script refuses %j in one sentence', (args, sentence) => {
  expect(() => readFlags(FLAGS, { args })).toThrow(sentence)
})

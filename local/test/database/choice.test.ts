import { fits, parseChoice } from '../../src/database/choice.ts'
import { DatabaseUnusable } from '../../src/database/errors.ts'

describe('the chosen product', () => {
  it.each([
    ['mysql', { flavour: 'mysql' }],
    [' MariaDB ', { flavour: 'mariadb' }],
    ['mysql-9', { flavour: 'mysql', version: '9' }],
    ['mariadb-11.8', { flavour: 'mariadb', version: '11.8' }],
  ])('is read from %j', (text, choice) => {
    expect(parseChoice(text)).toEqual(choice)
  })

  it.each(['postgres', 'mysql9', 'mysql-', 'mysql-9.x', ''])('is refused if it is %j', (text) => {
    expect(() => parseChoice(text)).toThrow(DatabaseUnusable)
    expect(() => parseChoice(text)).toThrow(/CARRYOUT_DATABASE must be mysql or mariadb.*such as mysql-9/)
  })

  it.each([
    ['mysql', 'mysql', '8.0.36', true],
    ['mysql', 'mariadb', '10.11.19-MariaDB', false],
    ['mysql-8', 'mysql', '8.4.2', true],
    ['mysql-8.0', 'mysql', '8.4.2', false],
    ['mysql-8.4', 'mysql', '8.40.1', false],
    ['mysql-9', 'mysql', '9.7.4-2', true],
    ['mariadb-11.8', 'mariadb', '1:11.8.9+ds-4', true],
    ['mariadb-1', 'mariadb', '1:11.8.9+ds-4', false],
  ] as const)('%s: a %s %s fits: %s', (wanted, flavour, version, expected) => {
    expect(fits(parseChoice(wanted), { flavour, version })).toBe(expected)
  })
})

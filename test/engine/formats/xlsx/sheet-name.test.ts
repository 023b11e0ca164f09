import { sheetName } from '../../../../engine/formats/xlsx/sheet-name.ts'

test.each([
  ['Orders', 1, 'Orders'],
  ['Orders', 2, 'Orders (2)'],
  ['a'.repeat(31), 1, 'a'.repeat(31)],
  ['a'.repeat(32), 1, 'a'.repeat(31)],
  ['a'.repeat(32), 2, `${'a'.repeat(27)} (2)`],
  ['a'.repeat(32), 10, `${'a'.repeat(26)} (10)`],
  [`${'a'.repeat(30)}😀`, 1, 'a'.repeat(30)],
  [`${'a'.repeat(29)}😀`, 1, `${'a'.repeat(29)}😀`],
  [`${'a'.repeat(30)} b`, 1, 'a'.repeat(30)],
  ["'a:b'", 1, 'a b'],
  ['??', 1, 'Sheet'],
  ['', 2, 'Sheet (2)'],
  ['History', 1, 'History_'],
  ['history', 2, 'history_ (2)'],
  ['Histories', 1, 'Histories'],
])('the sheet of %j with the number %i is %j', (title, number, name) => {
  expect(sheetName(title, number)).toBe(name)
})

import fc from 'fast-check'
import { contentDisposition, keyName, saveName } from '../../../engine/plan/file-name.ts'

const day = '2026-03-04'

it.each([
  ['Orders', {}, 'Orders 2026-03-04.csv'],
  ['受注一覧', { from: '2026-01-01', to: '2026-02-01' }, '受注一覧 2026-01-01 2026-02-01.csv'],
  ['a/b\\c:d*e?f"g<h>i|j', {}, 'a-b-c-d-e-f-g-h-i-j 2026-03-04.csv'],
  ['..hidden', { code: 'x' }, 'hidden x.csv'],
  ['NUL', { code: '' }, 'NUL 2026-03-04.csv'],
  ['Evil\u202Egpj', { page: 3 }, 'Evilgpj 3.csv'],
  ['\u202E', { code: 'con' }, 'con_.csv'],
  ['Con.Report', {}, 'Con_.Report 2026-03-04.csv'],
  ['lpt1 .x', { page: 3 }, 'lpt1_ .x 3.csv'],
  ['Contacts. And all', {}, 'Contacts. And all 2026-03-04.csv'],
  ['می‌خواهم', { page: 3 }, 'می‌خواهم 3.csv'],
  ['👩‍💻 at work', { page: 3 }, '👩‍💻 at work 3.csv'],
  ['Only short values', { flag: true, list: ['a'], none: null, big: 5n, page: 3 }, 'Only short values 5 3.csv'],
  ['Four at most', { a: 'a', b: 'b', c: 'c', d: 'd', e: 'e' }, 'Four at most a b c d.csv'],
  ['Long text stays out', { note: 'this is far too long to be in a name' }, 'Long text stays out 2026-03-04.csv'],
])('names a download of %j with %j %s', (title, params, name) => {
  expect(saveName(title, params, day, 'csv')).toBe(name)
})

it('keeps parameters and day with a long title, whose end is cut off', () => {
  const params = { from: '2026-01-01', to: '2026-02-01' }
  const name = saveName('受注一覧'.repeat(30), params, day, 'csv')
  expect(name).toMatch(/^受注一覧.+ 2026-01-01 2026-02-01\.csv$/)
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200)
  expect(Buffer.byteLength(name)).toBeGreaterThan(190)
})

it('keeps the beginning of a title whose parameters are long themselves', () => {
  const long = '受注一覧表総括'.repeat(3)
  const name = saveName('題名'.repeat(50), { a: long, b: long, c: long, d: long }, day, 'csv')
  expect(name).toMatch(/^(題名){10} 受注/)
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200)
})

it('has as much of a long title as 200 bytes allow, and of long parameters as 60 bytes of title allow', () => {
  expect(saveName('x'.repeat(300), {}, day, 'csv')).toBe(`${'x'.repeat(185)} ${day}.csv`)
  const long = { a: '表'.repeat(24), b: '表'.repeat(24), c: '表'.repeat(24) }
  expect(saveName('x'.repeat(300), long, day, 'csv')).toMatch(/^x{60} 表/)
})

it('is valid on every system, whatever the title and the parameters are', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.dictionary(fc.string(), fc.string({ unit: 'binary' })),
      (title, params) => {
        const name = saveName(title, params, day, 'csv')
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(220)
        expect(name).not.toMatch(/[<>:"/\\|?*\p{Cc}]/u)
        expect(name).toMatch(/^[^. ].*\.csv$|^[^. ]\.csv$/u)
        expect(name).not.toMatch(/[. ]\.csv$/)
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *\./i)
      },
    ),
  )
})

it('is ASCII in the bucket', () => {
  expect(keyName('orders', { from: '2026-01-01', who: '佐藤' }, day, 'csv.gz')).toBe('orders_2026-01-01.csv.gz')
})

it('is not longer than 120 characters in the bucket, without its extension', () => {
  const name = 'o'.repeat(64)
  const code = 'c'.repeat(24)
  expect(keyName(name, { a: code, b: code, c: code }, day, 'csv')).toBe(`${name}_${code}_${code}_ccccc.csv`)
})

it('is sent to a browser in any script and in ASCII', () => {
  expect(contentDisposition("受注 'a'.csv")).toBe(
    `attachment; filename="__ 'a'.csv"; filename*=UTF-8''%E5%8F%97%E6%B3%A8%20%27a%27.csv`,
  )
})

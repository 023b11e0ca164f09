import type { Catalogue, ExportFacts } from '../../cdk/catalogue.ts'
import { checkCatalogue } from '../../cdk/contradictions.ts'
import type { Settings } from '../../cdk/settings.ts'

const settings = { catalogue: 'exports/index.ts', maxConcurrentQueries: 2 } as Settings
const mail = { from: 'downloads@example.com' } as NonNullable<Settings['mail']>
const facts = { name: 'orders', parallelism: 1, problems: [], schedules: [] } as unknown as ExportFacts

test('an export may ask for as many ranges at once as queries may run, and no more', () => {
  expect(problemOf({ parallelism: 2 })).toBeUndefined()
  expect(problemOf({ parallelism: 3 })).toBe(
    'Shop cannot be deployed with the catalogue exports/index.ts:\n' +
      '  orders has a parallelism of 3, but maxConcurrentQueries is 2: raise that to 3, or lower the parallelism.',
  )
})

test('a schedule may have several recipients only if mails go through SES', () => {
  const to = (...recipients: string[]) => ({
    schedules: [{ name: 'daily', recipients }] as unknown as ExportFacts['schedules'],
  })
  expect(problemOf(to('a@example.com'))).toBeUndefined()
  expect(problemOf(to('a@example.com', 'b@example.com'), { mail })).toBeUndefined()
  expect(problemOf(to('a@example.com', 'b@example.com'))).toContain(
    'orders has a schedule daily with several recipients',
  )
})

test('problems of the catalogue itself come first, each on a line', () => {
  const problem = problemOf({ problems: ['orders is wrong', 'orders is odd'], parallelism: 3 })
  expect(problem?.split('\n').slice(1, 3)).toEqual(['  orders is wrong.', '  orders is odd.'])
  expect(problem?.split('\n')).toHaveLength(4)
})

function problemOf(change: Partial<ExportFacts>, changes: Partial<Settings> = {}): string | undefined {
  try {
    checkCatalogue({ exports: [{ ...facts, ...change }] } as unknown as Catalogue, { ...settings, ...changes }, 'Shop')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

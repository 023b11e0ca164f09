import { invalid, notFound, Problem } from '../../../client/web/problem.ts'

async function partsOf(problem: Problem, language: 'en' | 'ja' = 'en') {
  const response = problem.toResponse(language)
  return [response.status, await response.json()]
}

test('a refusal has its name, its status, its headers and a sentence in the user’s language', async () => {
  const problem = new Problem(429, 'TooManyPending', 'notReady', { 'retry-after': '30' })
  expect(problem).toMatchObject({ name: 'TooManyPending', message: 'The file is not ready yet.', status: 429 })
  expect(problem.toResponse('en').headers.get('retry-after')).toBe('30')
  const error = { name: 'TooManyPending', message: 'ファイルはまだ準備中です。' }
  expect(await partsOf(problem, 'ja')).toEqual([429, { error }])
})

test('a refusal without headers of its own is private JSON', () => {
  const { headers } = notFound().toResponse('en')
  expect([...headers.keys()]).toEqual(['cache-control', 'content-type', 'x-content-type-options'])
})

test('a sentence may depend on the language in its own way', async () => {
  const problem = new Problem(403, 'NotAllowed', (language) => `Not in ${language}.`)
  expect(problem.message).toBe('Not in en.')
  expect(await partsOf(problem, 'ja')).toEqual([403, { error: { name: 'NotAllowed', message: 'Not in ja.' } }])
})

test('an unknown download is a 404, and an invalid request a 422 unless it says otherwise', async () => {
  expect(await partsOf(notFound())).toEqual([404, { error: { name: 'NotFound', message: 'Download not found.' } }])
  const detail = { error: { name: 'InvalidRequest', message: 'id is missing' } }
  expect(await partsOf(invalid('id is missing'))).toEqual([422, detail])
  expect(await partsOf(invalid('id is missing', 400))).toEqual([400, detail])
  expect(await partsOf(invalid('$& is not known'), 'ja')).toMatchObject([
    422,
    { error: { message: '依頼の内容に誤りがあります（$& is not known）' } },
  ])
})

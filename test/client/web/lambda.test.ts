/** The handler behind a function URL or an HTTP API: events in, results out. */
import { type HttpEvent, toLambdaHandler } from '../../../client/web/lambda.ts'
import { givenDownloads, givenEntry } from './scripted.ts'

function givenEvent(method: string, change: Partial<HttpEvent> = {}): HttpEvent {
  return {
    ...{ rawPath: '/downloads', rawQueryString: '', isBase64Encoded: false, requestContext: { http: { method } } },
    headers: { accept: 'text/html', none: undefined },
    ...change,
  }
}

/** What the handler gets for an event, and the function’s result. */
async function pass(event: HttpEvent) {
  const seen: unknown[] = []
  const lambda = toLambdaHandler(async (request, native) => {
    const { method, url, headers } = request
    seen.push(method, url, Object.fromEntries(headers), await request.text())
    expect(native).toBe(event)
    return new Response('done', { status: 202, headers: { 'x-answer': 'yes' } })
  })
  return { result: await lambda(event), seen }
}

test('the request has the event’s path, query, headers, cookies and body, and the result is the response', async () => {
  const query = { rawQueryString: 'a=1&b=2', cookies: ['x=1', 'y=2'], body: '' }
  const { seen, result } = await pass(givenEvent('GET', query))
  const headers = { accept: 'text/html', cookie: 'x=1; y=2' }
  expect(seen).toEqual(['GET', 'http://localhost/downloads?a=1&b=2', headers, ''])
  expect(result).toEqual({ statusCode: 202, headers: expect.objectContaining({ 'x-answer': 'yes' }), body: 'done' })
})

test.each<[string, Partial<HttpEvent>, string]>([
  ['its text', { body: '{"export":"受注"}' }, '{"export":"受注"}'],
  [
    'its bytes in base64',
    { body: Buffer.from('{"export":"受注"}').toString('base64'), isBase64Encoded: true },
    '{"export":"受注"}',
  ],
  ['nothing', {}, ''],
])('a body is %s', async (_what, change, body) => {
  const posted = { accept: 'text/html', 'content-type': 'text/plain;charset=UTF-8' }
  expect((await pass(givenEvent('POST', change))).seen).toEqual(['POST', 'http://localhost/downloads', posted, body])
})

test('a HEAD request has the same headers as a GET, without a body', async () => {
  const { result, seen } = await pass(givenEvent('HEAD', { body: '' }))
  expect([seen[0], result]).toMatchObject(['HEAD', { statusCode: 202, body: '', headers: { 'x-answer': 'yes' } }])
})

test.each([
  ['a TRACE', givenEvent('TRACE')],
  ['a header outside Latin-1', givenEvent('GET', { headers: { 'x-name': '受注' } })],
])('%s, which fetch cannot represent, is answered with 400', async (_what, event) => {
  const { result, seen } = await pass(event)
  expect([result.statusCode, result.body, seen]).toEqual([400, '', []])
})

test('an event in the older payload format is an error that says which one is needed', async () => {
  const event = { ...givenEvent('GET'), rawPath: undefined as never }
  await expect(pass(event)).rejects.toThrow('payload format 2.0')
})

test('the routes answer', async () => {
  const lambda = toLambdaHandler(givenDownloads({ entries: [givenEntry()], stream: false }).handler)
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const one = await lambda(givenEvent('GET', { rawPath: '/downloads/orders-1', headers }))
  expect([one.statusCode, JSON.parse(one.body)]).toMatchObject([200, { id: 'orders-1', status: 'waiting' }])
  const body = Buffer.from('{"fresh":1}').toString('base64')
  const refused = await lambda(givenEvent('POST', { headers, body, isBase64Encoded: true }))
  expect(JSON.parse(refused.body).error.message).toBe('fresh must be true or false')
})

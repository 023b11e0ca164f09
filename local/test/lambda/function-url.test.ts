import { bench, listen } from './bundle.ts'

async function setUp(source: string, authType: 'NONE' | 'AWS_IAM' = 'NONE') {
  const at = bench()
  const server = await listen(at.lambda.functionUrlHandler)
  const name = at.given(source)
  const { pathname } = new URL(at.lambda.createFunctionUrl(name, { authType }))
  return {
    at,
    name,
    base: server.url + pathname,
    origin: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await at[Symbol.asyncDispose]()
    },
  }
}

const ECHO = 'export const handler = async (event) => event'

describe('a function URL', () => {
  test('gives the function the request as an event of format 2.0', async () => {
    await using url = await setUp(ECHO)
    const answer = await fetch(`${url.base}links/%E6%B3%A8?a=1&a=2&b=%20x`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'one=1; two=2', 'X-Custom': 'Yes' },
      body: '{"x":1}',
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/links/%E6%B3%A8',
      rawQueryString: 'a=1&a=2&b=%20x',
      queryStringParameters: { a: '1,2', b: ' x' },
      cookies: ['one=1', 'two=2'],
      headers: { 'x-custom': 'Yes' },
      requestContext: { http: { method: 'POST', path: '/links/%E6%B3%A8', sourceIp: '127.0.0.1' }, stage: '$default' },
      body: '{"x":1}',
      isBase64Encoded: false,
    })
  })

  test('passes a body that is not text in base64, and no body if there is none', async () => {
    await using url = await setUp(ECHO)
    const binary = await fetch(url.base, { method: 'PUT', body: new Uint8Array([0, 255]) })
    expect(await binary.json()).toMatchObject({ body: 'AP8=', isBase64Encoded: true })
    const none = (await (await fetch(url.base)).json()) as object
    expect(none).toMatchObject({ rawPath: '/', isBase64Encoded: false })
    expect(none).not.toHaveProperty('body')
    expect(none).not.toHaveProperty('queryStringParameters')
  })

  test('answers as the function says', async () => {
    await using url = await setUp(`export const handler = async () => ({
      statusCode: 302, headers: { Location: 'http://example.com/', 'Cache-Control': 'no-store' }, cookies: ['a=1', 'b=2; Path=/'],
    })`)
    const answer = await fetch(url.base, { redirect: 'manual' })
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe('http://example.com/')
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2; Path=/'])
    expect(await answer.text()).toBe('')
  })

  test('decodes a base64 body', async () => {
    await using url = await setUp(`export const handler = async () => ({
      statusCode: 200, headers: { 'content-type': 'application/octet-stream' }, body: 'AP8=', isBase64Encoded: true,
    })`)
    const answer = await fetch(url.base)
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array([0, 255]))
  })

  test('answers 200 with a result that has no status code', async () => {
    await using url = await setUp(`export const handler = async () => 'plain'`)
    const answer = await fetch(url.base)
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/json',
      'plain',
    ])
  })

  test('answers 502 without a reason when the function fails', async () => {
    await using url = await setUp(`export const handler = async () => { throw new Error('secret') }`)
    const answer = await fetch(url.base)
    expect([answer.status, await answer.text()]).toEqual([502, 'Internal Server Error'])
  })

  test.each([
    ['a status that is none', '{ statusCode: 9999 }'],
    ['a header that is none', `{ statusCode: 200, headers: { 'a b': 'x' } }`],
  ])('answers 502 when the function gives %s', async (_what, answer) => {
    await using url = await setUp(`export const handler = async () => (${answer})`)
    expect((await fetch(url.base)).status).toBe(502)
  })

  test('is the same after a restart, and unknown ones are not found', async () => {
    await using url = await setUp(ECHO)
    expect(url.at.lambda.createFunctionUrl(url.name, { authType: 'NONE' })).toBe(
      `http://127.0.0.1:4566${new URL(url.base).pathname}`,
    )
    expect((await fetch(`${url.origin}/lambda-url/unknown/`)).status).toBe(404)
  })

  test('with IAM refuses unsigned requests', async () => {
    await using url = await setUp(ECHO, 'AWS_IAM')
    expect((await fetch(url.base)).status).toBe(403)
    const authorization =
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0'
    expect((await fetch(url.base, { headers: { authorization } })).status).toBe(200)
  })
})

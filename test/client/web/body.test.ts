/** What a request's body may be. */
import { readBody } from '../../../client/web/body.ts'
import { givenDownloads, posting, refusalOf } from './scripted.ts'

const MOST_BYTES = 256 * 1024

/** What it is read as, or the status of the refusal. */
async function read(request: Request) {
  return await readBody(request).catch((problem: { status: number; message: string }) => [
    problem.status,
    problem.message,
  ])
}

/** A request whose body comes in these pieces, without its length. */
function inPieces(...pieces: (string | Uint8Array)[]): Request {
  const encoder = new TextEncoder()
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
      controller.close()
    },
  })
  return new Request('https://shop.example.com/downloads', { method: 'POST', body, duplex: 'half' } as RequestInit)
}

const nested = (levels: number) => `{"params":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
const long = (bytes: number) => JSON.stringify({ a: 'x'.repeat(bytes - '{"a":""}'.length) })

test.each<[string, string | undefined, unknown]>([
  ['an object', '{"export":"orders"}', { export: 'orders' }],
  ['an object with null and a list', '{"params":null,"more":[1,"a"]}', { params: null, more: [1, 'a'] }],
  ['nothing', '', {}],
  ['no body at all', undefined, {}],
  ['blanks', ' \n', {}],
  ['what is not JSON', '{', [400, 'The request must be sent as JSON.']],
  ['a list', '[1]', [400, 'The request must be a JSON object.']],
  ['null', 'null', [400, 'The request must be a JSON object.']],
  ['a text', '"orders"', [400, 'The request must be a JSON object.']],
  ['a number', '7', [400, 'The request must be a JSON object.']],
])('%s, %j, is read as %j', async (_what, body, value) => {
  const request = new Request('https://shop.example.com/downloads', {
    method: 'POST',
    ...(body !== undefined && { body }),
  })
  expect(await read(request)).toEqual(value)
})

test('a body may be nested 50 levels deep, and no deeper', async () => {
  expect(await read(inPieces(nested(50)))).toEqual(JSON.parse(nested(50)))
  expect(await read(inPieces(nested(51)))).toEqual([422, 'The request is nested more than 50 levels deep'])
  expect(await read(inPieces(nested(100_000)))).toEqual([422, 'The request is nested more than 50 levels deep'])
})

test('a body may be as large as the largest request, with its length or without', async () => {
  const tooLarge = [413, 'The request is too large.']
  expect(await read(inPieces(long(MOST_BYTES)))).toEqual(JSON.parse(long(MOST_BYTES)))
  expect(await read(inPieces(long(MOST_BYTES).slice(0, 9), long(MOST_BYTES + 1).slice(9)))).toEqual(tooLarge)
  for (const [length, status] of [
    [MOST_BYTES, undefined],
    [MOST_BYTES + 1, 413],
  ] as const) {
    const request = inPieces('{}')
    request.headers.set('content-length', String(length))
    expect(await read(request)).toEqual(status === undefined ? {} : tooLarge)
  }
})

test('a body is refused by its length alone, before any of it is read', async () => {
  const request = inPieces('{}')
  request.headers.set('content-length', '1000000')
  await read(request)
  expect(request.bodyUsed).toBe(false)
})

test('a character may be divided between two pieces', async () => {
  const bytes = new TextEncoder().encode('{"export":"受注"}')
  expect(await read(inPieces(bytes.subarray(0, 12), bytes.subarray(12)))).toEqual({ export: '受注' })
  // One that is cut off at the end is not lost silently.
  expect(await read(inPieces('{"a":"', bytes.subarray(11, 12)))).toEqual([400, 'The request must be sent as JSON.'])
})

test('the refusals reach the page', async () => {
  const { handler } = givenDownloads()
  expect(await refusalOf(handler(posting('', '[1]')))).toEqual([
    ...[400, 'InvalidRequest', 'The request must be a JSON object.'],
  ])
  expect(await refusalOf(handler(posting('', long(300_000))))).toEqual([
    ...[413, 'InvalidRequest', 'The request is too large.'],
  ])
})

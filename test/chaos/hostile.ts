/** Message bodies that a malicious or faulty sender might put on the queue. */
import type { Random } from './random.ts'

export interface Hostile {
  body: string
  kind: string
}

const RIGHT = { export: 'orders', params: { from: '2026-01-01', to: '2026-01-02' }, requestedBy: 'hanako@example.com' }
const LURE = '\r\n\r\nYour download is ready: https://evil.example/x \u202e\u2066'
const ODD = [
  '\ud800',
  '\u0000',
  '\u202e',
  '__proto__',
  'constructor',
  '😀',
  LURE,
  "'; DROP TABLE orders; --",
  '{{7*7}}',
  '%s%n',
  '',
]

type Make = (id: string, random: Random) => string

const KINDS: Record<string, Make> = {
  'invalid JSON': (id, random) => `${random.pick(['{', '[', 'null', '"', 'undefined', '﻿{}', '<xml/>'])} ${id}`,
  'not an object': (_, random) => JSON.stringify(random.pick([1, [], 'text', null, true, [[[]]]])),
  'an empty object': () => '{}',
  'an unknown field': (id, random) => JSON.stringify({ id, ...RIGHT, [random.pick(ODD)]: 1 }),
  'an unknown parameter': (id, random) =>
    JSON.stringify({ id, ...RIGHT, params: { ...RIGHT.params, [random.pick(ODD)]: random.pick(ODD) } }),
  'a value of the wrong type': (id, random) =>
    JSON.stringify({
      id,
      ...RIGHT,
      [random.pick(['export', 'params', 'requestedBy', 'format'])]: random.pick([1, null, [], {}, ...ODD]),
    }),
  'a lone surrogate': (id) =>
    `{"id":"${id}","export":"orders","requestedBy":"hanako@example.com","params":{"\\ud800":"\\udfff"}}`,
  'a prototype': (id) =>
    `{"id":"${id}","__proto__":{"export":"orders"},"constructor":1,"params":{"__proto__":{}},"requestedBy":"a@b.cc"}`,
  'a bad name': (id, random) =>
    JSON.stringify({ ...RIGHT, id: `${id}${random.pick(['/', ' ', '.', '\n', '../', '日'])}` }),
  'an invalid address': (id, random) =>
    JSON.stringify({
      id,
      ...RIGHT,
      requestedBy: `a@b.cc${random.pick(['\r\nBcc: evil@evil.example', ',evil@evil.example', '>', LURE])}`,
    }),
  'a very long value': (id, random) =>
    JSON.stringify({ id, ...RIGHT, params: { ...RIGHT.params, x: 'a'.repeat(random.between(100_000, 200_000)) } }),
  'very many parameters': (id) =>
    JSON.stringify({ id, ...RIGHT, params: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])) }),
  'deep nesting': (id, random) => {
    const depth = random.between(50, 20_000)
    return `{"id":"${id}","export":"orders","requestedBy":"a@b.cc","params":${'['.repeat(depth)}${']'.repeat(depth)}}`
  },
  'a huge number': (id) => `{"id":"${id}","export":"orders","requestedBy":"a@b.cc","params":{"from":1e999,"to":-0}}`,
  'an unknown export': (id, random) =>
    JSON.stringify({ id, ...RIGHT, export: random.pick(['toString', 'order', '../orders', LURE]) }),
  'an invalid date': (id, random) =>
    JSON.stringify({
      id,
      ...RIGHT,
      params: { from: random.pick(['2026-02-30', '0000-00-00', "1' OR '1'='1"]), to: '2026-03-01' },
    }),
}

/** Makes bodies that differ in their id or text, because SQS removes duplicates. */
export function hostileBodies(count: number, random: Random): Hostile[] {
  const names = Object.keys(KINDS)
  const seen = new Set<string>()
  const bodies: Hostile[] = []
  for (let at = 0; bodies.length < count; at++) {
    const kind = names[at % names.length]!
    const body = KINDS[kind]!(`hostile-${at}`, random)
    // A body without an id may occur twice, because its execution is named after the message.
    if (seen.has(body) && body.includes('hostile-')) continue
    seen.add(body)
    bodies.push({ body, kind })
  }
  return bodies
}

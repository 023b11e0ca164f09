import fc from 'fast-check'
import { lengthOf, planParts } from '../../../engine/stores/part-plan.ts'

const limits = { minBytes: 5, maxBytes: 50, maxParts: 100 }
const plan = (...lengths: number[]) => planParts(lengths, limits)

it('copies chunks that are large enough unchanged', () => {
  expect(plan(10, 7)).toEqual([
    { how: 'copy', piece: { chunk: 0, from: 0, to: 10 } },
    { how: 'copy', piece: { chunk: 1, from: 0, to: 7 } },
  ])
})

it('copies a small chunk when it is the last', () => {
  expect(plan(10, 2)?.at(-1)).toEqual({ how: 'copy', piece: { chunk: 1, from: 0, to: 2 } })
})

it('merges small neighbours, and only them', () => {
  expect(plan(2, 3, 10)).toEqual([
    {
      how: 'merge',
      pieces: [
        { chunk: 0, from: 0, to: 2 },
        { chunk: 1, from: 0, to: 3 },
      ],
    },
    { how: 'copy', piece: { chunk: 2, from: 0, to: 10 } },
  ])
})

it('borrows no more from a large neighbour than a part needs', () => {
  expect(plan(2, 20)).toEqual([
    {
      how: 'merge',
      pieces: [
        { chunk: 0, from: 0, to: 2 },
        { chunk: 1, from: 0, to: 3 },
      ],
    },
    { how: 'copy', piece: { chunk: 1, from: 3, to: 20 } },
  ])
})

it.each([
  ['of a single byte', 1],
  ['that lacks a single byte', 4],
])('borrows for a small one %s', (_, bytes) => {
  expect(plan(bytes, 20)).toEqual([
    {
      how: 'merge',
      pieces: [
        { chunk: 0, from: 0, to: bytes },
        { chunk: 1, from: 0, to: 5 - bytes },
      ],
    },
    { how: 'copy', piece: { chunk: 1, from: 5 - bytes, to: 20 } },
  ])
})

it('merges what borrowing leaves of a chunk that S3 would not copy a range of', () => {
  const merges = plan(3, 5)
  expect(merges?.map(({ how }) => how)).toEqual(['merge', 'merge'])
  expect(merges?.map(lengthOf)).toEqual([5, 3])
})

it('divides a chunk between two merged parts, and counts each of its bytes once', () => {
  expect(plan(2, 6, 20)).toEqual([
    {
      how: 'merge',
      pieces: [
        { chunk: 0, from: 0, to: 2 },
        { chunk: 1, from: 0, to: 3 },
      ],
    },
    {
      how: 'merge',
      pieces: [
        { chunk: 1, from: 3, to: 6 },
        { chunk: 2, from: 0, to: 2 },
      ],
    },
    { how: 'copy', piece: { chunk: 2, from: 2, to: 20 } },
  ])
})

it('passes over empty chunks between others', () => {
  expect(plan(2, 0, 1)).toEqual([
    {
      how: 'merge',
      pieces: [
        { chunk: 0, from: 0, to: 2 },
        { chunk: 2, from: 0, to: 1 },
      ],
    },
  ])
})

it('divides a chunk that exceeds a part’s maximum into equal parts', () => {
  expect(plan(101)).toEqual([
    { how: 'copy', piece: { chunk: 0, from: 0, to: 34 } },
    { how: 'copy', piece: { chunk: 0, from: 34, to: 68 } },
    { how: 'copy', piece: { chunk: 0, from: 68, to: 101 } },
  ])
})

it('makes no parts for empty chunks', () => {
  expect(plan(0, 0)).toEqual([])
})

it('returns null if there would be more parts than an object can have', () => {
  expect(planParts(new Array(100).fill(5), limits)).toHaveLength(100)
  expect(planParts(new Array(101).fill(5), limits)).toBeNull()
})

it('covers every byte once and in order, and obeys the limits, whatever the chunks are', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 30 }), (lengths) => {
      const parts = planParts(lengths, { ...limits, maxParts: 10_000 })!
      const pieces = parts.flatMap((part) => (part.how === 'copy' ? [part.piece] : part.pieces))
      const covered = pieces.flatMap(({ chunk, from, to }) =>
        Array.from({ length: to - from }, (_, index) => `${chunk}:${from + index}`),
      )
      const all = lengths.flatMap((length, chunk) => Array.from({ length }, (_, index) => `${chunk}:${index}`))
      expect(covered).toEqual(all)
      const sizes = parts.map(lengthOf)
      expect(sizes.slice(0, -1).every((size) => size >= limits.minBytes)).toBe(true)
      expect(sizes.every((size) => size <= limits.maxBytes)).toBe(true)
      for (const part of parts) {
        if (part.how !== 'copy') continue
        const { chunk, from, to } = part.piece
        expect(lengths[chunk]! > limits.minBytes || (from === 0 && to === lengths[chunk])).toBe(true)
      }
    }),
  )
})

import { endsMember } from '../../../engine/keys/member.ts'

/** The keys from 1 to `count` that end a member. */
function ends(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter((key) => {
    const bytes = Buffer.from(`,${key};`)
    return endsMember(bytes, 1, bytes.length - 1)
  })
}

test('the same keys end members in every version, because an export may be continued after a deployment', () => {
  expect(ends(30_000)).toEqual([1702, 6343, 6398, 15521, 22165, 22406, 22763, 24346, 27530, 28987, 29267, 29659])
})

test('one key in about 4,096 ends a member, wherever in the table it is', () => {
  const all = ends(800_000)
  for (const half of [all.filter((key) => key <= 400_000), all.filter((key) => key > 400_000)])
    expect(Math.abs(half.length / (400_000 / 4_096) - 1)).toBeLessThan(0.25)
})

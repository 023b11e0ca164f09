import { requesterDigest } from '../../statemachine/requester.ts'

test('the digest of a requester is the same for every case of the address, and another for another address', () => {
  expect(requesterDigest('Hanako@Example.com')).toBe(requesterDigest('hanako@example.com'))
  expect(requesterDigest('taro@example.com')).not.toBe(requesterDigest('hanako@example.com'))
})

test('the digest stays the same in every release, because links that were sent contain it', () => {
  expect(requesterDigest('hanako@example.com')).toBe('3a115c1ed0035cb3')
})

import { isPrivateAddress } from '../../cdk/address.ts'

/** The first and the last address of each private range, and their neighbours outside. */
test.each([
  ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['fc00::', 'fdff:ffff::', 'fbff:ffff::', 'fe00::'],
  ['fe80::', 'febf:ffff::', 'fe7f:ffff::', 'fec0::'],
  ['::1', '::1', '::', '::2'],
])('from %s to %s addresses are private, and %s and %s are not', (first, last, before, after) => {
  expect([first, last, before, after].map(isPrivateAddress)).toEqual([true, true, false, false])
})

import { loadPeer } from '../../client/aws.ts'
import { PartMissing } from '../../client/errors.ts'

const failing = (error: Error) => () => Promise.reject(error)

test('a package that is installed is loaded', async () => {
  expect(await loadPeer('a-package', async () => 'loaded', 'Reading logs')).toBe('loaded')
})

test('a package that is not installed is named, with what needs it and how to install it', async () => {
  const cause = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  const missing = await loadPeer('a-package', failing(cause), 'Reading logs').catch((error: unknown) => error)
  expect(missing).toBeInstanceOf(PartMissing)
  expect(missing).toMatchObject({
    message: 'Reading logs needs the package a-package, which is not installed. Run: npm install a-package',
    cause,
  })
})

test('a package that cannot be loaded for another reason is not called missing', async () => {
  const broken = new SyntaxError('Unexpected token')
  await expect(loadPeer('a-package', failing(broken), 'Reading logs')).rejects.toBe(broken)
})

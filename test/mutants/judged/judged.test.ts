import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { changesOf } from '../operators.ts'
import { judgements } from './judged.ts'

const ROOT = join(import.meta.dirname, '../../..')

describe('each judgement of a change', () => {
  it('is of a change that the operators make', () => {
    const files = new Set(judgements.map(({ file }) => file))
    const changes = new Map([...files].map((file) => [file, changesOf(readFileSync(join(ROOT, file), 'utf8'))]))
    const vain = judgements.filter(
      ({ file, line, change }) => !changes.get(file)!.some((one) => one.line === line && one.what === change),
    )
    expect(vain).toEqual([])
  })

  it('has a reason', () => {
    expect(judgements.filter(({ because }) => !/^\S.*\.$/.test(because))).toEqual([])
  })
})

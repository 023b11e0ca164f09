import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { changesOf } from '../operators.ts'
import { judgements } from './judged.ts'
import type { Judgement } from './judgement.ts'

const ROOT = join(import.meta.dirname, '../../..')

describe('each judgement of a change', () => {
  it('is of a change that the operators make', () => {
    const makes = ({ file, line, change }: Judgement) =>
      changesOf(readFileSync(join(ROOT, file), 'utf8')).some((one) => one.line === line && one.what === change)
    expect(judgements.filter((judgement) => !makes(judgement))).toEqual([])
  })

  it('has a reason', () => {
    expect(judgements.filter(({ because }) => !/^\S.*\.$/.test(because))).toEqual([])
  })
})

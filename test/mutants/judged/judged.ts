/** All judgements, by the folder of their modules. */
import { cdkJudgements } from './cdk.ts'
import { clientJudgements } from './client.ts'
import { clientWebJudgements } from './client-web.ts'
import { engineJudgements } from './engine.ts'
import { formatsJudgements } from './engine-formats.ts'
import { keysJudgements } from './engine-keys.ts'
import { parquetJudgements } from './engine-parquet.ts'
import { rowsJudgements } from './engine-rows.ts'
import { sourcesJudgements } from './engine-sources.ts'
import { storesJudgements } from './engine-stores.ts'
import { functionsJudgements } from './functions.ts'
import type { Judgement } from './judgement.ts'
import { statemachineJudgements } from './statemachine.ts'

export const judgements: Judgement[] = [
  ...engineJudgements,
  ...keysJudgements,
  ...storesJudgements,
  ...sourcesJudgements,
  ...formatsJudgements,
  ...parquetJudgements,
  ...rowsJudgements,
  ...functionsJudgements,
  ...statemachineJudgements,
  ...cdkJudgements,
  ...clientJudgements,
  ...clientWebJudgements,
]

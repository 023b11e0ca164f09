import type { OperatorClient } from '@carryout/client/operator'
import type { Context } from 'hono'
import type { Operator } from '../operator.ts'
import type { View } from '../view/page.ts'

/** The data that every route has. */
export interface ConsoleEnvironment {
  Variables: { carryout: OperatorClient; operator: Operator; view: View }
}

export type ConsoleContext = Context<ConsoleEnvironment>

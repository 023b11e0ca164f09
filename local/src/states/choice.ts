/** The Choice state: the first rule whose condition is true, or else the default. */
import type { ChoiceState, Results } from './definition.ts'
import { StateFailed } from './errors.ts'
import { bindings, evaluateFieldAs, type Scope, whileExecuting } from './scope.ts'

/**
 * @returns the rule, and the location of its fields. The state's own Output and Assign belong to the default
 * @throws StateFailed
 */
export async function chooseRule(
  scope: Scope,
  state: ChoiceState,
): Promise<{ rule: Results & { Next: string }; location: string }> {
  const seen = bindings(scope)
  for (const [i, rule] of state.Choices.entries()) {
    const location = `Choices[${i}]/`
    if (await evaluateFieldAs(scope, 'boolean', rule.Condition, `${location}Condition`, seen)) return { rule, location }
  }
  const { Default, Output, Assign } = state
  if (Default !== undefined) return { rule: { Output, Assign, Next: Default }, location: '' }
  const cause = `${whileExecuting(scope.frame)} No rule matched, and there is no Default.`
  throw new StateFailed({ error: 'States.NoChoiceMatched', cause })
}

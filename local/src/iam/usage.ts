/** The permissions that the template's roles were granted and used, for a comparison over a whole test run. */
import { type Access, applies } from './evaluate.ts'
import type { Statement } from './statement.ts'

/** By the role's logical id in its template. */
export interface UsageReport {
  granted: Record<string, string[]>
  used: Record<string, string[]>
  /** Requested and refused: what a policy lacks. */
  denied: Record<string, string[]>
}

export interface Usage {
  granted(role: string, statements: readonly Statement[]): void
  used(role: string, action: string, statements: readonly Statement[], access: Access): void
  denied(role: string, action: string): void
  report(): UsageReport
}

export function createUsage(): Usage {
  const granted = new Map<string, Set<string>>()
  const used = new Map<string, Set<string>>()
  const denied = new Map<string, Set<string>>()
  const add = (map: Map<string, Set<string>>, role: string, actions: Iterable<string>) => {
    const set = map.get(role) ?? new Set()
    for (const action of actions) set.add(action)
    map.set(role, set)
  }
  const plain = (map: Map<string, Set<string>>) =>
    Object.fromEntries([...map].map(([role, actions]) => [role, [...actions].sort()]))
  return {
    granted(role, statements) {
      const allowed = statements.filter(({ effect, actions }) => effect === 'Allow' && actions.match)
      add(
        granted,
        role,
        allowed.flatMap(({ actions }) => actions.patterns),
      )
    },
    used(role, action, statements, access) {
      const pattern = statements
        .filter((statement) => statement.effect === 'Allow' && applies(statement, access))
        .flatMap(({ actions }) => actions.patterns)
        .find((each) => each.toLowerCase() === action.toLowerCase())
      // What only a wildcard allows is reported as the action for which it was used.
      add(used, role, [pattern ?? action])
    },
    denied: (role, action) => add(denied, role, [action]),
    report: () => ({ granted: plain(granted), used: plain(used), denied: plain(denied) }),
  }
}

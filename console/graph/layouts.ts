/** Caches the layout of each definition, because most executions run the same one. */
import type { StateList } from './definition.ts'
import { layout, type Placed } from './layout.ts'

/** How many layouts are kept; older executions run older definitions. */
const KEPT = 8
/** Ordered by last use, the most recent last. */
const known = new Map<string, Placed>()

/** @param definition of a state machine, in Amazon States Language */
export function layoutOf(definition: string): Placed {
  const placed = known.get(definition) ?? layout(JSON.parse(definition) as StateList)
  known.delete(definition)
  known.set(definition, placed)
  const [oldest] = known.keys()
  if (known.size > KEPT) known.delete(oldest!)
  return placed
}

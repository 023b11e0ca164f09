/** An export's schema as apps write it. */
import { sql, z } from 'carryout'

const schema = z.strictObject({
  from: z.iso.date(),
  kind: z.enum(['a', 'b']).default('a'),
  many: z.array(z.email()).max(2).optional(),
})
const refused = schema.safeParse({ from: 'yesterday', kind: 'c', many: ['x'], other: 1 })
const told = [
  sql`SELECT ${1}`.text,
  refused.error?.issues,
  schema.parse({ from: '2026-01-31' }),
  z.toJSONSchema(schema),
]
process.stdout.write(JSON.stringify(told))

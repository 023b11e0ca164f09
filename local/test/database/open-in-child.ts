/**
 * A local cloud's database in a process of its own, for tests that kill it: opens it, prints its facts as a line of
 * JSON, and then does what the second argument says.
 */
import { openDatabase } from '../../src/database/database.ts'

const [, , stateDirectory, then] = process.argv
const database = await openDatabase({
  stateDirectory: stateDirectory!,
  database: 'shop',
  product: process.env.CARRYOUT_DATABASE || 'mariadb',
})
console.log(JSON.stringify(database))
if (then === 'stay') setInterval(() => undefined, 60_000)
if (then === 'leave') process.exit(0)

import type { Call } from '../call.ts'
import type { Expectation } from '../contract.ts'
import { invalid } from '../problem.ts'
import { json } from '../respond.ts'

/** Returns the forecast for an export before it is requested. */
export async function expect(call: Call): Promise<Response> {
  const name = call.url.searchParams.get('export')
  if (!name) throw invalid('export is missing: the name of the export')
  await call.checkAllowed({ export: name, params: {} })
  const { outlook } = call.site
  const [typical, waiting] = await Promise.all([outlook.typical(name), outlook.waiting()])
  const body: Expectation = {
    export: name,
    seconds: typical ? Math.round(typical.seconds) : null,
    bytes: typical?.bytes ?? null,
    waiting,
  }
  return json(body)
}

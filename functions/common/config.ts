/** A function's configuration: its environment variables, read once when the environment starts, and validated. */
import * as z from 'zod'

/**
 * @param shape the variables by their names in `environment.ts`, each with what it must be
 * @throws Error naming every variable that is missing or wrong: a broken deployment shows at the first invocation
 */
export function readConfig<Shape extends z.ZodRawShape>(shape: Shape): z.output<z.ZodObject<Shape>> {
  const config = z.object(shape).safeParse(process.env)
  if (config.success) return config.data
  const problems = config.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The function's environment is wrong: ${problems.join('; ')}. Deploy the stack again.`)
}

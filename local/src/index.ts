/** AWS in one process: boots what a synthesized CloudFormation template describes. */
export { childEnvironment } from './child-environment.ts'
export { type Cloud, startCloud } from './cloud.ts'
export { parseDatabaseUrl, reachExternal, type Target } from './database/external.ts'
export type { UsageReport } from './iam/usage.ts'
export { DEFAULT_PORT } from './identity.ts'
export type { OutboxMail } from './mail/outbox.ts'
export type { CloudOptions, FunctionEnvironment, LaptopServices } from './options.ts'
export { explainFault, isUserError } from './user-error.ts'

/** What a web app imports: request a download, follow it, replay it, open its file. */

export type { AwsOptions } from './aws.ts'
export {
  type Carryout,
  createCarryout,
  type Execution,
  type FollowOptions,
  type Link,
  type NewRequest,
  newId,
  type Progress,
  type Replay,
  type Sent,
  type Waiting,
} from './carryout.ts'
export type { Download } from './download.ts'
export { isCarryoutError, NoFile, NoSuchExecution, NotReplayable, PartMissing, StackNotFound } from './errors.ts'
export { DEFAULT_STACK, type Parts, type Place } from './parts.ts'
export { type Reason, STATUSES, type Status } from './progress.ts'
export type { Attempt, Step } from './steps.ts'

/** What a web app imports: functions to request a download, follow it, replay it and open its file. */

export { elapsedMillis, type Run } from '../statemachine/elapsed.ts'
export type { AwsOptions } from './aws.ts'
export {
  type Carryout,
  createCarryout,
  type DownloadEntry,
  type DownloadsPage,
  type DownloadsQuery,
  type Execution,
  type FollowOptions,
  type Forecast,
  type Link,
  type LinkOptions,
  type NewRequest,
  type NoticeFacts,
  newId,
  type Outage,
  type Pause,
  type Progress,
  type Rebuilt,
  type Replay,
  type ReplayOptions,
  type Sent,
  type Typical,
  type Waiting,
} from './carryout.ts'
export type { Download } from './download.ts'
export {
  isCarryoutError,
  NoFile,
  NoSuchExecution,
  NoTable,
  NotReplayable,
  PartMissing,
  Paused,
  StackNotFound,
} from './errors.ts'
export { DEFAULT_STACK, type Parts, type Place } from './parts.ts'
export { type Reason, STATUSES, type Status } from './progress.ts'
export type { Attempt, Step } from './steps.ts'

/**
 * The local cloud: the emulated AWS services in this process. It boots from a synthesized template, so it runs exactly
 * what is deployed.
 */
import { startOthers } from './boot/others.ts'
import { checkRegion } from './boot/region.ts'
import type { Database } from './database/database.ts'
import type { Events } from './events/events.ts'
import { startGateway } from './gateway.ts'
import type { UsageReport } from './iam/usage.ts'
import { ACCOUNT_ID, DEFAULT_REGION } from './identity.ts'
import type { Lambda } from './lambda/port.ts'
import { lockState } from './lock.ts'
import type { Logs } from './logs/logs.ts'
import type { Outbox } from './mail/outbox.ts'
import type { CloudOptions } from './options.ts'
import type { S3 } from './s3/s3.ts'
import type { Scheduler } from './scheduler/scheduler.ts'
import type { Ses } from './ses/ses.ts'
import type { States } from './states/service.ts'
import { cutLogNotice, openStore, stateUnusable } from './store.ts'
import type { Stack } from './template/stack.ts'

export interface Cloud {
  endpointUrl: string
  region: string
  stateDirectory: string
  /** The outputs of all stacks, by key. */
  outputs: Record<string, string>
  /** One sentence for each part of the template that the local cloud does not support. */
  unsupported: string[]
  stacks: readonly Stack[]
  database: Database
  lambda: Lambda
  states: States
  s3: S3
  logs: Logs
  outbox: Outbox
  /** The permissions granted to the template's roles, and which of them were used. */
  iamUsage(): UsageReport
  /** `fail` makes the next mails fail, for tests. */
  ses: Ses
  events: Pick<Events, 'put'>
  /** `advanceTo` makes schedules due, for tests. */
  scheduler: Pick<Scheduler, 'advanceTo'>
  /** Stops everything in order; running work continues at the next start. */
  stop(): Promise<void>
}

/**
 * Boots the local cloud.
 *
 * @throws PortInUse, StateUnusable, DatabaseUnusable, TemplateError (see `isUserError`), and the errors of `assembly`
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const open = new AsyncDisposableStack()
  try {
    const cloud = await boot(options, open)
    return { ...cloud, stop: () => open.disposeAsync() }
  } catch (error) {
    await open.disposeAsync()
    // A database in the state directory is damaged, whichever service found out.
    if ((error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR') throw stateUnusable(options.stateDirectory, error)
    throw error
  }
}

/** @param open collects what must be closed again, in reverse order */
async function boot(options: CloudOptions, open: AsyncDisposableStack): Promise<Omit<Cloud, 'stop'>> {
  const { stateDirectory, port, region = DEFAULT_REGION, onProgress = () => undefined } = options
  open.defer(lockState(stateDirectory))
  const notice = cutLogNotice(stateDirectory)
  if (notice) onProgress(notice)
  const store = open.adopt(openStore(stateDirectory), (opened) => opened.close())
  checkRegion(store, region, stateDirectory)
  // First of what takes time, so that a port in use is reported immediately.
  const gateway = open.adopt(await startGateway({ port }), (started) => started.stop())
  const place = { store, region, accountId: ACCOUNT_ID, endpointUrl: gateway.endpointUrl }
  const load = () => Promise.all([import('./boot/boot.ts'), options.site?.()])
  const { modules, others } = startOthers(options, load, open)
  const [{ bootServices }, makeSite] = await modules
  return bootServices(place, { ...options, gateway, others, makeSite }, open)
}

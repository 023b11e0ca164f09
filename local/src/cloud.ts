/**
 * The local cloud: AWS in this process, as far as it is emulated. It boots from a synthesized template, so what runs here is
 * what is deployed.
 */
import { queuePoller } from './boot/queue-poller.ts'
import { checkRegion } from './boot/region.ts'
import { resourceTypes } from './boot/resource-types.ts'
import { serve } from './boot/serve.ts'
import { openServices } from './boot/services.ts'
import type { Database } from './database/database.ts'
import type { Events } from './events/events.ts'
import { startGateway } from './gateway.ts'
import { createGuard } from './iam/guard.ts'
import type { UsageReport } from './iam/usage.ts'
import { ACCOUNT_ID, DEFAULT_REGION } from './identity.ts'
import { createMappings, type Mapping } from './lambda/mappings.ts'
import type { Lambda } from './lambda/port.ts'
import { lockState } from './lock.ts'
import type { Logs } from './logs/logs.ts'
import type { Outbox } from './mail/outbox.ts'
import type { CloudOptions } from './options.ts'
import { createRetention } from './retention.ts'
import type { S3 } from './s3/s3.ts'
import type { Scheduler } from './scheduler/scheduler.ts'
import type { Ses } from './ses/ses.ts'
import type { States } from './states/service.ts'
import { cutLogNotice, openStore, stateUnusable } from './store.ts'
import { readAssembly } from './template/assembly.ts'
import { bootStack, type Stack } from './template/stack.ts'

export interface Cloud {
  endpointUrl: string
  region: string
  stateDirectory: string
  /** Of all stacks, by their keys. */
  outputs: Record<string, string>
  /** A sentence for each part of the template that the local cloud does not have. */
  unsupported: string[]
  stacks: readonly Stack[]
  database: Database
  lambda: Lambda
  states: States
  s3: S3
  logs: Logs
  outbox: Outbox
  /** What the roles of the template were granted, and what of it was used. */
  iamUsage(): UsageReport
  /** Its `fail` makes the next mails fail, for tests. */
  ses: Ses
  events: Pick<Events, 'put'>
  /** Its `advanceTo` makes schedules due, for tests. */
  scheduler: Pick<Scheduler, 'advanceTo'>
  /** Ends everything in order; what runs goes on at the next start. */
  stop(): Promise<void>
}

/**
 * Boots the local cloud.
 *
 * @throws PortInUse, StateUnusable, DatabaseUnusable, TemplateError (see `isUserError`), and what `assembly` throws.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const open = new AsyncDisposableStack()
  try {
    const cloud = await boot(options, open)
    return { ...cloud, stop: () => open.disposeAsync() }
  } catch (error) {
    await open.disposeAsync()
    // Whichever service met it: a database in the state directory is not what it was.
    if ((error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR') throw stateUnusable(options.stateDirectory, error)
    throw error
  }
}

/** @param open takes what must be closed again, the last opened first. */
async function boot(options: CloudOptions, open: AsyncDisposableStack): Promise<Omit<Cloud, 'stop'>> {
  const { stateDirectory, port, region = DEFAULT_REGION, onProgress = () => undefined } = options
  open.defer(lockState(stateDirectory))
  const notice = cutLogNotice(stateDirectory)
  if (notice) onProgress(notice)
  const store = open.adopt(openStore(stateDirectory), (opened) => opened.close())
  checkRegion(store, region, stateDirectory)
  // First of what takes time, so that a port in use is said at once.
  const gateway = open.adopt(await startGateway({ port }), (started) => started.stop())
  const { endpointUrl } = gateway
  const place = { store, region, accountId: ACCOUNT_ID, endpointUrl }
  const { services, assembly } = await openServices(place, options, open)
  const { database, secrets, rdsData, lambda, states, s3, logs, messaging, ses, events, scheduler, iam, usage } =
    services

  const stacks: Stack[] = []
  const declared: Mapping[] = []
  const environmentOf = options.environment?.({ database, secrets, rdsData, endpointUrl }) ?? ((variables) => variables)
  const types = resourceTypes(services, { environmentOf, onMapping: (mapping) => declared.push(mapping) })
  for (const source of readAssembly(assembly)) stacks.push(await bootStack(source, { ...place, types }))

  gateway.guard = createGuard({
    iam,
    place: { ...place, secretArn: secrets.arnOf, identitiesOf: ses.identitiesOf },
    exists: s3.has,
  })
  const mappings = open.adopt(
    createMappings({
      ...{ store, mappings: declared },
      poll: queuePoller({ messaging, lambda, endpointUrl, region, onProgress, open }),
    }),
    (opened) => opened.stop(),
  )
  let ready = false
  const site = options.site?.({ endpointUrl, region })
  serve(gateway, services, { mappings, stacks, isReady: () => ready, site })
  // Executions go on only once all that their functions call answers; requests come in last.
  await states.resume()
  lambda.resume()
  mappings.start()
  scheduler.start()
  ready = true
  // Last: nothing waits for it.
  open.adopt(createRetention({ store }), (opened) => opened.stop())
  return {
    endpointUrl,
    region,
    stateDirectory,
    outputs: Object.fromEntries(stacks.flatMap(({ outputs }) => outputs.map(({ key, value }) => [key, value]))),
    unsupported: stacks.flatMap(({ unsupported }) => unsupported),
    stacks,
    database,
    lambda,
    states,
    s3,
    logs,
    outbox: messaging.outbox,
    iamUsage: usage.report,
    ses,
    events,
    scheduler,
  }
}

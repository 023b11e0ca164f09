/** Creates the assembly's stacks from the services, and starts what calls functions on its own. */
import type { Gateway } from '../gateway.ts'
import { createGuard } from '../iam/guard.ts'
import { createMappings, type Mapping } from '../lambda/mappings.ts'
import type { CloudOptions, MakeSite } from '../options.ts'
import { createRetention } from '../retention.ts'
import { bootStack, type Stack } from '../template/stack.ts'
import type { Others } from './others.ts'
import { queuePoller } from './queue-poller.ts'
import { resourceTypes } from './resource-types.ts'
import { serve } from './serve.ts'
import { openServices, type ServicePlace } from './services.ts'

/**
 * @param options.others what starts in other processes in the meantime
 * @param open collects what must be closed again, in reverse order
 * @throws TemplateError, and the errors of `openServices`
 */
export async function bootServices(
  place: ServicePlace,
  options: CloudOptions & { gateway: Gateway; others: Promise<Others>; makeSite: MakeSite | undefined },
  open: AsyncDisposableStack,
) {
  const { gateway, stateDirectory, onProgress = () => undefined } = options
  const { endpointUrl, region } = place
  const { services, stacks: sources } = await openServices(place, options, open)
  const { database, secrets, rdsData, lambda, states, s3, logs, messaging, ses, events, scheduler, iam, usage } =
    services

  const stacks: Stack[] = []
  const declared: Mapping[] = []
  const environmentOf = options.environment?.({ database, secrets, rdsData, endpointUrl }) ?? ((variables) => variables)
  const types = resourceTypes(services, { environmentOf, onMapping: (mapping) => declared.push(mapping) })
  for (const source of sources) stacks.push(await bootStack(source, { ...place, types }))

  gateway.guard = createGuard({
    iam,
    place: { ...place, secretArn: secrets.arnOf, identitiesOf: ses.identitiesOf },
    exists: s3.has,
  })
  const mappings = open.adopt(
    createMappings({
      ...{ store: place.store, mappings: declared },
      poll: queuePoller({ messaging, lambda, endpointUrl, region, onProgress, open }),
    }),
    (opened) => opened.stop(),
  )
  let ready = false
  const site = options.makeSite?.({ endpointUrl, region })
  serve(gateway, services, { mappings, stacks, isReady: () => ready, site })
  // Executions continue only after everything that their functions call responds; requests are accepted last.
  await states.resume()
  lambda.resume()
  mappings.start()
  scheduler.start()
  ready = true
  // Started last, because nothing waits for it.
  open.adopt(createRetention({ store: place.store }), (opened) => opened.stop())
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

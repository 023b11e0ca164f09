/** The operator's console behind a load balancer that signs operators in. Its security group must only admit the load balancer. */
import type { OperatorClient } from '@carryout/client/operator'
import { createConsole } from 'carryout/console'
import { type LoadBalancer, verifierOf } from './identity.ts'

export interface ConsoleSettings {
  carryout: OperatorClient
  loadBalancer: LoadBalancer
  /** E-mail addresses in lower case. */
  operators: ReadonlySet<string>
}

/** @returns a `fetch` handler, for example for `serve` of @hono/node-server */
export function createAlbConsole({ carryout, loadBalancer, operators }: ConsoleSettings) {
  const identify = verifierOf(loadBalancer)
  const site = createConsole({
    carryout,
    authorize: async (request) => {
      const { email = '' } = (await identify(request)) ?? {}
      return operators.has(email.toLowerCase()) ? { name: email } : null
    },
  })
  return async (request: Request): Promise<Response> => {
    // TLS ends at the load balancer. Forms come from the page’s own address, so the URL must be https again.
    const url = new URL(request.url)
    if (request.headers.get('x-forwarded-proto') === 'https') url.protocol = 'https:'
    return await site.fetch(new Request(url, request))
  }
}

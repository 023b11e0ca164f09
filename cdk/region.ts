/**
 * Checks that a region has what the stack needs, by AWS's published facts. An unknown region is assumed to be new and
 * to have everything.
 */
import { Fact, FactName } from 'aws-cdk-lib/region-info'
import { WITHOUT_FUNCTION_URLS } from '../statemachine/regions.ts'

/** @returns the rest of a sentence about the region; undefined if nothing is wrong, or the region is unknown, such as a token */
export function regionProblem(region: string, needs: { runtime: string; functionUrls: boolean }): string | undefined {
  const newest = Fact.find(region, FactName.LATEST_NODE_RUNTIME)
  if (newest !== undefined && versionOf(newest) < versionOf(needs.runtime))
    return `${region} has no Lambda runtime ${needs.runtime} (its newest is ${newest}): choose another region`
  if (needs.functionUrls && WITHOUT_FUNCTION_URLS.includes(region))
    return `${region} has no Lambda function URLs, which the links in the e-mails need: set links to 'none' or { baseUrl }, or choose another region`
  return undefined
}

/** The version in a runtime's name, such as 24 in `nodejs24.x`. */
function versionOf(runtime: string): number {
  return Number(/\d+/.exec(runtime)?.[0])
}

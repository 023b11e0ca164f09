/** One call of the handler: the caller, their language, and what responses are made from. */
import { isRequestId, type Language } from '../../statemachine/request.ts'
import { type DownloadEntry, requesterOf } from '../../statemachine/table.ts'
import type { DownloadView } from './contract.ts'
import type { Look } from './looks.ts'
import type { Wish } from './options.ts'
import { notFound, Problem } from './problem.ts'
import type { Site } from './site.ts'
import { toView } from './view.ts'

export interface Caller {
  user: string
  language: Language
  timeZone: string | undefined
}

export class Call {
  readonly site: Site
  readonly request: Request
  readonly url: URL
  readonly caller: Caller

  constructor(site: Site, request: Request, caller: Caller) {
    this.site = site
    this.request = request
    this.url = new URL(request.url)
    this.caller = caller
  }

  /** The caller in the form that the table uses. */
  get requester(): string {
    return requesterOf(this.caller.user)
  }

  /**
   * Returns one of the caller's own downloads. @throws Problem 404, the same for another's download and for one that
   * does not exist
   */
  async own(id: string): Promise<Look> {
    const look = isRequestId(id) ? await this.site.looks.at(id, this.requester) : undefined
    if (!look) throw notFound()
    return look
  }

  /** @throws Problem 403 */
  async checkAllowed({ export: name, params }: Omit<Wish, 'user'>): Promise<void> {
    const answer = (await this.site.options.allow?.({ user: this.caller.user, export: name, params })) ?? true
    if (typeof answer === 'string') throw new Problem(403, 'NotAllowed', () => answer)
    if (!answer) throw new Problem(403, 'NotAllowed', 'notAllowed')
  }

  async view(look: Look): Promise<DownloadView> {
    const { outlook } = this.site
    const { entry } = look
    const isPending = entry.state === 'waiting' || entry.state === 'running'
    const [forecast, typical, isPaused, retentionDays] = await Promise.all([
      isPending ? outlook.forecast(entry) : null,
      isPending && entry.export !== undefined ? outlook.typical(entry.export) : undefined,
      entry.state === 'waiting' ? outlook.isPaused() : false,
      this.site.retentionDays(),
    ])
    const { language } = this.caller
    return toView({ look, language, forecast, typical, isPaused, retentionDays, now: Date.now() })
  }

  viewOf(entry: DownloadEntry): Promise<DownloadView> {
    return this.view({ entry, progress: undefined })
  }
}

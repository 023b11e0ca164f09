/** What the stores of one mount tell each other, in this tab and in all others. */
import type { DownloadView } from '../web/contract.ts'

export interface News {
  /** Of the store that it comes from; absent where a list has it. */
  key?: string | undefined
  /** Null: it is forgotten. */
  download: DownloadView | null
  /** How long it is good for. */
  seconds: number | null
}

export function openNews(src: string, listener: (news: News) => void) {
  const channel = new BroadcastChannel(`carryout ${src}`)
  channel.onmessage = ({ data }) => listener(data)
  return {
    tell: (news: News) => channel.postMessage(news),
    close: () => channel.close(),
  }
}

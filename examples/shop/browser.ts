/** The page's script. The old download shows how long the user has been waiting; Carryout's is an element. */
import '@carryout/client/element'
import { TEXTS } from './texts.ts'

const texts = TEXTS[document.documentElement.lang === 'ja' ? 'ja' : 'en']
const slow = document.querySelector<HTMLAnchorElement>('#slow')!
const waited = document.querySelector<HTMLElement>('#waited')!

slow.addEventListener('click', async (event) => {
  event.preventDefault()
  if (slow.ariaDisabled === 'true') return
  slow.ariaDisabled = 'true'
  const begun = Date.now()
  const seconds = () => Math.round((Date.now() - begun) / 1000)
  const showSeconds = () => {
    waited.textContent = texts.waited(seconds())
  }
  showSeconds()
  const timer = setInterval(showSeconds, 1000)
  try {
    const response = await fetch(slow.href)
    if (!response.ok) throw new Error(response.statusText)
    save(await response.blob(), slow.download)
    waited.textContent = texts.done(seconds())
  } catch {
    waited.textContent = texts.failed
  }
  clearInterval(timer)
  slow.ariaDisabled = 'false'
})

function save(blob: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

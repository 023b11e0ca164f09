/**
 * The one script, which every page works without: it shows times in the reader's zone, and replaces what has changed
 * while something runs. At most 3 kB.
 */
export const SCRIPT = `(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'medium' })
  const localTimes = () => {
    for (const each of document.querySelectorAll('time[datetime]')) each.textContent = format.format(new Date(each.dateTime))
    const note = document.getElementById('zone')
    if (note) note.textContent = note.dataset.text.replace('{zone}', zone)
  }
  localTimes()
  const main = document.getElementById('main')
  const seconds = Number(main?.dataset.refresh)
  if (!seconds) return
  let failures = 0
  const isBusy = () => {
    const focused = document.activeElement
    return (focused && /^(INPUT|TEXTAREA|SELECT)$/.test(focused.tagName) && main.contains(focused)) || !getSelection().isCollapsed
  }
  const refresh = async () => {
    if (!document.hidden && !isBusy()) {
      try {
        const response = await fetch(location.href, { headers: { accept: 'text/html' } })
        if (!response.ok) throw new Error(String(response.status))
        const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById('main')
        const open = [...main.querySelectorAll('details')].map((each) => each.open)
        if (fresh && fresh.innerHTML !== main.dataset.seen) {
          main.dataset.seen = fresh.innerHTML
          const y = scrollY
          const focused = document.activeElement?.id
          main.replaceChildren(...fresh.childNodes)
          main.querySelectorAll('details').forEach((each, index) => { if (open[index]) each.open = true })
          localTimes()
          scrollTo(0, y)
          if (focused) document.getElementById(focused)?.focus()
        }
        failures = 0
        if (!fresh?.dataset.refresh) return
      } catch {
        failures++
      }
    }
    setTimeout(refresh, seconds * 1000 * Math.min(2 ** failures, 16))
  }
  setTimeout(refresh, seconds * 1000)
})()
`

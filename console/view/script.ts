/**
 * The one script, which every page works without: it shows times in the reader's zone (and tells the server the zone), and
 * replaces what has changed while something runs. At most 3 kB.
 */
export const SCRIPT = `(() => {
  const { lang } = document.documentElement
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const format = new Intl.DateTimeFormat(lang === 'ja' ? 'ja-JP' : 'en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
  document.cookie = 'carryout-zone=' + encodeURIComponent(zone) + ';path=' + new URL('.', document.currentScript.src).pathname + ';max-age=31536000;samesite=lax'
  const localTimes = () => {
    for (const each of document.querySelectorAll('time[datetime]')) each.textContent = format.format(new Date(each.dateTime))
    const note = document.getElementById('zone')
    if (note) note.textContent = note.dataset.text.replace('{zone}', zone)
  }
  localTimes()
  const main = document.getElementById('main')
  const stale = document.getElementById('stale')
  document.addEventListener('submit', ({ target, submitter }) => {
    if (target.method !== 'post' || !submitter) return
    submitter.textContent = main.dataset.sending
    setTimeout(() => { submitter.disabled = true })
  })
  addEventListener('pageshow', ({ persisted }) => persisted && document.querySelector('button:disabled') && location.reload())
  const seconds = Number(main?.dataset.refresh)
  if (!seconds) return
  let failures = 0
  const isBusy = () => {
    const fields = [...main.querySelectorAll('input, textarea, select')]
    const isTouched = (each) => each === document.activeElement || (each.defaultValue ?? each.value) !== each.value
    return fields.some(isTouched) || !getSelection().isCollapsed
  }
  const refresh = async () => {
    if (!document.hidden && !isBusy()) {
      try {
        const response = await fetch(location.href, { headers: { accept: 'text/html' } })
        if (!response.ok) throw new Error(String(response.status))
        const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById('main')
        if (!fresh) throw new Error('no page')
        const open = [...main.querySelectorAll('details')].map((each) => each.open)
        if (fresh.innerHTML !== main.dataset.seen && !isBusy()) {
          main.dataset.seen = fresh.innerHTML
          const y = scrollY
          const links = () => [...main.querySelectorAll('a, button, summary')]
          const focused = links().indexOf(document.activeElement)
          main.replaceChildren(...fresh.childNodes)
          main.querySelectorAll('details').forEach((each, index) => { if (open[index]) each.open = true })
          localTimes()
          scrollTo(0, y)
          links()[focused]?.focus()
        }
        failures = 0
        if (!fresh.dataset.refresh) return
      } catch {
        failures++
      }
      stale.hidden = failures < 2
    }
    setTimeout(refresh, seconds * 1000 * Math.min(2 ** failures, 16))
  }
  setTimeout(refresh, seconds * 1000)
})()
`

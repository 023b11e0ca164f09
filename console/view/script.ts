/**
 * The page's only script; every page works without it. It shows times in the reader's time zone (and tells the server
 * the zone), and refreshes what has changed while something runs. The result of an action is shown for 20 seconds, and
 * not again after a reload. At most 3 kB.
 */
export const SCRIPT = withoutIndentation(`(() => {
  const { lang } = document.documentElement
  const byId = (id) => document.getElementById(id)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const format = new Intl.DateTimeFormat(lang === 'ja' ? 'ja-JP' : 'en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
  document.cookie = 'carryout-zone=' + encodeURIComponent(zone) + ';path=' + new URL('.', document.currentScript.src).pathname + ';max-age=31536000;samesite=lax'
  const localTimes = () => {
    for (const each of document.querySelectorAll('time[datetime]')) each.textContent = format.format(new Date(each.dateTime))
    const note = byId('zone')
    if (note) note.textContent = note.dataset.text.replace('{zone}', zone)
  }
  localTimes()
  const main = byId('main')
  const stale = byId('stale')
  const done = main.querySelector('h1 + [role=status]')
  if (done) history.replaceState(history.state, '', location.pathname)
  document.addEventListener('submit', ({ target, submitter }) => {
    if (target.method !== 'post' || !submitter) return
    submitter.textContent = main.dataset.sending
    setTimeout(() => { submitter.disabled = true })
  })
  addEventListener('pageshow', ({ persisted }) => persisted && document.querySelector('button:disabled') && location.reload())
  const seconds = Number(main.dataset.refresh)
  if (!seconds) return
  setTimeout(() => done?.remove(), 20000)
  let failures = 0
  const isBusy = () => {
    const fields = [...main.querySelectorAll('input, textarea, select')]
    const isTouched = (each) => each === document.activeElement || (each.defaultValue ?? each.value) !== each.value
    return fields.some(isTouched) || !getSelection().isCollapsed
  }
  const keyOf = (each) => each.href || (each.form ? each.form.action + each.textContent : each.parentNode.id)
  const replace = (old, fresh) => {
    const html = fresh.innerHTML
    if (html === old.dataset.seen) return
    old.dataset.seen = html
    const y = scrollY
    const open = old.querySelectorAll('details[open]')
    const active = document.activeElement
    const focused = active !== old && old.contains(active) && keyOf(active)
    const told = old.contains(done) && done
    old.replaceChildren(...fresh.childNodes)
    for (const { id } of open) byId(id)?.setAttribute('open', '')
    if (told) old.querySelector('h1').after(told)
    localTimes()
    scrollTo(0, y)
    if (focused === false) return
    const again = [...old.querySelectorAll('a, button, summary')].find((each) => keyOf(each) === focused)
    ;(again ?? main).focus({ preventScroll: true })
  }
  const refresh = async () => {
    if (!document.hidden) {
      try {
        const response = await fetch(location.href)
        if (!response.ok) throw new Error()
        const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
        const content = fresh.getElementById('main')
        replace(byId('banners'), fresh.getElementById('banners'))
        if (!isBusy()) replace(main, content)
        failures = 0
        if (!content.dataset.refresh) return
      } catch {
        failures++
      }
      stale.hidden = failures < 2
    }
    setTimeout(refresh, seconds * 1000 * Math.min(2 ** failures, 16))
  }
  setTimeout(refresh, seconds * 1000)
})()
`)

function withoutIndentation(source: string): string {
  return source.replaceAll(/^ +/gm, '')
}

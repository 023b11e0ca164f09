/** The only style sheet: dark and light by the reader's setting, for widths from a phone up. */
export const STYLES = `
:root { color-scheme: light dark; --ink: #1c2127; --soft: #57606a; --line: #d0d7de; --paper: #fff; --raised: #f6f8fa;
  --accent: #0a58ca; --good: #116329; --good-fill: #d8f3dc; --bad: #a40e26; --bad-fill: #ffe3e3; --busy: #0a4a9e; --busy-fill: #dbeafe;
  --wait: #6a4b00; --wait-fill: #fff1c9 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b3; --line: #3d444d; --paper: #0d1117; --raised: #161b22;
  --accent: #6cb0ff; --good: #7ee2a0; --good-fill: #12361f; --bad: #ff9a9a; --bad-fill: #4a1217; --busy: #9ecbff; --busy-fill: #10305c;
  --wait: #f2cc60; --wait-fill: #3d2f00 } }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.5 system-ui, "Hiragino Sans", "Noto Sans JP", sans-serif; color: var(--ink); background: var(--paper) }
a { color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .25rem .5rem; z-index: 1 }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; padding: .6rem 1.25rem; border-bottom: 1px solid var(--line); background: var(--raised) }
header strong { font-size: 1.05rem } header nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; flex: 1 }
header nav a { color: var(--ink); text-decoration: none; padding: .15rem 0 } header nav a:hover { text-decoration: underline }
header nav a[aria-current] { font-weight: 600; box-shadow: 0 2px 0 var(--accent) }
main { max-width: 90rem; margin: 0 auto; padding: 1rem 1.25rem 3rem } footer { max-width: 90rem; margin: 0 auto; padding: 0 1.25rem 2rem; color: var(--soft); font-size: .85rem }
h1 { font-size: 1.4rem; margin: .5rem 0 1rem; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.banner { padding: .6rem 1.25rem; background: var(--wait-fill); color: var(--wait); display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center }
.note { padding: .6rem .9rem; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); margin: 0 0 1rem } .note.bad { background: var(--bad-fill); color: var(--bad) }
.note p { margin: .15rem 0 } .soft { color: var(--soft) } p.soft { margin: .25rem 0 }
.note.good { background: var(--good-fill); color: var(--good) }
.empty { color: var(--soft); padding: 1.25rem 0; text-align: center }
.scroll { overflow-x: auto; position: relative } table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .7rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
thead th { color: var(--soft); font-weight: 600; font-size: .85rem; white-space: nowrap } tbody th { font-weight: 600 } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td time { white-space: nowrap } code, pre, textarea { font: 13px/1.5 ui-monospace, "SFMono-Regular", Menlo, monospace } code, .full, .note { overflow-wrap: anywhere } code.name { overflow-wrap: break-word } table code.name { display: inline-block; min-width: max-content } td .button, td button { white-space: nowrap }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .6rem; max-height: 24rem; overflow: auto; margin: .25rem 0 }
.tag { display: inline-block; padding: 0 .5rem; border-radius: 1rem; font-size: .85rem; white-space: nowrap; background: var(--raised); border: 1px solid var(--line) }
.tag.ready { background: var(--good-fill); color: var(--good) } .tag.failed { background: var(--bad-fill); color: var(--bad) } .tag.running { background: var(--busy-fill); color: var(--busy) } .tag.waiting { background: var(--wait-fill); color: var(--wait) }
.narrow { display: none; color: var(--soft) } [hidden] { display: none !important } p.banner { margin: 0 }
.find { display: flex; gap: .3rem } .find input { width: 12rem; padding-block: .15rem } .find button { padding-block: .15rem }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .6rem .9rem; margin: .75rem 0 } .fields:has(textarea) { grid-template-columns: 1fr }
.split { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2rem; align-items: start }
form.filters > label > input { width: 8.5rem } form.filters > label > input[type=email] { width: 12rem } form.filters > label > input[name=why] { width: 22rem; max-width: 100% } form.filters { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin-bottom: 1rem } form.filters .actions { margin: 0 } label { display: flex; flex-direction: column; font-size: .85rem; color: var(--soft) } label input, label select, label textarea { font-size: .95rem; color: var(--ink) } label input, label select { height: 2.3rem }
input, select, textarea, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .55rem } textarea { width: 100%; min-height: 9rem }
button, .button { cursor: pointer; background: var(--raised); display: inline-block; text-decoration: none; color: var(--ink); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .8rem } button:hover, .button:hover { border-color: var(--accent) }
button:disabled { opacity: .6; cursor: default } .button.primary, button.primary { background: var(--accent); border-color: var(--accent); color: var(--paper) } button.danger { color: var(--bad); border-color: var(--bad) }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; align-items: center } .actions form { display: inline }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1rem } dl.facts dt { color: var(--soft) } dl.facts dd { margin: 0; overflow-wrap: anywhere }
.graph { max-width: 100%; height: auto } .graph rect { fill: var(--paper); stroke: var(--line); stroke-width: 1.2 } .graph text { fill: var(--ink); font: 13px system-ui, sans-serif } .graph .none text { fill: var(--soft) }
.graph .compound rect { fill: var(--raised) } .graph .succeeded > rect { stroke: var(--good); fill: var(--good-fill) } .graph .failed > rect { stroke: var(--bad); fill: var(--bad-fill) } .graph .running > rect { stroke: var(--busy); fill: var(--busy-fill) }
.graph .compound.succeeded > rect, .graph .compound.failed > rect, .graph .compound.running > rect { fill: var(--raised) } .graph .edge { fill: none; stroke: var(--line) } .graph .edge.catch { stroke-dasharray: 4 3 } .graph .edge.taken { stroke: var(--soft); stroke-width: 1.8 } .graph marker path { fill: var(--soft) }
.timeline td.bar { width: 32%; min-width: 6rem } .timeline svg { width: 100%; height: 16px; display: block } .timeline rect { fill: var(--good) } .timeline .failed rect { fill: var(--bad) } .timeline .running rect { fill: var(--busy) } .timeline .waiting rect { fill: var(--wait) } .timeline th { font-weight: 500 } .reason { color: var(--soft) }
.chart { width: 100%; height: 90px } .chart rect { fill: var(--busy-fill); stroke: var(--busy) } .chart polyline { fill: none; stroke: var(--bad); stroke-width: 2 }
.logs td { border: 0; padding-block: .1rem } code.error { color: var(--bad) } code.warn { color: var(--wait) } code.info { color: var(--busy) } progress { width: 100%; accent-color: var(--accent) }
details { margin: .35rem 0 } summary { cursor: pointer } iframe { width: 100%; height: 24rem; border: 1px solid var(--line); border-radius: 6px; background: #fff }
@media (max-width: 74rem) { .split { grid-template-columns: minmax(0, 1fr) } .split svg.graph { max-height: none } }
@media (max-width: 40rem) { .narrow { display: inline } td time { white-space: normal } .find { flex: 1 1 100%; order: 3 } header strong { flex: 1 } header nav { flex: 1 1 100%; order: 2; gap: .25rem .85rem } .banner { padding-inline: .75rem } .find input { flex: 1 }
  form.filters > label { flex: 1 1 9rem } form.filters > label > input, form.filters > label > select { width: 100% !important }
  .stack, .stack tbody { display: block } .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .stack tr { display: flex; flex-wrap: wrap; gap: 0 .5rem; align-items: baseline; padding: .6rem 0; border-bottom: 1px solid var(--line) }
  .stack td, .stack th { border: 0; padding: .15rem 0 } .stack td:empty { display: none } .stack .full { flex: 1 1 100% } .stack .grows { flex: 1 1 50%; min-width: 0; overflow-wrap: anywhere } table code.name { display: inline; min-width: 0 }
  main { padding: .75rem .75rem 2rem } footer { padding: 0 .75rem 1.5rem } .wide { display: none } header { padding: .5rem .75rem } dl.facts { grid-template-columns: 7rem 1fr } .timeline td.bar { min-width: 5rem } }
`

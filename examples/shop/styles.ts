export const STYLES = `
:root { color-scheme: light dark; --ink: light-dark(#1c2127, #e6edf3); --soft: light-dark(#57606a, #9da7b3); --line: light-dark(#d8dee4, #30363d);
  --paper: light-dark(#f6f8fa, #0d1117); --card: light-dark(#fff, #161b22); --accent: light-dark(#0b6b50, #4cc9a0); --on-accent: light-dark(#fff, #06241a);
  --carryout-accent: var(--accent); --carryout-on-accent: var(--on-accent); --carryout-soft: var(--soft); --carryout-line: var(--line) }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.55 system-ui, "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", sans-serif; color: var(--ink); background: var(--paper) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; justify-content: space-between; padding: .6rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line) }
.brand { margin: 0; color: var(--soft) } .brand strong { color: var(--accent); font-size: 1.1rem; margin-right: .4rem }
header form, .span { display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: end }
label { display: flex; flex-direction: column; font-size: .8rem; color: var(--soft) }
header label { flex-direction: row; gap: .4rem; align-items: center } header form { align-items: center }
input, select, button, .button { font: inherit; font-size: .93rem; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .32em .7em }
button, .button { cursor: pointer; display: inline-block; text-decoration: none } button:hover, .button:hover { border-color: var(--accent) }
.button[aria-disabled=true] { opacity: .6; cursor: progress }
main { max-width: 68rem; margin: 0 auto; padding: 1.25rem 1.5rem 3rem }
.title { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: end; justify-content: space-between; margin-bottom: 1rem } h1 { margin: 0; font-size: 1.6rem } h2 { margin: 0 0 .4rem; font-size: 1.05rem }
.ways { display: grid; grid-template-columns: 1fr 1.35fr; gap: 1rem } section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem; margin-bottom: 1rem; min-width: 0 }
.ways section { display: flex; flex-direction: column; margin: 0 } .ways { margin-bottom: 1rem } .ways section p { margin: 0 0 .8rem; color: var(--soft); font-size: .92rem } .ways section p.act { margin: auto 0 0; color: var(--ink); min-height: 2.6rem; display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center }
.new { border-color: var(--accent) } #waited { color: var(--soft); font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: .93rem } th, td { text-align: left; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); white-space: nowrap } tbody tr:last-child td { border: 0 } td { font-variant-numeric: tabular-nums } th { color: var(--soft); font-weight: 600; font-size: .82rem }
.number { text-align: right; padding-right: 1.5rem; font-variant-numeric: tabular-nums } .tag { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; font-size: .85rem; color: var(--soft) }
@media (max-width: 46rem) { .ways { grid-template-columns: minmax(0, 1fr) } main { padding: 1rem .75rem 2rem } header { padding: .6rem .75rem } }
`

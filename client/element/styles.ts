/** The styles of both elements. Colours follow the page's color-scheme unless the page sets them. */
export const STYLES = `
:host{display:inline-block;overflow-wrap:anywhere;
--a:var(--carryout-accent,light-dark(#0a58ca,#6cb0ff));--s:var(--carryout-soft,light-dark(#57606a,#9da7b3));
--l:var(--carryout-line,light-dark(#d0d7de,#3d444d));--b:var(--carryout-bad,light-dark(#a40e26,#ff9a9a))}
[hidden]{display:none!important}
.row{display:flex;flex-wrap:wrap;align-items:center;gap:.3em .8em}
button{font:inherit;color:inherit;background:none;border:1px solid var(--l);border-radius:var(--carryout-radius,6px);padding:.3em .9em;cursor:pointer}
[part=button]{color:var(--carryout-on-accent,light-dark(#fff,#0d1117));background:var(--a);border-color:var(--a)}
[part=button],[part~=status],a{font-weight:600}
[aria-disabled=true]{opacity:.7}
:focus-visible{outline:2px solid var(--a);outline-offset:2px}
a{color:var(--a)}
progress{accent-color:var(--a);width:8em}
.text{color:var(--s)}
.failed .text,.failed [part~=status],[part=problem]{color:var(--b)}
[role=status]{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`

export const LIST_STYLES = `
:host{display:block}
ul{list-style:none;margin:0;padding:0}
li{border-bottom:1px solid var(--l);padding:.6em 0}
li [part=title]{font-weight:600}
li .name{flex:1 1 13em;min-width:0}
time{display:block;color:var(--s);font-size:.86em}
li .row.panel{flex:2 1 20em}
p{margin:.6em 0;color:var(--s)}`

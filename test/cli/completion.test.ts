/** Completion with the Tab key in real shells: each line is typed, and read back after the key. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commands } from '../../cli/commands.ts'
import { completionScript } from '../../cli/completion/script.ts'
import { testWith } from '../support/programs.ts'

const testZsh = testWith('zsh')
const TAB = '\t'
/** Prints the line and clears it. */
const REPORT = '\x07'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-completion-'))
  writeFileSync(join(folder, 'bash'), completionScript('bash', commands))
  writeFileSync(join(folder, 'zsh'), completionScript('zsh', commands))
  writeFileSync(join(folder, 'some-file.ts'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** @param before commands that run before the script is loaded */
function inBash(lines: readonly string[], before = ''): string[] {
  const setup = `${before}
    report() { printf '<<%s>>\\n' "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0; }
    bind -x '"\\C-g": report'
    source ./bash`
  writeFileSync(join(folder, 'rc'), setup)
  const { stdout } = spawnSync('bash', ['--rcfile', 'rc', '-i'], {
    cwd: folder,
    input: `${lines.map((line) => line + REPORT).join('')}exit\n`,
    env: { PATH: process.env.PATH, TERM: 'dumb', PS1: '' },
    encoding: 'utf8',
    timeout: 30_000,
  })
  return reported(stdout)
}

function inZsh(lines: readonly string[], before = ''): string[] {
  const setup = `PS1=; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; setopt menu_complete
    report() { print -r -- "<<$BUFFER>>"; BUFFER=; }
    zle -N report; bindkey '^G' report
    ${before}
    source ./zsh; print -r -- REA''DY`
  writeFileSync(join(folder, 'setup'), setup)
  const driver = `zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'source ./setup'
    zpty -r shell out '*READY*'
    for line in "$@"; do
      zpty -w -n shell "$line"$'\\a'
      zpty -r shell out '*\\<\\<*\\>\\>*'
      print -r -- "$out"
    done`
  const { stdout } = spawnSync('zsh', ['-f', '-c', driver, 'zsh', ...lines], {
    cwd: folder,
    env: { PATH: process.env.PATH, TERM: 'dumb', HOME: folder },
    encoding: 'utf8',
    timeout: 30_000,
  })
  // zsh adds the = of an option with a value, and takes it away again if a space follows.
  return reported(stdout).map((line) => line.replace(/=$/, ''))
}

function reported(output: string): string[] {
  return [...output.matchAll(/<<(.*?)>>/g)].map(([, line]) => line!.trimEnd())
}

/** Lines as typed, and after the Tab key. */
const COMPLETED = {
  'carryout comple': 'carryout completion',
  'npx carryout comple': 'npx carryout completion',
  'npx carryout request x --requested': 'npx carryout request x --requested-by',
  'npx carryout try x --format par': 'npx carryout try x --format parquet',
  'carryout completion z': 'carryout completion zsh',
  'carryout --stack list sh': 'carryout --stack list show',
  'npx carryout --stack=list sh': 'npx carryout --stack=list show',
  'carryout --stack list list --statu': 'carryout --stack list list --status',
  'carryout try x --output some': 'carryout try x --output some-file.ts',
  'npx carryout try x --output some': 'npx carryout try x --output some-file.ts',
  'npx ./some': 'npx ./some-file.ts',
  'npx other some': 'npx other some-file.ts',
}
const typed = Object.keys(COMPLETED).map((line) => line + TAB)

const shells = [['bash', inBash, test] as const, ['zsh', inZsh, testZsh] as const]
describe.each(shells)('in %s', (_, inShell, testHere) => {
  testHere('commands, options and their values are completed, with and without npx', () => {
    expect(inShell(typed)).toEqual(Object.values(COMPLETED))
  })
})

describe('the previous completion of npx still works for other packages', () => {
  const lines = [`npx old${TAB}`, `npx carryout comple${TAB}`, `npx other ol${TAB}`]
  const expected = ['npx older', 'npx carryout completion', 'npx other older']

  test.each([
    ['a function', '_npx() { COMPREPLY=($(compgen -W older -- "$2")); }; complete -F _npx npx'],
    ['a list of words', "complete -o nosort -W 'older two' npx"],
    ['a function that is loaded on demand', `_load() { complete -W older "$1" && return 124; }; complete -D -F _load`],
    ['a script that was loaded twice', 'complete -W older npx; source ./bash'],
  ])('in bash: %s', (_, before) => {
    expect(inBash(lines, before)).toEqual(expected)
  })

  testZsh('in zsh: a function, and the script was loaded twice', () => {
    expect(inZsh(lines, '_npx() { compadd older }; compdef _npx npx; source ./zsh')).toEqual(expected)
  })
})

/** Shell completion for `carryout`, generated from the definitions of the commands. */
import { type Command, globalOptions, type Option, type Options } from './command.ts'

export type Shell = 'bash' | 'zsh'

/** @returns a script for `eval` or `source` */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return shell === 'bash' ? bash(commands) : zsh(commands)
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map(({ name, options }) => {
    const choices = choiceCases({ ...options, ...globalOptions })
    return [`    ${name})`, ...choices.map((line) => `      ${line}`), `      words="${flags(options)}" ;;`].join('\n')
  })
  return `# bash completion for carryout: eval "$(npx carryout completion bash)"
_carryout() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" command="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${names(commands)} " in *" $word "*) command="$word"; break ;; esac
  done
  case "$command" in
    "") words="${names(commands)} --version ${flags({})}" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _carryout carryout
`
}

/** Completes the values of options that have a fixed list. */
function choiceCases(options: Options): string[] {
  return Object.entries(options).flatMap(([name, { choices }]) =>
    choices
      ? [
          `if [ "$previous" = --${name} ]; then COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return; fi`,
        ]
      : [],
  )
}

function zsh(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  const cases = commands.map(({ name, options }) => {
    const specs = Object.entries<Option>({ ...options, ...globalOptions }).map(([option, { help, type, choices }]) => {
      const value = type === 'boolean' ? '' : `:value:${choices ? `(${choices.join(' ')})` : ''}`
      return `        ${quoted(`--${option}[${help.replaceAll(/[[\]:]/g, ' ')}]${value}`)}`
    })
    return `      ${name})\n        _arguments \\\n${[...specs, "        '*:argument:_files'"].join(' \\\n')} ;;`
  })
  return `#compdef carryout
# zsh completion for carryout: source <(npx carryout completion zsh)
_carryout() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    local command="$words[2]"
    shift words
    (( CURRENT-- ))
    case "$command" in
${cases.join('\n')}
    esac
  fi
}
compdef _carryout carryout
`
}

function names(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(' ')
}

function flags(options: Options): string {
  return [...Object.keys({ ...options, ...globalOptions }), 'help'].map((name) => `--${name}`).join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

import { type Command, globalOptions, type Options } from '../command.ts'

export function zsh(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  const cases = commands.map(({ name, options, argument, argumentChoices }) => {
    const rest = argumentChoices
      ? `'1:${argument?.replaceAll(/[^a-z]/g, '')}:(${argumentChoices.join(' ')})'`
      : "'*:argument:_files'"
    const specs = [...specsOf({ ...options, ...globalOptions }), rest]
    return `        ${name})\n          _arguments ${specs.join(' \\\n            ')} && result=0 ;;`
  })
  return `#compdef carryout
# zsh completion for carryout and npx carryout, after compinit: source <(npx carryout completion zsh)
_carryout() {
  local curcontext="$curcontext" state line result=1
  local -A opt_args
  local -a commands
  commands=(
${described.join('\n')}
  )
  _arguments -C '--version[print the version]' \\
    ${specsOf(globalOptions).join(' \\\n    ')} \\
    '1:command:->command' \\
    '*:::argument:->rest' && result=0
  case "$state" in
    command) _describe command commands && result=0 ;;
    rest)
      words=("$line[1]" "\${words[@]}")
      (( CURRENT += 1 ))
      case "$line[1]" in
${cases.join('\n')}
      esac ;;
  esac
  return result
}

# Completes "npx carryout …", and leaves every other command of npx to what completed it before.
_carryout_npx() {
  if (( CURRENT > 2 )) && [[ "$words[2]" == carryout ]]; then
    shift words
    (( CURRENT -= 1 ))
    _carryout "$@"
  elif [[ -n "$_carryout_npx_before" ]]; then
    eval "$_carryout_npx_before"
  else
    _default "$@"
  fi
}

compdef _carryout carryout
if [[ "\${_comps[npx]-}" != _carryout_npx ]]; then
  typeset -g _carryout_npx_before="\${_comps[npx]-}"
  compdef _carryout_npx npx
fi
`
}

function specsOf(options: Options): string[] {
  const specs = Object.entries(options).map(([name, { help, type, choices }]) => {
    const value = type === 'boolean' ? '' : `:value:${choices ? `(${choices.join(' ')})` : '_files'}`
    return quoted(`--${name}${value && '='}[${help.replaceAll(/[[\]:]/g, ' ')}]${value}`)
  })
  return [...specs, "'--help[print the help]'"]
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

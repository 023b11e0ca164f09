import { type Command, globalOptions, type Options } from '../command.ts'

/** Works with Bash 3.2, which macOS has. */
export function bash(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ')
  const cases = commands.map(({ name, options, argumentChoices = [] }) => {
    const words = [...argumentChoices, flags(options)].join(' ')
    return [`    ${name})`, ...values({ ...options, ...globalOptions }), `      words="${words}" ;;`].join('\n')
  })
  return `# bash completion for carryout and npx carryout: eval "$(npx carryout completion bash)"
_carryout() {
  _carryout_words 1 "$2"
}

# $1: the index of the first word after carryout; $2: the word to complete
_carryout_words() {
  local current="$2" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" command="" at
  # Bash divides --format=csv into three words.
  if [ "$previous" = "=" ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  COMPREPLY=()
  for ((at = $1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      ${valued(globalOptions).join('|')})
        if [ "\${COMP_WORDS[at+1]}" = "=" ]; then at=$((at + 1)); fi
        at=$((at + 1)) ;;
      -*) ;;
      *) command="\${COMP_WORDS[at]}"; break ;;
    esac
  done
  case "$command" in
    "")
${values(globalOptions).join('\n')}
      words="${names} --version ${flags({})}" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

# Completes "npx carryout …", and leaves every other command of npx to what completed it before.
_carryout_npx() {
  if [ "$COMP_CWORD" -gt 1 ] && [ "\${COMP_WORDS[1]}" = carryout ]; then
    compopt -o default +o nospace +o filenames 2>/dev/null
    _carryout_words 2 "$2"
    return
  fi
  local before="$_carryout_npx_before"
  COMPREPLY=()
  if [ -z "$before" ]; then
    # Completions that are loaded on demand, as those of the package bash-completion.
    before="$(complete -p -D 2>/dev/null)"
    if [[ "$before" =~ (-F [^ ]+) ]]; then before="\${BASH_REMATCH[1]}"; else return; fi
  fi
  case "$before" in
    "-F "*)
      before="\${before#-F }"
      "\${before%% *}" "$@"
      local status=$?
      # 124: it has defined another completion, which is to be used.
      if [ "$status" = 124 ] && _carryout_wrap_npx; then _carryout_npx "$@"; return; fi
      if [ "$status" = 124 ]; then return 0; fi
      return "$status" ;;
    *)
      local IFS=$'\\n'
      COMPREPLY=($(IFS=$' \\t\\n'; eval "compgen $before -- \\"\\$2\\"" 2>/dev/null)) ;;
  esac
}

# Remembers what completes npx, and takes its place.
_carryout_wrap_npx() {
  local before="$(complete -p npx 2>/dev/null)" options=""
  case "$before" in *"-F _carryout_npx "*) return 1 ;; esac
  before="\${before#complete }"
  while [[ "$before" =~ ^(-o [a-z]+)" "(.*)$ ]]; do
    options="$options \${BASH_REMATCH[1]}"
    before="\${BASH_REMATCH[2]}"
  done
  _carryout_npx_before="\${before%npx}"
  _carryout_npx_before="\${_carryout_npx_before% }"
  if [ -z "$_carryout_npx_before$options" ]; then options="-o bashdefault -o default"; fi
  complete $options -F _carryout_npx npx
}

complete -o default -F _carryout carryout
_carryout_wrap_npx || true
`
}

/** Lines that complete the value of an option, after which nothing else is possible. */
function values(options: Options): string[] {
  const listed = Object.entries(options).flatMap(([name, { choices }]) =>
    choices ? [`        --${name}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return ;;`] : [],
  )
  const rest = valued(options).join('|')
  return ['      case "$previous" in', ...listed, `        ${rest}) return ;;`, '      esac']
}

function valued(options: Options): string[] {
  return Object.entries(options).flatMap(([name, { type }]) => (type === 'boolean' ? [] : [`--${name}`]))
}

function flags(options: Options): string {
  return [...Object.keys({ ...options, ...globalOptions }), 'help'].map((name) => `--${name}`).join(' ')
}

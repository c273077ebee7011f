#compdef improv
# TAB for improv in zsh: commands, options, words of the playbook, and your records by name.
_improv() {
    local line
    local -a lines values shown
    lines=("${(@f)$(command improv complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    [[ -n "${lines[1]-}" ]] || return 1
    if [[ "${lines[1]}" == ":files" ]]; then
        _files
        return
    fi
    for line in "${lines[@]}"; do
        values+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done
    compadd -l -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -d shown -a values
}
compdef _improv improv

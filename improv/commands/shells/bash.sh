# TAB for improv in bash: commands, options, words of the playbook, and your records by name.
_improv() {
    local IFS=$'\n' current="${COMP_WORDS[COMP_CWORD]}" line word
    local -a lines
    COMPREPLY=()
    mapfile -t lines < <(command improv complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ "${lines[0]-}" == ":files" ]]; then
        compopt -o default
        return
    fi
    for line in "${lines[@]}"; do
        word="${line%%$'\t'*}"
        [[ "$current" == [\"\']* ]] || printf -v word %q "$word"
        # Where they are only listed, each with what it means.
        [[ "$COMP_TYPE" == 63 && "$line" == *$'\t'* && ${#lines[@]} -gt 1 ]] && word+="  (${line#*$'\t'})"
        COMPREPLY+=("$word")
    done
}
complete -o nosort -F _improv improv

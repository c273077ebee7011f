# TAB for improv in fish: commands, options, words of the playbook, and your records by name.
function __improv_complete
    set -l lines (command improv complete -- (commandline -opc)[2..-1] (commandline -ct | string unescape) 2>/dev/null)
    if test "$lines[1]" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $lines
    end
end
complete -c improv -f -a '(__improv_complete)'

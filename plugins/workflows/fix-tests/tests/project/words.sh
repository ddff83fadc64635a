# Words of a line: `sh words.sh count TEXT`, `sh words.sh longest TEXT`.

count() {
    set -f
    set -- $1
    echo $(($# - 1))
}

longest() {
    set -f
    best=
    for word in $1; do
        if [ ${#word} -lt ${#best} ]; then
            best=$word
        fi
    done
    echo "$best"
}

"$@"

# The tests of words.sh. Exit code 0 when all pass.

failed=0

check() {
    expected=$1
    shift
    found=$(sh ./words.sh "$@")
    if [ "$found" = "$expected" ]; then
        echo "ok: $*"
    else
        echo "failed: $*: expected '$expected', found '$found'"
        failed=$((failed + 1))
    fi
}

check 2 count "hello world"
check 0 count ""
check 3 count "  a  b * "
check world! longest "hello world!"
check one longest "one two"

echo "$failed failed"
[ "$failed" -eq 0 ]

#!/bin/sh
# Checks the chains of a warroom log without warroom: sh verify.sh FOLDER...   (for one incident: its log/ and, where you have it, its internal/)
# Needs sha256sum and jq. Says file and line of each fault; exit 0: sound, 1: not. A torn last line is a note. Signatures: see log.md.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/hashes"
: >"$work/seen"
: >"$work/faults"

for folder; do
    for file in "$folder"/*.jsonl; do
        [ -f "$file" ] || continue
        writer=$(basename "$file" .jsonl)
        if [ -s "$file" ] && [ "$(tail -c 1 "$file" | od -An -tx1 | tr -d ' ')" != 0a ]; then
            echo "note: $file: the last line is torn (a crash); the lines before it stand"
            sed '$d' "$file" >"$work/whole"
        else
            cat "$file" >"$work/whole"
        fi
        # The hash of each raw line, its newline included.
        rm -rf "$work/lines" && mkdir "$work/lines"
        split -l 1 -a 7 -d "$work/whole" "$work/lines/"
        find "$work/lines" -type f | sort | xargs -r -n 500 sha256sum | cut -d' ' -f1 >"$work/hashes/$writer"
        # What each line says of itself: its number, its writer, the hash of the line before it.
        jq -rR '(fromjson? // {}) | "\(.seq) \(.writer) \(.prev)"' "$work/whole" >"$work/said"
        paste -d' ' "$work/hashes/$writer" "$work/said" | awk -v file="$file" -v writer="$writer" '
            BEGIN { last = sprintf("%064d", 0) }
            $3 != writer   { print file ":" NR ": the line is not of writer " writer; exit }
            $2 != NR - 1   { print file ":" NR ": seq " $2 " stands where " NR - 1 " is due"; exit }
            $4 != last     { print file ":" (NR > 1 ? NR - 1 : 1) ": the line was changed: the prev of line " NR " is not its hash"; exit }
                           { last = $1 }' >>"$work/faults"
        # Which heads of other chains it names.
        jq -rR --arg by "$writer" '(fromjson? // {}) | .seq as $n | .seen // {} | to_entries[] | "\(.key) \(.value) \($by):\($n + 1)"' \
            "$work/whole" >>"$work/seen"
        echo "$file: $(wc -l <"$work/whole") lines, head $(tail -n 1 "$work/hashes/$writer")"
    done
done

while read -r of hash by; do
    [ -f "$work/hashes/$of" ] && grep -qx "$hash" "$work/hashes/$of" && continue
    echo "$of.jsonl: $by has seen a line with hash $hash, and it is not there: a missing tail or file"
done <"$work/seen" >>"$work/faults"

cat "$work/faults"
[ ! -s "$work/faults" ]

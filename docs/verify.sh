#!/bin/sh
# Checks the chains of a warroom log without warroom: sh verify.sh FOLDER...   (for one incident: its log/ and, where you have it, its internal/)
# Needs sha256sum and jq; with ssh-keygen, and allowed_signers in the folder or above it, the signatures of statements and checkpoints too,
# and with LINES=1 in the environment those of lines (slow: three processes each). Says file and line of each fault, and in the last line what was
# checked and what was not. Exit 0: it holds; 1: it does not; 2: nothing is wrong with the hashes, and signatures that are there could not be
# checked, or a line stands unsigned among signed ones. A torn last line is a note.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/hashes"
: >"$work/seen"
: >"$work/faults"
: >"$work/unsure"
signed=0 unchecked=0 required=0

# One signature, over the file "$work/text": where it stands, what for, when, the signature in base64. Says who made it.
check() {
    printf -- '-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n' "$4" >"$work/sig"
    who=$(ssh-keygen -Y find-principals -f "$allowed" -s "$work/sig" "-Overify-time=$3" 2>/dev/null | head -n 1)
    ssh-keygen -Y verify -f "$allowed" -I "${who:-nobody}" -n "$2" "-Overify-time=$3" -s "$work/sig" <"$work/text" >/dev/null 2>&1 ||
        echo "$1: its signature ($2) is not one that allowed_signers accepts" >>"$work/faults"
}

for folder; do
    allowed=
    for file in "$folder/allowed_signers" "$folder/../allowed_signers"; do
        [ -f "$file" ] && [ -z "$allowed" ] && command -v ssh-keygen >/dev/null && allowed=$file
    done
    why='no allowed_signers'
    command -v ssh-keygen >/dev/null || why='no ssh-keygen'
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
        # Lines with a signature, and lines without one behind them: the hashes do not show that a last line lost its own.
        bare=$(jq -rR '(fromjson? // {}) | if (.sig // "") != "" then "signed" else "bare" end' "$work/whole" |
            awk '$0 == "signed" { s++; b = 0 } $0 == "bare" && s { if (!b) first = NR; b++; all++ } END { print s + 0, all + 0, first + 0 }')
        signed=$((signed + ${bare%% *}))
        if [ "$(echo "$bare" | cut -d' ' -f2)" != 0 ]; then
            echo "$file:${bare##* }: not signed, and lines before it are" >>"$work/unsure"
        fi
        jq -rR '(fromjson? // {}) | select(.kind == "roster.pinned") | .data.signatures // empty' "$work/whole" | grep -qx required && required=1
        [ -n "$allowed" ] || [ "${bare%% *}" = 0 ] || unchecked=$why
        if [ -n "$allowed" ]; then
            jq -rR '(fromjson? // {}) | select((.data? | type) == "object" and (.data.sig // "") != "") |
                "\(.seq + 1) \(.clock // .at | sub("[.][0-9]+Z$"; "Z") | gsub("[-:T]"; "")) \(.data.sig) \(.data.statement | tostring | @base64)"' \
                "$work/whole" >"$work/statements"
            while read -r line time sig text; do
                printf %s "$text" | base64 -d >"$work/text"
                check "$file:$line" warroom-statement@v1 "$time" "$sig"
            done <"$work/statements"
            line=0
            [ "${LINES:-0}" = 1 ] && while IFS= read -r raw; do
                line=$((line + 1))
                case $raw in *',"sig":"'*'"}') ;; *) continue ;; esac
                time=$(printf %s "$raw" | jq -rR '(fromjson? // {}) | .clock // .at // "" | sub("[.][0-9]+Z$"; "Z") | gsub("[-:T]"; "")')
                sig=${raw##*',"sig":"'}
                printf '%s}' "${raw%',"sig":"'*}" >"$work/text"
                check "$file:$line" warroom-log@v1 "$time" "${sig%'"}'}"
                case $writer in *%*) continue ;; "$who"@*) ;; *) echo "$file:$line: signed by ${who:-nobody}, in the chain of $writer" >>"$work/faults" ;; esac
            done <"$work/whole"
        fi
        echo "$file: $(wc -l <"$work/whole") lines, head $(tail -n 1 "$work/hashes/$writer")"
    done
done

while read -r of hash by; do
    [ -f "$work/hashes/$of" ] && grep -qx "$hash" "$work/hashes/$of" && continue
    echo "$of $hash $by"
done <"$work/seen" >"$work/gone"
# One cause is said once, with its count.
awk '!($1 in first) { first[$1] = $3 " has seen a line with hash " $2 } !seen[$1, $2]++ { count[$1]++ }
    END { for (of in first) print of ".jsonl: " first[of] ", and it is not there: a missing tail or file" (count[of] > 1 ? " (" count[of] " such lines)" : "") }' \
    "$work/gone" | sort >>"$work/faults"

# Where the roster requires signatures, a line that lost its own is a fault.
[ "$required" = 0 ] || { cat "$work/unsure" >>"$work/faults"; : >"$work/unsure"; }
if [ -s "$work/faults" ]; then
    cat "$work/faults"
    exit 1
fi
sed 's/^/note: /' "$work/unsure"
if [ "$unchecked" != 0 ]; then
    echo "hashes hold; signatures not checked: $unchecked"
    exit 2
fi
if [ "$signed" = 0 ]; then
    echo "hashes hold; nothing is signed"
elif [ "${LINES:-0}" = 1 ]; then
    echo "hashes hold; signatures hold"
else
    echo "hashes hold; signatures of statements hold; those of lines not checked (LINES=1 does)"
fi
[ ! -s "$work/unsure" ] || exit 2

#!/usr/bin/env python3
"""Checks the chains of a warroom log without warroom: verify.py FOLDER...  Exit 0: sound, 1: not. A torn last line is a note. Signatures: see log.md."""
import hashlib, json, pathlib, sys

faults, hashes, seen = [], {}, []
for file in sorted(f for folder in sys.argv[1:] for f in pathlib.Path(folder).glob("*.jsonl")):
    writer, last, broken = file.stem, "0" * 64, False
    hashes[writer] = set()
    for number, raw in enumerate(file.read_bytes().splitlines(keepends=True), 1):
        if not raw.endswith(b"\n"):
            print(f"note: {file}:{number}: the last line is torn (a crash); the lines before it stand")
            break
        try: line = json.loads(raw)
        except ValueError: line = {}
        wrong = "it is not of this writer" if line.get("writer") != writer else "its seq is not due here" if line.get("seq") != number - 1 \
            else f"it was changed: the prev of line {number} is not its hash" if line.get("prev") != last else None
        at = max(number - 1, 1) if wrong and wrong.startswith("it was changed") else number
        if wrong and not broken: faults.append(f"{file}:{at}: {wrong}"); broken = True
        last = hashlib.sha256(raw).hexdigest()
        hashes[writer].add(last)
        seen += [(other, head, f"{writer}:{number}") for other, head in line.get("seen", {}).items()]
faults += [f"{w}.jsonl: {by} has seen a line with hash {h}, and it is not there: a missing tail or file" for w, h, by in seen if h not in hashes.get(w, ())]
print("\n".join(faults) or "sound")
sys.exit(bool(faults))

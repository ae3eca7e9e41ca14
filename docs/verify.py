#!/usr/bin/env python3
"""Checks the chains of a warroom log without warroom: verify.py FOLDER...  Exit 0: it holds; 1: it does not; 2: hashes hold, and
signatures that are there could not be checked, or a line stands unsigned among signed ones. A torn last line is a note.
With ssh-keygen and allowed_signers in the folder or above it, statements' and checkpoints' signatures too, and with LINES=1 those of lines."""
import hashlib, json, os, pathlib, re, shutil, subprocess, sys, tempfile

def signed(allowed, purpose, time, sig, text):
    """Who signed it, by ssh-keygen's word; None when nobody did."""
    time = re.sub(r"[-:T]|[.][0-9]+", "", time or "")
    with tempfile.NamedTemporaryFile("w", suffix=".sig") as file:
        file.write(f"-----BEGIN SSH SIGNATURE-----\n{sig}\n-----END SSH SIGNATURE-----\n"); file.flush()
        ask = lambda *more: subprocess.run(["ssh-keygen", "-Y", *more, "-f", allowed, "-s", file.name, f"-Overify-time={time}"], input=text, capture_output=True)
        who = ask("find-principals").stdout.decode().split("\n")[0]
        return who if who and ask("verify", "-I", who, "-n", purpose).returncode == 0 else None

faults, hashes, seen, unsure, unchecked, any_signed, required = [], {}, [], [], None, False, False
for file in sorted(f for folder in sys.argv[1:] for f in pathlib.Path(folder).glob("*.jsonl")):
    writer, last, broken = file.stem, "0" * 64, False
    hashes[writer] = set()
    was_signed = False
    allowed = shutil.which("ssh-keygen") and next((str(p) for p in (file.parent / "allowed_signers", file.parent.parent / "allowed_signers") if p.is_file()), None)
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
        time, data, parts = line.get("clock") or line.get("at"), line.get("data"), re.fullmatch(rb'(.*),"sig":"([A-Za-z0-9+/=]*)"}\n', raw, re.S)
        if allowed and isinstance(data, dict) and data.get("sig"):
            if not signed(allowed, "warroom-statement@v1", time, data["sig"], str(data.get("statement")).encode()): faults.append(f"{file}:{number}: its statement's signature is not one that allowed_signers accepts")
        if allowed and os.environ.get("LINES") == "1" and parts:
            who = signed(allowed, "warroom-log@v1", time, parts[2].decode(), parts[1] + b"}")
            if not who or "%" not in writer and not writer.startswith(who + "@"): faults.append(f"{file}:{number}: its signature is not one of its writer's that allowed_signers accepts")
        if not line.get("sig") and was_signed and (not unsure or not unsure[-1].startswith(f"{file}:")): unsure.append(f"{file}:{number}: not signed, and lines before it are")
        was_signed = was_signed or bool(line.get("sig")); any_signed = any_signed or was_signed
        required = required or line.get("kind") == "roster.pinned" and isinstance(data, dict) and data.get("signatures") == "required"
        if was_signed and not allowed: unchecked = "no allowed_signers" if shutil.which("ssh-keygen") else "no ssh-keygen"
        last = hashlib.sha256(raw).hexdigest()
        hashes[writer].add(last)
        seen += [(other, head, f"{writer}:{number}") for other, head in line.get("seen", {}).items()]
gone = {}
for w, h, by in seen:
    if h not in hashes.get(w, ()): gone.setdefault(w, {}).setdefault(h, by)
for w, them in gone.items():  # One cause is said once, with its count.
    h, by = next(iter(them.items()))
    faults.append(f"{w}.jsonl: {by} has seen a line with hash {h}, and it is not there: a missing tail or file" + (f" ({len(them)} such lines)" if len(them) > 1 else ""))
if required: faults, unsure = faults + unsure, []
if faults: sys.exit(print("\n".join(faults)) or 1)
for note in unsure: print(f"note: {note}")
lines = "signatures hold" if os.environ.get("LINES") == "1" else "signatures of statements hold; those of lines not checked (LINES=1 does)"
print("hashes hold; " + (f"signatures not checked: {unchecked}" if unchecked else lines if any_signed else "nothing is signed"))
sys.exit(2 if unchecked or unsure else 0)

//! Outside text never drives the terminal of whoever calls a verb: arguments that are echoed back, files that are read, words that
//! others wrote; every byte on stdout and stderr.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::process::Output;

use crate::support::attacks::{ATTACKS, steers};
use crate::support::signer::Signer;
use crate::support::warroom::Warroom;

/// Every attack in one word; an argument cannot hold a NUL.
fn all() -> String {
    ATTACKS.iter().map(|(_, payload)| payload.replace('\0', "")).collect::<Vec<_>>().join(" ")
}

/// Nothing of it steers, and whatever was said is UTF-8.
fn clean(out: &Output, what: &str) -> (String, String) {
    let read = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap_or_else(|e| panic!("{what}: {e}: {bytes:?}"));
        assert_eq!(steers(text), None, "{what}: {}", text.escape_debug());
        text.to_owned()
    };
    (read(&out.stdout), read(&out.stderr))
}

fn said(home: &Warroom, args: &[&OsStr], what: &str) -> (String, String) {
    clean(&home.command(&[]).args(args).output().unwrap(), what)
}

fn words<'a>(args: &[&'a str]) -> Vec<&'a OsStr> {
    args.iter().map(|arg| OsStr::new(*arg)).collect()
}

#[test]
fn an_argument_that_is_echoed_back_drives_nothing() {
    let home = Warroom::new();
    for (name, payload) in ATTACKS {
        let payload = payload.replace('\0', "");
        let option = format!("--{payload}");
        for args in [&[payload.as_str()][..], &["note", &option], &["declare", "--severity", &payload, "x"]] {
            let (_, err) = said(&home, &words(args), name);
            assert!(!err.is_empty(), "{name}: {args:?} was obeyed");
        }
    }
    // Bytes that are no text at all.
    let raw = OsString::from(OsStr::from_bytes(b"\x9b2J\xff\xfe\x1b[2J"));
    for args in [vec![raw.as_os_str()], vec![OsStr::new("log"), OsStr::new("--as"), raw.as_os_str()]] {
        said(&home, &args, "no text");
    }
}

#[test]
fn every_verb_that_repeats_what_it_was_given_cleans_it() {
    let home = Warroom::new();
    let payload = all();
    assert_eq!(home.run(&["declare", "--severity", "2", "stall"]).code, 0);
    let p = payload.as_str();
    for args in [
        &["--home", p, "log"][..],
        &["--as", p, "note", "x"],
        &["--incident", p, "note", "x"],
        &["--clock", p, "note", "x"],
        &["note", "--happened", p, "x"],
        &["note", "--disclosure", p, "x"],
        &["severity", p, "--reason", p],
        &["status", p, "--reason", p],
        &["role", "assign", p, p],
        &["role", "handover", p, p],
        &["break-glass", "--reason", p, "--for", p],
        &["break-glass", "--end", "--of", p],
        &["amend", p, p],
        &["strike", p],
        &["settle", p, p],
        &["task", "answer", p, "done"],
        &["approve", p, p],
        &["log", p],
        &["verify", p],
        &["export", p, "--out", p],
        &["import", p],
        &["postmortem", p, "--audience", p],
        &["runbook", "show", p],
        &["runbook", "lint", p],
        &["runbook", "run", p, "--param", p],
        &["drill", "run", p],
        &["drill", "score", p],
        &["peer", "sign", p],
        &["share", "--once", "--limit", p],
        &["completions", p],
        &["watch", "--plain", "--once", p],
    ] {
        said(&home, &words(args), &format!("{:?}", &args[..1]));
    }
}

/// What a peer says of itself, in every field.
fn documents(home: &Warroom, payload: &str) {
    let document = serde_json::json!({
        "v": 1, "operator": "north", "at": "2026-11-21T03:00:00Z", "seq": 7, "valid_s": 60, "network": "devnet",
        "says": format!("two\nlines {payload}"), "scope": payload, "incident": payload,
        "nodes": [{ "id": payload, "client": payload, "version": payload, "state": payload }],
    });
    home.write("peers/north.json", &format!("{{\"status\":{document},\"sig\":\"{payload}\"}}").replace('\0', ""));
}

#[test]
fn broken_files_are_clean_in_every_verb_that_tells_of_them() {
    let home = Warroom::new();
    let key = Signer::new();
    let toml = |text: &str| text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect::<String>();
    let payload = all();
    // In the files that verbs read: names, addresses, documents of peers.
    home.write(
        "roster.toml",
        &format!(
            "[[operator]]\nname = \"{0}\"\ncontact = \"{0}\"\nkeys = [\"{1}\"]\n[[operator]]\nname = \"north\"\n",
            toml(&payload),
            key.public()
        ),
    );
    home.write(
        "config.toml",
        &format!("network = \"devnet\"\ndiscover = false\n[[node]]\nid = \"{0}\"\nfamily = \"ethereum-execution\"\nurl = \"http://127.0.0.1:1/{0}\"\n", toml(&payload)),
    );
    documents(&home, &payload);
    home.write("peers/half.json", &payload);
    home.write(
        "runbooks/evil.md",
        &format!("---\nwarroom: 1\nid: {payload}\ntitle: {payload}\n---\n## {payload} {{#x}}\n"),
    );
    for args in [
        &["watch", "--plain", "--once"][..],
        &["watch", "--json", "--once"],
        &["doctor"],
        &["doctor", "--json"],
        &["peer", "show"],
    ] {
        said(&home, &words(args), &format!("broken files, {args:?}"));
    }
}

#[test]
fn what_others_wrote_is_clean_in_every_verb_that_shows_it() {
    let (home, payload) = (Warroom::new(), all());
    documents(&home, &payload);
    home.write("config.toml", "network = \"devnet\"\ndiscover = false\n[[node]]\nid = \"el\"\nfamily = \"ethereum-execution\"\nurl = \"http://127.0.0.1:1\"\n");
    home.write("roster.toml", "[[operator]]\nname = \"north\"\nstake = 7\n");
    assert_eq!(home.run(&["declare", "--severity", "2", &format!("stall {payload}")]).code, 0);
    for (name, payload) in ATTACKS {
        said(&home, &words(&["note", &payload.replace('\0', "")]), name);
    }
    said(&home, &words(&["order", &payload]), "order");
    said(&home, &words(&["report", "--from", &payload, &payload]), "report");
    said(&home, &words(&["role", "assign", "scribe", &payload]), "role");
    let out = home.home().join("x.tar");
    for args in [
        &["watch", "--plain", "--once"][..],
        &["watch", "--json", "--once"],
        &["log"],
        &["log", "--json"],
        &["verify"],
        &["verify", "--json"],
        &["approve"],
        &["peer", "show"],
        &["peer", "show", "--json"],
        &["postmortem"],
        &["runbook", "list"],
        &["export", "--out", out.to_str().unwrap()],
        &["verify", out.to_str().unwrap()],
        &["import", out.to_str().unwrap()],
        &["doctor"],
    ] {
        said(&home, &words(args), &format!("{args:?}"));
    }
    // No word of anybody's begins a line that looks like ours.
    let (plain, _) = said(&home, &words(&["watch", "--plain", "--once"]), "plain");
    let timed =
        |line: &str| line.len() > 8 && line.is_char_boundary(8) && line[..8].chars().filter(|c| *c == ':').count() == 2;
    let forged: Vec<_> = plain.lines().filter(|line| !timed(line)).collect();
    assert!(forged.is_empty(), "{forged:#?}");
}

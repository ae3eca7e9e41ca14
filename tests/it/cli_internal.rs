//! What is internal stays in `internal/`, and secrets stay nowhere: canaries, and every door they could leave by.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use rstest::rstest;

use crate::support::warroom::{Said, Warroom};

/// Stands in everything internal.
const CANARY: &str = "c4n4ry";

fn done(said: Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.out
}

fn as_person(w: &Warroom, who: &str, args: &[&str]) -> Said {
    Said::from(w.command(args).env("WARROOM_ACTOR", who).output().unwrap())
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() { todo.push(path) } else { found.push(path) }
        }
    }
    found
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.to_ascii_lowercase().windows(word.len()).any(|w| w == word.as_bytes())
}

/// A name as verbs take it.
fn name(out: &str) -> String {
    out.split_whitespace().next().unwrap().to_owned()
}

/// An incident with internal words of every sort, and what others said about them without thinking of it.
fn incident() -> Warroom {
    let w = Warroom::new();
    w.write(
        "roster.toml",
        "[[person]]\nname = \"alice\"\nlevel = \"commander\"\n[[person]]\nname = \"bob\"\n[[person]]\nname = \"otto\"\nlevel = \"observer\"\n",
    );
    done(w.run(&["declare", "--severity", "2", "stall"]));
    done(w.run(&["note", "--disclosure", "public", "we are looking into it"]));
    let inside = |args: &[&str]| {
        let all: Vec<&str> = args.iter().copied().chain(["--disclosure", "internal"]).collect();
        name(&done(w.run(&all)))
    };
    let note = inside(&["note", "the hole is c4n4ry"]);
    let concern = inside(&["concern", "c4n4ry may leak"]);
    let proposal = inside(&["propose", "pay c4n4ry?", "yes", "no"]);
    let order = inside(&["order", "nobody says c4n4ry"]);
    let task = inside(&["task", "give", "bob", "look at c4n4ry"]);
    let hypothesis = inside(&["hypothesis", "c4n4ry did it"]);
    let action = inside(&["action", "fix c4n4ry"]);
    inside(&["fact", "c4n4ry", "--evidence", "c4n4ry"]);
    inside(&["decide", "c4n4ry?", "c4n4ry"]);
    inside(&["severity", "1", "--reason", "c4n4ry"]);
    inside(&["role", "assign", "ic", "alice"]);
    inside(&["role", "handover", "ic", "bob", "--briefing", "c4n4ry"]);
    inside(&["break-glass", "--reason", "c4n4ry"]);
    // Nobody says `--disclosure` here: these are as secret as what they are about.
    done(w.run(&["concern", "answer", &concern, "yes, c4n4ry"]));
    done(w.run(&["settle", &proposal, "yes c4n4ry"]));
    done(w.run(&["order", "lift", &order, "--reason", "c4n4ry is known"]));
    done(as_person(&w, "bob", &["task", "answer", &task, "done", "c4n4ry"]));
    done(as_person(&w, "bob", &["hypothesis", "judge", &hypothesis, "for", "c4n4ry"]));
    done(w.run(&["action", "close", &action, "c4n4ry gone"]));
    done(w.run(&["amend", &note, "the hole was c4n4ry"]));
    done(w.run(&["strike", &note, "--reason", "c4n4ry"]));
    assert_eq!(as_person(&w, "otto", &["note", "c4n4ry"]).code, 3);
    w
}

#[test]
fn internal_words_stand_in_internal_chains_alone() {
    let w = incident();
    let folder = w.home().join("incidents/2026-11-21-stall");
    let mut inside = 0;
    for file in files(w.home()) {
        let shown = file.strip_prefix(w.home()).unwrap().display().to_string();
        assert!(!shown.contains(CANARY), "a file's name: {shown}");
        let found = holds(&std::fs::read(&file).unwrap(), CANARY);
        if file.starts_with(folder.join("internal")) {
            inside += usize::from(found);
        } else {
            assert!(!found, "{shown} holds it");
        }
    }
    assert!(inside >= 2, "alice's and bob's");
    // Shared chains do not even name internal ones.
    for file in files(&folder.join("log")) {
        assert!(!holds(&std::fs::read(&file).unwrap(), "+internal"), "{}", file.display());
    }
    assert!(done(w.run(&["verify"])).contains("+internal"));
    assert!(holds(done(w.run(&["log"])).as_bytes(), CANARY), "those who may read it do");
}

#[test]
fn no_door_lets_internal_words_out() {
    let w = incident();
    let bundle = w.home().join("out.tar");
    let said = w.run(&["export", "--with-struck", "--out", bundle.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    let timeline = w.home().join("timeline.json");
    done(w.run(&["export", "--timeline", "--out", timeline.to_str().unwrap()]));
    for file in [&bundle, &timeline] {
        let bytes = std::fs::read(file).unwrap();
        assert!(bytes.len() > 100 && !holds(&bytes, CANARY), "{}", file.display());
    }
    for audience in ["executive", "public"] {
        let draft = done(w.run(&["postmortem", "--audience", audience]));
        assert!(draft.len() > 100 && !holds(draft.as_bytes(), CANARY), "{audience}");
    }
    assert!(holds(done(w.run(&["postmortem"])).as_bytes(), CANARY));
    let far = Warroom::new();
    done(far.run(&["import", bundle.to_str().unwrap()]));
    for file in files(far.home()) {
        assert!(!holds(&std::fs::read(&file).unwrap(), CANARY), "{}", file.display());
    }
    assert!(done(far.run(&["log"])).contains("we are looking into it"));
}

#[test]
fn a_secret_title_is_in_no_name_and_in_no_shared_chain() {
    let w = Warroom::new();
    let id = name(&done(w.run(&["declare", "--severity", "1", "exploit of the c4n4ry bridge"])));
    assert_eq!(id, "2026-11-21-incident");
    done(w.run(&["note", "--disclosure", "public", "we are looking into it"]));
    done(w.run(&["severity", "2", "--reason", "c4n4ry is paused"]));
    let bundle = w.home().join("out.tar");
    done(w.run(&["export", "--out", bundle.to_str().unwrap()]));
    assert!(!holds(&std::fs::read(&bundle).unwrap(), CANARY));
    for file in files(&w.home().join("incidents").join(&id).join("log")) {
        assert!(!holds(&std::fs::read(&file).unwrap(), CANARY), "{}", file.display());
    }
    assert!(!files(w.home()).iter().any(|f| f.display().to_string().contains(CANARY)));
}

const RUNBOOK: &str = "---\nwarroom: 1\nid: leak\ntitle: Leak\nrevision: 1\nowner: a\nreviewed: 2026-11-01\nparams:\n  - name: TOKEN\n    type: string\n    secret: true\n---\n\n## Say it {#say}\nIt says all it has.\n```sh {kind=check effect=read timeout=20s expect=\"exit 0\"}\nenv; printf '%s' \"$TOKEN\"; printf '%s' \"$TOKEN\" | base64; echo \"$TOKEN\" >&2\n```\n";

#[test]
fn secrets_of_parameters_and_environment_are_in_no_log_and_no_output() {
    let w = Warroom::new();
    w.write("runbooks/leak.md", RUNBOOK);
    done(w.run(&["declare", "--severity", "2", "stall"]));
    let mut run = w.command(&["runbook", "run", "leak", "--param", "TOKEN=c4n4ry-token"]);
    run.env("AWS_SECRET_ACCESS_KEY", "c4n4ry-environment").env("WARROOM_CLOCK", "run:2026-11-21T03:00:00Z");
    let said = Said::from(run.stdin(Stdio::null()).output().unwrap());
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!holds(said.out.as_bytes(), CANARY) && !holds(said.err.as_bytes(), CANARY), "{said:?}");
    for file in files(w.home()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!holds(&bytes, CANARY), "{}", file.display());
    }
    let outputs = files(&w.home().join("incidents/2026-11-21-stall/outputs"));
    assert!(outputs.iter().any(|f| holds(&std::fs::read(f).unwrap(), "[secret token]")), "the output is kept, cleaned");
    for args in [&["log", "--json"][..], &["postmortem"], &["watch", "--json", "--once"]] {
        assert!(!holds(done(w.run(args)).as_bytes(), CANARY), "{args:?}");
    }
}

#[rstest]
#[case::in_the_address("url = \"http://ops:c4n4ry@127.0.0.1:1\"\n")]
#[case::in_an_address_that_is_none("url = \"http://ops:c4n4ry@[\"\n")]
#[case::of_an_unknown_scheme("url = \"gopher://ops:c4n4ry@127.0.0.1:1\"\n")]
#[case::in_the_metrics_address("url = \"http://127.0.0.1:1\"\nmetrics = \"http://ops:c4n4ry@127.0.0.1:1/m\"\n")]
#[case::password_of_its_own("url = \"http://127.0.0.1:1\"\nauth = { user = \"ops\", password = \"c4n4ry\" }\n")]
fn credentials_of_the_configuration_are_in_no_answer(#[case] node: &str) {
    let w = Warroom::new();
    w.write(
        "config.toml",
        &format!("network = \"devnet\"\n[[node]]\nid = \"val-1\"\nfamily = \"ethereum-execution\"\n{node}"),
    );
    for args in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["watch", "--plain", "--once"],
        &["watch", "--json", "--once"],
        &["declare", "--severity", "2", "stall"],
        &["log", "--json"],
        &["postmortem"],
    ] {
        let said = w.run(args);
        assert!(!holds(said.out.as_bytes(), CANARY) && !holds(said.err.as_bytes(), CANARY), "{args:?}: {said:?}");
    }
    for file in files(w.home()).iter().filter(|f| !f.ends_with("config.toml")) {
        assert!(!holds(&std::fs::read(file).unwrap(), CANARY), "{}", file.display());
    }
}

#[test]
fn roles_are_held_at_the_command_line_and_attempts_are_in_the_log() {
    let w = Warroom::new();
    w.write(
        "roster.toml",
        "[[person]]\nname = \"alice\"\nlevel = \"commander\"\n[[person]]\nname = \"bob\"\n[[person]]\nname = \"otto\"\nlevel = \"observer\"\n",
    );
    done(as_person(&w, "bob", &["declare", "--severity", "2", "stall"]));
    let said = as_person(&w, "bob", &["severity", "1", "--reason", "x"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.contains("bob is a responder") && said.err.contains("incident-commander (nobody holds it)"),
        "{}",
        said.err
    );
    assert_eq!(as_person(&w, "bob", &["severity", "1", "--reason", "x"]).code, 3);
    done(as_person(&w, "bob", &["break-glass", "--reason", "no commander answers", "--for", "10m"]));
    done(as_person(&w, "bob", &["severity", "1", "--reason", "it spreads"]));
    done(as_person(&w, "bob", &["break-glass", "--end"]));
    assert_eq!(as_person(&w, "bob", &["severity", "2", "--reason", "x"]).code, 3);
    assert_eq!(as_person(&w, "otto", &["note", "x"]).code, 3);
    done(as_person(&w, "otto", &["concern", "who commands?"]));
    let log = done(w.run(&["log"]));
    assert_eq!(log.matches("tried `severity`").count(), 1, "{log}");
    assert_eq!(log.matches("tried `note`").count(), 1, "{log}");
    let tried = log.lines().find(|l| l.contains("tried `severity`")).unwrap().split_whitespace().nth(2).unwrap();
    for who in ["bob", "alice"] {
        assert_eq!(as_person(&w, who, &["strike", tried]).code, 3, "{who} takes nothing back");
    }
    assert!(log.contains("BREAK-GLASS") && !log.contains("no effect"), "{log}");
    let draft = done(w.run(&["postmortem"]));
    assert!(draft.contains("**Break-glass**: bob acted as commander") && draft.contains("given back"), "{draft}");
    assert_eq!(as_person(&w, "bob", &["break-glass", "--reason", "x", "--for", "2h"]).code, 2);
}

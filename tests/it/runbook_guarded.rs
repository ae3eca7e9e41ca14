//! Steps that a guard holds, and steps on another host: through the real supervisor and the real shell; the other host by a
//! stand-in for ssh here, by a real one in `live_runbook`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;
use warroom::domain::event::StepOutcome;
use warroom::runbook::lint::lint;
use warroom::runbook::model::{Origin, Runbook};
use warroom::runbook::next::{Demand, begin, demand};
use warroom::runbook::parse::parse;

use crate::support::runner::Runner;
use crate::support::warroom::Warroom;

const FRONT: &str = "---\nwarroom: 1\nid: move\ntitle: Move a signer\nrevision: 1\nowner: us\nreviewed: 2026-11-21\nparams:\n  - {name: mark, type: path, default: /tmp}\n  - {name: there, type: string, default: val-2}\n  - {name: word, type: string, default: plain}\n---\n\n";

fn book(body: &str) -> Runbook {
    parse(format!("{FRONT}{body}").as_bytes(), "move.md", Origin::BuiltIn).map_err(|b| b.to_string()).unwrap()
}

const GUARDED: &str = "## Dead {#dead}\n\nWhy.\n\n```sh {kind=check effect=read timeout=5s}\ntest ! -e \"$mark/alive\"\necho \"it is dead\"\n```\n\n\
    ## Start {#start}\n\nWhy.\n\n```sh {kind=run effect=sign target=signer guards=\"dead\" expect=\"contains begun\"}\necho begun >>\"$mark/begun\"\necho begun\n```\n";

#[test]
fn what_a_guard_does_not_let_pass_never_begins() {
    let (book, folder) = (book(GUARDED), TempDir::new().unwrap());
    let mark = folder.path().display().to_string();
    let mut runner = Runner::new(&book, &[("mark", &mark)]);
    assert_eq!(runner.go(None).outcome, StepOutcome::Passed);
    // It came back to life between the check and the start: that is what the guard is for.
    fs::write(folder.path().join("alive"), "").unwrap();
    let held = runner.go(None);
    assert_eq!((held.outcome, held.exit), (StepOutcome::Failed, None));
    assert_eq!(held.actual, "the command was NOT begun: guard dead does not hold: exit 1");
    assert!(!folder.path().join("begun").exists());
    fs::remove_file(folder.path().join("alive")).unwrap();
    let begun = runner.go(None);
    assert_eq!(
        (begun.outcome, begun.actual.as_str()),
        (StepOutcome::Passed, "begun"),
        "the guard's words are not judged"
    );
    assert!(folder.path().join("begun").exists() && runner.run.is_done());
}

#[test]
fn a_guard_is_a_check_that_stands_before() {
    for (text, says) in [
        (GUARDED.replace("guards=\"dead\"", "guards=\"dad\""), "did you mean `dead`?"),
        (GUARDED.replace("guards=\"dead\"", "guards=\"start\""), "guards names `start`, which is no check before it"),
        (
            GUARDED.replace("kind=check effect=read", "kind=run effect=change"),
            "kind=check effect=read step that stands before",
        ),
        (GUARDED.replace("guards=\"dead\"", "guards=\"dead,,\""), "cannot be a step's id"),
        (GUARDED.replace("kind=check", "kind=check guards=\"x\""), "`guards` means nothing on a check step"),
        (GUARDED.replace("kind=check", "host=\"-oProxyCommand=x\" kind=check"), "cannot be a host"),
        (GUARDED.replace("kind=check", "host=$nobody kind=check"), "host names $nobody, which is no open parameter"),
    ] {
        let fault = parse(format!("{FRONT}{text}").as_bytes(), "move.md", Origin::BuiltIn).unwrap_err().to_string();
        assert!(fault.contains(says), "{says}: {fault}");
    }
}

#[test]
fn lint_lets_nothing_sign_without_proof() {
    let unguarded = book(&GUARDED.replace(" guards=\"dead\"", ""));
    let found: Vec<String> = lint(&unguarded).iter().map(|f| f.in_file("move.md")).collect();
    assert!(found.iter().any(|f| f.contains("error") && f.contains("nothing is proved first")), "{found:?}");
}

const THERE: &str = "## Look there {#look}\n\nWhy.\n\n```sh {kind=check effect=read timeout=20s host=$there expect=\"contains on val-2\"}\n\
    cat\nprintf '%s on %s' \"$word\" \"$FAKE_HOST\"; env | sort >\"$mark/env\"\n```\n\n\
    ## Wipe there {#wipe}\n\nWhy.\n\n```sh {kind=run effect=destroy host=$there expect=\"exit 0\"}\nrm -f \"$mark/x\"\n```\n";

/// An `ssh` that runs what it is told here, as a login shell does.
fn fake_ssh(folder: &Path, end: &str) -> String {
    let bin = folder.join("bin");
    fs::create_dir(&bin).unwrap();
    let said = folder.join("said").display().to_string();
    let text = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >{said}\n{end}\nwhile [ \"$1\" != -- ]; do shift; done\nexec /bin/sh -c \"$3\"\n"
    );
    fs::write(bin.join("ssh"), text).unwrap();
    fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:", bin.display())
}

#[test]
fn a_step_runs_on_the_host_that_it_names() {
    let folder = TempDir::new().unwrap();
    let (book, mark) = (book(&THERE.replace("$FAKE_HOST", "$there")), folder.path().display().to_string());
    let word = "it's $(touch pwned) `x` \\ \"q\"";
    let mut runner = Runner::new(&book, &[("mark", &mark), ("word", word)]);
    runner.tools = fake_ssh(folder.path(), "");
    let end = runner.go(None);
    assert_eq!((end.outcome, end.actual.as_str()), (StepOutcome::Passed, format!("{word} on val-2").as_str()));
    let said = fs::read_to_string(folder.path().join("said")).unwrap();
    assert!(
        said.contains("BatchMode=yes\n") && said.contains("--\nval-2\nexec /bin/sh -c 'if command -v timeout"),
        "{said}"
    );
    assert!(
        !said.contains("pwned") && !said.contains("printf"),
        "neither values nor text in a list of processes: {said}"
    );
    let env = fs::read_to_string(folder.path().join("env")).unwrap();
    let names: Vec<&str> = env.lines().filter_map(|l| l.split_once('=')).map(|(n, _)| n).collect();
    assert_eq!(names, ["HOME", "LANG", "PATH", "PWD", "TERM", "WARROOM_INCIDENT", "mark", "there", "word"]);
    // The name to type is that of the host where it is done.
    let step = runner.step().unwrap();
    assert_eq!(demand(&book, step, &runner.run, &"alice".into(), "bastion"), Demand::TypeName("val-2".to_owned()));
}

#[test]
fn a_host_that_an_earlier_step_found_is_the_one_named() {
    let ask = "## Where {#where kind=ask sets=there}\n\nWhich host?\n\n";
    let book = book(&format!("{ask}{}", THERE.split("## Wipe").nth(1).map(|w| format!("## Wipe{w}")).unwrap()));
    let mut runner = Runner::new(&book, &[]);
    runner.answer("val-7");
    let step = runner.step().unwrap();
    assert_eq!(demand(&book, step, &runner.run, &"alice".into(), "bastion"), Demand::TypeName("val-7".to_owned()));
    assert_eq!(begin(&book, step, &runner.run, "alice", "bastion").remote, "val-7");
}

#[test]
fn a_host_that_is_not_reached_proves_nothing() {
    let folder = TempDir::new().unwrap();
    let book = book(&THERE.replace("expect=\"contains on val-2\"", "expect=\"exit 255\""));
    let mut runner = Runner::new(&book, &[("mark", &folder.path().display().to_string())]);
    runner.tools = fake_ssh(folder.path(), "echo 'connect: refused' >&2; exit 255");
    let end = runner.go(None);
    assert_eq!(end.outcome, StepOutcome::Failed, "not even where 255 was expected");
    assert_eq!(end.actual, "ssh did not reach val-2, or lost it; unreachable is not dead");
}

#[test]
fn an_act_whose_line_breaks_is_of_unknown_end_and_never_goes_again_unasked() {
    let folder = TempDir::new().unwrap();
    let act = THERE.split("## Wipe").nth(1).map(|w| format!("## Wipe{}", w.replace("effect=destroy", "effect=change")));
    let book = book(&act.unwrap());
    let mark = folder.path().display().to_string();
    let mut runner = Runner::new(&book, &[("mark", &mark), ("there", "val-7")]);
    runner.tools = fake_ssh(folder.path(), "exit 255");
    let end = runner.go(None);
    assert_eq!(end.outcome, StepOutcome::Lost, "it may have been done: {end:?}");
    assert!(end.actual.contains("may have begun on val-7 and may still run there"), "{end:?}");
    let step = runner.step().unwrap();
    assert_eq!(demand(&book, step, &runner.run, &"alice".into(), "bastion"), Demand::TypeName("val-7".to_owned()));
}

#[test]
fn a_dry_run_shows_all_and_does_nothing() {
    let (house, folder) = (Warroom::new(), TempDir::new().unwrap());
    house.write("runbooks/move.md", &format!("{FRONT}{GUARDED}{THERE}"));
    let mark = folder.path().display().to_string();
    let said = house.run(&[
        "runbook",
        "run",
        "move",
        "--dry-run",
        "--param",
        &format!("mark={mark}"),
        "--param",
        "there=val-9",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    for part in [
        "1. Dead  {#dead}  check read",
        "2. Start  {#start}  run sign",
        "   first, again: dead; only when it passes:",
        "   $ echo begun >>\"$mark/begun\"",
        "over ssh -T -o BatchMode=yes",
        " -- val-9",
        "   word=plain",
        "   LANG=C.UTF-8",
        "   TERM=dumb",
        "   expected  contains \"begun\"",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    assert!(said.out.contains(&format!("   mark={mark}")));
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing ran");
    assert!(!house.home().join("incidents").exists() && !house.home().join("state").exists(), "nothing is recorded");
    let wrong = house.run(&["runbook", "run", "move", "--dry-run", "--param", "mark=not-a-path"]);
    assert!(wrong.code == 2 && wrong.err.contains("absolute path"), "{wrong:?}");
}

//! The shipped runbooks on a bad night: no check passes for a node that is dead or says nothing, and each bad case
//! in their tests ends where it must.

use rstest::rstest;
use warroom::domain::event::{Effect, StepKind};
use warroom::runbook::case::Case;
use warroom::runbook::model::{Runbook, Target};
use warroom::runbook::shelf::{Shelf, shipped_text};

use crate::support::warroom::Warroom;

fn ids() -> Vec<String> {
    Shelf::shipped().books().iter().map(|b| b.id.to_string()).collect()
}

#[test]
fn each_has_bad_nights_in_its_tests_and_stands_where_it_must() {
    let (house, own) = (Warroom::new(), std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks"));
    let mut cases = 0;
    for id in ids() {
        house.write(&format!("runbooks/{id}.md"), &std::fs::read_to_string(own.join(format!("{id}.md"))).unwrap());
        let folder = std::fs::read_dir(own.join(format!("{id}.test"))).unwrap();
        let names: Vec<String> = folder.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert!(names.contains(&"node-dead.toml".to_owned()) && names.len() >= 3, "{id}: {names:?}");
        cases += names.len();
        for name in names {
            let case = std::fs::read_to_string(own.join(format!("{id}.test/{name}"))).unwrap();
            house.write(&format!("runbooks/{id}.test/{name}"), &case);
        }
    }
    let said = house.run(&["runbook", "test"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert_eq!(said.out.lines().filter(|l| l.starts_with("ok ")).count(), cases, "{}", said.out);
}

#[test]
fn each_branch_has_a_good_night_and_where_it_goes_on_a_bad_one() {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let mut branches = 0;
    for book in Shelf::shipped().books() {
        let files = std::fs::read_dir(own.join(format!("{}.test", book.id))).unwrap();
        let texts = files.map(|e| std::fs::read_to_string(e.unwrap().path()).unwrap());
        let cases: Vec<Case> = texts.map(|t| Case::read(&t).unwrap()).collect();
        for step in book.steps.iter().filter(|s| s.kind == StepKind::Decide) {
            for (n, choice) in step.choices.iter().enumerate() {
                let takes = |case: &&Case| match case.wanted(step.id.as_str()).and_then(|w| w.answer.as_deref()) {
                    Some(answer) => answer == choice.label,
                    None => n == 0,
                };
                let (good, bad): (Vec<&Case>, Vec<&Case>) =
                    cases.iter().filter(takes).partition(|c| c.stands_at.is_none());
                let place = |c: &&Case| book.steps.iter().position(|s| Some(s.id.as_str()) == c.stands_at.as_deref());
                let here = book.steps.iter().position(|s| s.id == step.id);
                let behind = bad.iter().filter(|c| place(c) > here).count();
                let name = format!("{} {}: {}", book.id, step.id, choice.label);
                assert!(!good.is_empty(), "{name}: no test ends well");
                assert!(choice.target == Some(Target::End) || behind > 0, "{name}: no test fails behind it");
                branches += 1;
            }
        }
    }
    assert!(branches >= 30, "{branches}");
}

/// A value of a parameter that its runbook leaves open: any that its type and pattern take.
fn any_value(param: &warroom::runbook::params::Param) -> String {
    let hash = "a".repeat(64);
    let fits = ["1", "80", "http://127.0.0.1:1", "/nowhere", "word", "246464040", &hash];
    let address = format!("0x{}", "A".repeat(40));
    let mut all: Vec<&str> = fits.into_iter().chain([address.as_str(), "1.2.3", "no spare runs"]).collect();
    let base58 = "2".repeat(44);
    all.push(&base58);
    let fit = all.into_iter().find(|v| param.check(v).is_ok());
    fit.unwrap_or_else(|| panic!("give a value for {}", param.name)).to_owned()
}

/// Each step that asks a node by curl, run by the shell as the supervisor does, with a curl of this script.
fn passing_with(curl: &str, which: impl Fn(&Runbook, &warroom::runbook::model::Step) -> bool) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    for (tool, text) in [("curl", curl), ("sleep", "exit 0"), ("warroom", "echo equal")] {
        let file = dir.path().join(tool);
        std::fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let (mut passed, mut asked) = (Vec::new(), 0);
    for b in Shelf::shipped().books() {
        for s in b.steps.iter().filter(|s| s.kind.runs_command() && s.command.contains("curl -") && which(b, s)) {
            let mut shell = std::process::Command::new("/bin/sh");
            shell.args(["-eu", "-c", &s.command]).env_clear();
            shell.env("PATH", format!("{}:/usr/bin:/bin", dir.path().display()));
            for p in &b.params {
                shell.env(&p.name, p.default.clone().unwrap_or_else(|| any_value(p)));
            }
            let said = shell.output().unwrap();
            let out = String::from_utf8_lossy(&said.stdout);
            if s.expectation().judge(said.status.code(), &out).passed {
                passed.push(format!("{} {}: {}", b.id, s.id, out.trim()));
            }
            asked += 1;
        }
    }
    assert!(asked >= 20, "only {asked} steps ask a node");
    passed
}

#[test]
fn no_check_passes_when_the_node_is_dead() {
    assert_eq!(passing_with("exit 7", |_, _| true), Vec::<String>::new());
}

/// A step whose result is compared or remembered: that of the others is a note that a person reads.
fn counts(book: &Runbook, step: &warroom::runbook::model::Step) -> bool {
    let guards = book.steps.iter().flat_map(|s| &s.guards).any(|g| g.id == step.id);
    guards
        || step.sets.is_some()
        || step.kind == StepKind::Wait
        || !step.expectation().to_string().starts_with("record")
}

#[rstest]
#[case::error(r#"echo '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"header not found"}}'"#)]
#[case::empty("exit 0")]
#[case::null(r#"echo '{"jsonrpc":"2.0","id":1,"result":null}'"#)]
#[case::nothing_in_hex(r#"echo '{"jsonrpc":"2.0","id":1,"result":"0x"}'"#)]
#[case::page("echo '<html>502 Bad Gateway</html>'")]
fn no_check_that_counts_passes_on_a_reply_that_says_nothing(#[case] curl: &str) {
    assert_eq!(passing_with(curl, counts), Vec::<String>::new());
}

#[test]
fn no_signer_is_stopped_without_being_disabled() {
    for id in ids() {
        let text = shipped_text(&id).unwrap();
        let signs = Shelf::shipped().book(&id).unwrap().steps.iter().any(|s| s.effect == Effect::Sign);
        assert!(!signs || !text.contains("systemctl stop"), "{id}: a reboot would start it past its guards");
    }
}

//! What entries say of files under `outputs/`: a claim that one was cut opens no way for other bytes where somebody calls it whole,
//! nor where the claim does not count.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use rstest::rstest;
use warroom::domain::entry::NewEntry;
use warroom::domain::event::{
    Effect, Event, IncidentDeclared, OutputRef, RunEvent, RunStarted, StepFinished, StepKind, StepOutcome, StepStarted,
};
use warroom::domain::id::PersonId;
use warroom::journal::{Hash, Journal};

use crate::support::journal::{Caught, HandClock, INCIDENT, LIMIT, options};
use crate::support::warroom::Warroom;

const TRUE: &[u8] = b"the text that alice's run follows\n";

fn name() -> String {
    Hash::of(TRUE).to_string()
}

fn folder(home: &Warroom) -> PathBuf {
    home.home().join("incidents").join(INCIDENT)
}

fn says(home: &Warroom, who: &str, time: &str, events: Vec<Event>) {
    let journal =
        Journal::open(&folder(home), options(who), HandClock::at(time), Caught::default().listener()).unwrap();
    for event in events {
        journal.append_and_wait(vec![NewEntry::human(&PersonId::new(who), event)], LIMIT).unwrap();
    }
}

fn run(id: &str, sha256: String) -> Event {
    RunEvent::from(RunStarted {
        run: id.into(),
        runbook: "talk".into(),
        title: "Talk".to_owned(),
        revision: 1,
        path: "talk.md".to_owned(),
        commit: String::new(),
        sha256,
        steps: vec!["look".into()],
        for_others: Vec::new(),
        params: BTreeMap::new(),
        host: "bastion".to_owned(),
        roles: BTreeMap::new(),
        ways_back: Default::default(),
        watch_s: 0,
        wrong_if: String::new(),
    })
    .into()
}

/// A step whose output has the name of that text, as many bytes, and is said to be cut.
fn claim(run: &str) -> Vec<Event> {
    let started = RunEvent::from(StepStarted {
        run: run.into(),
        step: "look".into(),
        title: "Look".to_owned(),
        attempt: 1,
        kind: StepKind::Check,
        effect: Effect::Read,
        command: "true".to_owned(),
        user: "mallory".to_owned(),
        host: "bastion".to_owned(),
        remote: String::new(),
    });
    let finished = RunEvent::from(StepFinished {
        run: run.into(),
        step: "look".into(),
        attempt: 1,
        outcome: StepOutcome::Passed,
        exit: Some(0),
        expected: String::new(),
        actual: String::new(),
        took_ms: 1,
        output: Some(OutputRef { sha256: name(), bytes: 5_000_000, kept: TRUE.len() as u64 }),
    });
    vec![started.into(), finished.into()]
}

#[rstest]
#[case::it_counts_and_nobody_calls_it_whole(false, true, true)]
#[case::a_run_calls_it_whole(true, true, false)]
#[case::it_has_no_effect(false, false, false)]
fn a_claim_that_a_file_was_cut_takes_other_bytes_only_where_it_stands_alone(
    #[case] whole: bool,
    #[case] counts: bool,
    #[case] taken: bool,
) {
    let (home, other) = (Warroom::new(), Warroom::new());
    let declared = IncidentDeclared { title: "finality stall".to_owned(), severity: 2, onset: None }.into();
    let alice = if whole { vec![declared, run("r-1", name())] } else { vec![declared] };
    says(&home, "alice", "2026-11-21T03:00:00Z", alice);
    let begun = counts.then(|| run("r-2", "5".repeat(64)));
    says(&home, "mallory", "2026-11-21T03:10:00Z", begun.into_iter().chain(claim("r-2")).collect());
    home.write(&format!("incidents/{INCIDENT}/outputs/{}", name()), &"x".repeat(TRUE.len()));
    let bundle = home.home().join("x.tar");
    let said = home.run(&["export", INCIDENT, "--out", bundle.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = other.run(&["import", bundle.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    let file = folder(&other).join("outputs").join(name());
    assert_eq!(file.exists(), taken, "{said:?}");
    // A true one takes its place, however it came there.
    home.write(&format!("incidents/{INCIDENT}/outputs/{}", name()), std::str::from_utf8(TRUE).unwrap());
    let said = home.run(&["export", INCIDENT, "--force", "--out", bundle.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(other.run(&["import", bundle.to_str().unwrap()]).code, 0);
    assert_eq!(fs::read(&file).ok().as_deref(), counts.then_some(TRUE));
}

#[test]
fn a_claim_whose_signature_does_not_fit_opens_no_way() {
    let (home, other) = (Warroom::new(), Warroom::new());
    let declared = IncidentDeclared { title: "finality stall".to_owned(), severity: 2, onset: None }.into();
    says(&home, "alice", "2026-11-21T03:00:00Z", vec![declared]);
    let events = std::iter::once(run("r-2", "5".repeat(64))).chain(claim("r-2")).collect();
    says(&home, "mallory", "2026-11-21T03:10:00Z", events);
    sign_falsely_the_last_line(&home, "mallory");
    home.write(&format!("incidents/{INCIDENT}/outputs/{}", name()), &"x".repeat(TRUE.len()));
    let bundle = home.home().join("x.tar");
    let said = home.run(&["export", INCIDENT, "--out", bundle.to_str().unwrap()]);
    assert!(said.code == 0 && !said.out.contains("1 output"), "{said:?}");
    let said = other.run(&["import", bundle.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!folder(&other).join("outputs").join(name()).exists(), "{said:?}");
}

/// A signature of the right form that was made for nothing.
fn sign_falsely_the_last_line(home: &Warroom, who: &str) {
    let chains = fs::read_dir(folder(home).join("log")).unwrap().map(|file| file.unwrap().path());
    let chain = chains.filter(|path| path.to_string_lossy().contains(&format!("{who}@"))).last().unwrap();
    let text = fs::read_to_string(&chain).unwrap();
    let signed = text.strip_suffix("}\n").unwrap().to_owned() + ",\"sig\":\"U1NIU0lH\"}\n";
    fs::write(&chain, signed).unwrap();
}

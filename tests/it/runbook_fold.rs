//! The fold of run events: total, tolerant of order, and right about where a run stands.

use std::collections::BTreeMap;

use proptest::prelude::*;
use warroom::domain::event::Effect;
use warroom::domain::event::RunEvent;
use warroom::domain::event::RunStarted;
use warroom::domain::event::StepFinished;
use warroom::domain::event::StepKind;
use warroom::domain::event::StepOutcome;
use warroom::domain::event::StepSkipped;
use warroom::domain::event::StepStarted;
use warroom::domain::event::{ApprovalGiven, OverrideAdded, OverrideUndone};
use warroom::domain::id::{PersonId, RunId, StepId};
use warroom::domain::run::{Run, StepState};
use warroom::domain::time::At;

const STEPS: [&str; 4] = ["look", "act", "undo", "wait"];

fn start() -> RunStarted {
    RunStarted {
        run: RunId::new("r-1"),
        runbook: "finality-loss".into(),
        title: "Loss of finality".to_owned(),
        revision: 3,
        path: "built-in".to_owned(),
        commit: String::new(),
        sha256: "9f3a22c1aa".to_owned(),
        steps: STEPS.iter().map(|s| StepId::new(s)).collect(),
        for_others: Vec::new(),
        params: BTreeMap::new(),
        host: "bastion".to_owned(),
        roles: BTreeMap::new(),
        ways_back: Default::default(),
        watch_s: 0,
        wrong_if: String::new(),
    }
}

fn started(step: &str, attempt: u32) -> RunEvent {
    RunEvent::from(StepStarted {
        run: RunId::new("r-1"),
        step: step.into(),
        title: step.to_owned(),
        attempt,
        kind: StepKind::Check,
        effect: Effect::Read,
        command: "true".to_owned(),
        user: "bob".to_owned(),
        host: "val-1".to_owned(),
        remote: String::new(),
    })
}

fn finished(step: &str, attempt: u32, outcome: StepOutcome) -> RunEvent {
    RunEvent::from(StepFinished {
        run: RunId::new("r-1"),
        step: step.into(),
        attempt,
        outcome,
        exit: Some(0),
        expected: "exit 0".to_owned(),
        actual: "exit 0".to_owned(),
        took_ms: 5,
        output: None,
    })
}

fn skipped(step: &str) -> RunEvent {
    RunEvent::from(StepSkipped {
        run: RunId::new("r-1"),
        step: step.into(),
        reason: "not here".to_owned(),
        rolls_back: false,
    })
}

fn at(s: i64) -> At {
    At::from_secs(s)
}

fn run() -> (Run, PersonId) {
    let alice = PersonId::new("alice");
    (Run::begin(&start(), at(0), &alice), alice)
}

#[test]
fn a_run_goes_from_step_to_step() {
    let (mut run, alice) = run();
    let bob = PersonId::new("bob");
    assert_eq!((run.progress(), run.digest().as_str()), ((1, 4), "9f3a 22c1"));
    run.apply(&started("look", 1), at(1), &bob).unwrap();
    assert_eq!(run.running_step(), Some(&"look".into()));
    run.apply(&finished("look", 1, StepOutcome::Failed), at(2), &bob).unwrap();
    assert_eq!(run.current(), Some(&"look".into()), "a failed step stops the run");
    run.apply(&started("look", 2), at(3), &bob).unwrap();
    // Another console collects the end; the step stays bob's.
    run.apply(&finished("look", 2, StepOutcome::Passed), at(4), &alice).unwrap();
    let StepState::Ended { at: when, by, finished: end } = run.state(&"look".into()) else { panic!("not ended") };
    assert_eq!((*when, by, end.attempt), (at(4), &bob, 2));
    run.apply(&skipped("act"), at(5), &alice).unwrap();
    assert_eq!(run.progress(), (3, 4));
    run.apply(&skipped("undo"), at(5), &alice).unwrap();
    run.apply(&finished("wait", 1, StepOutcome::Passed), at(6), &alice).unwrap();
    assert!(run.is_done());
    assert_eq!(run.progress(), (4, 4));
}

#[test]
fn what_comes_too_late_has_no_effect_and_says_why() {
    let (mut run, alice) = run();
    run.apply(&started("look", 1), at(1), &alice).unwrap();
    let twice = run.apply(&started("look", 1), at(1), &alice).unwrap_err();
    assert_eq!(twice, "attempt 1 of step look had begun already");
    assert!(run.apply(&skipped("look"), at(1), &alice).unwrap_err().contains("running"));
    run.apply(&finished("look", 1, StepOutcome::Lost), at(2), &alice).unwrap();
    assert_eq!(run.state(&"look".into()).as_str(), "end unknown");
    // The result turns up after all: it replaces the unknown end.
    run.apply(&finished("look", 1, StepOutcome::Passed), at(3), &alice).unwrap();
    assert!(run.apply(&finished("look", 1, StepOutcome::Failed), at(4), &alice).is_err());
    run.apply(&started("look", 2), at(5), &alice).unwrap();
    assert!(run.apply(&finished("look", 1, StepOutcome::Passed), at(6), &alice).unwrap_err().contains("later attempt"));
    assert!(run.apply(&started("nowhere", 1), at(6), &alice).unwrap_err().contains("no step nowhere"));
}

#[test]
fn a_temporary_change_stays_open_until_it_is_undone() {
    let (mut run, alice) = run();
    let id = RunId::new("r-1");
    let add = RunEvent::from(OverrideAdded { run: id.clone(), step: "act".into(), undo: "undo".into() });
    let undo = RunEvent::from(OverrideUndone { run: id.clone(), step: "act".into() });
    assert!(run.apply(&undo, at(1), &alice).is_err());
    run.apply(&add, at(1), &alice).unwrap();
    assert!(run.apply(&add, at(2), &alice).is_err());
    assert_eq!(run.overrides.get(&StepId::new("act")), Some(&"undo".into()));
    run.apply(&undo, at(3), &alice).unwrap();
    assert!(run.overrides.is_empty());
    let yes = RunEvent::from(ApprovalGiven {
        run: id,
        step: "act".into(),
        statement: String::new(),
        sig: String::new(),
        reason: String::new(),
    });
    run.apply(&yes, at(4), &alice).unwrap();
    assert!(run.apply(&yes, at(5), &alice).is_err(), "one yes a person");
}

fn any_event() -> impl Strategy<Value = RunEvent> {
    let outcome = prop_oneof![
        Just(StepOutcome::Passed),
        Just(StepOutcome::Failed),
        Just(StepOutcome::TimedOut),
        Just(StepOutcome::Cancelled),
        Just(StepOutcome::Lost)
    ];
    let step = prop_oneof![Just("look"), Just("act"), Just("undo"), Just("wait"), Just("unknown")];
    (0..6_u8, step, 0..4_u32, outcome).prop_map(|(which, step, attempt, outcome)| match which {
        0 => RunEvent::from(start()),
        1 => started(step, attempt),
        2 => finished(step, attempt, outcome),
        3 => skipped(step),
        4 => RunEvent::from(OverrideAdded { run: RunId::new("r-1"), step: step.into(), undo: "undo".into() }),
        _ => RunEvent::from(OverrideUndone { run: RunId::new("r-1"), step: step.into() }),
    })
}

proptest! {
    #[test]
    fn any_order_folds_and_a_refused_event_changes_nothing(events in prop::collection::vec(any_event(), 0..60)) {
        let (mut run, alice) = run();
        for (i, event) in events.iter().enumerate() {
            let before = run.clone();
            let attempts = run.attempts.clone();
            if run.apply(event, at(i as i64), &alice).is_err() {
                prop_assert_eq!(&before, &run);
            }
            prop_assert!(attempts.iter().all(|(s, a)| run.attempts[s] >= *a), "attempts never go back");
            prop_assert!(run.steps.keys().all(|s| run.has_step(s)));
            prop_assert_eq!(run.is_done(), run.current().is_none());
            let (place, all) = run.progress();
            prop_assert!((1..=all).contains(&place));
        }
    }
}

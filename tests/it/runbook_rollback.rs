//! Going back: what was done is taken back, newest first, each step by its own demands; and what is over is watched for coming back.

use rstest::rstest;
use warroom::app::msg::{Msg, StepMsg, WorldMsg};
use warroom::domain::entry::NewEntry;
use warroom::domain::event::{HealthEvent, NodeState, Status, StepFinished, StepOutcome, VerdictChanged};
use warroom::domain::incident::Incident;
use warroom::domain::run::Run;
use warroom::report::{Audience, postmortem};
use warroom::runbook::model::Origin;
use warroom::runbook::parse::parse;
use warroom::runbook::shelf::Shelf;

use crate::support::desk::Desk;

const BOOK: &str = r#"---
warroom: 1
id: swap
title: Swap the binary
revision: 1
owner: ops
reviewed: 2026-11-21
watch: 30min
wrong_if: the app hash differs again within ten blocks
---
## Stop {#stop}
```sh {kind=run expect="contains inactive" undo=start}
systemctl stop node
```
## Swap {#swap}
```sh {kind=run expect="contains 5.3.1" rollback=swap-back}
install node-5.3.1
```
## Migrate {#migrate}
```sh {kind=run expect="exit 0" undo=unlock}
node migrate
```
## Unlock {#unlock}
```sh {kind=run expect="exit 0"}
node unlock
```
## Start {#start}
```sh {kind=run expect="contains active"}
systemctl start node
```
## The old one again {#swap-back}
```sh {kind=run effect=destroy target=val-1 expect="contains 5.3.0"}
install node-5.3.0
```
"#;

fn desk() -> Desk {
    let mut desk = Desk::new("alice", (120, 40));
    let book = parse(BOOK.as_bytes(), "swap.md", Origin::File("runbooks/swap.md".into())).unwrap();
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::new(vec![book], Vec::new()))));
    desk.type_keys("d2 bad upgrade\n:run swap\n");
    desk
}

fn incident(desk: &Desk) -> &Incident {
    desk.model.ledger().unwrap().incident()
}

fn run(desk: &Desk) -> &Run {
    incident(desk).runs.values().next().unwrap()
}

fn at(desk: &Desk) -> &str {
    run(desk).current().map_or("", |s| s.as_str())
}

/// The current step's command ends like this.
fn ends(desk: &mut Desk, outcome: StepOutcome) {
    desk.wait(5);
    let run = run(desk);
    let step = run.running_step().expect("a step runs").clone();
    let attempt = run.attempts[&step];
    let (run, actual) = (run.id.clone(), "as recorded".to_owned());
    let finished = StepFinished {
        run,
        step,
        attempt,
        outcome,
        exit: Some(0),
        expected: String::new(),
        actual,
        took_ms: 5,
        output: None,
    };
    let at = desk.model.now;
    desk.send(Msg::Step(StepMsg::Ended { finished: Box::new(finished), at }));
}

/// Runs the current step, which changes something, to this end.
fn change(desk: &mut Desk, outcome: StepOutcome) {
    desk.type_keys("\ny");
    ends(desk, outcome);
}

/// Stopped and swapped, and the migration has failed.
fn failed() -> Desk {
    let mut desk = desk();
    change(&mut desk, StepOutcome::Passed);
    change(&mut desk, StepOutcome::Passed);
    change(&mut desk, StepOutcome::Failed);
    desk
}

fn close(desk: &mut Desk) -> String {
    if incident(desk).status != Some(Status::Resolved) {
        desk.type_keys(":status resolved it is over\n");
    }
    desk.type_keys(":status closed all done\n");
    let refused = match desk.model.screen.top() {
        Some(warroom::app::layer::Layer::Palette { refused, .. }) => refused.clone().unwrap_or_default(),
        _ => String::new(),
    };
    desk.press(warroom::app::keymap::Key::Ctrl('g'));
    refused
}

#[test]
fn what_was_done_is_taken_back_newest_first_each_by_its_own_demands() {
    let mut desk = failed();
    let screen = format!("{:?}", desk.scene().runbook);
    assert!(screen.contains("u rolls back") && screen.contains("r runs it once more"), "{screen}");
    desk.type_keys("uthe migration cannot succeed\n");
    let back = run(&desk).rollback.clone().expect("it goes back");
    let queue: Vec<&str> = back.queue.iter().map(|s| s.as_str()).collect();
    assert_eq!(queue, ["unlock", "swap-back", "start"], "what was left half done, then the newest first");
    assert!(run(&desk).overrides.contains_key("migrate"), "half a change counts as one in place");
    assert!(format!("{:?}", desk.scene().strip.doing).contains("ROLLS BACK 1/3"), "{:?}", desk.scene().strip.doing);
    assert_eq!(at(&desk), "unlock");
    change(&mut desk, StepOutcome::Passed);
    assert!(!run(&desk).overrides.contains_key("migrate"));
    assert_eq!(at(&desk), "swap-back");
    let refused = close(&mut desk);
    assert!(refused.contains("is being rolled back: step swap-back is due"), "nothing closes over it: {refused}");
    // This one cannot be taken back itself: its target is typed.
    desk.type_keys("\nval-2\n");
    assert_eq!(run(&desk).running_step(), None);
    desk.press(warroom::app::keymap::Key::Ctrl('g'));
    desk.type_keys("\nval-1\n");
    ends(&mut desk, StepOutcome::Passed);
    assert_eq!(at(&desk), "start");
    change(&mut desk, StepOutcome::Passed);
    assert!(run(&desk).is_done() && run(&desk).overrides.is_empty());
    assert_eq!(close(&mut desk), "");
    assert_eq!(incident(&desk).status, Some(Status::Closed));
}

#[test]
fn the_way_back_is_never_entered_by_the_ordinary_way() {
    let mut desk = desk();
    for _ in 0..5 {
        change(&mut desk, StepOutcome::Passed);
    }
    assert!(run(&desk).is_done());
    assert_eq!(run(&desk).progress(), (5, 5));
    assert_eq!(run(&desk).state(&"swap-back".into()).as_str(), "pending");
    assert!(format!("{:?}", desk.scene().runbook).contains("only when rolled back"));
}

#[test]
fn a_step_of_the_way_back_that_is_skipped_leaves_its_change_open() {
    let mut desk = failed();
    desk.type_keys("uback\n");
    change(&mut desk, StepOutcome::Passed);
    desk.type_keys("sthe old one is there\n");
    assert_eq!(at(&desk), "start");
    desk.type_keys("sby hand\n");
    assert!(run(&desk).is_done());
    assert!(close(&mut desk).contains("stop of swap made a temporary change"));
}

#[test]
fn while_it_goes_back_nothing_closes_even_without_a_temporary_change() {
    let mut desk = desk();
    desk.type_keys("sstopped already\n");
    change(&mut desk, StepOutcome::Failed);
    desk.type_keys("uthe new one does not start\n");
    assert_eq!(at(&desk), "swap-back");
    assert!(run(&desk).overrides.is_empty());
    assert!(close(&mut desk).contains("is being rolled back: step swap-back is due"));
}

#[test]
fn nothing_done_is_nothing_to_take_back_and_what_runs_is_ended_first() {
    let mut desk = desk();
    desk.type_keys("uwhy not\n");
    let refused = |desk: &Desk| format!("{:?}", desk.model.screen.top());
    assert!(refused(&desk).contains("nothing was done"), "{}", refused(&desk));
    desk.press(warroom::app::keymap::Key::Ctrl('g'));
    change(&mut desk, StepOutcome::Passed);
    desk.type_keys("\ny");
    desk.type_keys("uwhy not\n");
    assert!(refused(&desk).contains("step swap is running"), "{}", refused(&desk));
    assert!(run(&desk).rollback.is_none());
}

#[rstest]
#[case("rollback=swap-back}", "rollback=swap-bark}", "rollback names `swap-bark`, which is no step")]
#[case("rollback=swap-back}", "rollback=stop}", "rollback names `stop`, which stands before it")]
#[case("undo=unlock}", "undo=swap-back}", "undo names `swap-back`, which runs only when the run is rolled back")]
#[case("watch: 30min", "watch: soon", "is no length of time")]
#[case("kind=run effect=destroy target=val-1", "kind=check rollback=stop", "`rollback` means nothing on a check step")]
fn what_cannot_be_gone_back_to_is_a_fault(#[case] from: &str, #[case] to: &str, #[case] fault: &str) {
    let text = BOOK.replacen(from, to, 1);
    let broken = parse(text.as_bytes(), "x.md", Origin::BuiltIn).unwrap_err();
    let all: Vec<String> = broken.findings.iter().map(|f| f.in_file("x.md")).collect();
    assert!(all.iter().any(|f| f.contains(fault)), "{all:?}");
}

fn verdict(desk: &mut Desk, node: &str, to: NodeState) {
    let now = desk.model.now;
    let verdict = VerdictChanged {
        node: node.into(),
        signal: "chain.finality_lag".into(),
        from: NodeState::Unknown,
        to,
        why: "finality".into(),
        since: now,
        judged: now,
    };
    desk.others("rec@val-1", NewEntry::tool(HealthEvent::from(verdict)));
}

fn said(desk: &Desk) -> (String, String) {
    let strip = desk.scene().strip;
    let all = |list: &[warroom::app::view::tone::Said]| {
        list.iter().map(|s| s.text.as_str().to_owned()).collect::<Vec<_>>().join(" · ")
    };
    (all(&strip.failing), all(&strip.next))
}

#[test]
fn a_recovery_is_watched_and_a_relapse_makes_the_incident_active_again() {
    let mut desk = desk();
    verdict(&mut desk, "val-1", NodeState::Bad);
    verdict(&mut desk, "val-2", NodeState::Bad);
    desk.wait(60);
    verdict(&mut desk, "val-1", NodeState::Ok);
    assert!(!said(&desk).1.contains("relapse"), "something fails still");
    verdict(&mut desk, "val-2", NodeState::Ok);
    desk.type_keys(":status mitigated it finalises\n");
    desk.wait(4 * 60);
    let next = said(&desk).1;
    assert!(next.contains("watching for relapse: 26:00 left"), "the time is the runbook's: {next}");
    assert!(next.contains("val-1 chain.finality_lag, val-2 chain.finality_lag hold"), "{next}");
    assert!(next.contains("wrong if: the app hash differs again"), "{next}");
    verdict(&mut desk, "val-2", NodeState::Bad);
    assert_eq!(incident(&desk).status, Some(Status::Active), "nobody had to say so");
    assert!(desk.model.notice().is_some_and(|n| n.text.starts_with("RELAPSE: val-2")), "{:?}", desk.model.notice());
    desk.wait(30);
    let (failing, next) = said(&desk);
    assert!(
        failing.starts_with("RELAPSE val-2 chain.finality_lag: came back 30 s ago, after it had held for 4:00"),
        "{failing}"
    );
    assert!(next.starts_with("RELAPSE: the remedy did not hold"), "{next}");
    verdict(&mut desk, "val-2", NodeState::Ok);
    assert!(!said(&desk).0.contains("RELAPSE"), "it is over, and watched anew");
    assert!(said(&desk).1.contains("watching for relapse: 30:00 left"));
    desk.wait(31 * 60);
    assert!(said(&desk).1.contains("no relapse within 30 min"));
    assert_eq!(incident(&desk).relapses.len(), 1);
}

#[test]
fn what_comes_back_after_the_watch_or_never_failed_is_no_relapse() {
    let mut desk = Desk::new("alice", (120, 40));
    desk.type_keys("d2 finality stall\n");
    verdict(&mut desk, "val-1", NodeState::Bad);
    desk.wait(60);
    verdict(&mut desk, "val-1", NodeState::Ok);
    desk.type_keys(":status resolved over\n");
    desk.wait(5 * 60);
    verdict(&mut desk, "val-9", NodeState::Bad);
    assert!(incident(&desk).relapses.is_empty(), "another node's fault is another fault");
    verdict(&mut desk, "val-9", NodeState::Ok);
    desk.wait(16 * 60);
    verdict(&mut desk, "val-1", NodeState::Bad);
    assert!(incident(&desk).relapses.is_empty());
    assert_eq!(incident(&desk).status, Some(Status::Resolved));
}

/// The draft says what was watched, for how long, and what came back.
#[test]
fn the_draft_tells_of_the_relapse() {
    let mut desk = desk();
    verdict(&mut desk, "val-1", NodeState::Bad);
    desk.wait(60);
    verdict(&mut desk, "val-1", NodeState::Ok);
    desk.wait(120);
    verdict(&mut desk, "val-1", NodeState::Bad);
    desk.wait(60);
    verdict(&mut desk, "val-1", NodeState::Ok);
    desk.wait(10 * 60);
    desk.type_keys("nquiet\n");
    let draft = postmortem(desk.model.ledger().unwrap(), Audience::Internal, &|_| None).markdown;
    assert!(draft.contains("**relapse**: val-1"), "{draft}");
    assert!(draft.contains("after everything had held for 2:00"), "{draft}");
    assert!(
        draft.contains("Watched for a relapse for 30 min from") && draft.contains("the log ends 10 min into it"),
        "{draft}"
    );
    assert!(draft.contains("What would have proved swap wrong"), "{draft}");
}

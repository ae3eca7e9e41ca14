//! A run that somebody takes up: where it stood, what was last, what nobody knows, the set-up looked at again; and all that was
//! done, by whom, with which output, to be read and searched.

use warroom::app::effect::Effect;
use warroom::app::keymap::Key;
use warroom::app::layer::Layer;
use warroom::app::msg::{JournalMsg, Msg, StepMsg, WorldMsg};
use warroom::domain::event::{OutputRef, StepFinished, StepOutcome};
use warroom::domain::run::Run;
use warroom::runbook::model::{Origin, Runbook};
use warroom::runbook::parse::parse;
use warroom::runbook::shelf::Shelf;

use crate::screens_whole::text;
use crate::support::desk::Desk;
use crate::support::warroom::Warroom;

const BOOK: &str = r#"---
warroom: 1
id: long
title: A long one
revision: 1
owner: ops
reviewed: 2026-11-21
---
## Are the tools at hand? {#tools}
```sh {kind=check expect="exit 0" resume=again}
command -v curl
```
## How far is it? {#far}
```sh {kind=check expect="record"}
echo 41
```
## Swap it {#swap}
```sh {kind=run expect="exit 0"}
swap
```
## Look {#look}
```sh {kind=check expect="exit 0"}
true
```
"#;

fn book() -> Runbook {
    parse(BOOK.as_bytes(), "long.md", Origin::File("runbooks/long.md".into())).unwrap()
}

fn run(desk: &Desk) -> &Run {
    desk.model.ledger().unwrap().incident().runs.values().next().unwrap()
}

fn ends(desk: &mut Desk, outcome: StepOutcome, actual: &str) {
    desk.wait(5);
    let run = run(desk);
    let step = run.running_step().expect("a step runs").clone();
    let (attempt, run) = (run.attempts[&step], run.id.clone());
    let sha256 = format!("{attempt}{step:>63}").replace(' ', "0");
    let output = (outcome != StepOutcome::Lost).then_some(OutputRef { sha256, bytes: 12, kept: 12 });
    let (actual, expected, exit) = (actual.to_owned(), "exit 0".to_owned(), Some(0));
    let finished = StepFinished { run, step, attempt, outcome, exit, expected, actual, took_ms: 5, output };
    let at = desk.model.now;
    desk.send(Msg::Step(StepMsg::Ended { finished: Box::new(finished), at }));
}

/// Alice has the tools, knows how far it is, swapped once in vain, and her console is gone.
fn alice() -> Desk {
    let mut desk = Desk::new("alice", (100, 30));
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::new(vec![book()], Vec::new()))));
    desk.type_keys("d2 a long night\n:run long\n");
    desk.type_keys("\n");
    ends(&mut desk, StepOutcome::Passed, "/usr/bin/curl");
    desk.type_keys("\n");
    ends(&mut desk, StepOutcome::Passed, "41");
    desk.type_keys("\ny");
    desk
}

/// Bob opens what Alice left, ten minutes later.
fn taken_up_by_bob(alice: &Desk) -> Desk {
    let mut desk = Desk::new("bob", (100, 30));
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::new(vec![book()], Vec::new()))));
    desk.send(Msg::Tick(alice.model.now));
    desk.wait(600);
    let entries = alice.model.ledger().unwrap().entries().to_vec();
    let (id, writer) = ("2026-11-21-test".into(), "bob@bastion".into());
    desk.send(Msg::Journal(JournalMsg::Opened { id, writer, entries, anchor: None, faults: Vec::new() }));
    desk.send(Msg::World(WorldMsg::Pinned(Box::new(book()))));
    desk.type_keys("4");
    desk
}

fn hints(desk: &Desk) -> String {
    let view = desk.scene().runbook;
    let said = view.steps.iter().filter_map(|s| s.open.as_ref()).flat_map(|o| &o.taken_up);
    said.map(|h| h.text.as_str().to_owned()).collect::<Vec<_>>().join("\n")
}

fn asks(desk: &Desk) -> String {
    let open: Vec<String> = desk
        .scene()
        .runbook
        .steps
        .iter()
        .filter_map(|s| Some(s.open.as_ref()?.asks.text.as_str().to_owned()))
        .collect();
    open.join("\n")
}

#[test]
fn whoever_takes_it_up_sees_where_it_stood_and_what_nobody_knows() {
    let mut first = alice();
    ends(&mut first, StepOutcome::Lost, "its supervisor was killed");
    let desk = taken_up_by_bob(&first);
    let said = hints(&desk);
    for part in [
        "TAKEN UP 02:53: long stands at 3 of 4: swap (end unknown)",
        "last: swap end unknown, alice@bastion 02:43:",
        "END UNKNOWN: swap, attempt 1, alice: its supervisor was killed; it may have done its work",
        "set-up is looked at again first: tools",
        "H shows the run so far",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(asks(&desk).contains("enter looks at the set-up once more first: tools"), "{}", asks(&desk));
    insta::assert_snapshot!("taken_up_100x30", text(&desk.scene(), 100, 30));
}

#[test]
fn the_set_up_is_looked_at_once_more_and_nothing_else_runs_unasked() {
    let mut first = alice();
    ends(&mut first, StepOutcome::Failed, "exit 1");
    let mut desk = taken_up_by_bob(&first);
    desk.type_keys("\n");
    let begun: Vec<&str> = desk
        .effects
        .iter()
        .filter_map(|e| if let Effect::StartStep { started, .. } = e { Some(started.step.as_str()) } else { None })
        .collect();
    assert_eq!(begun, ["tools"]);
    assert_eq!(run(&desk).attempts[&"tools".into() as &warroom::domain::id::StepId], 2);
    ends(&mut desk, StepOutcome::Passed, "/usr/bin/curl");
    assert_eq!(hints(&desk), "", "it has gone on");
    assert!(asks(&desk).starts_with("r runs it once more"), "{}", asks(&desk));
    desk.type_keys("r");
    assert_eq!(run(&desk).running_step(), None, "it changes something: it asks");
    assert!(matches!(desk.model.screen.top(), Some(Layer::Confirm(_))));
}

#[test]
fn a_set_up_that_does_not_hold_any_more_is_where_the_run_stands() {
    let mut first = alice();
    ends(&mut first, StepOutcome::Failed, "exit 1");
    let mut desk = taken_up_by_bob(&first);
    desk.type_keys("\n");
    ends(&mut desk, StepOutcome::Failed, "exit 127");
    assert_eq!(run(&desk).current().map(|s| s.as_str()), Some("tools"));
    assert!(asks(&desk).starts_with("r runs it once more · s skips it"), "{}", asks(&desk));
}

#[test]
fn the_run_so_far_tells_every_attempt_and_leads_to_every_output() {
    let mut first = alice();
    ends(&mut first, StepOutcome::Failed, "exit 1: no \u{1b}[2Jspace");
    first.type_keys("ry");
    ends(&mut first, StepOutcome::Passed, "swapped");
    let mut desk = taken_up_by_bob(&first);
    desk.type_keys("H");
    let Some(Layer::Pick(pick)) = desk.model.screen.top() else { panic!("it is not shown") };
    let all = pick.rows.iter().flat_map(|(lines, _)| lines.clone()).collect::<Vec<_>>().join("\n");
    for part in [
        "✓ 02:43:00  1 tools  attempt 1: passed, exit 0  alice@bastion",
        "3 swap  attempt 1: failed",
        "3 swap  attempt 2: passed",
        ": output swap 2",
        "to do  4 look",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(!text(&desk.scene(), 100, 30).contains('\u{1b}'));
    let read = |desk: &Desk| match desk.effects.last() {
        Some(Effect::ReadOutput { kept, title }) => (kept.sha256.chars().next().unwrap(), title.clone()),
        other => panic!("{other:?}"),
    };
    desk.type_keys("jjj\n");
    assert_eq!(read(&desk), ('1', "output of swap, attempt 1".to_owned()), "of the turn under the cursor");
    desk.press(Key::Ctrl('g'));
    desk.type_keys(":output swap 1\n");
    assert_eq!(read(&desk), ('1', "output of swap, attempt 1".to_owned()));
    desk.type_keys("o");
    assert_eq!(read(&desk), ('2', "output of swap, attempt 2".to_owned()), "the newest");
    desk.type_keys("gjo");
    assert_eq!(read(&desk).1, "output of far, attempt 1", "that of the step under the cursor");
}

fn reading(lines: Vec<String>) -> Desk {
    let mut desk = Desk::new("alice", (80, 24));
    desk.send(Msg::Step(StepMsg::Kept { title: "output of look".into(), lines }));
    desk
}

#[test]
fn words_are_found_in_an_output_and_marked() {
    let lines = (0..200).map(|i| if i % 50 == 30 { format!("line {i} Fatal: no space") } else { format!("line {i}") });
    let mut desk = reading(lines.collect());
    desk.type_keys("/fatal\n");
    let top = |desk: &Desk| {
        let screen = text(&desk.scene(), 80, 24);
        let rows: Vec<String> = screen.lines().map(str::to_owned).collect();
        let at = rows.iter().position(|r| r.starts_with('━')).unwrap();
        rows[at + 1].clone()
    };
    assert_eq!(top(&desk), "▸line 30 Fatal: no space");
    desk.type_keys("n");
    assert_eq!(top(&desk), "▸line 80 Fatal: no space");
    desk.type_keys("N");
    assert_eq!(top(&desk), "▸line 30 Fatal: no space");
    desk.type_keys("N");
    assert!(text(&desk.scene(), 80, 24).contains("▸line 180 Fatal"), "around the end");
    desk.type_keys("/nowhere\n");
    let Some(Layer::Palette { refused, .. }) = desk.model.screen.top() else { panic!("it is not refused") };
    assert_eq!(refused.as_deref(), Some("`nowhere` is nowhere in it"));
}

#[test]
fn a_long_line_is_read_to_its_end() {
    let line: String = (0..380).map(|i| format!("w{i:03} ")).collect();
    let mut desk = reading(vec![line; 4]);
    desk.type_keys("G");
    let screen = text(&desk.scene(), 80, 24);
    assert!(screen.contains("w379"), "{screen}");
    assert!(!screen.contains("w000 w001 w002 w003 w004 w005 w006 w007 w008 w009 w010\n"), "{screen}");
}

#[test]
fn the_command_line_takes_up_looks_again_and_tells_how_it_went() {
    let house = Warroom::new();
    house.write(
        "runbooks/long.md",
        &BOOK.replace("command -v curl", "test ! -e \"$HOME/gone\"").replace("\nswap\n", "\nfalse\n"),
    );
    let run = |house: &Warroom, args: &[&str]| house.run(args);
    assert_eq!(run(&house, &["declare", "--severity", "2", "a long night"]).code, 0);
    assert_eq!(run(&house, &["runbook", "run", "long", "--until", "far"]).code, 0);
    let second = run(&house, &["runbook", "run", "long", "--yes"]);
    assert_eq!(second.code, 1, "{}", second.err);
    assert!(second.err.contains("set-up is looked at again first: tools"), "{}", second.err);
    assert!(
        second.out.contains("✓ tools") && second.out.contains("✗ swap") && !second.out.contains("✓ far"),
        "{}",
        second.out
    );
    let status = run(&house, &["runbook", "status"]);
    assert!(status.out.contains("stands at 3 of 4: swap (failed)"), "{}", status.out);
    assert!(status.out.contains("1 tools  attempt 2: passed"), "{}", status.out);
    let json = run(&house, &["runbook", "status", "long", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let steps: Vec<&str> = rows.as_array().unwrap().iter().map(|r| r["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["tools", "far", "tools", "swap"]);
    assert_eq!((&rows[3]["what"], &rows[3]["attempt"]), (&"failed".into(), &1.into()));
    let back = run(&house, &["runbook", "rollback", "long", "--reason", "no"]);
    assert_eq!(back.code, 3, "nothing here can be taken back: {}", back.err);
    assert_eq!(run(&house, &["runbook", "skip", "long", "--reason", "by hand"]).code, 0);
    assert!(run(&house, &["runbook", "status", "long"]).out.contains("stands at 4 of 4: look"));
}

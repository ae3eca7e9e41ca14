//! Every kind of step in every state that matters, as it stands on the screen: one runbook of all kinds, one table, three
//! sizes. Whoever changes a pane reads these.

use warroom::app::keymap::Key;
use warroom::app::model::Around;
use warroom::app::msg::{Msg, StepMsg, WorldMsg};
use warroom::app::pane::Pane;
use warroom::domain::entry::NewEntry;
use warroom::domain::event::{ApprovalGiven, OutputRef, RoleAssigned, StepFinished, StepOutcome, StepSkipped};
use warroom::domain::id::RunId;
use warroom::domain::time::Span;
use warroom::runbook::model::Origin;
use warroom::runbook::parse::parse;
use warroom::runbook::shelf::Shelf;

use crate::screens_whole::text;
use crate::support::desk::Desk;

const BOOK: &str = r#"---
warroom: 1
id: all-kinds
title: Every kind of step
revision: 3
owner: ops
reviewed: 2026-11-21
params:
  - {name: unit, type: string, default: validator, about: the unit}
  - {name: height, type: integer}
---
## Read this first {#first kind=note}
The signer is stopped before anything else. Two live signers with one key are slashed, and nothing takes that back.

## Call the other operators {#call kind=manual}
Ask each whether it sees the same height.

## Clear the disk by hand {#wipe kind=manual effect=destroy target=val-1}
Only what is older than a day.

## Which height? {#height-now kind=ask sets=height}
As the others said it.

## What is the cause? {#cause}
```text {kind=ask}
The disk is full
The link is down
```

## Is it alone? {#alone}
It must not run elsewhere.
```sh {kind=check timeout=20s expect="exit 0"}
systemctl is-active "$unit" && exit 1 || exit 0
```

## Which version? {#version}
```sh {kind=check timeout=20s expect="equals Lodestar/v1.5.1-fix2/abcdef0"}
curl -s http://127.0.0.1:5052/eth/v1/node/version | tr -d '"{} ' | cut -d: -f3
```

## How far is finality? {#lag}
```sh {kind=check timeout=20s expect="number < 5"}
curl -s http://127.0.0.1:5052/eth/v1/beacon/states/head/finality_checkpoints
```

## Which chain? {#chain}
```sh {kind=check timeout=20s expect="regex ^0x1$"}
curl -s http://127.0.0.1:8545
```

## Stop the node {#stop}
```sh {kind=run timeout=1min expect="contains inactive" undo=start-again}
systemctl stop "$unit"
systemctl is-active "$unit"
```

## Drop its database {#drop}
It syncs anew for six hours.
```sh {kind=run effect=destroy target=val-1 timeout=1min}
rm -rf /var/lib/node/db
```

## Start the signer {#sign}
```sh {kind=run effect=sign people=2 timeout=1min guards=alone}
systemctl enable --now "$unit"
```

## Until it finalises {#until}
```sh {kind=wait deadline=30min every=10s timeout=20s expect="number <= 2"}
curl -s http://127.0.0.1:5052/lag
```

## Is it quiet? {#quiet kind=confirm}
Look at the other operators' heads too.

## Two say go {#go kind=approve people=2 role=decision-maker}
Whoever says yes has read the sheet.

## All start at four {#four kind=barrier when="2026-11-21T04:00Z"}
Nobody starts before.

## Two thirds are ready {#ready kind=barrier when="quorum 2/3"}
The others' word, and what we see of them.

## Which way? {#way}
```text {kind=decide}
It holds -> tell
It fell behind again -> start-again
Nothing to do -> end
```

## Tell the partners {#tell}
```text {kind=message to=partners}
We restarted val-1 at 03:10 UTC after its disk filled up.
Funds are safe. Next word at 03:40 UTC.
```

## Start it again {#start-again}
```sh {kind=run timeout=1min expect="contains active"}
systemctl start "$unit"; systemctl is-active "$unit"
```
"#;

/// One screen of the table.
type Case = (&'static str, fn(&mut Desk));

const CASES: &[Case] = &[
    ("note", |d| at(d, "first")),
    ("manual", |d| at(d, "call")),
    ("manual destroy", |d| at(d, "wipe")),
    ("ask, free words", |d| at(d, "height-now")),
    ("ask, one of", |d| at(d, "cause")),
    ("check, to do", |d| at(d, "alone")),
    ("check, running with output", |d| {
        begin(d, "alone", "\n");
        d.wait(12);
        output(d, "alone", &["inactive", "\u{1b}[31mred\u{1b}[0m"]);
    }),
    ("check, exit code differs", |d| {
        begin(d, "alone", "\n");
        output(d, "alone", &["active"]);
        ends(d, "alone", StepOutcome::Failed, Some(1), "exit 1: active");
    }),
    ("check, failed the second time", |d| {
        begin(d, "alone", "\n");
        ends(d, "alone", StepOutcome::Failed, Some(1), "exit 1: active");
        d.type_keys("r");
        ends(d, "alone", StepOutcome::Failed, Some(1), "exit 1: active");
    }),
    ("check, text differs", |d| {
        begin(d, "version", "\n");
        ends(d, "version", StepOutcome::Failed, Some(0), "Lodestar/v1.5.0-fix2/abcdef0");
    }),
    ("check, number differs", |d| {
        begin(d, "lag", "\n");
        ends(d, "lag", StepOutcome::Failed, Some(0), "7");
    }),
    ("check, pattern does not match", |d| {
        begin(d, "chain", "\n");
        ends(d, "chain", StepOutcome::Failed, Some(0), "0x5 (and 2 more lines)");
    }),
    ("change, to do", |d| at(d, "stop")),
    ("change, asked", |d| {
        at(d, "stop");
        d.type_keys("\n");
    }),
    ("change, words missing", |d| {
        begin(d, "stop", "\ny");
        ends(d, "stop", StepOutcome::Failed, Some(0), "active");
    }),
    ("change, timed out", |d| {
        begin(d, "stop", "\ny");
        ends(d, "stop", StepOutcome::TimedOut, None, "no end within 1 min, killed; nothing");
    }),
    ("change, end unknown", |d| {
        begin(d, "stop", "\ny");
        ends(d, "stop", StepOutcome::Lost, None, "its supervisor was killed; process 4711 still runs");
    }),
    ("destroy, to do", |d| at(d, "drop")),
    ("destroy, asked", |d| {
        at(d, "drop");
        d.type_keys("\nval");
    }),
    ("sign, a yes is missing", |d| at(d, "sign")),
    ("sign, asked", |d| {
        at(d, "sign");
        says_yes(d, "sign", "carol");
        d.type_keys("\n");
    }),
    ("wait, to do", |d| at(d, "until")),
    ("wait, running", |d| {
        begin(d, "until", "\n");
        d.wait(7 * 60);
        output(d, "until", &["9", "--- try 2 ---", "7"]);
    }),
    ("wait, its deadline came", |d| {
        begin(d, "until", "\n");
        ends(d, "until", StepOutcome::TimedOut, Some(0), "180 tries in 30 min, the last: 7");
    }),
    ("confirm", |d| at(d, "quiet")),
    ("approve, nobody yet", |d| at(d, "go")),
    ("approve, one of two", |d| {
        at(d, "go");
        holds(d, "carol");
        says_yes(d, "go", "carol");
    }),
    ("barrier, a time", |d| at(d, "four")),
    ("barrier, a quorum", |d| at(d, "ready")),
    ("decide", |d| at(d, "way")),
    ("message", |d| at(d, "tell")),
    ("the last one, a temporary change open", |d| {
        begin(d, "stop", "\ny");
        ends(d, "stop", StepOutcome::Passed, Some(0), "inactive");
        at(d, "start-again");
    }),
    ("all done", |d| {
        at(d, "start-again");
        d.type_keys("sit starts by itself\n");
    }),
];

fn desk(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new("alice", size);
    let book = parse(BOOK.as_bytes(), "all-kinds.md", Origin::File("runbooks/all-kinds.md".into())).unwrap();
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::new(vec![book], Vec::new()))));
    desk.model.around =
        Around { folder: "/home/alice".into(), env: vec!["PATH=/usr/bin:/bin".into(), "LANG=C.UTF-8".into()] };
    desk.type_keys("d2 finality stall\n:run all-kinds\n");
    assert_eq!(desk.model.screen.focus, Pane::Runbook, "{:?}", desk.scene().notice);
    desk
}

fn run(desk: &Desk) -> RunId {
    desk.model.ledger().unwrap().incident().runs.keys().next().unwrap().clone()
}

/// Bob leaves out every step before this one, so that the run stands at it.
fn at(desk: &mut Desk, step: &str) {
    let run = run(desk);
    let state = desk.model.ledger().unwrap().incident().runs[&run].clone();
    for id in state.pinned.steps.iter().take_while(|s| s.as_str() != step) {
        if !state.state(id).is_settled() {
            let skipped = StepSkipped {
                run: run.clone(),
                step: id.clone(),
                reason: "done before, by the night shift".into(),
                rolls_back: false,
            };
            desk.others("bob@val-1", NewEntry::human(&"bob".into(), warroom::domain::event::RunEvent::from(skipped)));
        }
    }
    desk.press(Key::Char('g'));
    let place = state.pinned.steps.iter().position(|s| s.as_str() == step).unwrap();
    (0..place).for_each(|_| desk.press(Key::Char('j')));
}

fn begin(desk: &mut Desk, step: &str, keys: &str) {
    at(desk, step);
    desk.type_keys(keys);
}

fn output(desk: &mut Desk, step: &str, lines: &[&str]) {
    let (run, tail) = (run(desk), lines.iter().map(|l| (*l).to_owned()).collect());
    desk.send(Msg::Step(StepMsg::Output { run, step: step.into(), tail }));
}

fn ends(desk: &mut Desk, step: &str, outcome: StepOutcome, exit: Option<i32>, actual: &str) {
    desk.wait(2);
    let run = run(desk);
    let attempt = desk.model.ledger().unwrap().incident().runs[&run].attempts[step];
    let output = Some(OutputRef { sha256: "a".repeat(64), bytes: 8, kept: 8 });
    let took_ms = if outcome == StepOutcome::Lost { 0 } else { 1_840 };
    let (step, actual) = (step.into(), actual.to_owned());
    let finished = StepFinished { run, step, attempt, outcome, exit, expected: String::new(), actual, took_ms, output };
    let at = desk.model.now;
    desk.send(Msg::Step(StepMsg::Ended { finished: Box::new(finished), at }));
}

fn holds(desk: &mut Desk, person: &str) {
    let assigned = RoleAssigned { role: "decision-maker".into(), to: Some(person.into()), from: None };
    desk.others("bob@val-1", NewEntry::human(&"bob".into(), warroom::domain::event::IncidentEvent::from(assigned)));
}

fn says_yes(desk: &mut Desk, step: &str, who: &str) {
    let given = ApprovalGiven {
        run: run(desk),
        step: step.into(),
        statement: String::new(),
        sig: String::new(),
        reason: String::new(),
    };
    let writer = format!("{who}@hq");
    desk.others(&writer, NewEntry::human(&who.into(), warroom::domain::event::RunEvent::from(given)));
}

/// From the runbook pane's rule on, without what stands left of it; blank rows at the end are gone.
fn pane(screen: &str) -> String {
    let rows: Vec<&str> = screen.lines().collect();
    let top = rows.iter().position(|r| r.contains("4 runbook")).or_else(|| rows.iter().position(|r| r.contains("━ ")));
    let top = top.unwrap_or(0);
    let left = rows[top].chars().position(|c| c == '┬').map_or(0, |i| i + 1);
    let asked = rows.iter().any(|r| r.starts_with("━ sure?"));
    let left = if rows[top].contains("┬━ 4") && !asked { left } else { 0 };
    let part = |row: &&str| row.chars().skip(left).collect::<String>().trim_end().to_owned();
    let kept: Vec<String> = rows[top..rows.len() - 1].iter().map(part).collect();
    let end = kept.iter().rposition(|r| !r.is_empty()).map_or(0, |i| i + 1);
    kept[..end].join("\n")
}

fn all(width: u16, height: u16) -> String {
    let mut out = String::new();
    for (name, lead) in CASES {
        let mut desk = desk((width, height));
        lead(&mut desk);
        out.push_str(&format!("[{name}]\n{}\n\n", pane(&text(&desk.scene(), width, height))));
    }
    out
}

#[test]
fn every_kind_of_step_at_80x24() {
    insta::assert_snapshot!("step_kinds_80x24", all(80, 24));
}

#[test]
fn every_kind_of_step_at_120x40() {
    insta::assert_snapshot!("step_kinds_120x40", all(120, 40));
}

#[test]
fn every_kind_of_step_at_160x50() {
    insta::assert_snapshot!("step_kinds_160x50", all(160, 50));
}

/// What to do next is the line under the heading, at every size and in every state.
#[test]
fn what_is_asked_stands_right_under_the_heading() {
    for (name, lead) in CASES.iter().filter(|(name, _)| !name.contains("asked") && *name != "all done") {
        let mut desk = desk((80, 24));
        lead(&mut desk);
        let screen = text(&desk.scene(), 80, 24);
        let rows: Vec<&str> = screen.lines().collect();
        let head = rows.iter().position(|r| r.starts_with("›")).unwrap_or_else(|| panic!("{name}: {screen}"));
        let near = rows[head..].iter().take(5).any(|r| r.trim_start().starts_with("→ "));
        assert!(near, "{name}: {screen}");
    }
}

/// What differs is marked by signs, so that a screen without colours tells it too.
#[test]
fn a_difference_is_marked_without_colour() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let mut desk = desk((width, height));
        begin(&mut desk, "version", "\n");
        ends(&mut desk, "version", StepOutcome::Failed, Some(0), "Lodestar/v1.5.0-fix2/abcdef0");
        let screen = pane(&text(&desk.scene(), width, height));
        let rows: Vec<&str> = screen.lines().collect();
        let came = rows.iter().position(|r| r.contains("came") && r.contains('≠')).unwrap();
        let column = rows[came].chars().position(|c| c == 'L').unwrap() + "Lodestar/v1.5.".len();
        assert_eq!(rows[came + 1].chars().position(|c| c == '^'), Some(column), "{screen}");
        assert_eq!(rows[came - 1].chars().position(|c| c == '^'), Some(column), "{screen}");
    }
}

/// The very command, and all that it sees, stands in the question, however narrow the screen.
#[test]
fn a_question_shows_command_account_host_folder_and_environment() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let mut desk = desk((width, height));
        at(&mut desk, "stop");
        desk.type_keys("\n");
        let screen = text(&desk.scene(), width, height);
        for part in [
            "$ systemctl stop \"$unit\"",
            "alice@bastion in /home/alice",
            "unit=validator",
            "PATH=/usr/bin:/bin",
            "WARROOM_INCIDENT=2026-11-21-test",
            "contains \"inactive\"",
        ] {
            assert!(screen.contains(part), "{part} at {width}x{height}: {screen}");
        }
    }
}

#[test]
fn a_command_longer_than_the_screen_leaves_the_question_in_sight() {
    let mut desk = desk((80, 24));
    let lines: String = (0..60).map(|i| format!("echo line {i}\n")).collect();
    let long = BOOK.replace("systemctl is-active \"$unit\"\n```\n\n## Drop", &format!("{lines}```\n\n## Drop"));
    assert_ne!(long, BOOK);
    let book = parse(long.as_bytes(), "x.md", Origin::File("x.md".into())).unwrap();
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::new(vec![book], Vec::new()))));
    desk.type_keys(":run all-kinds again\n");
    let runs: Vec<RunId> = desk.model.ledger().unwrap().incident().runs.keys().cloned().collect();
    assert_eq!(runs.len(), 2);
    desk.wait(1);
    let newest = desk.model.ledger().unwrap().incident().active_run().unwrap().clone();
    for id in newest.pinned.steps.iter().take_while(|s| s.as_str() != "stop") {
        let skipped =
            StepSkipped { run: newest.id.clone(), step: id.clone(), reason: "before".into(), rolls_back: false };
        desk.others("bob@val-1", NewEntry::human(&"bob".into(), warroom::domain::event::RunEvent::from(skipped)));
    }
    desk.type_keys("\n");
    let screen = text(&desk.scene(), 80, 24);
    assert!(
        screen.contains("rows do not fit here") && screen.contains("y yes") && screen.contains("alice@bastion"),
        "{screen}"
    );
    desk.wait(Span::from_mins(1).secs());
}

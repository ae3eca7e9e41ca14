//! From the real model to the screen: a quiet day, then an incident lived through by keys, and what must agree on it.

use warroom::app::keymap::Key;
use warroom::app::msg::{DrillMsg, DrillStatus};
use warroom::app::msg::{Msg, WorldMsg};
use warroom::app::view::scene::Scene;
use warroom::domain::entry::NewEntry;
use warroom::domain::event::NoteAdded;
use warroom::domain::id::EntryRef;
use warroom::domain::observation::{Failure, Family};
use warroom::domain::time::Span;
use warroom::domain::watch::NodeSpec;
use warroom::peers::model::{PeerReport, Trust};
use warroom::runbook::shelf::Shelf;

use crate::screens_whole::text;
use crate::support::desk::Desk;

const SIZE: (u16, u16) = (120, 40);

fn specs() -> Vec<NodeSpec> {
    vec![
        NodeSpec::host("devnet"),
        NodeSpec::new("val-1", Family::EthereumBeacon, "http://127.0.0.1:5052", "devnet"),
        NodeSpec::new("val-2", Family::EthereumBeacon, "http://127.0.0.1:5053", "devnet"),
    ]
}

/// Rounds of polls, 12 s apart: the head moves, finality lags.
fn poll(desk: &mut Desk, rounds: u64, slot: &mut u64, lag: impl Fn(u64) -> f64) {
    for round in 0..rounds {
        desk.wait(12);
        *slot += 1;
        desk.host();
        desk.beacon("val-1", *slot, lag(round), 71.0);
        desk.beacon("val-2", *slot, lag(round), 64.0);
    }
}

fn quiet_desk(size: (u16, u16)) -> (Desk, u64) {
    let mut desk = Desk::new("alice", size);
    desk.watch(specs(), &[]);
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::shipped())));
    let mut slot = 1_318_400;
    poll(&mut desk, 10, &mut slot, |_| 2.0);
    (desk, slot)
}

fn shown(desk: &Desk) -> String {
    text(&desk.scene(), desk.model.screen.size.0, desk.model.screen.size.1)
}

#[test]
fn the_first_screen_before_anything_is_known() {
    let desk = Desk::new("alice", (80, 24));
    insta::assert_snapshot!("model_first_80x24", shown(&desk));
}

#[test]
fn a_quiet_day_is_one_quiet_line() {
    let (desk, _) = quiet_desk((80, 24));
    insta::assert_snapshot!("model_quiet_80x24", shown(&desk));
}

#[test]
fn a_quiet_screen_stands_still_between_polls() {
    let (mut desk, _) = quiet_desk(SIZE);
    let before = desk.scene();
    for _ in 0..8 {
        desk.wait(1);
        assert_eq!(desk.scene(), before, "nothing changed but the time within one minute");
    }
}

fn incident_desk() -> (Desk, u64) {
    let (mut desk, mut slot) = quiet_desk(SIZE);
    poll(&mut desk, 12, &mut slot, |r| 2.0 + f64::from(u32::try_from(r).unwrap()).min(5.0));
    desk.type_keys("d2 finality stall\n");
    desk.type_keys("aic alice\n");
    poll(&mut desk, 3, &mut slot, |_| 7.0);
    desk.type_keys("nlooking at val-1\n");
    desk.type_keys("Orest\u{202e}art nothing\n");
    desk.type_keys("tcarol 5 call northstake\n");
    desk.others("bob@val-1", NewEntry::human(&"bob".into(), NoteAdded { text: "on my way \u{1b}[2J".into() }));
    poll(&mut desk, 1, &mut slot, |_| 7.0);
    (desk, slot)
}

#[test]
fn a_host_whose_clock_stands_behind_is_named() {
    let (mut desk, _) = incident_desk();
    let note = |text: &str| NewEntry::human(&"bob".into(), NoteAdded { text: text.into() });
    desk.others_behind("bob@val-1", note("by my watch"), Span::from_mins(10));
    let here = |desk: &Desk| desk.scene().roster.here.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert!(here(&desk).contains("bob (clock 10:00 behind)"), "{}", here(&desk));
    desk.others_behind("bob@val-1", note("set right"), Span::from_secs(1));
    assert!(!here(&desk).contains("behind)"));
}

#[test]
fn an_incident_lived_through_by_keys() {
    let (desk, _) = incident_desk();
    insta::assert_snapshot!("model_incident_120x40", shown(&desk));
}

#[test]
fn one_number_is_one_number_everywhere_on_a_screen() {
    let (desk, _) = incident_desk();
    let scene = desk.scene();
    let screen = shown(&desk);
    let strip: Vec<&str> = scene.strip.failing.iter().map(|s| s.text.as_str()).collect();
    assert!(strip[0].contains("7 epochs"), "{strip:?}");
    assert!(screen.contains("−7 ep"), "the pane counts the same epochs: {screen}");
    let declared = scene.head.facts.iter().find(|f| f.text.as_str().starts_with("declared ")).unwrap();
    let clock = declared.text.as_str().trim_start_matches("declared ").to_owned();
    let nobody = scene.strip.next.iter().find(|s| s.text.as_str().contains("nobody for")).unwrap();
    assert!(nobody.text.as_str().contains(&format!("for {clock}")), "{nobody:?} against {clock}");
    let role = scene.roster.roles.iter().find(|r| r.role.as_str() == "scribe").unwrap();
    assert_eq!(role.since.as_str(), clock);
    let task = scene.strip.doing.iter().find(|s| s.text.as_str().starts_with("carol")).unwrap();
    assert!(task.text.as_str().ends_with(scene.roster.tasks[0].left.as_str()), "{task:?}");
    assert_eq!(scene.timeline.unread, 1);
}

#[test]
fn nothing_forbidden_reaches_the_scene() {
    let (desk, _) = incident_desk();
    let all = format!("{:?}", desk.scene());
    assert!(!all.chars().any(|c| c != '\n' && warroom::domain::text::is_forbidden(c)));
    assert!(shown(&desk).contains(r"rest\u{202e}art nothing"));
}

#[test]
fn a_node_that_falls_silent_is_told_with_the_reason() {
    let (mut desk, mut slot) = quiet_desk(SIZE);
    poll(&mut desk, 1, &mut slot, |_| 2.0);
    for _ in 0..6 {
        desk.wait(12);
        slot += 1;
        desk.beacon("val-1", slot, 2.0, 71.0);
        desk.observed("val-2", Err(Failure::TimedOut { after_ms: 5_000 }));
    }
    let failing = desk.scene().strip.failing;
    assert!(
        failing.iter().any(|s| s.text.as_str().contains("val-2") && s.text.as_str().contains("5000 ms")),
        "{failing:?}"
    );
}

#[test]
fn a_task_over_its_time_box_is_asked_back() {
    let (mut desk, _) = incident_desk();
    desk.wait(5 * 60);
    let next = desk.scene().strip.next;
    assert!(next.iter().any(|s| s.text.as_str().contains("ask carol")), "{next:?}");
}

#[test]
fn a_runbook_is_begun_and_its_first_step_is_shown_in_full() {
    let (mut desk, _) = incident_desk();
    desk.type_keys(":run execution-stuck\n");
    let scene = desk.scene();
    let open: Vec<_> = scene.runbook.steps.iter().filter_map(|s| s.open.as_ref()).collect();
    assert_eq!(open.len(), 1, "{:?} {:?}", scene.runbook, scene.notice);
    assert!(!open[0].asks.text.is_empty());
    insta::assert_snapshot!("model_runbook_120x40", shown(&desk));
    desk.type_keys("\n");
    insta::assert_snapshot!("model_step_confirm_120x40", shown(&desk));
}

#[test]
fn the_same_model_gives_the_same_scene() {
    let (desk, _) = incident_desk();
    assert_eq!(Scene::of(&desk.model), Scene::of(&desk.model));
}

#[test]
fn layers_open_and_close_without_escape() {
    let (mut desk, _) = incident_desk();
    for (open, close) in [("?", "q"), ("?", "?"), (":", ""), ("n", "")] {
        desk.type_keys(open);
        assert!(desk.scene().layer.is_some(), "{open}");
        if close.is_empty() {
            desk.press(Key::Ctrl('g'));
        } else {
            desk.type_keys(close);
        }
        assert!(desk.scene().layer.is_none(), "{open} {close}");
    }
    desk.type_keys(":");
    desk.press(Key::Backspace);
    assert!(desk.scene().layer.is_none(), "backspace on the empty line closes");
    desk.type_keys("q");
    assert!(desk.left);
}

#[test]
fn the_command_line_finds_and_explains() {
    let (mut desk, _) = incident_desk();
    desk.type_keys(":ordl");
    insta::assert_snapshot!("model_palette_80x24", text(&desk.scene(), 80, 24));
    desk.type_keys("\t");
    insta::assert_snapshot!("model_palette_usage_80x24", text(&desk.scene(), 80, 24));
}

#[test]
fn what_others_report_stands_apart_and_unsigned_words_are_not_counted() {
    let (mut desk, _) = quiet_desk((100, 30));
    let report = |operator: &str, trust, stake| PeerReport {
        operator: operator.into(),
        trust,
        why: String::new(),
        stake: Some(stake),
        origin: "peers/x.json".into(),
        via: None,
        received: desk.model.now,
        document: None,
    };
    desk.send(Msg::Peers(
        vec![report("lightforge", Trust::Verified, 145), report("harbour", Trust::Unsigned, 20)],
        Vec::new(),
    ));
    desk.wait(9);
    let screen = shown(&desk);
    let header = screen.lines().position(|l| l.contains("reported by operators")).unwrap();
    let own = screen.lines().position(|l| l.contains("val-1")).unwrap();
    assert!(own < header, "{screen}");
    let harbour = screen.lines().find(|l| l.contains("harbour")).unwrap();
    assert!(
        harbour.contains("UNSIGNED, not counted") && harbour.contains("12.1 %") && harbour.contains("9 s"),
        "{harbour}"
    );
    assert!(
        screen.lines().any(|l| l.contains("lightforge") && !l.contains("not counted") && l.contains("87.8 %")),
        "{screen}"
    );
}

#[test]
fn a_drill_is_marked_left_of_the_clock_at_every_size() {
    let (mut desk, _) = incident_desk();
    let status = DrillStatus {
        title: "finality slips".into(),
        at: desk.model.now,
        elapsed: Span::from_mins(5),
        length: Span::from_mins(60),
        paused: false,
        speed: 10,
        looking_back: false,
        over: false,
    };
    desk.send(Msg::Drill(DrillMsg::Status(status)));
    for (width, height) in [(160, 50), (120, 40), (80, 24), (60, 20), (40, 12)] {
        let screen = text(&desk.scene(), width, height);
        let first = screen.lines().next().unwrap();
        let (mark, clock) = (first.find("DRILL 10x").unwrap(), first.find(" UTC").unwrap());
        assert!(mark < clock, "{width}x{height}: {first}");
    }
    assert!(text(&desk.scene(), 120, 40).contains("p pause"), "the drill's keys are on the line");
}

#[test]
fn entries_that_are_not_on_the_disk_are_told_on_every_screen() {
    let (mut desk, _) = incident_desk();
    let held = (0..3).map(|seq| EntryRef { writer: "alice@bastion".into(), seq }).collect();
    desk.model.case.as_mut().unwrap().held = held;
    for (width, height) in [(120, 40), (80, 24), (60, 20), (40, 12)] {
        assert!(text(&desk.scene(), width, height).contains("3 entries not yet on disk"), "{width}x{height}");
    }
}

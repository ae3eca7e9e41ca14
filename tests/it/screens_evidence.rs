//! From a FAILING line to what proves it, and from NEXT to the runbook that fits: by keys alone, at three sizes.

use rstest::rstest;
use warroom::app::effect::{Effect, JudgeOrder};
use warroom::app::keymap::Key;
use warroom::app::msg::{DrillMsg, DrillStatus, Msg, Recorder, WorldMsg};
use warroom::domain::observation::{Alert, Answer, Failure, Family, Reading};
use warroom::domain::raw::{RawReply, RawRound};
use warroom::domain::signal::SignalId;
use warroom::domain::time::{At, Span};
use warroom::domain::watch::NodeSpec;
use warroom::runbook::shelf::Shelf;

use crate::screens_whole::text;
use crate::support::desk::Desk;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (160, 50)];

fn specs() -> Vec<NodeSpec> {
    let beacon =
        |id: &str, port: u16| NodeSpec::new(id, Family::EthereumBeacon, &format!("http://127.0.0.1:{port}"), "devnet");
    vec![
        beacon("val-1", 5052),
        beacon("val-2", 5053),
        NodeSpec::new("am-1", Family::Alertmanager, "http://127.0.0.1:9093", "devnet"),
    ]
}

fn firing() -> Alert {
    Alert {
        fingerprint: "8d3f".into(),
        name: "BeaconFinalityLag".into(),
        summary: "finality is late".into(),
        severity: "critical".into(),
        since: At::parse("2026-11-21T02:44:30Z").unwrap(),
        quiet: None,
    }
}

fn alerts(desk: &mut Desk, alerts: Vec<Alert>) {
    let fire = alerts.iter().filter(|a| a.quiet.is_none()).count();
    let count = Reading::number(SignalId::ALERTS, f64::from(u32::try_from(fire).unwrap()), "GET /api/v2/alerts");
    desk.observed("am-1", Ok(Answer { readings: vec![count], alerts: Some(alerts), ..Answer::default() }));
}

/// Two beacon nodes whose finality falls behind while their heads move, and an alert about it.
fn stalled(size: (u16, u16)) -> Desk {
    let mut desk = Desk::new("alice", size);
    desk.watch(specs(), &[]);
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::shipped())));
    for round in 0..16 {
        desk.wait(12);
        let lag = if round < 4 { 2.0 } else { f64::from(round.min(8)) };
        let slot = 1_318_400 + u64::try_from(round).unwrap();
        desk.beacon("val-1", slot, lag, 71.0);
        desk.beacon("val-2", slot, lag, 64.0);
        alerts(&mut desk, if round > 8 { vec![firing()] } else { Vec::new() });
    }
    desk
}

fn shown(desk: &Desk) -> String {
    text(&desk.scene(), desk.model.screen.size.0, desk.model.screen.size.1)
}

/// Every page of what is open.
fn read(desk: &mut Desk) -> String {
    let mut all = shown(desk);
    for _ in 0..8 {
        desk.press(Key::PageDown);
        all.push_str(&shown(desk));
    }
    for _ in 0..8 {
        desk.press(Key::PageUp);
    }
    all
}

/// The nodes whose raw replies were asked for.
fn asked(desk: &Desk) -> Vec<String> {
    let show = |e: &Effect| match e {
        Effect::Judge(JudgeOrder::Show(node)) => Some(node.to_string()),
        _ => None,
    };
    desk.effects.iter().filter_map(show).collect()
}

fn round(desk: &Desk) -> RawRound {
    let reply = |request: &str, body: &str| RawReply {
        request: request.into(),
        lines: vec!["HTTP 200, 212 bytes".into(), body.into()],
    };
    RawRound {
        asked: desk.model.now.plus(Span::from_secs(-3)),
        replies: vec![
            reply("GET http://127.0.0.1:5052/eth/v1/node/peer_count", r#"{"data":{"connected":"71"}}"#),
            reply(
                "GET http://127.0.0.1:5052/eth/v1/beacon/states/head/finality_checkpoints",
                "{\"data\":{\"finalized\":{\"epoch\":\"41192\"}}} \u{1b}[2J\u{202e}",
            ),
        ],
        left_out: 2,
    }
}

fn number_of(screen: &str, words: &str) -> usize {
    screen.find(words).unwrap_or_else(|| panic!("{words} is not in:\n{screen}"))
}

#[rstest]
fn from_failing_to_the_raw_reply_in_two_keys(#[values(0, 1, 2)] size: usize) {
    let size = SIZES[size];
    let mut desk = stalled(size);
    desk.type_keys("e");
    insta::assert_snapshot!(format!("evidence_pick_{}x{}", size.0, size.1), shown(&desk));
    desk.type_keys("\n");
    assert_eq!(asked(&desk), ["val-1", "val-2"]);
    let answered = round(&desk);
    desk.send(Msg::World(WorldMsg::Replies("val-1".into(), Some(Box::new(answered)))));
    desk.send(Msg::World(WorldMsg::Replies("val-2".into(), None)));
    insta::assert_snapshot!(format!("evidence_page_{}x{}", size.0, size.1), shown(&desk));
    let all = read(&mut desk);
    for words in [
        "as of 02:46:12 UTC",
        "FAILING  val-1, val-2",
        "judged by chain.finality_lag",
        "0 s old, from finality_checkpoints of head",
        "scope unknown",
        "raw replies of val-1, asked at 02:46:09 UTC, 3 s ago",
        "the call that proved it (finality_checkpoints of head)",
        "and 2 more requests",
        "raw replies of val-2: none here",
    ] {
        number_of(&all, words);
    }
    assert!(number_of(&all, "41192") < number_of(&all, "peer_count"), "the call that proved it comes first:\n{all}");
    assert!(!all.contains('\u{1b}') && !all.contains('\u{202e}'), "raw replies are untrusted");
    desk.type_keys("q");
    assert!(shown(&desk).contains("what fails: enter shows what proves it"), "closing goes back to the other lines");
    desk.type_keys("q");
    assert!(desk.scene().layer.is_none());
}

#[test]
fn an_alert_has_a_page_of_its_own() {
    let mut desk = stalled((120, 40));
    desk.type_keys("ej\n");
    let all = shown(&desk);
    for words in
        ["evidence: alert BeaconFinalityLag", "(critical) since 02:44:30 UTC, told by am-1", "fingerprint 8d3f"]
    {
        number_of(&all, words);
    }
    assert_eq!(asked(&desk), ["am-1"]);
}

#[test]
fn nothing_fails_nothing_opens() {
    let mut desk = Desk::new("alice", (80, 24));
    desk.watch(specs(), &[]);
    desk.type_keys("e");
    assert!(desk.scene().layer.is_none());
    assert!(shown(&desk).contains("nothing of ours fails"), "{}", shown(&desk));
    desk.type_keys("R");
    assert!(desk.scene().layer.is_none());
    assert!(shown(&desk).contains("no runbook is suggested"), "{}", shown(&desk));
}

/// Whoever follows another console's polls, and whoever sits in a drill, is told why there is no raw reply.
#[test]
fn why_there_is_no_raw_reply_is_said() {
    let mut desk = stalled((120, 40));
    desk.send(Msg::World(WorldMsg::Recorder(Recorder::Theirs)));
    desk.type_keys("e\n");
    desk.send(Msg::World(WorldMsg::Replies("val-1".into(), None)));
    number_of(&read(&mut desk), "Another console of this host polls");
    desk.type_keys("qq");
    let status = DrillStatus {
        title: "t".into(),
        at: desk.model.now,
        elapsed: Span::ZERO,
        length: Span::from_mins(60),
        paused: false,
        speed: 1,
        looking_back: false,
        over: false,
    };
    desk.effects.clear();
    desk.send(Msg::Drill(DrillMsg::Status(status)));
    desk.type_keys("e\n");
    number_of(&read(&mut desk), "In a drill the values come from its scenario");
    assert_eq!(asked(&desk), [""; 0]);
}

/// The same number of alerts once: the source's count is not told beside the alert itself.
#[test]
fn an_alert_is_one_line() {
    let desk = stalled((160, 50));
    let failing = desk.scene().strip.failing;
    let about: Vec<&str> =
        failing.iter().map(|s| s.text.as_str()).filter(|t| t.contains("BeaconFinalityLag")).collect();
    assert_eq!(about, ["alert BeaconFinalityLag for 1 min: finality is late"], "{failing:?}");
}

/// Silenced: it leaves FAILING at once, the log says why, the pane keeps it in sight; and it comes back when the silence ends.
#[test]
fn a_silenced_alert_leaves_failing_with_its_reason() {
    let mut desk = stalled((120, 40));
    desk.type_keys("d2 finality stall\n");
    let quiet = Alert { quiet: Some("silenced by bob until 2026-11-21 04:10: known".into()), ..firing() };
    alerts(&mut desk, vec![quiet]);
    let failing =
        |desk: &Desk| desk.scene().strip.failing.iter().any(|s| s.text.as_str().contains("BeaconFinalityLag"));
    assert!(!failing(&desk), "{}", shown(&desk));
    let screen = shown(&desk);
    number_of(&screen, "alert BeaconFinalityLag silenced by bob until 2026-11-21");
    let said: Vec<String> = desk.model.ledger().unwrap().entries().iter().map(|e| e.event.sentence()).collect();
    let words = "alert BeaconFinalityLag fires on, silenced by bob until 2026-11-21 04:10: known";
    assert_eq!(said.iter().filter(|s| s.contains(words)).count(), 1, "{said:#?}");
    alerts(&mut desk, vec![firing()]);
    assert!(failing(&desk));
    for _ in 0..2 {
        desk.wait(5);
        alerts(&mut desk, Vec::new());
    }
    assert!(!failing(&desk));
}

#[rstest]
fn the_runbook_that_fits_in_two_keys(#[values(0, 1, 2)] size: usize) {
    let size = SIZES[size];
    let mut desk = stalled(size);
    let next = desk.scene().strip.next.iter().map(|s| s.text.to_string()).collect::<Vec<_>>();
    assert!(
        next.iter().any(|n| n.contains("suggested: finality-loss (R), for val-1: finality is 8 epochs behind")
            || n.contains("suggested: finality-loss (R), for alert BeaconFinalityLag")),
        "{next:?}"
    );
    insta::assert_snapshot!(format!("suggested_quiet_{}x{}", size.0, size.1), shown(&desk));
    // No incident yet: the same key begins one.
    desk.type_keys("R");
    insta::assert_snapshot!(format!("suggested_declare_{}x{}", size.0, size.1), shown(&desk));
    desk.type_keys("\n");
    assert!(desk.model.is_in_incident());
    desk.type_keys("R");
    insta::assert_snapshot!(format!("suggested_run_{}x{}", size.0, size.1), shown(&desk));
    desk.type_keys("\n");
    let run = desk.model.ledger().unwrap().incident().active_run().unwrap();
    assert_eq!(run.runbook.as_str(), "finality-loss");
    assert!(!shown(&desk).contains("suggested: finality-loss"), "what runs is not suggested");
}

/// Several fit: a choice with the reasons, the best first.
#[rstest]
fn several_that_fit_are_chosen_from(#[values(0, 1, 2)] size: usize) {
    let size = SIZES[size];
    let mut desk = stalled(size);
    desk.type_keys("d2 finality stall\n");
    for _ in 0..4 {
        desk.wait(12);
        desk.observed("val-1", Err(Failure::Refused));
    }
    let next = desk.scene().strip.next.iter().map(|s| s.brief().to_string()).collect::<Vec<_>>();
    assert!(next.iter().any(|n| n == "suggested: finality-loss or 1 more (R)"), "{next:?}");
    desk.type_keys("R");
    insta::assert_snapshot!(format!("suggested_several_{}x{}", size.0, size.1), shown(&desk));
    desk.type_keys("j\n");
    let run = desk.model.ledger().unwrap().incident().active_run();
    assert_eq!(run.map(|r| r.runbook.to_string()).as_deref(), Some("single-node-fault"), "{}", shown(&desk));
}

/// A runbook with a restart sheet keeps its rule: nothing begins before the sheet is frozen.
#[test]
fn a_sheet_still_rules() {
    let mut desk = Desk::new("alice", (120, 40));
    desk.watch(vec![NodeSpec::new("sol-1", Family::Solana, "http://127.0.0.1:8899", "mainnet")], &[]);
    desk.send(Msg::World(WorldMsg::Shelf(Shelf::shipped())));
    for slot in 0..12 {
        desk.wait(5);
        let number = |signal, value| Reading::number(signal, value, "getSlot processed");
        let still = f64::from(slot.min(2));
        let readings = vec![number(SignalId::HEIGHT, 1e6 + still), number(SignalId::HEAD_AGE, 5.0 * f64::from(slot))];
        let timing = warroom::domain::observation::ChainTiming {
            block_s: 0.4,
            slots_per_epoch: Some(432_000),
            from_protocol: true,
        };
        desk.observed("sol-1", Ok(Answer { readings, timing: Some(timing), ..Answer::default() }));
    }
    desk.type_keys("d1 cluster halted\n");
    desk.type_keys("R\n");
    assert!(desk.model.ledger().unwrap().incident().active_run().is_none());
    let screen = shown(&desk);
    assert!(screen.contains("sheet"), "the refusal names the sheet:\n{screen}");
}

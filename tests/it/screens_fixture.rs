//! A scene by hand: the incident of the design sketch, so that every part of the screen has something to show.

use warroom::app::keymap::Context;
use warroom::app::pane::Pane;
use warroom::app::view::head::Head;
use warroom::app::view::health::{Cell, Health, Node, Peer, Trend};
use warroom::app::view::roster::{RoleRow, Roster, TaskRow};
use warroom::app::view::runbook::{OpenStep, RunbookView, StepRow};
use warroom::app::view::scene::Scene;
use warroom::app::view::strip::Strip;
use warroom::app::view::timeline::{EntryRow, Timeline};
use warroom::app::view::tone::{Said, Tone};
use warroom::domain::event::NodeState;
use warroom::domain::time::At;

fn cell(label: &'static str, value: &str, tone: Tone) -> Cell {
    Cell { label, value: value.into(), tone }
}

fn node(id: &str, family: &'static str, state: NodeState, age: i64, cells: Vec<Cell>) -> Node {
    Node { id: id.into(), family, mine: true, state, cells, age: Some(age), why: vec![], trend: None }
}

fn peer(operator: &str, mark: &str, says: &str, stake: &str, age: i64, note: &str) -> Peer {
    Peer {
        operator: operator.into(),
        mark: mark.into(),
        says: says.into(),
        stake: stake.into(),
        age,
        note: note.into(),
        tone: if note.is_empty() { Tone::Reported } else { Tone::Quiet },
    }
}

/// Points that fall from 99 to 61 over half an hour.
fn falling() -> Trend {
    let from = At::parse("2026-11-21T02:43:00Z").unwrap();
    let at = |m: i64| At::from_secs(from.secs() + 60 * m);
    let points = (0..31).map(|m| (at(m), 99.0 - f64::from(i32::try_from(m).unwrap()).min(20.0) * 1.9)).collect();
    Trend {
        label: "participation",
        points,
        span: (from, at(31)),
        scale: ("61 %".into(), "99 %".into()),
        now: "61 %".into(),
    }
}

fn health() -> Health {
    let lag = |t| cell("final", "−7 ep", t);
    let slot = cell("slot", "1 318 457", Tone::Plain);
    let mut one = node(
        "val-1",
        "beacon",
        NodeState::Bad,
        2,
        vec![lag(Tone::Bad), slot.clone(), cell("peers", "71", Tone::Plain)],
    );
    one.why = vec!["finality is 7 epochs behind the head, limit 4, since 02:43:10".into()];
    one.trend = Some(falling());
    let two = node("val-2", "beacon", NodeState::Bad, 1, vec![lag(Tone::Bad), slot, cell("peers", "64", Tone::Plain)]);
    let block = cell("block", "19 882 014", Tone::Plain);
    let el = node(
        "el-1",
        "exec",
        NodeState::Ok,
        4,
        vec![block, cell("txpool", "4 112", Tone::Plain), cell("peers", "50", Tone::Plain)],
    );
    let host = node(
        "host",
        "host",
        NodeState::Ok,
        1,
        vec![
            cell("cpu", "12 %", Tone::Plain),
            cell("memory", "41 %", Tone::Plain),
            cell("disk free", "62 %", Tone::Plain),
        ],
    );
    let mut stale = node("el-2", "exec", NodeState::Stale, 96, vec![cell("block", "19 882 001", Tone::Plain)]);
    stale.why = vec!["no answer within 5000 ms; last answer 03:12:33".into()];
    Health {
        scope: vec![Said::new(
            Tone::Bad,
            "NETWORK  own nodes and 3 operators are at the same head; all see finality stand still",
        )],
        nodes: vec![one, two, el, stale, host],
        peers: vec![
            peer("lightforge", "", "teku 24.8   head =", "14.5 %", 9, ""),
            peer("northstake", "", "prysm 5.3.0 head =", "11.2 %", 14, ""),
            peer("harbour", "UNSIGNED", "prysm 5.3.0", "2.0 %", 240, "not counted"),
        ],
        alerts: vec![],
        hints: vec![],
    }
}

fn entry(time: &str, who: &str, text: &str, tone: Tone, unread: bool) -> EntryRow {
    EntryRow {
        time: time.into(),
        who: who.into(),
        text: text.into(),
        name: format!("{who}@bastion/7").into(),
        tone,
        unread,
        corrected: None,
    }
}

fn timeline() -> Timeline {
    let mut struck = entry("03:00:10", "bob", "wrong window, sorry", Tone::Plain, false);
    struck.corrected = Some("struck");
    let rows = vec![
        entry("03:13:58", "bob", "step versions passed: Lodestar/v1.5.1", Tone::Ok, true),
        entry(
            "03:12:41",
            "warroom",
            "verdict val-2 bad (finality is 7 epochs behind the head, limit 4)",
            Tone::Bad,
            true,
        ),
        entry("03:11:20", "alice", "decision: restart before two thirds are on 5.3.1?: no", Tone::Plain, false),
        entry("03:10:02", "northst.", "northstake reports (verified): prysm 5.3.0, head agrees", Tone::Reported, false),
        entry("03:08:47", "carol", "fact: note 5.3.1 mentions replay bug (release note)", Tone::Plain, false),
        entry("03:05:00", "warroom", "scope NETWORK: own head = peers' head", Tone::Bad, false),
        entry("03:01:13", "alice", "incident-commander: alice (acknowledged, from bob)", Tone::Plain, false),
        struck,
        entry("02:58:30", "alice", "declared SEV-2 \"finality stall\"", Tone::Plain, false),
    ];
    let said = Some(Said::new(Tone::Quiet, "02:59 to users: finality delayed, funds safe"));
    Timeline { total: rows.len(), rows, skipped: 0, unread: 2, said, hint: None }
}

fn role(id: &str, name: &str, holder: &str, since: &str, tone: Tone) -> RoleRow {
    RoleRow { role: id.into(), name: name.into(), holder: holder.into(), since: since.into(), offer: "".into(), tone }
}

fn roster() -> Roster {
    let mut comms = role("communications-lead", "communications", "nobody", "15:39", Tone::Due);
    comms.offer = "alice offers it to erin, 0:40".into();
    Roster {
        roles: vec![
            role("incident-commander", "commander", "alice", "12:56", Tone::Plain),
            role("deputy", "deputy", "—", "", Tone::Quiet),
            comms,
            role("scribe", "scribe", "dora", "11:02", Tone::Plain),
            role("responder", "responders", "bob, carol", "9:30", Tone::Plain),
        ],
        tasks: vec![TaskRow {
            who: "carol".into(),
            text: "call northstake".into(),
            left: "2:00 left".into(),
            name: "alice@bastion/9".into(),
            tone: Tone::Due,
        }],
        here: vec!["alice".into(), "bob".into(), "dora".into()],
        hint: None,
    }
}

fn step(number: usize, title: &str, facts: &str) -> StepRow {
    StepRow {
        number,
        sign: " ",
        title: title.into(),
        facts: facts.into(),
        tone: Tone::Plain,
        settled: false,
        open: None,
    }
}

fn runbook() -> RunbookView {
    let done = |n| StepRow { sign: "✓", settled: true, tone: Tone::Ok, ..step(n, "done", "") };
    let mut open = step(4, "Collect operators' versions", "check · read · bob@val-1 · 20 s");
    open.sign = "▸";
    open.tone = Tone::Due;
    open.open = Some(OpenStep {
        why: vec!["The fix is in 5.3.1; whoever runs less cannot finalize.".into()],
        command: vec!["curl -s http://127.0.0.1:5052/eth/v1/node/version".into()],
        place: "as bob on val-1, at most 20 s".into(),
        expected: "contains \"Lodestar/v1.5.1\"".into(),
        actual: "{\"data\":{\"version\":\"Lodestar/v1.5.0\"}}".into(),
        state: Said::new(Tone::Bad, "failed, exit 0, after 0:01; attempt 1"),
        asks: Said::new(Tone::Due, "r retry   s skip, with a reason   o output"),
        agrees: Some(false),
        ..OpenStep::default()
    });
    RunbookView {
        title: "finality-loss r7".into(),
        digest: "9f3a 22c1".into(),
        steps: vec![
            done(1),
            done(2),
            done(3),
            open,
            step(5, "Wait for two thirds on 5.3.1", "barrier"),
            step(6, "Restart validators", "run · sign · 2 people"),
        ],
        overrides: vec![],
        hints: vec![],
    }
}

/// 31 minutes after onset, declared 16 minutes ago.
pub fn incident() -> Scene {
    Scene {
        head: Head {
            title: "FINALITY STALL".into(),
            facts: vec![
                Said::new(Tone::Bad, "SEV-2 active").or("SEV-2"),
                Said::new(Tone::Plain, "onset 30:59"),
                Said::new(Tone::Plain, "IC alice 12:56").or("IC alice"),
                Said::new(Tone::Bad, "NETWORK"),
                Said::new(Tone::Plain, "declared 15:39"),
                Said::new(Tone::Quiet, "deputy —"),
            ],
            drill: "".into(),
            clock: "03:14:09 UTC".into(),
            orders: vec![Said::new(Tone::Plain, "NO RESTARTS before two thirds on prysm 5.3.1 (alice 03:11)")],
            alarms: vec![],
        },
        strip: Strip {
            quiet: None,
            failing: vec![
                Said::new(Tone::Bad, "finality 7 epochs behind for 31 min").or("finality −7 epochs 31 min"),
                Said::new(Tone::Bad, "participation 61 % (needs > 66.7)"),
                Said::new(Tone::Plain, "NETWORK: 3 independent vantage points agree").or("NETWORK"),
            ],
            doing: vec![
                Said::new(Tone::Plain, "finality-loss step 4/9 collect versions, bob 3:10")
                    .or("finality-loss 4/9 collect versions, bob 3:10"),
                Said::new(Tone::Due, "carol: call northstake, 2 min left"),
            ],
            next: vec![
                Said::new(Tone::Due, "operators' update due in 6:48").or("update 6:48"),
                Said::new(Tone::Due, "communications lead: nobody for 15:39").or("communications: nobody"),
            ],
        },
        health: health(),
        timeline: timeline(),
        roster: roster(),
        runbook: runbook(),
        focus: Pane::Runbook,
        zoom: false,
        cursors: [0, 0, 2, 3],
        layer: None,
        contexts: vec![Context::Pane(Pane::Runbook), Context::Everywhere],
        notice: None,
    }
}

/// Nothing fails, nobody does anything.
pub fn quiet() -> Scene {
    let mut scene = Scene {
        head: Head {
            title: "warroom".into(),
            facts: vec![Said::new(Tone::Quiet, "devnet"), Said::new(Tone::Quiet, "bastion, alice")],
            clock: "2026-11-21 03:14 UTC".into(),
            ..Head::default()
        },
        strip: Strip {
            quiet: Some(Said::new(Tone::Ok, "all quiet · watching 5 nodes · recorder 30 min · declare: d")),
            ..Strip::default()
        },
        health: health(),
        contexts: vec![Context::Pane(Pane::Health), Context::Everywhere],
        ..Scene::default()
    };
    for n in &mut scene.health.nodes {
        n.state = NodeState::Ok;
        n.why.clear();
        n.trend = None;
        n.cells.iter_mut().for_each(|c| c.tone = Tone::Plain);
    }
    scene.health.scope.clear();
    scene.timeline.hint = Some(Said::new(
        Tone::Quiet,
        "Nothing is recorded yet. d declares an incident; from then on every word and verdict stands here.",
    ));
    scene.roster.hint = Some("Roles are given when an incident is declared (d).".into());
    scene.runbook.hints = vec![Said::new(
        Tone::Quiet,
        "No runbook is open. b lists the 3 there are: finality-loss, execution-stuck, node-fault.",
    )];
    scene
}

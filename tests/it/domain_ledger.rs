//! The fold: any interleaving of the same entries gives the same state; corrections and strikes count wherever they arrive.

use proptest::prelude::*;
use warroom::domain::command::{Request, parse};
use warroom::domain::decide::decide;
use warroom::domain::entry::{Entry, NewEntry};
use warroom::domain::event::{ChainOpened, NodeState, NoteAdded, VerdictChanged};
use warroom::domain::id::PersonId;
use warroom::domain::incident::Ledger;
use warroom::domain::time::{At, Span};

use crate::support::log::place;

fn opened() -> ChainOpened {
    ChainOpened {
        incident: "2026-11-21-stall".into(),
        network: "devnet".into(),
        host: "h".into(),
        machine: String::new(),
        continues: None,
    }
}

/// A log of two writers that uses every family of events, made through `decide` alone.
fn session() -> Vec<Entry> {
    let mut ledger = Ledger::new();
    let mut at = At::parse("2026-11-21T03:00:00Z").expect("a time");
    let mut seqs = [0u64; 2];
    let writers = ["alice@a", "bob@b"];
    for (i, writer) in writers.iter().enumerate() {
        at = at.plus(Span::from_secs(1));
        ledger.extend([place(NewEntry::tool(opened()), writer, seqs[i], at)]);
        seqs[i] += 1;
    }
    let lines = [
        (0, "declare 2 finality stall"),
        (0, "role assign ic alice"),
        (1, "note I am here"),
        (1, "hypothesis a bug in the new release"),
        (0, "order NO RESTARTS"),
        (0, "task give bob 10 collect versions"),
        (1, "task answer bob@b/3 done all on 5.3.0"),
        (0, "propose restart now? | yes | no"),
        (1, "object alice@a/5 too early"),
        (0, "role handover ic bob what you must know"),
        (1, "role accept ic"),
        (1, "amend bob@b/1 I am here, on val-3"),
        (0, "strike alice@a/3 pasted by mistake"),
        (1, "order lift alice@a/3"),
        (1, "status mitigated finality moves again"),
        (0, "action write the runbook down | carol | 2026-12-01"),
    ];
    for (who, line) in lines {
        at = at.plus(Span::from_secs(7));
        let actor = PersonId::new(if who == 0 { "alice" } else { "bob" });
        let Ok(command) = parse(line) else { panic!("{line}") };
        // Some of these are refused on purpose (a wrong entry number): a refusal leaves no trace.
        let Ok(new) = decide(&ledger, &Request::new(&actor, command)) else { continue };
        for entry in new {
            ledger.extend([place(entry, writers[who], seqs[who], at)]);
            seqs[who] += 1;
        }
    }
    ledger.entries().to_vec()
}

#[test]
fn the_session_is_rich_enough_to_prove_anything() {
    let entries = session();
    let incident = Ledger::of(entries.clone());
    assert!(entries.len() >= 15, "only {} entries", entries.len());
    assert!(!incident.incident().struck.is_empty());
    assert_eq!(incident.incident().holders("incident-commander"), [&PersonId::new("bob")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_of_arrival_gives_one_state(order in Just(session()).prop_shuffle(), cuts in proptest::collection::vec(1usize..6, 1..30)) {
        let whole = Ledger::of(session());
        let mut live = Ledger::new();
        let mut rest = order.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            live.extend(now.to_vec());
            rest = later;
        }
        prop_assert_eq!(live.entries(), whole.entries());
        prop_assert_eq!(live.incident(), whole.incident());
    }

    #[test]
    fn entries_that_come_twice_change_nothing(again in proptest::sample::subsequence(session(), 0..10)) {
        let whole = Ledger::of(session());
        let mut live = whole.clone();
        live.extend(again);
        prop_assert_eq!(live.incident(), whole.incident());
    }
}

#[test]
fn a_struck_entry_has_no_effect_and_an_amended_one_its_new_words() {
    let ledger = Ledger::of(session());
    let note = ledger.find("bob@b/1").expect("the note");
    let effective = ledger.effective(note).expect("not struck");
    assert_eq!(effective.event, NoteAdded { text: "I am here, on val-3".into() }.into());
    assert_eq!(ledger.incident().orders.len(), 0, "the order was struck: {:?}", ledger.incident().orders);
}

#[test]
fn what_a_merge_made_illegal_is_kept_and_says_why() {
    let at = |s| At::parse("2026-11-21T03:00:00Z").expect("a time").plus(Span::from_secs(s));
    let mut alice = Ledger::new();
    alice.extend([place(NewEntry::tool(opened()), "alice@a", 0, at(0))]);
    let declare = Request::new(&"alice".into(), parse("declare 2 stall").expect("a command"));
    let first = decide(&alice, &declare).expect("allowed").remove(0);
    let mut merged = alice.clone();
    merged.extend([place(first.clone(), "alice@a", 1, at(5)), place(first, "bob@b", 0, at(6))]);
    let why: Vec<&String> = merged.incident().no_effect.values().collect();
    assert_eq!(why, ["it was declared already, by alice"]);
    assert_eq!(merged.entries().len(), 3, "nothing is thrown away");
}

#[test]
fn onset_detection_and_recovery_come_from_verdicts() {
    let at = |s| At::parse("2026-11-21T03:00:00Z").expect("a time").plus(Span::from_secs(s));
    let verdict = |signal: &str, to, since, judged| VerdictChanged {
        node: "val-1".into(),
        signal: signal.into(),
        from: NodeState::Ok,
        to,
        why: "why".into(),
        since: at(since),
        judged: at(judged),
    };
    let entries = [
        verdict("chain.finality_lag", NodeState::Bad, 10, 16),
        verdict("chain.participation_pct", NodeState::Bad, 30, 36),
        verdict("chain.finality_lag", NodeState::Ok, 90, 96),
    ];
    let entries = entries.into_iter().zip(0..).map(|(v, n)| place(NewEntry::tool(v), "alice@a", n, at(100 + n as i64)));
    let ledger = Ledger::of(entries.collect());
    let marks = &ledger.incident().milestones;
    assert_eq!((marks.started, marks.detected, marks.recovered), (Some(at(10)), Some(at(16)), Some(at(90))));
    assert_eq!(ledger.incident().failing().count(), 0, "a node that is ok holds no other rule down");
}

#[test]
fn a_warning_that_began_before_the_recovery_does_not_date_it_back() {
    let at = |s| At::parse("2026-11-21T03:00:00Z").expect("a time").plus(Span::from_secs(s));
    let verdict = |signal: &str, from, to, since, judged| VerdictChanged {
        node: "val-1".into(),
        signal: signal.into(),
        from,
        to,
        why: "why".into(),
        since: at(since),
        judged: at(judged),
    };
    let entries = [
        verdict("chain.finality_lag", NodeState::Ok, NodeState::Bad, 10, 26),
        verdict("chain.skip_rate_pct", NodeState::Bad, NodeState::Warn, 22, 96),
        verdict("chain.skip_rate_pct", NodeState::Warn, NodeState::Ok, 120, 126),
    ];
    let entries = entries.into_iter().zip(0..).map(|(v, n)| place(NewEntry::tool(v), "alice@a", n, at(100 + n as i64)));
    let ledger = Ledger::of(entries.collect());
    let marks = &ledger.incident().milestones;
    assert_eq!((marks.started, marks.detected, marks.recovered), (Some(at(10)), Some(at(26)), Some(at(96))));
}

#[test]
fn fifty_writers_merge_to_one_state_in_any_order() {
    let start = At::parse("2026-11-21T03:00:00Z").unwrap();
    let mut all = Vec::new();
    for seq in 0..40_u64 {
        for writer in 0..50_u64 {
            let at = start.plus(Span::from_secs(i64::try_from(seq * 7 + writer % 5).unwrap()));
            let new = match seq {
                0 => NewEntry::tool(opened()),
                _ if seq % 5 == writer % 5 => {
                    let actor = PersonId::new(&format!("p{writer}"));
                    let given =
                        warroom::domain::event::TaskGiven { to: "bob".into(), text: format!("{seq}"), minutes: 5 };
                    NewEntry::human(&actor, given)
                }
                _ => NewEntry::tool(NoteAdded { text: format!("{writer} says {seq}") }),
            };
            all.push(place(new, &format!("p{writer:02}@h"), seq, at));
        }
    }
    let whole = Ledger::of(all.clone());
    assert_eq!(whole.entries().len(), 2_000);
    for step in [1, 3, 7, 11, 1_999] {
        // Each step is coprime to 2,000: every entry comes once, in an order unlike the others.
        let order: Vec<Entry> = (0..all.len()).map(|i| all[i * step % all.len()].clone()).collect();
        let mut ledger = Ledger::new();
        order.chunks(step + 60).for_each(|piece| ledger.extend(piece.iter().cloned()));
        assert_eq!(ledger.entries(), whole.entries(), "in steps of {step}");
        assert_eq!(ledger.incident(), whole.incident(), "in steps of {step}");
    }
}

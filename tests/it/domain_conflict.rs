//! Two people at once: whatever order their logs meet in, the same one wins, and the other one is told.

use proptest::prelude::*;
use rstest::rstest;
use warroom::domain::command::{Request, parse};
use warroom::domain::decide::decide;
use warroom::domain::entry::{Entry, NewEntry};
use warroom::domain::event::{
    ChainOpened, Effect, Event, RunEvent, RunStarted, StepFinished, StepKind, StepOutcome, StepStarted,
};
use warroom::domain::id::PersonId;
use warroom::domain::incident::{Conflict, Ledger, Over};
use warroom::domain::run::StepState;
use warroom::domain::time::{At, Span};

use crate::support::desk::Desk;
use crate::support::log::place;

fn start() -> At {
    At::parse("2026-11-21T03:00:00Z").expect("a time")
}

/// One of two hosts that do not see one another.
#[derive(Clone)]
struct Host {
    who: &'static str,
    ledger: Ledger,
    own: Vec<Entry>,
    seq: u64,
}

impl Host {
    fn put(&mut self, second: i64, new: NewEntry) {
        let writer = format!("{0}@{0}-host", self.who);
        let entry = place(new, &writer, self.seq, start().plus(Span::from_secs(second)));
        self.seq += 1;
        self.own.push(entry.clone());
        self.ledger.extend([entry]);
    }

    fn say(&mut self, second: i64, line: &str) {
        let command = parse(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        let new = decide(&self.ledger, &Request::new(&PersonId::new(self.who), command));
        new.unwrap_or_else(|no| panic!("{line}: {no}")).into_iter().for_each(|e| self.put(second, e));
    }

    fn event(&mut self, second: i64, event: impl Into<Event>) {
        self.put(second, NewEntry::human(&self.who.into(), event));
    }
}

fn opened(who: &str) -> ChainOpened {
    ChainOpened {
        incident: "i".into(),
        network: "n".into(),
        host: format!("{who}-host"),
        machine: String::new(),
        continues: None,
    }
}

/// alice and bob know the same log up to here, and then the network between them is gone.
fn parted() -> (Host, Host) {
    let mut alice = Host { who: "alice", ledger: Ledger::new(), own: Vec::new(), seq: 0 };
    alice.event(0, opened("alice"));
    alice.say(1, "declare 2 stall");
    alice.say(2, "propose restart? | yes | no");
    let run = RunStarted {
        run: "r-1".into(),
        runbook: "x".into(),
        title: "x".into(),
        revision: 1,
        path: "built-in".into(),
        commit: String::new(),
        sha256: "9f".into(),
        steps: vec!["go".into()],
        for_others: Vec::new(),
        params: Default::default(),
        host: "alice-host".into(),
        roles: Default::default(),
        ways_back: Default::default(),
        watch_s: 0,
        wrong_if: String::new(),
    };
    alice.event(3, RunEvent::from(run));
    let mut bob = Host { who: "bob", ledger: alice.ledger.clone(), own: Vec::new(), seq: 0 };
    bob.event(4, opened("bob"));
    (alice, bob)
}

fn merged(hosts: [&Host; 2]) -> Ledger {
    Ledger::of(hosts.iter().flat_map(|h| h.own.clone()).collect())
}

fn only(ledger: &Ledger) -> &Conflict {
    let all = &ledger.incident().conflicts;
    assert_eq!(all.len(), 1, "{all:?}");
    &all[0]
}

#[rstest]
#[case::role(
    "role assign ic alice",
    "role assign ic bob",
    "alice",
    "two were given incident-commander: alice keeps it"
)]
#[case::same_status("status mitigated better", "status mitigated better", "alice", "both set the status to mitigated")]
#[case::contrary_status("status cancelled none", "status resolved over", "bob", "resolved stands")]
#[case::proposal(
    "settle 2 yes",
    "settle 2 no",
    "alice",
    "alice settled \"restart?\" with yes; bob's no does not count"
)]
#[case::decision("decide halt? | yes", "decide Halt? | no", "bob", "the later word, no, stands")]
fn the_winner_is_named_and_the_same_either_way(
    #[case] first: &str,
    #[case] second: &str,
    #[case] won: &str,
    #[case] says: &str,
) {
    let (mut alice, mut bob) = parted();
    alice.say(10, first);
    bob.say(11, second);
    let ledger = merged([&alice, &bob]);
    let conflict = only(&ledger);
    assert_eq!(conflict.won_by.as_str(), won, "{conflict:?}");
    assert!(conflict.says.contains(says), "{}", conflict.says);
    assert_ne!(conflict.won_by, conflict.lost_by);
    assert_eq!(only(&merged([&bob, &alice])), conflict);
    // Each side takes the other's word in as it comes, and ends where the whole log ends.
    for (near, far) in [(&alice, &bob), (&bob, &alice)] {
        let mut live = near.ledger.clone();
        far.own.iter().for_each(|e| live.extend([e.clone()]));
        assert_eq!(live.incident(), ledger.incident());
    }
}

#[rstest]
#[case("note hello", "note hello")]
#[case("decide halt? | yes", "decide halt? | yes")]
#[case("role assign liaison alice", "role assign liaison bob")]
#[case("settle 2 yes", "note no")]
fn what_does_not_contradict_is_no_conflict(#[case] first: &str, #[case] second: &str) {
    let (mut alice, mut bob) = parted();
    alice.say(10, first);
    bob.say(11, second);
    assert!(merged([&alice, &bob]).incident().conflicts.is_empty());
}

#[test]
fn a_change_of_mind_is_no_conflict() {
    let (mut alice, mut bob) = parted();
    alice.say(10, "decide halt? | yes");
    bob.say(10 + 11 * 60, "decide halt? | no");
    assert!(merged([&alice, &bob]).incident().conflicts.is_empty());
}

#[test]
fn two_declarations_have_one_winner() {
    let mut hosts = ["alice", "bob"].map(|who| Host { who, ledger: Ledger::new(), own: Vec::new(), seq: 0 });
    for (i, host) in (0..).zip(&mut hosts) {
        let who = host.who;
        host.event(i, opened(who));
        host.say(10 + i, "declare 2 stall");
    }
    let [alice, bob] = hosts;
    let ledger = merged([&alice, &bob]);
    assert_eq!(only(&ledger).over, Over::Declaration);
    assert_eq!(only(&ledger).won_by.as_str(), "alice");
}

#[test]
fn two_acceptances_of_one_role_have_one_winner() {
    let (mut alice, mut bob) = parted();
    alice.say(10, "role assign ic alice");
    bob.ledger.extend(alice.own.clone());
    alice.say(12, "role handover ic carol");
    let mut carol = Host { who: "carol", ledger: alice.ledger.clone(), own: Vec::new(), seq: 0 };
    carol.say(14, "role accept ic");
    bob.say(13, "role unassign ic alice");
    bob.say(15, "role assign ic bob");
    let all = alice.own.iter().chain(&bob.own).chain(&carol.own).cloned().collect();
    let ledger = Ledger::of(all);
    assert_eq!(ledger.incident().holders("incident-commander").len(), 1);
}

fn step(host: &str) -> StepStarted {
    StepStarted {
        run: "r-1".into(),
        step: "go".into(),
        title: "go".into(),
        attempt: 1,
        kind: StepKind::Run,
        effect: Effect::Change,
        command: "true".into(),
        user: "u".into(),
        host: host.into(),
        remote: String::new(),
    }
}

fn end(outcome: StepOutcome) -> StepFinished {
    StepFinished {
        run: "r-1".into(),
        step: "go".into(),
        attempt: 1,
        outcome,
        exit: Some(0),
        expected: String::new(),
        actual: String::new(),
        took_ms: 1,
        output: None,
    }
}

#[test]
fn one_step_on_two_hosts_keeps_its_own_end() {
    let (mut alice, mut bob) = parted();
    alice.event(10, RunEvent::from(step("alice-host")));
    bob.event(11, RunEvent::from(step("bob-host")));
    // Bob's command ends first, and is not taken for the end of alice's.
    bob.event(12, RunEvent::from(end(StepOutcome::Failed)));
    alice.event(20, RunEvent::from(end(StepOutcome::Passed)));
    let ledger = merged([&alice, &bob]);
    let conflict = only(&ledger);
    assert_eq!((conflict.won_by.as_str(), conflict.lost_by.as_str()), ("alice", "bob"));
    assert!(conflict.says.contains("both may have run"), "{}", conflict.says);
    let state = ledger.incident().runs["r-1"].state(&"go".into()).clone();
    assert!(
        matches!(&state, StepState::Ended { by, finished, .. } if by.as_str() == "alice" && finished.outcome == StepOutcome::Passed),
        "{state:?}"
    );
    assert_eq!(ledger.incident().no_effect.len(), 2, "{:?}", ledger.incident().no_effect);
}

#[test]
fn the_loser_is_told_and_a_start_that_lost_does_not_run() {
    let mut desk = Desk::new("bob", (120, 40));
    desk.type_keys("d2 stall\n");
    desk.others(
        "alice@h",
        NewEntry::human(
            &"alice".into(),
            warroom::domain::event::RoleAssigned {
                role: "incident-commander".into(),
                to: Some("alice".into()),
                from: None,
            },
        ),
    );
    let mine =
        warroom::domain::event::RoleAssigned { role: "incident-commander".into(), to: Some("bob".into()), from: None };
    desk.others("bob@elsewhere", NewEntry::human(&"bob".into(), mine));
    let notice = desk.model.notice().expect("a notice").text.clone();
    assert!(notice.contains("YOURS did not count") && notice.contains("alice keeps it"), "{notice}");
    let strip = format!("{:?}", desk.scene().strip.next);
    assert!(strip.contains("CONFLICT"), "{strip}");
    let roles = format!("{:?}", desk.scene().roster.roles);
    assert!(roles.contains("CONFLICT: not bob"), "{roles}");
    desk.wait(31 * 60);
    assert!(!format!("{:?}", desk.scene().strip.next).contains("CONFLICT"), "it stays in the log, not on the screen");
}

/// Everything at once, on both sides.
fn both() -> Vec<Entry> {
    let (mut alice, mut bob) = parted();
    for (i, line) in (0..).zip([
        "role assign ic alice",
        "settle 2 yes",
        "decide halt? | yes",
        "status mitigated x",
        "status active y",
    ]) {
        alice.say(10 + 10 * i, line);
    }
    for (i, line) in
        (0..).zip(["role assign ic bob", "settle 2 no", "decide halt? | no", "status mitigated x", "status resolved y"])
    {
        bob.say(14 + 7 * i, line);
    }
    alice.event(90, RunEvent::from(step("alice-host")));
    bob.event(90, RunEvent::from(step("bob-host")));
    bob.event(91, RunEvent::from(end(StepOutcome::Failed)));
    alice.event(92, RunEvent::from(end(StepOutcome::Passed)));
    alice.own.into_iter().chain(bob.own).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_merge_order_gives_the_same_winners(order in Just(both()).prop_shuffle(), cut in 1usize..6) {
        let whole = Ledger::of(both());
        prop_assert!(whole.incident().conflicts.len() >= 4);
        let mut live = Ledger::new();
        order.chunks(cut).for_each(|part| live.extend(part.to_vec()));
        prop_assert_eq!(&live.incident().conflicts, &whole.incident().conflicts);
        prop_assert_eq!(live.incident(), whole.incident());
    }
}

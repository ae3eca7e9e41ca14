//! What is allowed, what is refused, and that a refusal says how to go on.

use rstest::rstest;
use warroom::domain::command::{Request, VERBS, parse};
use warroom::domain::decide::{Refusal, decide};
use warroom::domain::entry::NewEntry;
use warroom::domain::event::RosterPinned;
use warroom::domain::id::PersonId;
use warroom::domain::incident::Ledger;
use warroom::domain::time::{At, Span};

use crate::support::log::place;

/// Plays lines `person: command`; the last one's answer counts, the others must be allowed.
fn play(roster: Option<RosterPinned>, lines: &[&str]) -> Result<Vec<NewEntry>, (Refusal, String)> {
    let mut ledger = Ledger::new();
    let start = At::parse("2026-11-21T03:00:00Z").expect("a time");
    let mut seq = 0u64;
    let mut put = |ledger: &mut Ledger, new: NewEntry| {
        let at = start.plus(Span::from_secs(i64::try_from(seq).expect("few")));
        ledger.extend([place(new, "w@h", seq, at)]);
        seq += 1;
    };
    if let Some(roster) = roster {
        put(&mut ledger, NewEntry::tool(roster));
    }
    for (i, line) in lines.iter().enumerate() {
        let (who, what) = line.split_once(": ").expect("person: command");
        let command = parse(what).unwrap_or_else(|e| panic!("{what}: {e}"));
        match decide(&ledger, &Request::new(&PersonId::new(who), command)) {
            Ok(new) if i + 1 == lines.len() => return Ok(new),
            Ok(new) => new.into_iter().for_each(|e| put(&mut ledger, e)),
            Err(no) if i + 1 == lines.len() => return Err((no.refusal, no.says)),
            Err(no) => panic!("{line} was to be allowed: {no}"),
        }
    }
    unreachable!("there is a last line")
}

#[rstest]
#[case(&["a: declare 2 stall"])]
#[case(&["a: declare 2 stall", "b: note hello"])]
#[case(&["a: declare 2 stall", "a: role assign ic a", "a: role handover ic b all is quiet", "b: role accept ic"])]
#[case(&["a: declare 2 stall", "a: status mitigated lag falls", "a: status active it came back"])]
#[case(&["a: declare 2 stall", "a: status resolved over", "a: status closed done", "b: note one more thing"])]
#[case(&["a: declare 2 stall", "a: order NO RESTARTS", "b: order lift 1 two thirds are ready"])]
fn is_allowed(#[case] lines: &[&str]) {
    play(None, lines).expect("allowed");
}

#[rstest]
#[case(&["a: note too early"], Refusal::Misuse, "declare one first")]
#[case(&["a: declare 2 stall", "b: declare 1 halt"], Refusal::Misuse, "declared already")]
#[case(&["a: declare 2 stall", "a: severity 2 same"], Refusal::Misuse, "SEV-2 already")]
#[case(&["a: declare 2 stall", "a: status closed at once"], Refusal::Policy, "mitigated or resolved or cancelled")]
#[case(&["a: declare 2 stall", "a: role assign ic a", "b: role assign ic b"], Refusal::Policy, "hands it over")]
#[case(&["a: declare 2 stall", "a: role handover ic b"], Refusal::Policy, "nobody does")]
#[case(&["a: declare 2 stall", "a: role assign ic a", "a: role handover ic b", "c: role accept ic"], Refusal::Policy, "offered to b")]
#[case(&["a: declare 2 stall", "a: task answer 0 done"], Refusal::Misuse, "is no task")]
#[case(&["a: declare 2 stall", "a: task give b 0 hurry"], Refusal::Misuse, "from 1 to 1440")]
#[case(&["a: declare 2 stall", "a: status cancelled no incident", "a: order stop"], Refusal::Policy, "set its status to active")]
#[case(&["a: declare 2 stall", "a: amend 99 new words"], Refusal::Misuse, "warroom log")]
#[case(&["a: declare 2 stall", "a: action tidy | b | next week"], Refusal::Misuse, "2026-12-01")]
fn is_refused_with_a_way_on(#[case] lines: &[&str], #[case] refusal: Refusal, #[case] says: &str) {
    let (kind, words) = play(None, lines).expect_err("refused");
    assert_eq!(kind, refusal, "{words}");
    assert!(words.contains(says), "{words:?} does not say {says:?}");
}

#[test]
fn the_pinned_roster_says_who_may_hold_what() {
    let people = [("a", vec![]), ("b", vec!["scribe".to_owned()])];
    let people = people.into_iter().map(|(n, r)| (n.to_owned(), r)).collect();
    let roster = RosterPinned {
        sha256: "00".into(),
        people,
        roles: Vec::new(),
        operators: Default::default(),
        ..RosterPinned::default()
    };
    let play = |line| play(Some(roster.clone()), &["a: declare 2 stall", line]);
    play("a: role assign scribe b").expect("the roster lets b be scribe");
    let (kind, words) = play("a: role assign ic b").expect_err("not ic");
    assert_eq!(kind, Refusal::Policy);
    assert!(words.starts_with("the roster lets b hold scribe, not incident-commander"), "{words}");
    let (_, words) = play("a: role assign ic eve").expect_err("unknown");
    assert!(words.contains("not in the roster"), "{words}");
}

#[test]
fn every_verb_explains_itself_when_it_is_not_complete() {
    // A verb that needs nothing more, or only what it can do without, is complete as it stands.
    for form in VERBS.iter().filter(|f| !f.args.is_empty() && !f.args.starts_with('[')) {
        let words = parse(form.verb).expect_err(form.verb);
        assert!(words.contains(form.args) && words.contains(form.help), "{words}");
    }
}

#[test]
fn a_word_that_is_no_verb_is_met_with_what_there_is() {
    assert!(parse("frobnicate").expect_err("no verb").contains("palette"));
    assert_eq!(parse("rol").expect_err("half a verb").matches("role").count(), 5);
}

#[test]
fn every_word_of_a_command_has_its_limit() {
    let long = "x".repeat(warroom::domain::decide::MAX_WORDS + 1);
    let options = vec!["o"; 13].join(" | ");
    let first =
        ["a: declare 2 stall", "a: note n", "a: propose q | yes", "a: order o", "a: task give a 5 t", "a: action t"];
    for last in [
        format!("note {long}"),
        format!("fact f | {long}"),
        format!("claim open c | {long}"),
        format!("decide q | yes | {long}"),
        format!("propose q | {long}"),
        format!("propose q | {options}"),
        format!("settle 2 yes | {long}"),
        format!("order lift 3 {long}"),
        format!("task answer 4 done {long}"),
        format!("action close 5 {long}"),
        format!("amend 1 {long}"),
        format!("strike 1 {long}"),
        format!("role assign ic {long}"),
    ] {
        let line = format!("a: {last}");
        let mut lines: Vec<&str> = first.to_vec();
        lines.push(&line);
        let (kind, words) = play(None, &lines).expect_err(&last[..20]);
        assert_eq!(kind, Refusal::Misuse, "{words:.200}");
        assert!(words.contains("at most"), "{words:.200}");
    }
}

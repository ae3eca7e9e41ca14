//! Whose word a line is, and whether it counts: standings, required signatures, rosters that follow rosters, approvals and the ways to cheat.

use proptest::prelude::*;
use rstest::rstest;
use warroom::domain::entry::{Entry, Seal};
use warroom::domain::event::{ApprovalGiven, IncidentDeclared, NoteAdded, OrderStanding, RosterPinned};
use warroom::domain::id::PersonId;
use warroom::domain::incident::{Keyring, Ledger, Sealed, Standing};
use warroom::domain::roster::Signatures;
use warroom::domain::statement::Approval;

use crate::support::trusting::{approval, at, by, chain, delegation, opened, proven, roster, sealed, started, yes};

fn order(text: &str) -> OrderStanding {
    OrderStanding { text: text.to_owned() }
}

/// Alice's and bob's chains, the roster, a declaration; all signed.
fn room(signatures: Signatures) -> Vec<Entry> {
    let declared = IncidentDeclared { title: "stall".to_owned(), severity: 2, onset: None };
    let mut entries = chain("alice", 0);
    entries.push(sealed(by("alice", 2, 2, roster(signatures)), "session-alice"));
    entries.push(sealed(by("alice", 3, 3, declared), "session-alice"));
    entries.extend(chain("bob", 10));
    entries
}

fn with(signatures: Signatures, more: Vec<Entry>) -> Ledger {
    let mut entries = room(signatures);
    entries.extend(more);
    Ledger::of(entries)
}

fn why(ledger: &Ledger, name: &str) -> String {
    let id = ledger.find(name).unwrap().name();
    ledger.incident().no_effect.get(&id).cloned().unwrap_or_default()
}

#[rstest]
#[case::signed(sealed(by("bob", 2, 20, order("x")), "session-bob"), "signed")]
#[case::unsigned(by("bob", 2, 20, order("x")), "unsigned")]
#[case::nobody(sealed(by("bob", 2, 20, order("x")), "session-mallory"), "unvouched")]
#[case::late(sealed(by("bob", 2, 13 * 3600, order("x")), "session-bob"), "expired")]
#[case::other_chain(sealed(by("alice", 4, 20, order("x")), "session-bob"), "another-person")]
#[case::own_key(sealed(by("bob", 2, 20, order("x")), "own-bob"), "unvouched")]
fn every_standing_is_told_and_counts_as_the_roster_says(#[case] entry: Entry, #[case] word: &str) {
    for signatures in [Signatures::Required, Signatures::WhenPossible, Signatures::Off] {
        let ledger = with(signatures, vec![entry.clone()]);
        let standing = ledger.standing(&entry);
        assert_eq!(standing.word(), word, "{}", standing.says());
        let counts = word == "signed" || signatures != Signatures::Required;
        assert_eq!(ledger.incident().orders.len(), usize::from(counts), "{signatures:?}");
        let said = ledger.incident().no_effect.get(&entry.name());
        assert_eq!(said.is_some_and(|why| why.contains("requires signatures")), !counts);
    }
}

#[test]
fn another_actor_in_ones_own_chain_is_another_person() {
    let mut entry = sealed(by("bob", 2, 20, order("x")), "session-bob");
    entry.actor = "ceo".into();
    let ledger = with(Signatures::Required, vec![entry.clone()]);
    assert_eq!(ledger.standing(&entry), Standing::OtherPerson("bob".into()));
    assert!(ledger.incident().orders.is_empty());
}

#[test]
fn a_bad_signature_never_counts_and_does_not_even_strike() {
    let mut bad = by("bob", 2, 20, order("x"));
    bad.seal = Seal::Bad;
    bad.drill = true;
    let ledger = with(Signatures::WhenPossible, vec![bad]);
    assert!(ledger.incident().orders.is_empty() && !ledger.incident().drill);
    assert!(why(&ledger, "bob@h/2").contains("does not fit"));
}

#[test]
fn a_delegation_that_comes_late_makes_what_stood_before_it_count() {
    let early = sealed(by("carol", 1, 31, order("x")), "session-carol");
    let mut ledger =
        with(Signatures::Required, vec![sealed(by("carol", 0, 30, opened()), "session-carol"), early.clone()]);
    assert_eq!(ledger.standing(&early), Standing::Unvouched);
    assert!(ledger.incident().orders.is_empty());
    let vouched = by("carol", 2, 40, delegation("carol", "session-carol", 29, 12));
    ledger.extend([proven(sealed(vouched, "session-carol"), "own-carol", Some(true))]);
    assert_eq!(ledger.standing(&early), Standing::By("carol".into()));
    assert_eq!(ledger.incident().orders.len(), 1);
}

#[rstest]
#[case::other_principal(delegation("bob", "session-mallory", 0, 12), Some(("own-alice", None)), "unknown-key", "")]
#[case::too_long(delegation("bob", "session-mallory", 0, 13), Some(("own-bob", None)), "unvouched", "at most 12 hours")]
#[case::backwards(delegation("bob", "session-mallory", 0, -1), Some(("own-bob", None)), "unvouched", "at most 12 hours")]
#[case::unproven(delegation("bob", "session-mallory", 0, 12), None, "unvouched", "does not fit the statement")]
#[case::stranger(delegation("bob", "session-mallory", 0, 12), Some(("own-mallory", None)), "unvouched", "nobody's")]
#[case::untouched(delegation("bob", "session-mallory", 0, 12), Some(("own-bob", Some(false))), "unvouched", "touched")]
fn delegations_that_do_not_hold(
    #[case] claim: warroom::domain::event::KeyDelegated,
    #[case] proof: Option<(&str, Option<bool>)>,
    #[case] word: &str,
    #[case] because: &str,
) {
    let vouched = sealed(by("bob", 2, 20, claim), "session-mallory");
    let vouched = proof.map_or(vouched.clone(), |(key, touched)| proven(vouched, key, touched));
    let line = sealed(by("bob", 3, 21, order("x")), "session-mallory");
    let ledger = with(Signatures::Required, vec![vouched, line.clone()]);
    assert_eq!(ledger.standing(&line).word(), word);
    assert!(ledger.incident().orders.is_empty());
    assert!(why(&ledger, "bob@h/2").contains(because), "{}", why(&ledger, "bob@h/2"));
}

#[test]
fn a_revoked_key_counts_nowhere_also_before_it_was_revoked() {
    let line = sealed(by("bob", 2, 20, order("x")), "session-bob");
    let revoking = RosterPinned { revoked: vec!["own-bob".to_owned()], ..roster(Signatures::Required) };
    let pin = sealed(by("alice", 4, 60, revoking), "session-alice");
    let mut ledger = with(Signatures::Required, vec![line.clone()]);
    assert_eq!(ledger.incident().orders.len(), 1);
    ledger.extend([pin]);
    assert_eq!(ledger.standing(&line), Standing::Revoked);
    assert!(ledger.incident().orders.is_empty());
    assert!(why(&ledger, "bob@h/2").contains("revoked"));
}

#[rstest]
#[case::by_the_trusted(Signatures::Required, Some("session-alice"), true)]
#[case::unsigned(Signatures::Required, None, false)]
#[case::by_a_stranger(Signatures::Required, Some("session-mallory"), false)]
#[case::keys_change_needs_trust(Signatures::WhenPossible, None, false)]
#[case::keys_change_by_the_trusted(Signatures::WhenPossible, Some("session-alice"), true)]
#[case::nobody_signs(Signatures::Off, None, true)]
fn a_later_roster_needs_somebody_the_one_before_it_trusts(
    #[case] signatures: Signatures,
    #[case] key: Option<&str>,
    #[case] counts: bool,
) {
    let mut hostile = roster(Signatures::Off);
    hostile.keys.insert("mallory".to_owned(), vec!["own-mallory".to_owned()]);
    hostile.sha256 = "6".repeat(64);
    let pin = by("alice", 4, 60, hostile);
    let ledger = with(signatures, vec![key.map_or(pin.clone(), |key| sealed(pin, key))]);
    assert_eq!(ledger.incident().roster.as_ref().unwrap().sha256 == "6".repeat(64), counts);
    assert_eq!(why(&ledger, "alice@h/4").contains("a roster that changes keys counts only from"), !counts);
}

#[test]
fn a_roster_that_leaves_the_keys_alone_may_come_unsigned_where_signatures_are_not_required() {
    let next = RosterPinned { roles: vec!["watch".to_owned()], ..roster(Signatures::WhenPossible) };
    let ledger = with(Signatures::WhenPossible, vec![by("alice", 4, 60, next)]);
    assert_eq!(ledger.incident().roster.as_ref().unwrap().roles, ["watch"]);
}

#[test]
fn without_a_roster_the_anchor_tells_whose_key_is_whose() {
    let mut entries = chain("alice", 0);
    entries.push(sealed(by("alice", 2, 2, order("x")), "session-alice"));
    let alone = Ledger::of(entries.clone());
    assert_eq!(alone.standing(&entries[2]), Standing::Unvouched);
    let anchored = Ledger::anchored(entries.clone(), Some(Keyring::of([("alice", "own-alice")])));
    assert_eq!(anchored.standing(&entries[2]), Standing::By("alice".into()));
    let shared = Keyring::of([("alice", "own-alice"), ("mallory", "own-alice")]);
    let shared = Ledger::anchored(entries.clone(), Some(shared));
    assert!(!shared.standing(&entries[2]).is_trusted(), "a key of two people is nobody's");
}

#[test]
fn what_is_found_out_later_folds_again() {
    let line = sealed(by("bob", 2, 20, order("x")), "session-bob");
    let mut unchecked = room(Signatures::Required);
    unchecked.push(line);
    unchecked.iter_mut().for_each(|e| e.seal = Seal::Unchecked);
    let mut ledger = Ledger::of(unchecked);
    assert_eq!(ledger.incident().orders.len(), 1, "until it is looked at it counts");
    let found = |writer: &str, from, to, seal| Sealed { writer: writer.into(), from, to, seal };
    ledger.seal(&[
        found("alice@h", 0, 3, Seal::Good("session-alice".into())),
        found("bob@h", 0, 1, Seal::Good("session-bob".into())),
        found("bob@h", 2, 2, Seal::Bad),
    ]);
    assert!(ledger.incident().orders.is_empty());
    assert_eq!(ledger.standing(ledger.find("bob@h/1").unwrap()), Standing::By("bob".into()));
}

/// A yes with one thing changed.
fn changed(change: impl Fn(&mut Approval)) -> ApprovalGiven {
    let mut approval = approval("bob");
    change(&mut approval);
    yes(&approval)
}

fn bare() -> ApprovalGiven {
    ApprovalGiven {
        run: "r-1".into(),
        step: "go".into(),
        statement: String::new(),
        sig: String::new(),
        reason: String::new(),
    }
}

#[rstest]
#[case::same_key_two_names(proven(by("bob", 2, 50, changed(|_| ())), "own-shared", None), "several people")]
#[case::wildcard(proven(by("bob", 2, 50, changed(|a| a.principal = "*".into())), "own-bob", None), "speaks for *, and the key that signed it is bob's")]
#[case::somebody_elses_name(proven(by("bob", 2, 50, changed(|a| a.principal = "carol".into())), "own-bob", None), "speaks for carol")]
#[case::expired(proven(by("bob", 2, 3601, changed(|_| ())), "own-bob", None), "expired at 2026-11-21T04:00:00Z")]
#[case::revoked(proven(by("bob", 2, 50, changed(|_| ())), "own-lost", None), "revoked")]
#[case::wrong_namespace(by("bob", 2, 50, changed(|_| ())), "made for something else")]
#[case::wrong_kind(proven(by("bob", 2, 50, ApprovalGiven { statement: delegation("bob", "s", 0, 1).statement, ..bare() }), "own-bob", None), "no approval")]
#[case::wrong_step(proven(by("bob", 2, 50, changed(|a| a.step = "stop".into())), "own-bob", None), "for step stop")]
#[case::changed_command(proven(by("bob", 2, 50, changed(|a| a.digest = "0".repeat(64))), "own-bob", None), "another command or other parameters")]
#[case::replay_of_another_run(proven(by("bob", 2, 50, changed(|a| a.run = "r-0".into())), "own-bob", None), "for run r-0")]
#[case::replay_of_another_incident(proven(by("bob", 2, 50, changed(|a| a.incident = "2026-01-01-x".into())), "own-bob", None), "for incident 2026-01-01-x")]
#[case::self_approval(proven(by("alice", 9, 50, yes(&approval("alice"))), "own-alice", None), "alice began this run")]
#[case::untouched(proven(by("bob", 2, 50, changed(|_| ())), "own-bob", Some(false)), "nobody touched")]
#[case::strangers_key(proven(by("bob", 2, 50, changed(|_| ())), "own-mallory", None), "nobody's")]
#[case::unsigned_with_a_key(by("bob", 2, 50, bare()), "the roster has a key of bob")]
#[case::in_anothers_name(
    { let mut e = by("bob", 2, 50, bare()); e.actor = PersonId::new("dave"); e },
    "bob wrote it in the name of dave"
)]
fn cheating_at_approvals_is_refused_and_the_log_says_why(#[case] cheat: Entry, #[case] because: &str) {
    let mut pinned = roster(Signatures::WhenPossible);
    pinned.keys.get_mut("bob").unwrap().push("own-shared".to_owned());
    pinned.keys.get_mut("carol").unwrap().push("own-shared".to_owned());
    pinned.keys.get_mut("bob").unwrap().push("own-lost".to_owned());
    pinned.revoked.push("own-lost".to_owned());
    let name = cheat.name().to_string();
    let mut entries = chain("alice", 0);
    entries.push(sealed(by("alice", 2, 2, pinned), "session-alice"));
    entries.push(sealed(by("alice", 3, 3, started()), "session-alice"));
    entries.extend([cheat]);
    let ledger = Ledger::of(entries);
    let run = &ledger.incident().runs["r-1"];
    assert!(run.approvals.values().all(|given| given.is_empty()), "{:?}", run.approvals);
    assert!(why(&ledger, &name).contains(because), "{}", why(&ledger, &name));
}

#[test]
fn one_key_and_one_person_count_once() {
    let honest = proven(by("bob", 2, 50, changed(|_| ())), "own-bob", Some(true));
    let again = proven(by("carol", 0, 60, changed(|_| ())), "own-bob", Some(true));
    let more = vec![sealed(by("alice", 4, 4, started()), "session-alice"), honest, again];
    let ledger = with(Signatures::WhenPossible, more);
    let given = &ledger.incident().runs["r-1"].approvals["go"];
    assert_eq!(given.keys().map(PersonId::as_str).collect::<Vec<_>>(), ["bob"]);
    assert_eq!(given["bob"].as_deref(), Some("own-bob"));
    assert!(why(&ledger, "carol@h/0").contains("bob had said yes to step go already"));
}

#[test]
fn somebody_without_a_key_may_say_yes_unsigned_and_the_log_keeps_that_it_was() {
    let more = vec![by("alice", 4, 4, started()), by("dave", 0, 50, bare())];
    let ledger = with(Signatures::WhenPossible, more.clone());
    assert_eq!(ledger.incident().runs["r-1"].approvals["go"]["dave"], None);
    let strict = with(Signatures::Required, more);
    assert!(strict.incident().runs.is_empty(), "the run itself was begun without a signature");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_of_arrival_gives_one_trust(
        required in any::<bool>(),
        order in Just(everything()).prop_shuffle(),
        cuts in proptest::collection::vec(1usize..5, 1..30),
    ) {
        let rule = if required { Signatures::Required } else { Signatures::WhenPossible };
        let set = |mut entries: Vec<Entry>| {
            let pin = entries.iter_mut().find(|e| e.name().to_string() == "alice@h/2").unwrap();
            pin.event = roster(rule).into();
            entries
        };
        let whole = Ledger::of(set(everything()));
        let mut live = Ledger::new();
        let order = set(order);
        let mut rest = order.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            live.extend(now.to_vec());
            rest = later;
        }
        prop_assert_eq!(live.trust(), whole.trust());
        prop_assert_eq!(live.incident(), whole.incident());
    }
}

/// Rosters, delegations, strikes and approvals of every standing in one log.
fn everything() -> Vec<Entry> {
    let mut all = room(Signatures::WhenPossible);
    let note = |text: &str| NoteAdded { text: text.to_owned() };
    all.extend(chain("carol", 25));
    all.push(sealed(by("alice", 4, 30, started()), "session-alice"));
    all.push(sealed(by("bob", 2, 31, order("one")), "session-bob"));
    all.push(by("bob", 3, 32, order("two")));
    all.push(sealed(by("bob", 4, 33, order("three")), "session-mallory"));
    all.push(proven(sealed(by("bob", 5, 34, yes(&approval("bob"))), "session-bob"), "own-bob", None));
    all.push(proven(sealed(by("carol", 2, 35, yes(&approval("carol"))), "session-carol"), "own-carol", Some(false)));
    let revoking = RosterPinned { revoked: vec!["own-carol".to_owned()], ..roster(Signatures::Required) };
    all.push(sealed(by("alice", 5, 40, revoking), "session-alice"));
    all.push(by("mallory", 0, 41, opened()));
    all.push(by("mallory", 1, 42, roster(Signatures::Off)));
    all.push(sealed(by("carol", 3, 43, order("four")), "session-carol"));
    let mut strike = by("mallory", 2, 44, warroom::domain::event::EntryStruck { reason: "mine".to_owned() });
    strike.rare.amends = Some(all.iter().find(|e| e.writer.as_str() == "bob@h" && e.seq == 2).unwrap().name());
    all.push(strike);
    all.push(by("mallory", 3, 45, note("hello")));
    assert!(at(45) > at(0));
    all
}

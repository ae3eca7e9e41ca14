//! Who may do what: the table, refusals that name who may, break-glass with its end, attempts recorded without a flood;
//! and the fold holds the same rules in any order of arrival.

use proptest::prelude::*;
use rstest::rstest;
use warroom::domain::command::{Command, Request, RoleCommand, parse};
use warroom::domain::decide::{Refusal, Rejection, decide};
use warroom::domain::entry::{Entry, NewEntry, Source};
use warroom::domain::event::{AccessRaised, ApprovalGiven, Event, RosterPinned, RunEvent, RunStarted, SeverityChanged};
use warroom::domain::id::PersonId;
use warroom::domain::incident::Ledger;
use warroom::domain::policy::{BREAK_GLASS_MAX, REFUSED_BY_ALL, REFUSED_BY_ONE, attempt};
use warroom::domain::roster::{Level, Signatures};
use warroom::domain::time::{At, Span};

use crate::support::log::place;

/// alice commands, bob and carol respond, otto observes; carol may only be scribe; nobody else is known.
fn roster() -> RosterPinned {
    let people = [("alice", vec![]), ("bob", vec![]), ("carol", vec!["scribe".to_owned()]), ("otto", vec![])];
    RosterPinned {
        sha256: "aa".into(),
        people: people.into_iter().map(|(n, r)| (n.to_owned(), r)).collect(),
        levels: [("alice".to_owned(), Level::Commander), ("otto".to_owned(), Level::Observer)].into(),
        ..RosterPinned::default()
    }
}

/// One log that several people write, each line a second after the one before it.
struct Room {
    ledger: Ledger,
    seq: u64,
    now: At,
}

impl Room {
    fn with(roster: Option<RosterPinned>) -> Self {
        let now = At::parse("2026-11-21T03:00:00Z").expect("a time");
        let mut room = Self { ledger: Ledger::new(), seq: 0, now };
        if let Some(roster) = roster {
            room.put(NewEntry::human(&"alice".into(), roster));
        }
        room
    }

    /// Declared by alice, who does not command yet.
    fn declared() -> Self {
        let mut room = Self::with(Some(roster()));
        room.done("alice", "declare 2 stall");
        room
    }

    fn put(&mut self, new: NewEntry) -> Entry {
        self.now = self.now.plus(Span::from_secs(1));
        let writer = format!("{}@h", new.actor);
        let mut entry = place(new, &writer, self.seq, self.now);
        // Who may is asked here, not whose word it is: lines count as signed until somebody has looked.
        entry.seal = warroom::domain::entry::Seal::Unchecked;
        self.seq += 1;
        self.ledger.extend([entry.clone()]);
        entry
    }

    fn request(&self, who: &str, command: Command) -> Request {
        Request { now: self.now, ..Request::new(&PersonId::new(who), command) }
    }

    fn say(&mut self, who: &str, line: &str) -> Result<(), Rejection> {
        self.give(who, parse(line).unwrap_or_else(|e| panic!("{line}: {e}")))
    }

    fn give(&mut self, who: &str, command: Command) -> Result<(), Rejection> {
        let request = self.request(who, command);
        decide(&self.ledger, &request)?.into_iter().for_each(|new| drop(self.put(new)));
        Ok(())
    }

    fn done(&mut self, who: &str, line: &str) {
        self.say(who, line).unwrap_or_else(|no| panic!("{who}: {line}: {no}"));
    }

    fn denied(&mut self, who: &str, line: &str) -> String {
        let no = self.say(who, line).expect_err(line);
        assert_eq!(no.refusal, Refusal::Denied, "{who}: {line}: {no}");
        no.says
    }
}

#[rstest]
#[case::responder_speaks("bob", "note hello", true)]
#[case::responder_takes_a_task("bob", "task give bob 10 look", true)]
#[case::responder_gives_no_task("bob", "task give carol 10 look", false)]
#[case::responder_does_not_steer("bob", "severity 1 worse", false)]
#[case::responder_does_not_close("bob", "status cancelled it was none", false)]
#[case::responder_does_not_decide("bob", "decide restart? | yes", false)]
#[case::responder_gives_no_order("bob", "order NO RESTARTS", false)]
#[case::responder_gives_no_role("bob", "role assign scribe carol", false)]
#[case::responder_takes_vacant_command("bob", "role assign ic bob", true)]
#[case::responder_gives_no_vacant_command("bob", "role assign ic alice", false)]
#[case::observer_raises_a_concern("otto", "concern this is the wrong fork", true)]
#[case::observer_writes_nothing("otto", "note hello", false)]
#[case::observer_takes_no_command("otto", "role assign ic otto", false)]
#[case::stranger_writes_nothing("mallory", "note hello", false)]
#[case::stranger_raises_a_concern("mallory", "concern look at this", true)]
#[case::commander_steers("alice", "severity 1 worse", true)]
#[case::commander_decides("alice", "decide restart? | yes", true)]
#[case::commander_orders("alice", "order NO RESTARTS", true)]
fn by_level(#[case] who: &str, #[case] line: &str, #[case] may: bool) {
    let mut room = Room::declared();
    let said = room.say(who, line);
    assert_eq!(said.is_ok(), may, "{said:?}");
    // The fold says the same of the entry as if it had come by a merge.
    let mut free = Room::with(None);
    free.done("alice", "declare 2 stall");
    let request = free.request(who, parse(line).expect("a command"));
    let forged = decide(&free.ledger, &request).expect("without a roster everybody may").remove(0);
    let mut room = Room::declared();
    let entry = room.put(forged);
    assert_eq!(room.ledger.incident().no_effect.contains_key(&entry.name()), !may);
}

#[test]
fn a_role_does_what_a_level_does_not() {
    let mut room = Room::declared();
    room.done("alice", "role assign ic bob");
    room.done("bob", "severity 1 it spreads");
    room.done("bob", "role assign scribe carol");
    room.done("carol", "task give bob 10 look");
    let says = room.denied("carol", "severity 2 no");
    assert!(says.contains("carol is a responder"), "{says}");
    assert!(
        says.contains("level commander, or the role incident-commander (bob) or deputy (nobody holds it)"),
        "{says}"
    );
    assert!(says.contains("break-glass"), "{says}");
    let no = room.say("alice", "role assign ops carol").expect_err("roles_allowed");
    assert!(no.says.contains("lets carol hold scribe, not operations-lead"), "{no}");
}

#[test]
fn an_observer_with_a_role_works() {
    let mut room = Room::declared();
    room.denied("otto", "note hello");
    room.done("alice", "role assign liaison otto");
    room.done("otto", "note hello");
    room.denied("otto", "severity 1 no");
}

#[test]
fn without_people_or_without_levels_everybody_in_it_may() {
    let mut room = Room::with(None);
    room.done("anybody", "declare 2 stall");
    room.done("anybody", "severity 1 worse");
    let mut room = Room::with(Some(RosterPinned { levels: Default::default(), ..roster() }));
    room.done("bob", "declare 2 stall");
    room.done("carol", "severity 1 worse");
    assert!(room.denied("mallory", "note hello").contains("not in the roster"));
    // Logs of before levels were pinned fold as they always did.
    let forged = room.put(NewEntry::human(&"mallory".into(), SeverityChanged { to: 5, reason: "x".into() }));
    assert!(!room.ledger.incident().no_effect.contains_key(&forged.name()));
}

#[test]
fn the_files_roster_holds_where_the_log_pins_none() {
    let mut room = Room::with(None);
    room.done("alice", "declare 2 stall");
    let command = parse("severity 1 worse").expect("a command");
    let request = Request { roster: Some(Box::new(roster())), ..room.request("bob", command) };
    assert_eq!(decide(&room.ledger, &request).expect_err("denied").refusal, Refusal::Denied);
}

#[test]
fn only_who_holds_a_role_hands_it_over_and_only_who_was_asked_takes_it() {
    let mut room = Room::declared();
    room.done("alice", "role assign ic alice");
    let mut free = Room::with(None);
    free.done("alice", "declare 2 stall");
    free.done("alice", "role assign ic alice");
    let offer = Command::Role(RoleCommand::HandOver("incident-commander".into(), "mallory".into(), String::new()));
    let offer = decide(&free.ledger, &free.request("alice", offer)).expect("offered").remove(0);
    // Mallory writes the offer that alice never made.
    let forged = room.put(NewEntry { actor: "mallory".into(), ..offer });
    assert!(room.ledger.incident().no_effect[&forged.name()].contains("only alice hands over"));
}

#[test]
fn a_step_that_names_a_role_is_for_its_holder() {
    let mut room = Room::declared();
    let run = RunStarted {
        run: "r-1".into(),
        runbook: "x".into(),
        title: "x".into(),
        revision: 1,
        path: "built-in".into(),
        commit: String::new(),
        sha256: "9f".into(),
        steps: vec!["go".into(), "yes".into()],
        params: Default::default(),
        host: "h".into(),
        for_others: vec!["yes".into()],
        roles: [("yes".into(), "decision-maker".into())].into(),
        ways_back: Default::default(),
        watch_s: 0,
        wrong_if: String::new(),
    };
    room.give("carol", Command::Run(vec![RunEvent::from(run)])).expect("responders follow runbooks");
    let yes = || {
        let given = ApprovalGiven {
            run: "r-1".into(),
            step: "yes".into(),
            statement: String::new(),
            sig: String::new(),
            reason: String::new(),
        };
        Command::Run(vec![RunEvent::from(given)])
    };
    let no = room.give("alice", yes()).expect_err("she does not hold it");
    assert_eq!(no.refusal, Refusal::Denied);
    assert!(no.says.contains("step yes needs decision-maker (nobody holds it)"), "{no}");
    let forged = room.put(NewEntry::human(
        &"bob".into(),
        match yes() {
            Command::Run(mut events) => Event::Run(events.remove(0)),
            _ => unreachable!("made above"),
        },
    ));
    assert!(room.ledger.incident().no_effect[&forged.name()].contains("does not hold decision-maker"));
    room.done("alice", "role assign decision-maker bob");
    room.give("bob", yes()).expect("he holds it");
}

#[test]
fn break_glass_raises_for_a_while_and_ends_by_itself() {
    let mut room = Room::declared();
    room.denied("bob", "severity 1 worse");
    room.done("bob", "break-glass 20 no commander answers");
    room.done("bob", "severity 1 worse");
    let open = room.ledger.incident().raise_of(&"bob".into(), room.now).expect("open").clone();
    assert_eq!(open.reason, "no commander answers");
    assert!(open.until.since(open.from) <= Span::from_mins(20) && open.until.since(open.from) > Span::from_mins(19));
    room.say("bob", "break-glass again").expect_err("once at a time");
    room.now = room.now.plus(Span::from_mins(21));
    assert!(room.ledger.incident().raise_of(&"bob".into(), room.now).is_none());
    room.denied("bob", "severity 3 better");
    room.done("bob", "break-glass 10 again");
    room.done("bob", "break-glass end");
    room.denied("bob", "severity 3 better");
}

#[test]
fn break_glass_is_bounded_in_the_fold_too_and_others_do_not_end_it() {
    let mut room = Room::declared();
    let no = room.say("bob", "break-glass 61 long").expect_err("an hour at most");
    assert_eq!(no.refusal, Refusal::Misuse);
    let until = room.now.plus(Span::from_secs(1_000_000));
    room.put(NewEntry::human(&"bob".into(), AccessRaised { reason: "for ever".into(), until, role: None }));
    let open = room.ledger.incident().raise_of(&"bob".into(), room.now).expect("open").clone();
    assert_eq!(open.until.since(open.from), BREAK_GLASS_MAX);
    let end = warroom::domain::event::AccessEnded { raised: open.id.clone() };
    let forged = room.put(NewEntry::human(&"carol".into(), end.clone()));
    assert!(room.ledger.incident().no_effect.contains_key(&forged.name()));
    room.put(NewEntry::human(&"alice".into(), end));
    assert!(room.ledger.incident().raise_of(&"bob".into(), room.now).is_none(), "a commander ends it");
}

#[rstest]
#[case::unknown("mallory", &[], &[])]
#[case::no_key("bob", &[], &[])]
#[case::revoked("bob", &["ssh-ed25519 AAA"], &["ssh-ed25519 AAA"])]
fn break_glass_is_not_for_whom_nobody_can_prove(#[case] who: &str, #[case] keys: &[&str], #[case] revoked: &[&str]) {
    let own = |list: &[&str]| list.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>();
    let strict = RosterPinned {
        signatures: Signatures::Required,
        keys: [("bob".to_owned(), own(keys))].into(),
        revoked: own(revoked),
        ..roster()
    };
    let mut room = Room::with(Some(strict));
    room.done("alice", "declare 2 stall");
    room.denied(who, "break-glass I need it");
    let until = room.now.plus(Span::from_mins(5));
    let forged = room.put(NewEntry::human(&who.into(), AccessRaised { reason: "x".into(), until, role: None }));
    assert!(room.ledger.incident().no_effect.contains_key(&forged.name()));
    assert!(room.ledger.incident().raise_of(&who.into(), room.now).is_none());
}

#[test]
fn with_a_key_break_glass_is_given_where_signatures_are_required() {
    let keys = [("bob".to_owned(), vec!["ssh-ed25519 AAA".to_owned()])].into();
    let mut room = Room::with(Some(RosterPinned { signatures: Signatures::Required, keys, ..roster() }));
    room.done("alice", "declare 2 stall");
    room.done("bob", "break-glass nobody answers");
}

#[test]
fn break_glass_speaks_for_a_role_where_one_is_named() {
    let mut room = Room::declared();
    let until = room.now.plus(Span::from_mins(5));
    let role = Some("decision-maker".into());
    room.put(NewEntry::human(&"bob".into(), AccessRaised { reason: "x".into(), until, role }));
    let authority = warroom::domain::policy::Authority::of_log(room.ledger.incident(), room.now);
    assert!(authority.holds(&"bob".into(), "decision-maker") && !authority.holds(&"bob".into(), "scribe"));
}

#[test]
fn attempts_are_recorded_but_cannot_flood_and_mistakes_never_are() {
    let mut room = Room::declared();
    let mut told = 0;
    let lines = [
        "severity 1 x",
        "severity 3 x",
        "decide a? | b",
        "order x",
        "role assign ic alice",
        "strike 1",
        "amend 1 x",
        "status cancelled x",
    ];
    for (i, who) in ["bob", "carol", "mallory", "eve", "trudy", "sybil"].iter().enumerate() {
        let mut own = 0;
        for line in lines {
            let request = room.request(who, parse(line).expect("a command"));
            let no = decide(&room.ledger, &request).expect_err(line);
            assert_eq!(no.refusal, Refusal::Denied, "{who} {line}: {no}");
            if let Some(entry) = attempt(&room.ledger, &request, &no) {
                assert!(
                    !entry.event.sentence().contains('x')
                        || !line.ends_with('x')
                        || !entry.event.data().unwrap().contains("\"x\"")
                );
                room.put(entry);
                own += 1;
            }
        }
        assert!(own <= REFUSED_BY_ONE, "{who} {i}");
        told += own;
    }
    assert_eq!(told, REFUSED_BY_ALL);
    let mut room = Room::declared();
    let mistake = room.request("alice", parse("severity 2 same").expect("a command"));
    let no = decide(&room.ledger, &mistake).expect_err("no change");
    assert!(attempt(&room.ledger, &mistake, &no).is_none(), "a mistake is nobody's business");
    // Time passes: the next attempt is told again.
    let severity = parse("severity 1 x").expect("a command");
    for told in [true, false] {
        let request = room.request("bob", severity.clone());
        let no = decide(&room.ledger, &request).expect_err("denied");
        let entry = attempt(&room.ledger, &request, &no);
        assert_eq!(entry.is_some(), told);
        entry.into_iter().for_each(|e| drop(room.put(e)));
    }
    room.now = room.now.plus(Span::from_mins(11));
    let request = room.request("bob", severity);
    let no = decide(&room.ledger, &request).expect_err("denied");
    assert!(attempt(&room.ledger, &request, &no).is_some());
}

#[test]
fn a_correction_of_anothers_entry_needs_a_commander_wherever_it_arrives() {
    let mut room = Room::declared();
    room.done("bob", "note mine");
    let name = room.ledger.entries().last().expect("the note").name().to_string();
    let says = room.denied("carol", &format!("strike {name} away with it"));
    assert!(says.contains("only bob, or level commander"), "{says}");
    room.done("bob", &format!("amend {name} mine, corrected"));
    let target = room.ledger.find(&name).expect("the note").name();
    let forged = NewEntry {
        amends: Some(target.clone()),
        ..NewEntry::human(&"carol".into(), warroom::domain::event::EntryStruck { reason: String::new() })
    };
    let forged = room.put(forged);
    assert!(room.ledger.incident().no_effect.contains_key(&forged.name()));
    assert!(
        !room.ledger.incident().struck.contains(&target) && !room.ledger.correction(&target).expect("amended").struck
    );
    room.done("alice", &format!("strike {name} a secret"));
    assert!(room.ledger.correction(&target).expect("struck").struck);
}

#[test]
fn a_borrowed_name_has_no_effect() {
    let mut room = Room::declared();
    let event = SeverityChanged { to: 1, reason: "x".into() };
    room.now = room.now.plus(Span::from_secs(1));
    // Mallory's own chain, alice's name; as a person and as the program.
    for (seq, source) in [(0, Source::Human), (1, Source::Tool)] {
        let new = NewEntry { source, ..NewEntry::human(&"alice".into(), event.clone()) };
        let mut forged = place(new, "mallory@h", seq, room.now);
        forged.seal = warroom::domain::entry::Seal::Unchecked;
        room.ledger.extend([forged.clone()]);
        assert!(room.ledger.incident().no_effect[&forged.name()].contains("the chain of somebody else"));
    }
    assert_eq!(room.ledger.incident().severity, 2);
}

#[test]
fn another_roster_counts_only_from_a_commander() {
    let mut room = Room::declared();
    let mut grab = roster();
    grab.levels.insert("bob".into(), Level::Commander);
    let forged = room.put(NewEntry::human(&"bob".into(), grab.clone()));
    assert!(room.ledger.incident().no_effect[&forged.name()].contains("another roster"));
    room.denied("bob", "severity 1 x");
    room.put(NewEntry::human(&"alice".into(), grab));
    room.done("bob", "severity 1 worse");
}

#[test]
fn answers_are_as_secret_as_what_they_answer() {
    use warroom::domain::entry::Disclosure;
    let mut room = Room::with(None);
    room.done("alice", "declare 2 stall");
    for line in [
        "concern CANARY",
        "propose CANARY? | yes",
        "hypothesis CANARY",
        "order CANARY",
        "task give bob 5 CANARY",
        "action CANARY",
    ] {
        let request =
            Request { disclosure: Disclosure::Internal, ..room.request("alice", parse(line).expect("a command")) };
        let new = decide(&room.ledger, &request).expect("allowed").remove(0);
        let id = room.put(new).name();
        let about = [
            format!("concern answer {id} ok"),
            format!("settle {id} yes"),
            format!("object {id} no"),
            format!("hypothesis judge {id} for yes"),
            format!("order lift {id}"),
            format!("task answer {id} done"),
            format!("action close {id}"),
            format!("amend {id} other words"),
            format!("strike {id}"),
        ];
        let fitting = about.iter().filter_map(|l| {
            let command = parse(l).unwrap_or_else(|e| panic!("{l}: {e}"));
            decide(&room.ledger, &room.request("bob", command)).ok()
        });
        let led: Vec<NewEntry> = fitting.flatten().collect();
        assert!(led.len() >= 3, "{line}");
        assert!(led.iter().all(|e| e.disclosure == Disclosure::Internal), "{line}: {led:?}");
    }
}

/// A log in which people do what they may and what they may not, on several hosts.
fn contested() -> Vec<Entry> {
    let mut room = Room::declared();
    let raise = |room: &Room| AccessRaised { reason: "x".into(), until: room.now.plus(Span::from_secs(4)), role: None };
    let forge = |room: &mut Room, who: &str, event: Event| drop(room.put(NewEntry::human(&who.into(), event)));
    for (who, line) in [("bob", "role assign ic bob"), ("bob", "note one"), ("carol", "note two")] {
        room.done(who, line);
    }
    forge(&mut room, "carol", SeverityChanged { to: 1, reason: "no".into() }.into());
    let glass = raise(&room);
    forge(&mut room, "carol", glass.into());
    for to in [3, 4, 5, 1, 2, 3] {
        forge(&mut room, "carol", SeverityChanged { to, reason: "by glass".into() }.into());
    }
    let target = room.ledger.entries()[3].name();
    for who in ["carol", "alice"] {
        let amended = warroom::domain::event::EntryAmended { text: format!("by {who}"), reason: String::new() };
        room.put(NewEntry { amends: Some(target.clone()), ..NewEntry::human(&who.into(), amended) });
    }
    let mut grab = roster();
    grab.levels.insert("carol".into(), Level::Commander);
    forge(&mut room, "carol", grab.clone().into());
    forge(&mut room, "alice", grab.into());
    forge(&mut room, "carol", SeverityChanged { to: 4, reason: "now I may".into() }.into());
    room.say("otto", "concern who commands?").expect("anyone may");
    forge(&mut room, "otto", Event::from(warroom::domain::event::NoteAdded { text: "not I".into() }));
    room.ledger.entries().to_vec()
}

#[test]
fn the_contested_log_has_every_kind_of_refusal() {
    let ledger = Ledger::of(contested());
    let why: Vec<&String> = ledger.incident().no_effect.values().collect();
    for words in ["severity or status", "corrects or strikes", "another roster", "writing into the log"] {
        assert!(why.iter().any(|w| w.contains(words)), "{words}: {why:?}");
    }
    assert_eq!(ledger.incident().severity, 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_order_of_arrival_permits_the_same(order in Just(contested()).prop_shuffle(), cut in 1usize..5) {
        let whole = Ledger::of(contested());
        let mut live = Ledger::new();
        order.chunks(cut).for_each(|part| live.extend(part.to_vec()));
        prop_assert_eq!(live.incident(), whole.incident());
        for entry in whole.entries() {
            prop_assert_eq!(live.correction(&entry.name()), whole.correction(&entry.name()));
        }
    }
}

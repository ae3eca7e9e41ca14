//! Rights at the console: refused keys say who may and are recorded, break-glass is loud until it ends.

use warroom::app::case::Damage;
use warroom::app::layer::Layer;
use warroom::app::msg::{JournalMsg, Msg};
use warroom::domain::event::{AccessEvent, Event};
use warroom::domain::id::PersonId;
use warroom::domain::roster::{Level, Person, Roster};

use crate::support::desk::Desk;

fn person(name: &str, level: Level) -> Person {
    Person {
        name: PersonId::new(name),
        keys: Vec::new(),
        roles_allowed: Vec::new(),
        level,
        contact: String::new(),
        timezone: String::new(),
    }
}

/// Bob, a responder, in an incident that he declared.
fn bob() -> Desk {
    let mut desk = Desk::new("bob", (120, 40));
    let people = vec![person("alice", Level::Commander), person("bob", Level::Responder)];
    desk.model.roster = Roster { sha256: "aa".into(), people, ..Roster::default() };
    desk.type_keys("d2 stall\n");
    assert!(desk.model.is_in_incident(), "responders declare");
    desk
}

/// What the open command line refused.
fn refused(desk: &Desk) -> String {
    match desk.model.screen.top() {
        Some(Layer::Palette { refused: Some(why), .. }) => why.clone(),
        other => panic!("nothing was refused: {other:?}"),
    }
}

fn tried(desk: &Desk) -> usize {
    let entries = desk.model.ledger().expect("a log").entries();
    entries.iter().filter(|e| matches!(e.event, Event::Access(AccessEvent::Refused(_)))).count()
}

#[test]
fn a_refused_key_says_who_may_and_is_recorded_once() {
    let mut desk = bob();
    desk.type_keys("v1 it spreads\n");
    let why = refused(&desk);
    assert!(why.contains("bob is a responder") && why.contains("incident-commander (nobody holds it)"), "{why}");
    assert_eq!((tried(&desk), desk.model.ledger().expect("a log").incident().severity), (1, 2));
    desk.type_keys("\n\n\n");
    assert_eq!(tried(&desk), 1, "again and again is told once");
}

#[test]
fn a_line_that_was_not_recorded_comes_back() {
    let mut desk = bob();
    // What the journal or the signer refuses comes back after the command line is closed.
    desk.type_keys("nthe bridge is open\n");
    desk.send(Msg::Journal(JournalMsg::Refused("a verdict found no room".into())));
    let notice = desk.model.notice().expect("it is said").text.clone();
    assert!(!notice.contains("brings your line back"), "it was recorded: {notice}");
    // The next one never comes back from the journal.
    desk.deaf = true;
    desk.type_keys("nthe bridge is paused\n");
    desk.deaf = false;
    desk.send(Msg::Journal(JournalMsg::Refused("the disk is full".into())));
    let notice = desk.model.notice().expect("it is said").text.clone();
    assert!(notice.contains("not recorded: the disk is full") && notice.contains("brings your line back"), "{notice}");
    desk.type_keys(":");
    match desk.model.screen.top() {
        Some(Layer::Palette { input, .. }) => assert_eq!(input.text(), "note the bridge is paused"),
        other => panic!("no command line: {other:?}"),
    }
}

#[test]
fn damage_leaves_the_screen_when_it_is_mended() {
    let mut desk = bob();
    let damage = |file: &str| Damage { file: file.into(), says: format!("DAMAGED LOG {file}"), lasting: false };
    desk.send(Msg::Journal(JournalMsg::Fault(damage("alice@bastion.jsonl"))));
    desk.send(Msg::Journal(JournalMsg::Fault(damage("carol@bastion.jsonl"))));
    desk.send(Msg::Journal(JournalMsg::Mended("alice@bastion.jsonl".into())));
    let alarms = format!("{:?}", desk.scene().head.alarms);
    assert!(!alarms.contains("alice@bastion") && alarms.contains("DAMAGED LOG carol@bastion"), "{alarms}");
}

#[test]
fn break_glass_is_loud_until_it_ends() {
    let mut desk = bob();
    desk.type_keys(":break-glass 10 nobody answers\n");
    desk.type_keys("v1 it spreads\n");
    assert_eq!(desk.model.ledger().expect("a log").incident().severity, 1);
    let alarms = format!("{:?}", desk.scene().head.alarms);
    assert!(
        alarms.contains("BREAK-GLASS: bob acts as commander until") && alarms.contains("nobody answers"),
        "{alarms}"
    );
    assert!(format!("{:?}", desk.scene().strip.doing).contains("BREAK-GLASS"));
    desk.wait(601);
    assert!(!format!("{:?}", desk.scene().head.alarms).contains("BREAK-GLASS"));
    desk.type_keys("v3 better\n");
    assert!(refused(&desk).contains("bob is a responder"));
}

#[test]
fn the_screen_says_what_the_rules_leave_open() {
    let hint = |desk: &Desk| desk.scene().roster.hint.map(|h| h.as_str().to_owned());
    assert_eq!(hint(&bob()), None);
    let mut free = Desk::new("bob", (120, 40));
    free.type_keys("d2 stall\n");
    assert_eq!(hint(&free).as_deref(), Some("No roster: everybody may do everything."));
    let mut flat = Desk::new("bob", (120, 40));
    flat.model.roster =
        Roster { sha256: "aa".into(), people: vec![person("bob", Level::Responder)], ..Roster::default() };
    flat.type_keys("d2 stall\n");
    assert_eq!(hint(&flat).as_deref(), Some("The roster names no levels: whoever is in it may do everything."));
}

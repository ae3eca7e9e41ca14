//! The format: what is written is read back the same, in the promised form, and chains merge to one order whatever the way they came.

use std::fs;

use proptest::prelude::*;
use tempfile::tempdir;
use warroom::domain::entry::{Disclosure, Entry, NewEntry, Rare, Seal, Source};
use warroom::domain::event::{DecisionMade, Event, FactRecorded, IncidentDeclared, NoteAdded};
use warroom::domain::id::{EntryRef, PersonId, WriterId};
use warroom::domain::text::is_forbidden;
use warroom::domain::time::At;
use warroom::journal::{Hash, encode_line, load, parse_line, verify};

use crate::support::journal::{Caught, LIMIT, file, note, open};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        any::<String>().prop_map(|s| s.chars().take(60).collect()),
        Just("\u{1b}]0;x\u{7}\u{202e}\u{200b}\u{feff}\\\"\n\u{e0041}".to_owned())
    ]
}

fn at() -> impl Strategy<Value = At> {
    (0_i64..4_000_000_000_000_000).prop_map(At::from_micros)
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        text().prop_map(|text| NoteAdded { text }.into()),
        (text(), 1_u8..6, proptest::option::of(at())).prop_map(|(title, severity, onset)| IncidentDeclared {
            title,
            severity,
            onset
        }
        .into()),
        (text(), text()).prop_map(|(question, outcome)| {
            DecisionMade { question, outcome, proposal: None, reason: String::new() }.into()
        }),
        text().prop_map(|text| Event::unknown(
            "later.kind",
            &format!("{{\"n\":-7,\"list\":[null,true,{}]}}", escaped(&text))
        )),
    ]
}

/// JSON as the log writes it, for data that is kept as written.
fn escaped(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let units = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect::<String>();
    json.chars().map(|c| if is_forbidden(c) { units(c) } else { c.to_string() }).collect()
}

prop_compose! {
    fn entry()(
        (seq, at, clock, happened) in (0_u64..1 << 53, at(), proptest::option::of(at()), proptest::option::of(at())),
        (actor, source) in (text(), prop_oneof![Just(Source::Human), Just(Source::Local), Just(Source::Peer), Just(Source::Tool)]),
        amends in proptest::option::of((1_u64..100).prop_map(|seq| EntryRef { writer: WriterId::new("bob@val3"), seq })),
        disclosure in prop_oneof![Just(Disclosure::Public), Just(Disclosure::Operators), Just(Disclosure::Internal)],
        drill in any::<bool>(),
        event in event(),
        heads in proptest::collection::btree_map("[a-z]{1,8}@[a-z]{1,8}", any::<[u8; 4]>(), 0..4),
    ) -> Entry {
        Entry {
            seq, at, writer: WriterId::new("alice@bastion"), actor: PersonId::from(actor), source, disclosure, drill, event,
            seal: Seal::Unsigned,
            rare: Rare {
                clock, happened, amends, proof: None,
                seen: heads.into_iter().map(|(w, b)| (WriterId::from(w), Hash::of(&b).to_string())).collect(),
            }.into(),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(entry in entry()) {
        let prev = Hash::of(b"x");
        let line = encode_line(&entry, &prev).unwrap();
        prop_assert!(line.ends_with('\n') && line.matches('\n').count() == 1);
        prop_assert!(!line.trim_end().chars().any(is_forbidden), "{line}");
        let (read, said) = parse_line(line.as_bytes()).unwrap();
        prop_assert_eq!(said, prev);
        prop_assert_eq!(&read, &entry);
        prop_assert_eq!(encode_line(&read, &said).unwrap(), line);
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..400) {
        let mut raw = bytes;
        raw.push(b'\n');
        let taken = parse_line(&raw).is_ok();
        prop_assert!(!taken);
        let good = encode_line(&sample(), &Hash::ZERO).unwrap();
        let cut = cut.min(good.len() - 1);
        prop_assert!(good.is_char_boundary(cut) && parse_line(&good.as_bytes()[..cut]).is_err());
    }
}

fn sample() -> Entry {
    let line = "{\"v\":1,\"seq\":3,\"at\":\"2026-11-21T03:00:00.000000Z\",\"writer\":\"a@b\",\"actor\":\"a\",\"source\":\"human\",\"kind\":\"note.added\",\
                \"drill\":false,\"data\":{\"text\":\"x\"},\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\"}\n";
    parse_line(line.as_bytes()).unwrap().0
}

#[test]
fn keys_stand_in_the_promised_order() {
    let mut entry = sample();
    entry.rare.clock = Some(At::from_secs(0));
    entry.rare.happened = Some(At::from_secs(0));
    entry.rare.amends = EntryRef::parse("bob@val3/2");
    entry.disclosure = Disclosure::Partners;
    entry.rare.seen.push((WriterId::new("bob@val3"), Hash::ZERO.to_string()));
    let line = encode_line(&entry, &Hash::ZERO).unwrap();
    let mut from = 0;
    for key in "v seq at clock writer actor source kind happened amends disclosure drill data seen prev".split(' ') {
        let at = line[from..]
            .find(&format!("\"{key}\":"))
            .unwrap_or_else(|| panic!("{key} is not behind its place: {line}"));
        from += at + 1;
    }
    assert!(
        line.contains("\"clock\":\"1970-01-01T00:00:00.000000Z\"")
            && line.contains("\"happened\":\"1970-01-01T00:00:00Z\"")
    );
}

#[test]
fn lines_that_are_none_of_ours_are_told_apart() {
    let good = encode_line(&sample(), &Hash::ZERO).unwrap();
    for (raw, why) in [
        (good.trim_end().to_owned(), "no newline"),
        (good.replace("\"v\":1", "\"v\":7"), "format version 7, and this program knows version 1"),
        (good.replace("\"seq\":3,", ""), "missing field `seq`"),
        (good.replace("\"seq\":3,", "\"seq\":3,\"seq\":3,"), "duplicate field `seq`"),
        (good.replace("\"seq\":3,", "\"seq\":9007199254740992,"), "2^53"),
        (good.replace("\"prev\":\"0", "\"prev\":\"x"), "64 lower-case hex digits"),
        (good.replace("}\n", "}\r\n"), "end with }"),
        (format!("{}{good}", " ".repeat(70_000)), "longer than 65536 bytes"),
    ] {
        let said = parse_line(raw.as_bytes()).unwrap_err().to_string();
        assert!(said.contains(why), "{why}: {said}");
    }
    assert_eq!(parse_line(b"\xff\n").unwrap_err().to_string(), "the line is not UTF-8");
}

#[test]
fn spaces_between_the_parts_of_data_are_left_out() {
    let mut entry = sample();
    entry.event = Event::unknown("later.kind", "{ \"a b\" :\t[ 1 ,\n \"x \\\" y\" ] }");
    assert!(encode_line(&entry, &Hash::ZERO).unwrap().contains("\"data\":{\"a b\":[1,\"x \\\" y\"]},"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Three people write in any order and see of each other what they see; the files are copied in any order.
    #[test]
    fn any_interleaving_merges_to_the_same_order(turns in proptest::collection::vec((0_usize..3, any::<bool>()), 1..24)) {
        let dir = tempdir().unwrap();
        let people = ["alice", "bob", "carol"];
        let journals: Vec<_> = people.iter().map(|p| open(dir.path(), p, &Caught::default())).collect();
        let mut order = Vec::new();
        for (who, sees) in turns {
            if sees {
                journals[who].observe(&load(dir.path()).heads);
            }
            let new: NewEntry = NewEntry::human(&PersonId::new(people[who]), FactRecorded { text: "x".into(), ..fact() });
            let entries = journals[who].append_and_wait(vec![new, note(people[who], "y")], LIMIT).unwrap();
            order.extend(entries.into_iter().map(|e| (e.at, e.writer, e.seq)));
        }
        drop(journals);
        order.sort();
        let merged = |dir: &std::path::Path| load(dir).entries.iter().map(|e| (e.at, e.writer.clone(), e.seq)).collect::<Vec<_>>();
        prop_assert_eq!(&merged(dir.path()), &order);
        prop_assert!(verify(dir.path()).is_sound());
        let copy = tempdir().unwrap();
        for person in people.iter().rev() {
            let from = file(dir.path(), &format!("{person}@bastion"));
            if from.exists() {
                fs::copy(from, copy.path().join(format!("{person}@bastion.jsonl"))).unwrap();
            }
        }
        prop_assert_eq!(merged(copy.path()), order);
    }
}

fn fact() -> FactRecorded {
    serde_json::from_str("{\"text\":\"\"}").unwrap()
}

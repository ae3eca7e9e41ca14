//! The post-mortem draft: durations that agree with their stamps, nothing struck or withheld, no markup from outside.

use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use warroom::domain::entry::{Disclosure, Entry, Source};
use warroom::domain::event::{ChainOpened, Status};
use warroom::domain::event::{
    EntryAmended, EntryStruck, Event, IncidentDeclared, NodeState, NoteAdded, RoleAssigned, StatusChanged, TaskGiven,
    VerdictChanged,
};
use warroom::domain::id::EntryRef;
use warroom::domain::incident::Ledger;
use warroom::domain::time::{At, Span};
use warroom::report::{Audience, durations, milestones, postmortem};

/// A log of one writer, one entry a second from 20:00:00 on unless `at` says otherwise.
#[derive(Default)]
struct Log {
    entries: Vec<Entry>,
}

impl Log {
    fn opened() -> Self {
        let mut log = Self::default();
        log.add(
            0,
            ChainOpened {
                incident: "i".into(),
                network: "fjord".into(),
                host: "h".into(),
                machine: String::new(),
                continues: None,
            },
        );
        log
    }

    fn add(&mut self, second: i64, event: impl Into<Event>) -> EntryRef {
        self.add_as(second, event, |_| {})
    }

    fn add_as(&mut self, second: i64, event: impl Into<Event>, change: impl FnOnce(&mut Entry)) -> EntryRef {
        let at = At::parse("2026-05-14T20:00:00Z").unwrap().plus(Span::from_secs(second));
        let mut entry = Entry {
            seq: self.entries.len() as u64,
            at: at.plus(Span::from_micros(self.entries.len() as i64)),
            writer: "alice@h".into(),
            actor: "alice".into(),
            source: Source::Human,
            disclosure: Disclosure::default(),
            drill: false,
            event: event.into(),
            seal: warroom::domain::entry::Seal::Unsigned,
            rare: Default::default(),
        };
        change(&mut entry);
        let name = entry.name();
        self.entries.push(entry);
        name
    }

    fn verdict(&mut self, second: i64, to: NodeState, since: At) {
        let from = if to == NodeState::Bad { NodeState::Ok } else { NodeState::Bad };
        let judged = At::parse("2026-05-14T20:00:00Z").unwrap().plus(Span::from_secs(second));
        let (node, signal, why) = ("val-1".into(), "chain.finality_lag".into(), "finality is 5 epochs behind".into());
        self.add(second, VerdictChanged { node, signal, from, to, why, since, judged });
    }

    fn draft(&self, audience: Audience) -> String {
        postmortem(&Ledger::of(self.entries.clone()), audience, &|_| None).markdown
    }
}

fn declared(title: &str) -> IncidentDeclared {
    IncidentDeclared { title: title.into(), severity: 2, onset: None }
}

fn note(text: &str) -> NoteAdded {
    NoteAdded { text: text.into() }
}

/// `m:ss` or `h:mm:ss` as seconds.
fn seconds(clock: &str) -> i64 {
    clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn onset_plus_the_printed_duration_is_recovery(onset in 0_i64..40_000_000_000, length in 0_i64..80_000_000_000) {
        let base = At::parse("2026-05-14T00:00:00Z").unwrap();
        let start = base.plus(Span::from_micros(onset));
        let end = start.plus(Span::from_micros(length));
        let mut log = Log::opened();
        log.verdict(1, NodeState::Bad, start);
        log.add(2, declared("x"));
        log.verdict(3, NodeState::Ok, end);
        let ledger = Ledger::of(log.entries.clone());
        let marks = milestones(ledger.incident(), ledger.entries());
        let at = |name: &str| marks.iter().find(|m| m.name == name).unwrap().at.unwrap();
        let took = durations(&marks).into_iter().find(|d| d.from == "started" && d.to == "recovered").unwrap();
        prop_assert_eq!(at("started").plus(took.took.unwrap()), at("recovered"));
        // And so it stands in the text: the row's own stamps and its own figure.
        let draft = log.draft(Audience::Internal);
        let row = draft.lines().find(|l| l.starts_with("| duration (onset")).unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if at("started").date() == at("recovered").date() {
            let clock = |cell: &str| seconds(cell.rsplit(' ').next().unwrap());
            prop_assert_eq!(clock(cells[2]) + seconds(cells[4]), clock(cells[3]), "{}", row);
        }
    }

    #[test]
    fn words_from_outside_never_become_markup(words in any::<String>()) {
        let mut log = Log::opened();
        log.add(1, declared(&words));
        log.add(2, note(&words));
        log.add(3, TaskGiven { to: words.as_str().into(), text: words.clone(), minutes: 3 });
        let draft = log.draft(Audience::Internal);
        for line in draft.lines().filter(|l| l.starts_with('|')) {
            let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
            prop_assert!((3..=7).contains(&bars), "a cell broke out: {}", line);
        }
        prop_assert!(!draft.contains('<'), "no tag can open");
        prop_assert_eq!(crate::support::attacks::steers(&draft), None);
        let headings = draft.lines().filter(|l| l.starts_with('#')).count();
        prop_assert_eq!(headings, 19, "no heading of its own");
    }
}

#[test]
fn payloads_stay_text() {
    let payloads = [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1))",
        "![x](http://evil.example/beacon.png)",
        "| a | b |",
        "```\nrm -rf /\n```",
        "# heading",
        "\u{1b}]0;title\u{7}\u{1b}[2J",
        "\u{202e}drowssap",
        "line\r\n\r\n## Open questions\n- none",
        "1. one",
        "- item",
        "&lt;b&gt;",
        "~~struck~~ **bold** __x__",
    ];
    let mut log = Log::opened();
    log.add(0, declared("x"));
    for (i, payload) in (1..).zip(payloads) {
        log.add(i, note(payload));
    }
    let draft = log.draft(Audience::Internal);
    assert!(!draft.contains("<script") && !draft.contains("[click](") && !draft.contains("![x]("), "{draft}");
    assert!(!draft.contains('\u{1b}') && !draft.contains('\u{202e}'));
    assert_eq!(draft.lines().filter(|l| l.starts_with("## Open questions")).count(), 1);
    assert!(draft.contains("&amp;lt;b&amp;gt;") && draft.contains("\\~\\~struck"));
}

#[test]
fn struck_entries_are_nowhere_and_are_counted() {
    let mut log = Log::opened();
    log.add(0, declared("x"));
    let secret = log.add(5, note("the key is hunter2"));
    log.add_as(9, EntryStruck { reason: "a secret".into() }, |e| e.rare.amends = Some(secret));
    for audience in Audience::ALL {
        let draft = log.draft(audience);
        assert!(!draft.contains("hunter2"), "{draft}");
    }
    assert!(log.draft(Audience::Internal).contains("1 entry struck"));
}

#[test]
fn a_correction_stands_beside_the_struck_out_words() {
    let mut log = Log::opened();
    log.add(0, declared("x"));
    let wrong = log.add(5, note("the flag accepts stale votes"));
    let amended = EntryAmended { text: "the flag drops stale votes".into(), reason: String::new() };
    log.add_as(9, amended, |e| e.rare.amends = Some(wrong));
    let draft = log.draft(Audience::Internal);
    assert!(
        draft.contains("~~the flag accepts stale votes~~ corrected: the flag drops stale votes `alice@h/3`"),
        "{draft}"
    );
}

#[test]
fn an_audience_reads_only_what_is_meant_for_it() {
    let mut log = Log::opened();
    log.add(0, declared("x"));
    log.add_as(1, note("inner words"), |e| e.disclosure = Disclosure::Internal);
    log.add_as(2, note("open words"), |e| e.disclosure = Disclosure::Public);
    let has = |audience, words: &str| log.draft(audience).contains(words);
    assert!(has(Audience::Internal, "inner words") && !has(Audience::Executive, "inner words"));
    assert!(!has(Audience::Public, "inner words") && has(Audience::Public, "open words"));
    assert!(has(Audience::Executive, "1 entry not for this audience"));
}

#[test]
fn what_the_log_leaves_open_is_asked() {
    let mut log = Log::opened();
    log.verdict(0, NodeState::Bad, At::parse("2026-05-14T19:55:00Z").unwrap());
    log.add(60, declared("x"));
    log.add(61, RoleAssigned { role: "incident-commander".into(), to: Some("alice".into()), from: None });
    log.add(70, TaskGiven { to: "bob".into(), text: "call atlas".into(), minutes: 5 });
    log.add(2_000, StatusChanged { to: Status::Resolved, reason: "looks fine".into() });
    let draft = log.draft(Audience::Internal);
    let open = draft.split("## Open questions").nth(1).unwrap().split("\n## ").next().unwrap();
    for words in [
        "No verdict of the log says that all cleared",
        "Nobody ever held the role communications-lead",
        "Nobody ever held the role scribe",
        "The task of bob was never answered: call atlas `alice@h/4`",
        "Nothing was recorded from 20:01:10",
    ] {
        assert!(open.contains(words), "{words}\n{open}");
    }
    assert!(!open.contains("role incident-commander"));
}

#[test]
fn a_time_that_was_recorded_late_shows_both() {
    let mut log = Log::opened();
    log.add(0, declared("x"));
    let happened = At::parse("2026-05-14T19:58:00Z");
    log.add_as(100, note("the head stood still"), |e| e.rare.happened = happened);
    let draft = log.draft(Audience::Internal);
    assert!(draft.contains("19:58:00 (recorded 20:01:40) | alice | the head stood still"), "{draft}");
    let rows: Vec<&str> = draft.lines().filter(|l| l.contains("| alice |")).collect();
    assert!(rows[0].contains("stood still"), "ordered by when it happened");
}

//! Outside text never drives a terminal: every known attack through every pane, layer, line and draft, as the bytes that leave us.

use proptest::prelude::*;
use ratatui::Terminal;
use rstest::rstest;
use warroom::app::case::Damage;
use warroom::app::msg::{JournalMsg, Msg, StepMsg, WorldMsg};
use warroom::app::pane::Pane;
use warroom::domain::entry::{NewEntry, Source};
use warroom::domain::event::{
    AccessRaised, ActionOpened, AlertFired, ConcernRaised, DecisionMade, DecisionProposed, HypothesisRaised, NodeState,
    NoteAdded, OrderStanding, PeerReported, ReportReceived, RoleAssigned, RoleHandedOver, TaskGiven, VerdictChanged,
};
use warroom::domain::incident::Ledger;
use warroom::domain::observation::{Answer, Failure, Family};
use warroom::domain::text::{LINE_COLUMNS, Shown, width};
use warroom::domain::time::{At, Span};
use warroom::domain::watch::NodeSpec;
use warroom::report::{Audience, postmortem};
use warroom::runtime::terminal::FrameBackend;
use warroom::ui::draw_scene;
use warroom::ui::theme::built_in;

use crate::support::attacks::{ATTACKS, MARKUP, steers};
use crate::support::desk::Desk;
use crate::support::log::place;

#[test]
fn the_corpus_is_a_corpus() {
    assert!(ATTACKS.len() >= 60 && MARKUP.len() >= 30);
    let harmless =
        ["tab", "line", "carriage return and line", "zalgo", "enclosing marks", "a mark without a base", "unassigned"];
    for (name, payload) in ATTACKS.iter().filter(|(name, _)| !harmless.contains(name)) {
        assert!(steers(&payload.replace('\n', "")).is_some(), "{name} does nothing");
    }
}

#[test]
fn every_attack_becomes_visible() {
    for (name, payload) in ATTACKS {
        let shown = Shown::line(payload);
        assert_eq!(steers(shown.as_str()), None, "{name}: {shown}");
        assert!(!shown.is_empty(), "{name} vanished");
        assert_eq!(steers(&Shown::block(payload)), None, "{name}");
        assert!(Shown::is_clean(shown.as_str()), "{name}: a second pass changes it");
    }
}

#[rstest]
#[case::picture("⚠\u{fe0f} val-1", "⚠\u{fe0f} val-1")]
#[case::one_selector_only("⚠\u{fe0f}\u{fe0f}", "⚠\u{fe0f}\\u{fe0f}")]
#[case::no_base("1\u{fe0f}", "1\\u{fe0f}")]
#[case::unassigned("a\u{378}b", "a\\u{378}b")]
#[case::spaces("a\u{a0}b\u{3000}c", "a\u{a0}b\u{3000}c")]
#[case::letters("Zürich, Αθήνα, Москва, 東京, हिन्दी, עברית, 한글", "Zürich, Αθήνα, Москва, 東京, हिन्दी, עברית, 한글")]
fn selectors_stay_where_they_mean_something(#[case] raw: &str, #[case] shown: &str) {
    assert_eq!(Shown::line(raw).as_str(), shown);
}

/// A console in which every word that can come from outside is this one.
fn infected(payload: &str) -> Desk {
    let mut desk = Desk::new(payload, (120, 40));
    let spec = NodeSpec::new("val-1", Family::EthereumBeacon, "http://127.0.0.1:1", "devnet");
    let evil = NodeSpec::new(payload, Family::EthereumBeacon, "http://127.0.0.1:1", "devnet");
    desk.watch(vec![spec, evil], &[payload]);
    desk.send(Msg::World(WorldMsg::Faults(vec![payload.to_owned()])));
    desk.observed("val-1", Err(Failure::Broken(payload.to_owned())));
    desk.observed(payload, Ok(Answer::default()));
    desk.type_keys("d2 stall\n");
    assert!(desk.model.case.is_some(), "declared");
    let own = |event: warroom::domain::event::Event| NewEntry::human(&payload.into(), event);
    let at = desk.model.now;
    let text = || payload.to_owned();
    let events: Vec<warroom::domain::event::Event> = vec![
        warroom::domain::event::IncidentDeclared { title: text(), severity: 1, onset: None }.into(),
        NoteAdded { text: text() }.into(),
        ReportReceived { from: text(), text: text() }.into(),
        ConcernRaised { text: text(), answers: None }.into(),
        HypothesisRaised { text: text() }.into(),
        DecisionProposed { question: text(), options: vec![text()] }.into(),
        DecisionMade { question: text(), outcome: text(), proposal: None, reason: text() }.into(),
        OrderStanding { text: text() }.into(),
        TaskGiven { to: payload.into(), text: text(), minutes: 1 }.into(),
        ActionOpened { text: text(), owner: Some(payload.into()), due: text() }.into(),
        RoleAssigned { role: "incident-commander".into(), to: Some(payload.into()), from: None }.into(),
        RoleAssigned { role: payload.into(), to: Some(payload.into()), from: None }.into(),
        RoleHandedOver {
            role: payload.into(),
            from: payload.into(),
            to: payload.into(),
            state: warroom::domain::event::HandoverState::Offered,
            briefing: text(),
        }
        .into(),
        AccessRaised { reason: text(), until: at.plus(Span::from_mins(9)), role: Some(payload.into()) }.into(),
        VerdictChanged {
            node: "elsewhere".into(),
            signal: text(),
            from: NodeState::Ok,
            to: NodeState::Bad,
            why: text(),
            since: at,
            judged: at,
        }
        .into(),
        AlertFired {
            fingerprint: text(),
            name: text(),
            node: payload.into(),
            summary: text(),
            severity: text(),
            since: at,
        }
        .into(),
        PeerReported { operator: payload.into(), trust: text(), summary: text(), at }.into(),
        warroom::domain::event::Event::unknown(payload, payload),
    ];
    for event in events {
        desk.others(&format!("{payload}@h"), own(event.clone()));
        desk.others("bob@h", NewEntry { source: Source::Peer, ..own(event) });
    }
    desk.send(Msg::Journal(JournalMsg::Fault(Damage { file: text(), says: text(), lasting: false })));
    desk.send(Msg::Journal(JournalMsg::Trouble(text())));
    desk
}

/// What a frame of this console sends to the terminal.
fn frame(desk: &Desk, theme: &str) -> Vec<u8> {
    let (columns, rows) = desk.model.screen.size;
    let mut terminal = Terminal::new(FrameBackend::new(columns, rows)).unwrap();
    let (scene, theme) = (desk.scene(), built_in(theme).unwrap());
    terminal
        .draw(|frame| {
            draw_scene(frame.buffer_mut(), &scene, &theme);
        })
        .unwrap();
    terminal.backend_mut().take()
}

/// Takes away what we send ourselves (positions, colours, the cursor); what steers then is not ours.
fn foreign(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8(bytes.to_vec()).expect("frames are UTF-8");
    let mut rest = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            rest.push(c);
            continue;
        }
        let body: String = chars.by_ref().skip_while(|c| *c == '[').take_while(|c| !c.is_ascii_alphabetic()).collect();
        if !body.chars().all(|c| c.is_ascii_digit() || matches!(c, ';' | ':' | '?')) {
            return Some(format!("a sequence that is not ours: {body:?}"));
        }
    }
    steers(&rest).map(|c| format!("{c:?}"))
}

#[test]
fn no_pane_and_no_layer_sends_an_attack_to_the_terminal() {
    for (name, payload) in ATTACKS {
        let mut desk = infected(payload);
        let mut looked = 0;
        let mut look = |desk: &Desk, place: &str| {
            let bytes = frame(desk, "dark");
            assert_eq!(foreign(&bytes), None, "{name} in {place}");
            let mut screen = vt100::Parser::new(40.try_into().unwrap(), 120.try_into().unwrap(), 0);
            screen.process(&bytes);
            assert!(!screen.screen().contents().trim().is_empty(), "{name} in {place}");
            looked += 1;
        };
        look(&desk, "all panes");
        for pane in Pane::ALL {
            desk.model.screen.focus = pane;
            desk.model.screen.zoom = true;
            look(&desk, pane.title());
            desk.type_keys("\n");
            look(&desk, &format!("details of {}", pane.title()));
            desk.type_keys("q");
            desk.left = false;
        }
        desk.model.warn(*payload);
        look(&desk, "a notice");
        desk.send(Msg::Step(StepMsg::Kept { title: (*payload).to_owned(), lines: vec![(*payload).to_owned()] }));
        look(&desk, "a reader");
        desk.type_keys("q:");
        desk.send(Msg::Paste((*payload).to_owned()));
        look(&desk, "the command line");
        assert!(looked > 10);
    }
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let mut desk = Desk::new("alice", (100, 30));
    // Pasted where no line is open: nothing happens at all.
    desk.send(Msg::Paste("q:quit\n\u{1b}[201~:quit\r".to_owned()));
    assert!(!desk.left && desk.effects.is_empty());
    desk.type_keys(":");
    desk.send(Msg::Paste("note hello\n:quit\n\u{1b}[201~q".to_owned()));
    assert!(!desk.left && desk.effects.is_empty(), "no line end of a paste runs anything");
}

/// A log in which every word is this one.
fn log_of(payload: &str) -> Ledger {
    let desk = infected(payload);
    let entries = desk.model.ledger().expect("a log").entries().to_vec();
    let at = At::parse("2026-11-21T05:00:00Z").unwrap();
    let note = place(NewEntry::human(&payload.into(), NoteAdded { text: format!("x {payload} y") }), "z@h", 99, at);
    Ledger::of(entries.into_iter().chain([note]).collect())
}

#[test]
fn no_draft_carries_an_attack() {
    for (name, payload) in ATTACKS {
        for audience in Audience::ALL {
            let draft = postmortem(&log_of(payload), audience, &|_| Some((*payload).to_owned()));
            assert_eq!(steers(&draft.markdown), None, "{name} for {}", audience.as_str());
        }
    }
}

/// Everything in a draft that is not our own kind of markup.
fn markup(draft: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let bad = |event: &Event<'_>| match event {
        Event::Html(_) | Event::InlineHtml(_) | Event::FootnoteReference(_) | Event::TaskListMarker(_) => true,
        Event::InlineMath(_) | Event::DisplayMath(_) | Event::HardBreak | Event::Rule => true,
        Event::Start(tag) => matches!(
            tag,
            Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::FootnoteDefinition(_) | Tag::BlockQuote(_)
        ),
        _ => false,
    };
    Parser::new_ext(draft, Options::all()).filter(bad).map(|e| format!("{e:?}")).collect()
}

#[test]
fn no_draft_becomes_markup_by_words_from_outside() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let shape = |draft: &str| -> (usize, usize) {
        let starts = |wanted: fn(&Tag<'_>) -> bool| {
            Parser::new_ext(draft, Options::all()).filter(|e| matches!(e, Event::Start(t) if wanted(t))).count()
        };
        (starts(|t| matches!(t, Tag::Heading { .. })), starts(|t| matches!(t, Tag::TableRow | Tag::Table(_))))
    };
    let quiet = postmortem(&log_of("words"), Audience::Internal, &|_| None).markdown;
    let ours = markup(&quiet).len();
    for payload in MARKUP {
        let draft = postmortem(&log_of(payload), Audience::Internal, &|_| None).markdown;
        assert_eq!(markup(&draft).len(), ours, "{payload:?}: {:?}", markup(&draft));
        assert_eq!(shape(&draft), shape(&quiet), "{payload:?} has headings or rows of its own");
        let bare = without_code(&draft);
        assert!(!bare.contains("https://evil") && !bare.contains("www.evil"), "{payload:?}: a forge would link it");
    }
}

/// A draft without what stands in it as code, where nothing is ever linked.
fn without_code(draft: &str) -> String {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let mut bytes = draft.as_bytes().to_vec();
    for (event, range) in Parser::new_ext(draft, Options::all()).into_offset_iter() {
        if matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))) {
            bytes[range].fill(b' ');
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Strings rich in what should not be there.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        (0..ATTACKS.len()).prop_map(|i| ATTACKS[i].1.to_owned()),
        "[ -~]{0,12}",
        "[\u{300}-\u{36f}]{1,9}",
        "[\u{80}-\u{9f}\u{200b}-\u{206f}\u{fe00}-\u{fe0f}]{1,6}",
        "[東京カギ가각⚠✗]{1,5}",
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|v| v.concat())
}

proptest! {
    // A hundred thousand strings in every run: the whole product stands on this one function.
    #![proptest_config(ProptestConfig { cases: 100_000, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_steers_is_ever_shown(raw in nasty()) {
        let shown = Shown::line(&raw);
        prop_assert_eq!(steers(shown.as_str()), None);
        prop_assert!(width(shown.as_str()) <= LINE_COLUMNS);
    }
}

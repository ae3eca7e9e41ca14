//! A line as our own writer writes it, taken apart in one pass: keys in the promised order, nothing escaped in names.
//! Must not accept anything that the general reader would not, nor read it otherwise; what is not plain is left to that one.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::domain::entry::{Disclosure, Source};
use crate::domain::event::Event;
use crate::domain::id::EntryRef;
use crate::domain::time::At;
use crate::journal::chain::Hash;
use crate::journal::format::{Data, Envelope, More};

/// The line without its newline, with its event (where `whole`) or with that still as JSON; `None` says nothing about it but that
/// it is not plain.
pub(super) fn envelope(text: &str, whole: bool) -> Option<Envelope<'_>> {
    let mut line = Line(text);
    line.take(r#"{"v":1,"seq":"#)?;
    let seq = line.number()?;
    let at = line.text(r#","at":""#).and_then(At::parse)?;
    let clock = line.time(r#","clock":""#)?;
    let writer = line.text(r#","writer":""#)?;
    let actor = line.text(r#","actor":""#)?;
    let source = match line.text(r#","source":""#)? {
        "human" => Source::Human,
        "local" => Source::Local,
        "peer" => Source::Peer,
        "tool" => Source::Tool,
        _ => return None,
    };
    let kind = line.text(r#","kind":""#)?;
    let happened = line.time(r#","happened":""#)?;
    let amends = match line.text(r#","amends":""#) {
        Some(name) => Some(EntryRef::parse(name)?),
        None => None,
    };
    let disclosure = match line.text(r#","disclosure":""#) {
        None | Some("operators") => Disclosure::Operators,
        Some("public") => Disclosure::Public,
        Some("partners") => Disclosure::Partners,
        Some("internal") => Disclosure::Internal,
        Some(_) => return None,
    };
    let drill = line.take(r#","drill":true"#).is_some();
    if !drill {
        line.take(r#","drill":false"#)?;
    }
    line.take(r#","data":"#)?;
    let event = if whole { line.event(kind) } else { None };
    let data = match event {
        Some(event) => Data::Event(event),
        None => Data::Json(line.json()?),
    };
    let seen = line.heads()?;
    let prev = line.hash(r#","prev":""#)?;
    let signed = line.text(r#","sig":""#).is_some();
    if line.0 != "}" {
        return None;
    }
    let plain = clock.is_none() && happened.is_none() && amends.is_none() && seen.is_empty();
    let more = if plain { None } else { More { clock, happened, amends, seen }.kept() };
    Some(Envelope {
        seq,
        at,
        writer: Cow::Borrowed(writer),
        actor: Cow::Borrowed(actor),
        source,
        kind: Cow::Borrowed(kind),
        disclosure,
        drill,
        data,
        prev,
        signed,
        more,
    })
}

/// Digits of a hash.
const HEX: usize = 64;

/// What is left of a line.
struct Line<'a>(&'a str);

impl<'a> Line<'a> {
    // Each of these is called with a text that is known when the program is built, and is worth its room in each place.

    /// Takes what must stand here; leaves the line as it is where it does not.
    #[inline(always)]
    fn take(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// A number without sign, fraction and leading zeros.
    fn number(&mut self) -> Option<u64> {
        let end = self.0.bytes().position(|b| !b.is_ascii_digit())?;
        let (digits, rest) = self.0.split_at(end);
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        self.0 = rest;
        digits.parse().ok()
    }

    /// A text behind its key (with the quote that opens it), where nothing in it is escaped or would have to be.
    #[inline(always)]
    fn text(&mut self, key: &str) -> Option<&'a str> {
        let value = self.0.strip_prefix(key)?;
        let end = value.bytes().position(|b| b == b'"' || b == b'\\' || b < b' ')?;
        let rest = value.get(end..)?.strip_prefix('"')?;
        self.0 = rest;
        value.get(..end)
    }

    /// A time that may be there; `None` where it is there and is none.
    #[inline(always)]
    fn time(&mut self, key: &str) -> Option<Option<At>> {
        match self.text(key) {
            None => Some(None),
            Some(text) => At::parse(text).map(Some),
        }
    }

    /// The hash behind its key.
    #[inline(always)]
    fn hash(&mut self, key: &str) -> Option<Hash> {
        let (digits, rest) = self.0.strip_prefix(key)?.split_at_checked(HEX)?;
        self.0 = rest.strip_prefix('"')?;
        Hash::parse(digits)
    }

    /// Data that fit their kind; the line stays as it is where they do not.
    fn event(&mut self, kind: &str) -> Option<Event> {
        // The general reader would skip white space here, and this one may not be more generous than the next.
        if !self.0.starts_with('{') {
            return None;
        }
        let (event, end) = Event::read_from(kind, self.0)?;
        self.0 = self.0.get(end..)?;
        Some(event)
    }

    /// Any JSON value.
    fn json(&mut self) -> Option<&'a RawValue> {
        if self.0.starts_with([' ', '\t', '\r']) {
            return None;
        }
        let mut values = serde_json::Deserializer::from_str(self.0).into_iter::<&RawValue>();
        let value = values.next()?.ok()?;
        self.0 = self.0.get(values.byte_offset()..)?;
        Some(value)
    }

    /// Heads of other chains, in the order of their names.
    fn heads(&mut self) -> Option<Vec<(Cow<'a, str>, Cow<'a, str>)>> {
        let mut heads: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        if self.take(r#","seen":{"#).is_none() {
            return Some(heads);
        }
        loop {
            let writer = self.text("\"")?;
            let hash = self.text(":\"")?;
            if heads.last().is_some_and(|(last, _)| last.as_ref() >= writer) {
                return None;
            }
            heads.push((Cow::Borrowed(writer), Cow::Borrowed(hash)));
            if self.take(",").is_none() {
                break;
            }
        }
        self.take("}").map(|()| heads)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::envelope;
    use crate::domain::event::{Event, kinds};
    use crate::journal::format::{Data, Envelope};

    const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    fn lines() -> Vec<String> {
        let head = r#"{"v":1,"seq":7,"at":"2026-11-21T03:14:09.120031Z""#;
        let who = r#","writer":"alice@bastion","actor":"alice","source":"human","kind":"note.added""#;
        let data = r#""data":{"text":"peers \"steady\"\u202e","n":[1,2.5,{"prev":"x"}]}"#;
        let more = r#","clock":"2026-11-21T03:14:09Z""#;
        let rare = r#","happened":"2026-11-21T03:12:00Z","amends":"bob@val3/2","disclosure":"internal""#;
        let seen = format!(r#","seen":{{"bob@val3":"{ZERO}","carol@x":"{ZERO}"}}"#);
        vec![
            format!(r#"{head}{who},"drill":false,{data},"prev":"{ZERO}"}}"#),
            format!(r#"{head}{more}{who}{rare},"drill":true,{data}{seen},"prev":"{ZERO}","sig":"U1NI"}}"#),
        ]
    }

    /// Data of each kind, with all that it may hold.
    const DATA: [(&str, &str); KINDS] = [
        (
            "chain.opened",
            r#"{"incident":"i","network":"n","host":"h","machine":"3f9c","continues":{"writer":"a@b","seq":3,"head":"00"}}"#,
        ),
        ("key.delegated", r#"{"statement":"s","sig":"U1NI"}"#),
        (
            "roster.pinned",
            r#"{"sha256":"00","people":{"alice":["ic"]},"roles":["ic"],"operators":{"north":112},"keys":{"alice":["k"]},"revoked":["k2"],"levels":{"alice":"commander"},"signatures":"required"}"#,
        ),
        ("checkpoint.signed", r#"{"statement":"s","sig":"U1NI"}"#),
        ("log.recovered", r#"{"torn":"{\"v\":1","bytes":7}"#),
        ("incident.declared", r#"{"title":"halt","severity":2,"onset":"2026-11-21T02:43:00Z"}"#),
        ("incident.linked", r#"{"incident":"i","relation":"follows"}"#),
        ("severity.changed", r#"{"to":1,"reason":"r"}"#),
        ("status.changed", r#"{"to":"mitigated","reason":"r"}"#),
        ("role.assigned", r#"{"role":"scribe","to":"bob","from":"carol"}"#),
        ("role.handed-over", r#"{"role":"scribe","from":"bob","to":"carol","state":"offered","briefing":"b"}"#),
        ("note.added", r#"{"text":"peers \"steady\"\u202e"}"#),
        ("fact.recorded", r#"{"text":"t","evidence":"e"}"#),
        ("claim.judged", r#"{"claim":"c","verdict":"false","evidence":"e"}"#),
        ("concern.raised", r#"{"text":"t","answers":"bob@val3/2"}"#),
        ("report.received", r#"{"from":"f","text":"t"}"#),
        ("hypothesis.raised", r#"{"text":"t"}"#),
        ("hypothesis.judged", r#"{"hypothesis":"bob@val3/2","verdict":"dropped","text":"t"}"#),
        ("message.drafted", r#"{"audience":"public","text":"t"}"#),
        ("message.signed-off", r#"{"message":"bob@val3/2"}"#),
        ("message.sent", r#"{"audience":"public","text":"t","channel":"c"}"#),
        ("inject.delivered", r#"{"number":1,"to":"ic","delivered_as":"call","text":"t"}"#),
        ("decision.proposed", r#"{"question":"q","options":["a","b"]}"#),
        ("decision.objected", r#"{"decision":"bob@val3/2","text":"t"}"#),
        ("decision.made", r#"{"question":"q","outcome":"o","proposal":"bob@val3/2","reason":"r"}"#),
        ("order.standing", r#"{"text":"NO RESTARTS"}"#),
        ("order.lifted", r#"{"order":"bob@val3/2","reason":"r"}"#),
        ("task.given", r#"{"to":"bob","text":"t","minutes":10}"#),
        ("task.answered", r#"{"task":"bob@val3/2","outcome":"done","text":"t"}"#),
        ("action.opened", r#"{"text":"t","owner":"carol","due":"2026-12-01"}"#),
        ("action.closed", r#"{"action":"bob@val3/2","outcome":"o"}"#),
        ("entry.amended", r#"{"text":"t","reason":"r"}"#),
        ("entry.struck", r#"{"reason":"r"}"#),
        (
            "verdict.changed",
            r#"{"node":"el","signal":"head.age","from":"ok","to":"bad","why":"w","since":"2026-11-21T03:12:00Z","judged":"2026-11-21T03:12:09.5Z"}"#,
        ),
        ("scope.changed", r#"{"to":"client-minority","evidence":["e","f"]}"#),
        (
            "alert.fired",
            r#"{"fingerprint":"f","name":"n","node":"am","summary":"s","severity":"page","since":"2026-11-21T03:12:00Z"}"#,
        ),
        ("alert.cleared", r#"{"fingerprint":"f","name":"n"}"#),
        ("peer.reported", r#"{"operator":"north","trust":"verified","summary":"s","at":"2026-11-21T03:12:00Z"}"#),
        (
            "run.started",
            r#"{"run":"r-1","runbook":"b","title":"t","revision":3,"path":"p","commit":"c","sha256":"00","steps":["a","b"],"for_others":["b"],"params":{"slot":"1"},"host":"h","roles":{"a":"scribe"}}"#,
        ),
        (
            "step.started",
            r#"{"run":"r-1","step":"a","title":"t","attempt":1,"kind":"check","effect":"read","command":"true","user":"bob","host":"h","remote":"val-1"}"#,
        ),
        (
            "step.finished",
            r#"{"run":"r-1","step":"a","attempt":1,"outcome":"timed-out","exit":-1,"expected":"e","actual":"a","took_ms":5,"output":{"sha256":"00","bytes":9,"kept":8}}"#,
        ),
        ("step.skipped", r#"{"run":"r-1","step":"a","reason":"r"}"#),
        ("approval.given", r#"{"run":"r-1","step":"a","statement":"s","sig":"U1NI","reason":"r"}"#),
        ("override.added", r#"{"run":"r-1","step":"a","undo":"b"}"#),
        ("override.undone", r#"{"run":"r-1","step":"a"}"#),
        ("sheet.frozen", r#"{"runbook":"b","sheet":"00","values":{"slot":"1"},"says_go":"g"}"#),
        ("command.refused", r#"{"command":"c","needs":"n"}"#),
        ("access.raised", r#"{"reason":"r","until":"2026-11-21T03:12:00Z","role":"scribe"}"#),
        ("access.ended", r#"{"raised":"bob@val3/2"}"#),
    ];
    const KINDS: usize = 49;

    fn line_of(kind: &str, data: &str) -> String {
        let head = r#"{"v":1,"seq":7,"at":"2026-11-21T03:14:09.120031Z","writer":"alice@bastion","actor":"alice","source":"tool""#;
        format!(r#"{head},"kind":"{kind}","drill":false,"data":{data},"prev":"{ZERO}"}}"#)
    }

    /// What the quick reader takes, the general one takes, and reads the same.
    fn agrees(text: &str) -> bool {
        let (Some(quick), Some(whole)) = (envelope(text, false), envelope(text, true)) else {
            assert!(envelope(text, false).is_none() && envelope(text, true).is_none(), "{text}");
            return false;
        };
        let general = Envelope::read_general(text).unwrap();
        assert_eq!((quick.prev, quick.signed), (general.prev, general.signed));
        assert_eq!((whole.prev, whole.signed), (general.prev, general.signed));
        let entry = general.entry();
        assert_eq!(quick.entry(), entry);
        assert_eq!(whole.entry(), entry);
        true
    }

    #[test]
    fn plain_lines_are_read_quickly() {
        for line in lines() {
            assert!(agrees(&line), "{line}");
        }
    }

    #[test]
    fn every_kind_is_read_quickly_and_the_same() {
        assert_eq!(DATA.map(|(kind, _)| kind).to_vec(), kinds(), "each kind needs its data here");
        for (kind, data) in DATA {
            let line = line_of(kind, data);
            assert!(agrees(&line), "{line}");
            let read = envelope(&line, true).unwrap();
            assert!(
                matches!(&read.data, Data::Event(e) if !matches!(e, Event::Unknown(_)) && e.kind() == kind),
                "{line}"
            );
        }
    }

    /// What serde forgives, and what it does not: keys twice, keys that nobody knows, nulls, white space, a part missing.
    #[test]
    fn the_two_readers_forgive_the_same_in_every_kind() {
        for (kind, data) in DATA {
            let first = data.find(':').unwrap();
            let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_str(data).unwrap();
            let mut variants = vec![
                data.replacen('{', r#"{"extra":[1],"#, 1),
                data.replacen('{', "{ ", 1),
                data.replacen(':', ": ", 1),
                format!(" {data}"),
                format!("{data} "),
                format!("{data}{data}"),
                format!("{{{}:null,{}", &data[1..first], &data[1..]),
                format!("[{data}]"),
                "{}".to_owned(),
                "null".to_owned(),
            ];
            for key in whole.keys() {
                for value in
                    [None, Some("null"), Some("-1"), Some("1.5"), Some("\"x\""), Some("[]"), Some("{}"), Some("[null]")]
                {
                    let mut other = whole.clone();
                    match value {
                        None => drop(other.remove(key)),
                        Some(value) => drop(other.insert(key.clone(), serde_json::from_str(value).unwrap())),
                    }
                    variants.push(serde_json::to_string(&other).unwrap());
                }
            }
            for variant in variants {
                let _ = agrees(&line_of(kind, &variant));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8_000))]

        #[test]
        fn no_change_of_a_line_makes_the_two_readers_differ(
            which in 0_usize..2 + KINDS, at in any::<prop::sample::Index>(), cut in 0_usize..3,
            put in prop_oneof!["[0-9a-f\\PC]{0,2}", "[ \"\\\\,:{}\\[\\]]{0,3}", Just(r#","seen":{}"#.to_owned()), Just("\u{1}".to_owned())],
        ) {
            let mut all = lines();
            all.extend(DATA.iter().map(|(kind, data)| line_of(kind, data)));
            let mut line = all.swap_remove(which);
            let at = at.index(line.len());
            line.replace_range(at..(at + cut).min(line.len()), &put);
            let _ = agrees(&line);
        }
    }
}

//! What a page said of its families: each described once, and before its samples. Must not know values.

use std::collections::BTreeMap;

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
    Untyped,
}

/// One family so far.
#[derive(Clone, Copy, Debug, Default)]
struct Family {
    kind: Option<Kind>,
    helped: bool,
    sampled: bool,
}

/// Everything seen so far. A page has some hundred families, so this stays small beside the page.
#[derive(Debug, Default)]
pub(super) struct Families<'a> {
    seen: BTreeMap<&'a str, Family>,
    latest: &'a str,
    typed: Option<(&'a str, Kind)>,
}

impl<'a> Families<'a> {
    /// A comment's body, `#` taken off. What is neither HELP nor TYPE is free text. `open`: the page is OpenMetrics.
    pub fn comment(&mut self, body: &'a str, open: bool) -> Result<(), &'static str> {
        let mut words = body.splitn(3, [' ', '\t']).map(str::trim).filter(|w| !w.is_empty());
        let (Some(keyword @ ("HELP" | "TYPE")), rest) = (words.next(), body) else { return Ok(()) };
        let rest = rest[keyword.len()..].trim_start_matches([' ', '\t']);
        let (name, tail) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        if name.is_empty() {
            return Ok(());
        }
        let family = self.seen.entry(name).or_default();
        if keyword == "HELP" {
            if family.helped {
                return Err("a second HELP for one metric");
            }
            // A bare name without help text is free text, as the field's own parser has it.
            family.helped = !tail.trim().is_empty();
            return Ok(());
        }
        if family.kind.is_some() {
            return Err("a second TYPE for one metric");
        }
        if family.sampled {
            return Err("TYPE comes after the metric's samples");
        }
        let kind = match tail.trim() {
            "counter" => Kind::Counter,
            "gauge" => Kind::Gauge,
            "histogram" => Kind::Histogram,
            "summary" => Kind::Summary,
            "untyped" | "unknown" => Kind::Untyped,
            "gaugehistogram" if open => Kind::Histogram,
            "info" | "stateset" if open => Kind::Untyped,
            _ => return Err("TYPE names a type that the format does not know"),
        };
        family.kind = Some(kind);
        self.typed = Some((name, kind));
        Ok(())
    }

    /// A sample of this name was read.
    pub fn sample(&mut self, name: &'a str) {
        if name != self.latest {
            self.latest = name;
            self.seen.entry(name).or_default().sampled = true;
        }
    }

    /// The type of the family that a sample belongs to, when it is the one that was typed last.
    pub fn kind_of(&self, name: &str) -> Option<Kind> {
        let (family, kind) = self.typed?;
        let tail = name.strip_prefix(family)?;
        let belongs = match kind {
            Kind::Histogram => matches!(tail, "_bucket" | ""),
            _ => tail.is_empty(),
        };
        belongs.then_some(kind)
    }
}

//! What the TOML reader says, turned into problems with a line and the nearest known key.
//! Must not know which file it is about.

use crate::config::Report;
use crate::config::advice;

/// Notes what the reader could not take.
pub(super) fn note(report: &mut Report<'_>, error: &toml::de::Error) {
    let at = error.span().map_or(0, |s| s.start);
    report.add(at, mended(error.message()));
}

/// `unknown field `x`, expected one of `a`, `b`` becomes `unknown key `x`; did you mean `a`?`.
fn mended(message: &str) -> String {
    let quoted = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let words = quoted(rest);
        if let Some((unknown, known)) = words.split_first() {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return format!("unknown key `{unknown}`; {}", advice(unknown, &known));
        }
    }
    if let Some(rest) = message.strip_prefix("missing field ") {
        let key = quoted(rest).into_iter().next().unwrap_or_default();
        return format!("`{key}` is missing in this table; add it (docs/scenario.md says how it is written)");
    }
    if message.contains("untagged enum Moment") {
        return "this is no time; write whole seconds from the start, or \"8:30\"".to_owned();
    }
    format!("{message}; docs/scenario.md says how it is written")
}

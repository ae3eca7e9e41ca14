//! How this console signs, in words: a fact of the first line, an alarm while somebody is waited for, a sentence when asked.

use crate::app::model::Model;
use crate::app::signing::LineSigning;
use crate::app::view::tone::{Said, Tone};
use crate::domain::incident::Keyring;

/// Characters of a fingerprint that the first line shows, `SHA256:` left out: enough to tell one's own keys apart.
const SHORT: usize = 8;

/// For the first line; nothing where there is nothing to say.
pub(super) fn fact(model: &Model) -> Option<Said> {
    match &model.signing.lines {
        LineSigning::Nothing => None,
        LineSigning::Looking => Some(Said::new(Tone::Quiet, "looking for your key")),
        LineSigning::Unsigned(_) => {
            let ring = model.ledger().and_then(|l| l.trust().ring());
            let tone = if ring.is_some_and(Keyring::has_keys) { Tone::Warn } else { Tone::Quiet };
            Some(Said::new(tone, "UNSIGNED (: key says why)").or("UNSIGNED"))
        }
        LineSigning::Ready(print) => {
            Some(Said::new(Tone::Quiet, format!("signs as {} {}…", model.me.person, short(print))).or("signs"))
        }
        LineSigning::Signed { by: Some(print), until } => {
            let text = format!("signed {} {}… to {}", model.me.person, short(print), until.hm());
            Some(Said::new(Tone::Quiet, text).or("signed"))
        }
        LineSigning::Signed { by: None, .. } => {
            Some(Said::new(Tone::Due, "signed, and nobody has vouched for it yet: `: key`").or("not vouched for"))
        }
    }
}

fn short(print: &str) -> String {
    print.trim_start_matches("SHA256:").chars().take(SHORT).collect()
}

/// While somebody has to touch or to confirm.
pub(super) fn awaited(model: &Model) -> Option<Said> {
    model.signing.awaited.as_ref().map(|what| Said::new(Tone::Due, format!("SIGNATURE AWAITED {what}")))
}

/// All of it in a sentence.
pub fn words(model: &Model) -> String {
    let signing = &model.signing;
    let mut text = match &signing.lines {
        LineSigning::Nothing => {
            "nothing is signed here: no incident is open, it is practice, or the roster says off".to_owned()
        }
        LineSigning::Looking => "your own key is being looked for".to_owned(),
        LineSigning::Unsigned(why) => format!("your entries are UNSIGNED: {why}"),
        LineSigning::Ready(print) => {
            format!("your entries will be signed as {}: {print} is asked to vouch with the first one", model.me.person)
        }
        LineSigning::Signed { by: Some(print), until } => {
            format!("your entries are signed as {} until {} UTC, vouched for by {print}", model.me.person, until.hm())
        }
        LineSigning::Signed { by: None, until } => {
            format!("your entries are signed until {} UTC; your own key is asked to vouch for that", until.hm())
        }
    };
    if let Some(why) = &signing.failed {
        text.push_str(&format!(" · the last try: {why}"));
    }
    text
}

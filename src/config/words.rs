//! Small things that both files write: names, lengths of time, quorums, addresses of documents.
//! Each answers the value, or the sentence that says how it is written.

use std::path::Path;
use std::path::PathBuf;

use crate::domain::time::Span;

/// Longest name of a node, person, operator, role: it goes into screens and file names. A longer one is a problem.
const MAX_NAME: usize = 64;

/// A name that fits a screen, a log line and a file: 1 to 64 visible characters.
pub(super) fn name(text: &str) -> Result<&str, String> {
    let bad = text.chars().find(|c| crate::domain::text::is_forbidden(*c));
    if let Some(bad) = bad {
        return Err(format!(
            "the name holds the character {}, which cannot be shown; leave it out",
            bad.escape_unicode()
        ));
    }
    if text.trim().is_empty() || text.trim() != text || text.chars().count() > MAX_NAME {
        return Err(format!("a name has 1 to {MAX_NAME} characters and no space at its ends"));
    }
    Ok(text)
}

/// `90s`, `15m`, `2h`, `1d`; always more than nothing.
pub(super) fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("`{text}` is not a length of time; write `90s`, `15m`, `2h` or `1d`");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - unit.len_utf8()];
    let number: i64 = digits.trim().parse().map_err(|_| wrong())?;
    let whole = number.checked_mul(seconds).filter(|s| *s > 0).ok_or_else(wrong)?;
    Ok(Span::from_secs(whole))
}

/// `2 of 3`: how many, of how many.
pub(super) fn quorum(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("`{text}` is no quorum; write `2 of 3`: at least 1, at most all");
    let (k, n) = text.split_once(" of ").ok_or_else(wrong)?;
    let (k, n): (u32, u32) = (k.trim().parse().map_err(|_| wrong())?, n.trim().parse().map_err(|_| wrong())?);
    if k == 0 || k > n { Err(wrong()) } else { Ok((k, n)) }
}

/// An `http://` or `https://` address with a host.
pub(super) fn web(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let Some(rest) = rest else {
        return Err(format!(
            "`{}` does not begin with http:// or https://; write the whole address",
            without_secret(text)
        ));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host.rsplit_once(':') {
        Some((h, p)) if !p.contains(']') => (h, Some(p)),
        _ => (host, None),
    };
    if host.is_empty() || text.contains(char::is_whitespace) {
        return Err(format!("`{}` names no host; write http://HOST:PORT", without_secret(text)));
    }
    if port.is_some_and(|p| p.parse::<u16>().is_err()) {
        return Err(format!("the port of `{}` is not a number up to 65535", without_secret(text)));
    }
    Ok(())
}

/// The address as it may be shown: without `user:password@`.
fn without_secret(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.rsplit('@').next().unwrap_or_default().to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    format!("{scheme}://{}{path}", authority.rsplit('@').next().unwrap_or_default())
}

/// A file named in a file: as it is when absolute, else from that file's folder.
pub(super) fn file(folder: &Path, text: &str) -> PathBuf {
    folder.join(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        assert_eq!(span("90s"), Ok(Span::from_secs(90)));
        assert_eq!(span("15m"), Ok(Span::from_mins(15)));
        for wrong in ["", "m", "15", "-1m", "0s", "15 minutes", "9223372036854775807d", "1é"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn quorums() {
        assert_eq!(quorum("2 of 3"), Ok((2, 3)));
        for wrong in ["0 of 3", "4 of 3", "2/3", "two of three", ""] {
            assert!(quorum(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        for good in
            ["http://127.0.0.1:8545", "https://a.example/x?y", "http://u:p@h:1/", "http://[::1]:80/", "http://[::1]"]
        {
            assert_eq!(web(good), Ok(()), "{good}");
        }
        for wrong in
            ["127.0.0.1:8545", "ftp://h", "http://", "http:///x", "http://h:99999", "http://u:secret@", "http://a b"]
        {
            let why = web(wrong).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
    }
}

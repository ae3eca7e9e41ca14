//! Where a step's command runs: this host, or another one over the system's ssh. Its script there is written here, so that
//! a dry run shows exactly what a run does. Must not connect to anything.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A name longer than this is no host's (DNS has 253).
const MAX_HOST_BYTES: usize = 253;

/// Checks what `host=` says: a host, `person@host`, or `$name` of a parameter.
///
/// # Errors
/// Why not.
pub fn check(text: &str) -> Result<(), String> {
    let name = text.strip_prefix('$').unwrap_or(text);
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-@:".contains(&b));
    if first && plain && name.len() <= MAX_HOST_BYTES {
        return Ok(());
    }
    Err(format!("host: `{}` cannot be a host", text.escape_debug()))
}

/// The host that `host=` means with these values of the parameters.
///
/// # Errors
/// When the parameter has no value yet, or its value cannot be a host.
pub fn host(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let found = match text.strip_prefix('$') {
        Some(name) => {
            values.get(name).cloned().ok_or_else(|| format!("the host is not known yet: {name} has no value"))?
        }
        None => text.to_owned(),
    };
    if found.starts_with('$') {
        return Err(format!("`{}` cannot be a host", found.escape_debug()));
    }
    check(&found).map(|()| found)
}

/// What ssh is told, but for the host: never asks, never waits long, notices a dead line.
pub const SSH_OPTIONS: [&str; 8] =
    ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15", "-a"];

/// What the other host's login shell is told: a clean shell that reads the script from its input, ended there too at its
/// time where that host has `timeout`. Nothing of the script stands in any list of processes.
#[must_use]
pub fn remote_call(timeout_s: u64) -> String {
    let clean = "env -i PATH=\"$PATH\" HOME=\"$HOME\" LANG=C.UTF-8 TERM=dumb";
    format!(
        "exec /bin/sh -c 'if command -v timeout >/dev/null; then exec {clean} timeout -k 5 {timeout_s} /bin/sh -eu; else exec {clean} /bin/sh -eu; fi'"
    )
}

/// The script: the values exported, the command as a function of its own, so that nothing it starts reads the rest.
#[must_use]
pub fn script<'a>(command: &str, values: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    let mut text = String::from("umask 077\n");
    for (name, value) in values {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name}={}; export {name}", quoted(value));
    }
    let _ = write!(text, "warroom_step() {{\n{command}\n}}\nwarroom_step </dev/null\n");
    text
}

/// In single quotes, within which a shell changes nothing.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{check, host, quoted, remote_call, script};
    use std::collections::BTreeMap;

    #[test]
    fn only_a_host_is_a_host() {
        for good in ["val-1", "ops@val-1.example.org", "10.0.0.7", "$old_host", "fe80::1"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "-oProxyCommand=x", "a b", "a;b", "a$(b)", "$", "$-x", "a'b"] {
            assert!(check(bad).is_err(), "{bad}");
        }
        let values = BTreeMap::from([("h".to_owned(), "-oX".to_owned()), ("g".to_owned(), "val-1".to_owned())]);
        assert!(host("$h", &values).is_err() && host("$none", &values).is_err());
        assert_eq!(host("$g", &values).as_deref(), Ok("val-1"));
    }

    #[test]
    fn a_value_is_only_a_value() {
        assert_eq!(quoted("it's $(x)"), "'it'\\''s $(x)'");
        let (name, value) = ("a".to_owned(), "'; rm -rf / #".to_owned());
        let text = script("echo \"$a\"", [(&name, &value)]);
        assert!(text.contains("a=''\\''; rm -rf / #'; export a\n"), "{text}");
        assert!(remote_call(20).contains("timeout -k 5 20 /bin/sh -eu"));
    }
}

//! `allowed_signers` beside a log, in OpenSSH's format: read strictly as an anchor of trust where a log has no roster, and written
//! from the log for those who check it with stock tools. Must not decide whose word counts.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::incident::{Keyring, Trust};
use crate::domain::time::At;
use crate::journal::fault::Note;
use crate::keys::{Key, KeyKind, namespace};

/// The file's name.
pub const ALLOWED_SIGNERS: &str = "allowed_signers";

/// Longest file that is read, 1 MiB: some thousand keys. Of a longer one nothing is believed.
const ALLOWED_MAX: u64 = 1024 * 1024;

/// Most notes about lines that do not count; the rest is as the ones before.
const NOTES_MAX: usize = 32;

/// The first line of a file that we wrote; one that begins otherwise is somebody's own and never written over.
const OURS: &str =
    "# Derived by warroom from the log beside it. Changes are written over; put your own under another name.";

/// One line of the file that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedSigner {
    /// Exact names, no patterns.
    pub principals: Vec<String>,
    /// What it may sign; `None` for everything. Patterns with `*` and `?`.
    pub namespaces: Option<Vec<String>>,
    /// Valid from then.
    pub after: Option<At>,
    /// Valid until then.
    pub before: Option<At>,
    /// The key.
    pub key: Key,
}

impl AllowedSigner {
    /// Whether it may sign for this purpose.
    #[must_use]
    pub fn is_for(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|all| all.iter().any(|pattern| fits(pattern, namespace)))
    }
}

/// Reads the text of such a file: the lines that count, and line number and reason for each other one. Certificates, patterns in
/// names and what this reader does not know do not count: a signature must lead to one person.
#[must_use]
pub fn read_allowed_signers(text: &str) -> (Vec<AllowedSigner>, Vec<(u64, String)>) {
    let (mut signers, mut others) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match signer(line) {
            Ok(signer) => signers.push(signer),
            Err(why) if others.len() < NOTES_MAX => others.push((number, why)),
            Err(_) => {}
        }
    }
    (signers, others)
}

fn signer(line: &str) -> Result<AllowedSigner, String> {
    let (names, rest) = word(line)?;
    let principals: Vec<String> = names.split(',').map(str::to_owned).collect();
    if principals.iter().any(|p| p.is_empty() || p.contains(['*', '?', '!'])) {
        return Err(format!("`{names}` is a pattern, which leads to nobody in particular: it does not count"));
    }
    let mut signer = Unfinished::default();
    let key = match Key::parse(rest) {
        Ok(key) => key,
        Err(why) => {
            // Not a key: then it is the options, and the key stands behind them.
            let key = rest
                .split_ascii_whitespace()
                .next()
                .is_some_and(|w| w.starts_with("ssh-") || KeyKind::named(w).is_some());
            if key {
                return Err(why.to_string());
            }
            let (options, rest) = options(rest)?;
            options.iter().try_for_each(|option| signer.take(option))?;
            Key::parse(rest).map_err(|why| why.to_string())?
        }
    };
    let Unfinished { namespaces, after, before } = signer;
    Ok(AllowedSigner { principals, namespaces, after, before, key })
}

#[derive(Default)]
struct Unfinished {
    namespaces: Option<Vec<String>>,
    after: Option<At>,
    before: Option<At>,
}

impl Unfinished {
    fn take(&mut self, option: &str) -> Result<(), String> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        let twice = match name.to_ascii_lowercase().as_str() {
            "cert-authority" => return Err("it is an authority, not a person's key: it does not count".to_owned()),
            "namespaces" => self.namespaces.replace(value.split(',').map(str::to_owned).collect()).is_some(),
            "valid-after" => self.after.replace(time(value)?).is_some(),
            "valid-before" => self.before.replace(time(value)?).is_some(),
            other => return Err(format!("the option `{other}` is not known here: the line does not count")),
        };
        if twice { Err(format!("the option `{name}` stands twice")) } else { Ok(()) }
    }
}

/// The first word, in quotes or not, and what follows it.
fn word(text: &str) -> Result<(&str, &str), String> {
    let (word, rest) = match text.strip_prefix('"') {
        Some(rest) => rest.split_once('"').ok_or("a quote is not closed")?,
        None => text.split_once([' ', '\t']).ok_or("the key is missing")?,
    };
    Ok((word, rest.trim_start()))
}

/// Options are separated by commas outside of quotes, and end at the first white space outside of quotes.
fn options(text: &str) -> Result<(Vec<&str>, &str), String> {
    let (mut all, mut start, mut quoted) = (Vec::new(), 0, false);
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | ' ' | '\t' if !quoted => {
                all.push(&text[start..i]);
                start = i + 1;
                if c != ',' {
                    return Ok((all, text[i..].trim_start()));
                }
            }
            _ => {}
        }
    }
    Err(if quoted { "a quote is not closed" } else { "the key is missing" }.to_owned())
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, and `Z`: without it the time is local, which depends on who reads it.
fn time(text: &str) -> Result<At, String> {
    let wrong = || format!("`{text}` is no time in UTC (YYYYMMDDHHMMSSZ)");
    let digits = text.strip_suffix('Z').filter(|d| d.bytes().all(|b| b.is_ascii_digit())).ok_or_else(wrong)?;
    let digits = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(wrong()),
    };
    let (date, clock) = digits.split_at(8);
    let iso =
        format!("{}-{}-{}T{}:{}:{}Z", &date[..4], &date[4..6], &date[6..], &clock[..2], &clock[2..4], &clock[4..]);
    At::parse(&iso).ok_or_else(wrong)
}

/// `*` for any characters, `?` for one; without going back more than to the last star.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    (p, t) = (at + 1, from + 1);
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// Whose key is whose beside a log, in its folder or the one above (for a `log/` folder by itself), and what does not count there.
#[must_use]
pub fn load_anchor(dir: &Path) -> (Option<Keyring>, Vec<Note>) {
    let here = [dir.join(ALLOWED_SIGNERS), dir.join("..").join(ALLOWED_SIGNERS)];
    let Some(file) = here.into_iter().find(|file| file.is_file()) else { return (None, Vec::new()) };
    let note = |line, what| Note { file: file.clone(), line, what };
    let text = match read_bounded(&file) {
        Ok(text) => text,
        Err(why) => return (None, vec![note(0, format!("nothing of it counts: {why}"))]),
    };
    let (signers, others) = read_allowed_signers(&text);
    let own = |s: &&AllowedSigner| s.is_for(namespace::STATEMENT) && s.after.is_none() && s.before.is_none();
    let keys =
        signers.iter().filter(own).flat_map(|s| s.principals.iter().map(|p| (p.as_str(), s.key.line().as_ref())));
    let ring = Keyring::of(keys);
    let mut notes: Vec<_> = others.into_iter().map(|(line, what)| note(line, what)).collect();
    if signers.iter().any(|s| s.is_for(namespace::STATEMENT) && !own(&s)) {
        notes.push(note(
            0,
            "people's own keys with a validity do not count; session keys are vouched for in the log".to_owned(),
        ));
    }
    (ring.has_keys().then_some(ring), notes)
}

fn read_bounded(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(file)?.take(ALLOWED_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > ALLOWED_MAX {
        return Err(io::Error::other(format!("it is longer than {ALLOWED_MAX} bytes")));
    }
    Ok(text)
}

/// What stock tools need to check every signature of this log that counts; empty when nobody has a key.
#[must_use]
pub fn allowed_signers(trust: &Trust) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (statement, peer, log) = (namespace::STATEMENT, namespace::PEER, namespace::LOG);
    for (person, key) in trust.rings().flat_map(Keyring::keys).filter(|(_, key)| !trust.is_revoked(key)) {
        if let Some(name) = principal(person.as_str()) {
            lines.push(format!("{name} namespaces=\"{statement},{peer}\" {key}\n"));
        }
    }
    for (key, voucher) in trust.counting_sessions() {
        if let Some(name) = principal(voucher.principal.as_str()) {
            let (from, until) = (compact(voucher.from), compact(voucher.until));
            lines.push(format!("{name} namespaces=\"{log}\",valid-after=\"{from}\",valid-before=\"{until}\" {key}\n"));
        }
    }
    lines.sort_unstable();
    lines.dedup();
    let mut text = String::new();
    if !lines.is_empty() {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{OURS}");
        text.extend(lines);
    }
    text
}

/// A name as it can stand there; `None` for one that would be read as a pattern or as several.
fn principal(name: &str) -> Option<String> {
    let plain = !name.is_empty() && !name.contains(['"', ',', '*', '?', '!', '#', '\n', '\r']);
    plain.then(|| if name.contains([' ', '\t']) { format!("\"{name}\"") } else { name.to_owned() })
}

/// `YYYYMMDDHHMMSSZ`
fn compact(at: At) -> String {
    let digits: String = At::from_secs(at.secs()).short().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}Z")
}

/// Writes the file beside the log where it is not as it should be: whole or not at all. A file that is not ours stays.
/// True when it was written.
///
/// # Errors
/// When the disk does not take it.
pub fn keep_allowed_signers(dir: &Path, trust: &Trust) -> io::Result<bool> {
    let (text, file) = (allowed_signers(trust), dir.join(ALLOWED_SIGNERS));
    let known = match fs::read(&file) {
        Ok(known) => Some(known),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(e),
    };
    let foreign = known.as_ref().is_some_and(|known| !known.starts_with(OURS.as_bytes()));
    if text.is_empty() || foreign || known.as_deref() == Some(text.as_bytes()) {
        return Ok(false);
    }
    let partial: PathBuf = dir.join(format!(".{ALLOWED_SIGNERS}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut to = fs::File::create(&partial)?;
        to.write_all(text.as_bytes())?;
        to.sync_data()?;
        fs::rename(&partial, &file)
    };
    write().inspect_err(|_| {
        // What was half written is of no use to anybody; that removing it may fail too changes nothing.
        let _ = fs::remove_file(&partial);
    })?;
    Ok(true)
}

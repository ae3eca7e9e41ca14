//! Parameters of a runbook: typed, checked, and handed to commands as environment variables only.
//! Must not put a value into a command's text: quoting has failed everywhere it was tried.

use std::collections::BTreeMap;

use regex_lite::Regex;

use crate::runbook::expect::compile;

/// A value longer than this is refused.
pub const MAX_VALUE_BYTES: usize = 512;
/// A shorter secret is refused: taking it out of the output would take ordinary words out too.
pub const MIN_SECRET_BYTES: usize = 8;
/// A runbook has at most this many parameters; more are refused by the parser.
pub const MAX_PARAMS: usize = 32;
/// A name longer than this is refused.
pub const MAX_NAME_BYTES: usize = 64;

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// Any printable text that does not begin with `-`.
    String,
    /// A whole number, decimal, within 64 bits.
    Integer,
    /// A decimal number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `0x` and hexadecimal digits.
    Hex,
    /// An address of a chain: letters and digits only, 20 to 128 of them.
    Address,
    /// `http://…` or `https://…` without blanks, quotes or shell signs.
    Url,
    /// An absolute path without `..`.
    Path,
    /// One of the words in `pattern`, parted by `|`.
    Choice,
}

impl ParamType {
    /// All, with the words that runbooks write.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::String, "string"),
        (Self::Integer, "integer"),
        (Self::Number, "number"),
        (Self::Bool, "bool"),
        (Self::Hex, "hex"),
        (Self::Address, "address"),
        (Self::Url, "url"),
        (Self::Path, "path"),
        (Self::Choice, "choice"),
    ];

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(t, _)| *t)
    }

    /// As runbooks write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(t, _)| *t == self).map_or("string", |(_, w)| w)
    }
}

/// One declared parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// The environment variable's name.
    pub name: String,
    /// What its value must look like.
    pub kind: ParamType,
    /// The whole value must match it (`choice`: the words, parted by `|`).
    pub pattern: Option<String>,
    /// Taken when nobody gives one.
    pub default: Option<String>,
    /// Never written down, never shown.
    pub secret: bool,
    /// What it is, for the person who must give it.
    pub about: String,
    /// Compiled from `pattern`, anchored at both ends.
    pub(super) matcher: Option<Regex>,
}

impl PartialEq for Param {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.kind, &self.pattern, &self.default, self.secret)
            == (&other.name, other.kind, &other.pattern, &other.default, other.secret)
    }
}

/// Names (compared in capitals) that the shell, the loader or common tools read for themselves.
const RESERVED: &str = "ALL_PROXY BASHOPTS CDPATH CURL_HOME DISPLAY EDITOR ENV EUID FPATH FTP_PROXY GCONV_PATH GETCONF_DIR \
    GLOBIGNORE HISTFILE HOME HOSTALIASES HTTPS_PROXY HTTP_PROXY IFS LANG LANGUAGE LINENO LOCALDOMAIN \
    LOCPATH LOGNAME MAIL MAILPATH NLSPATH NO_PROXY OLDPWD OPENSSL_CONF OPTARG OPTERR OPTIND PAGER PATH \
    POSIXLY_CORRECT PPID PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 PWD RANDOM RESOLV_HOST_CONF RES_OPTIONS \
    SHELL SHELLOPTS SHLVL TERM TERMINFO TMPDIR TZ TZDIR UID USER VISUAL _";
/// Beginnings of such names.
const RESERVED_PREFIXES: &str = "AWK BASH_ DYLD_ GIT_ GREP_ JAVA_ JDK_ LC_ LD_ LESS LODESTAR MALLOC_ NODE_ PERL PYTHON RUBY SSH_ SSL_ \
    SUDO_ SYSTEMD_ WARROOM XDG_";

/// Checks a parameter's name.
///
/// # Errors
/// Why it is refused and how to mend it.
pub fn check_name(name: &str) -> Result<(), String> {
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if !first || name.len() > MAX_NAME_BYTES || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(format!(
            "`{name}` cannot name an environment variable; use letters, digits and `_`, a letter first, {MAX_NAME_BYTES} at most"
        ));
    }
    let upper = name.to_ascii_uppercase();
    let listed = RESERVED.split(' ').any(|n| n == upper);
    if listed || RESERVED_PREFIXES.split(' ').any(|p| upper.starts_with(p)) {
        return Err(format!("`{name}` is read by the shell, the loader or a tool; choose another name"));
    }
    Ok(())
}

impl Param {
    /// A parameter without a default; the pattern is compiled, anchored at both ends.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn new(
        name: String,
        kind: ParamType,
        pattern: Option<String>,
        secret: bool,
        about: String,
    ) -> Result<Self, String> {
        let matcher = match &pattern {
            None if kind == ParamType::Choice => {
                return Err(format!("parameter {name}: a choice needs `pattern: one|two`"));
            }
            Some(p) if kind != ParamType::Choice => {
                Some(compile_whole(p).map_err(|why| format!("parameter {name}: {why}"))?)
            }
            _ => None,
        };
        Ok(Self { name, kind, pattern, default: None, secret, about, matcher })
    }

    /// Checks a value against type and pattern.
    ///
    /// # Errors
    /// What is wrong with it; the value itself is quoted only where it is no secret.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let shown = if self.secret { "the value given".to_owned() } else { format!("`{}`", value.escape_debug()) };
        let wrong = |why: &str| Err(format!("{}: {shown} {why}", self.name));
        if value.len() > MAX_VALUE_BYTES {
            return wrong(&format!("is longer than {MAX_VALUE_BYTES} bytes"));
        }
        if self.secret && value.len() < MIN_SECRET_BYTES {
            return wrong(&format!("is too short for a secret: {MIN_SECRET_BYTES} bytes at least"));
        }
        if value.chars().any(char::is_control) {
            return wrong("holds a control character");
        }
        if value.starts_with('-') && !matches!(self.kind, ParamType::Integer | ParamType::Number) {
            return wrong("begins with `-` and would be taken for an option");
        }
        if let Err(why) = self.check_type(value) {
            return wrong(&why);
        }
        match &self.matcher {
            Some(m) if !m.is_match(value) => {
                wrong(&format!("does not match {}", self.pattern.as_deref().unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    fn check_type(&self, value: &str) -> Result<(), String> {
        let ok = match self.kind {
            ParamType::String => !value.is_empty(),
            ParamType::Integer => is_integer(value),
            ParamType::Number => is_number(value),
            ParamType::Bool => matches!(value, "true" | "false"),
            ParamType::Hex => {
                value.strip_prefix("0x").is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_hexdigit()))
            }
            ParamType::Address => (20..=128).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric()),
            ParamType::Url => is_url(value),
            ParamType::Path => is_path(value),
            ParamType::Choice => self.choices().any(|c| c == value),
        };
        if ok {
            return Ok(());
        }
        Err(match self.kind {
            ParamType::String => "is empty".to_owned(),
            ParamType::Integer => "is not a whole number".to_owned(),
            ParamType::Number => "is not a decimal number".to_owned(),
            ParamType::Bool => "is neither true nor false".to_owned(),
            ParamType::Hex => "is not 0x and hexadecimal digits".to_owned(),
            ParamType::Address => "is not an address: 20 to 128 letters and digits".to_owned(),
            ParamType::Url => "is not a plain http or https address".to_owned(),
            ParamType::Path => "is not an absolute path without `..`".to_owned(),
            ParamType::Choice => format!("is none of {}", self.choices().collect::<Vec<_>>().join(", ")),
        })
    }

    /// The words of a `choice`.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        let words = if self.kind == ParamType::Choice { self.pattern.as_deref() } else { None };
        words.into_iter().flat_map(|p| p.split('|')).map(str::trim).filter(|w| !w.is_empty())
    }
}

fn compile_whole(pattern: &str) -> Result<Regex, String> {
    compile(pattern)?;
    Regex::new(&format!("\\A(?:{pattern})\\z")).map_err(|e| format!("`{pattern}` is not a regular expression: {e}"))
}

/// No sign but `-`, no leading zero: a shell reads `010` as eight.
fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    plain && value.parse::<i64>().is_ok()
}

fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    digits.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && value.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_url(value: &str) -> bool {
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    rest.is_some_and(|r| {
        r.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'[')
            && r.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?[]@=%+,&".contains(&b))
    })
}

fn is_path(value: &str) -> bool {
    value.starts_with('/')
        && value.split('/').all(|part| part != "..")
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+@:,".contains(&b))
}

/// Parameters for one run: given values checked, defaults filled in. Those that `set_later` names (a step sets them)
/// may be missing.
///
/// # Errors
/// Every fault, a sentence each: unknown names, wrong values, missing ones.
pub fn bind(
    declared: &[Param],
    given: &BTreeMap<String, String>,
    set_later: &[&str],
) -> Result<BTreeMap<String, String>, Vec<String>> {
    let mut faults = Vec::new();
    for name in given.keys().filter(|n| declared.iter().all(|p| p.name != **n)) {
        let known: Vec<&str> = declared.iter().map(|p| p.name.as_str()).collect();
        let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
        faults.push(format!("the runbook has no parameter `{}`; {known}", name.escape_debug()));
    }
    let mut bound = BTreeMap::new();
    for param in declared {
        match given.get(&param.name).or(param.default.as_ref()) {
            Some(value) => match param.check(value) {
                Ok(()) => {
                    bound.insert(param.name.clone(), value.clone());
                }
                Err(fault) => faults.push(fault),
            },
            None if set_later.contains(&param.name.as_str()) => {}
            None => faults.push(format!("{} is missing; give it as --param {}=…", param.name, param.name)),
        }
    }
    if faults.is_empty() { Ok(bound) } else { Err(faults) }
}

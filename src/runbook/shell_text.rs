//! A look at shell text without running it: which variables it reads, whether they stand in quotes, what it sets
//! itself, and what its words would do to the world. A look, not a parser: lint warns, the shell decides.

use crate::domain::event::Effect;

/// One reading of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its name.
    pub name: String,
    /// Whether it is safe from being split into words.
    pub quoted: bool,
    /// The line within the text, from 0.
    pub row: u32,
}

/// Every `$name` and `${name…}` outside single quotes and comments.
#[must_use]
pub fn readings(text: &str) -> Vec<Reading> {
    let chars: Vec<char> = text.chars().collect();
    let mut scan = Scan { chars: &chars, at: 0, row: 0, double: vec![false], found: Vec::new() };
    while scan.at < chars.len() {
        scan.step();
    }
    scan.found
}

struct Scan<'a> {
    chars: &'a [char],
    at: usize,
    row: u32,
    /// Within double quotes, for each `$(` that is open.
    double: Vec<bool>,
    found: Vec<Reading>,
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn in_double(&self) -> bool {
        self.double.last().copied().unwrap_or(false)
    }

    fn skip_to(&mut self, end: char) {
        while let Some(c) = self.peek(0).filter(|c| *c != end) {
            self.row += u32::from(c == '\n');
            self.at += 1;
        }
    }

    fn step(&mut self) {
        let Some(c) = self.peek(0) else { return };
        match c {
            '\n' => self.row += 1,
            '\\' => self.at += 1,
            '\'' if !self.in_double() => {
                self.at += 1;
                self.skip_to('\'');
            }
            '"' => {
                let now = !self.in_double();
                if let Some(top) = self.double.last_mut() {
                    *top = now;
                }
            }
            '#' if !self.in_double() && self.at_word_start() => {
                self.skip_to('\n');
                return;
            }
            ')' if !self.in_double() && self.double.len() > 1 => {
                self.double.pop();
            }
            '$' if self.peek(1) == Some('(') => {
                self.double.push(false);
                self.at += 1;
            }
            '$' => self.variable(),
            _ => {}
        }
        self.at += 1;
    }

    fn at_word_start(&self) -> bool {
        self.at == 0 || self.chars.get(self.at - 1).is_some_and(|c| c.is_whitespace() || *c == ';')
    }

    fn variable(&mut self) {
        let braced = self.peek(1) == Some('{');
        let from = self.at + if braced { 2 } else { 1 };
        let name: String =
            self.chars.iter().skip(from).take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return;
        }
        let quoted = self.in_double() || self.is_assigned();
        self.at = from + name.len() - 1;
        self.found.push(Reading { name, quoted, row: self.row });
    }

    /// `name=$value` is never split.
    fn is_assigned(&self) -> bool {
        let before: String =
            self.chars.iter().take(self.at).rev().take_while(|c| !c.is_whitespace() && **c != ';').collect();
        let word: String = before.chars().rev().collect();
        word.split_once('=').is_some_and(|(name, _)| is_name(name))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Names that the text sets itself: `name=`, `for name in`, `read name`.
#[must_use]
pub fn assigned(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | '|' | '&' | '{')).collect();
    for (i, word) in words.iter().enumerate() {
        let word = word.trim_start_matches('"');
        if let Some((name, _)) = word.split_once('=').filter(|(name, _)| is_name(name)) {
            names.push(name);
        }
        let before = i.checked_sub(1).and_then(|i| words.get(i)).copied();
        if matches!(before, Some("for" | "read" | "-r")) && is_name(word) {
            names.push(word);
        }
    }
    names
}

/// What a command's words do to the world, with the words that say so: the worst of them.
#[must_use]
pub fn effect_of(text: &str) -> Option<(Effect, String)> {
    code(text).filter_map(line_effect).max_by_key(|(effect, _)| *effect)
}

/// Its lines without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|l| l.split(" #").next().unwrap_or(l)).filter(|l| !l.trim_start().starts_with('#'))
}

fn line_effect(line: &str) -> Option<(Effect, String)> {
    let lower = line.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '(' | ')')).collect();
    let has = |w: &str| words.contains(&w);
    let acts = has("start") || has("restart") || has("enable") || has("run") || has("up");
    let service = has("systemctl") || has("service") || has("docker") || has("podman") || has("supervisorctl");
    if service && acts && (lower.contains("validator") || lower.contains("signer")) {
        return Some((Effect::Sign, "starts a signer".to_owned()));
    }
    for word in
        ["unsafe-reset-all", "unsafe_reset_all", "--purge-db", "--force-clear-db", "removedb", "mkfs", "--hard-fork"]
    {
        if lower.contains(word) {
            return Some((Effect::Destroy, word.to_owned()));
        }
    }
    let removes = has("rm") || has("unlink") || has("shred") || has("truncate") || lower.contains("of=/");
    if removes {
        return Some((Effect::Destroy, "removes or overwrites files".to_owned()));
    }
    let changes =
        ["kill", "pkill", "killall", "mv", "reboot", "shutdown", "poweroff", "iptables", "nft", "chmod", "chown"];
    if let Some(word) = changes.into_iter().find(|w| has(w)) {
        return Some((Effect::Change, word.to_owned()));
    }
    if service && (acts || ["stop", "kill", "rm", "down", "disable", "mask"].into_iter().any(has)) {
        return Some((Effect::Change, "changes a service".to_owned()));
    }
    ["debug_sethead", "admin_addpeer", "admin_removepeer", "evm_", "anvil_", "hardhat_"]
        .into_iter()
        .find(|m| lower.contains(m))
        .map(|m| (Effect::Change, m.to_owned()))
}

/// Whether a command takes away what keeps a key from signing twice.
#[must_use]
pub fn drops_protection(text: &str) -> bool {
    let lower: Vec<String> = code(text).map(str::to_lowercase).collect();
    let named = lower.iter().any(|l| names_signing_state(l));
    let taken = effect_of(text).is_some_and(|(e, _)| e == Effect::Destroy) || lower.iter().any(|l| l.contains("mv "));
    let switched_off = lower.iter().any(|l| SWITCHED_OFF.iter().any(|words| l.contains(words)));
    (named && taken) || switched_off || lower.iter().any(|l| overwrites_signing_state(l))
}

/// Words that forget what a key has signed, or let it sign without looking: `unsafe-reset-all` sets the state file to height 0.
const SWITCHED_OFF: [&str; 6] = [
    "--force-clear-db",
    "disable-slashing-protection",
    "slashing-protection-enabled=false",
    "no-slashing-protection",
    "unsafe-reset-all",
    "unsafe_reset_all",
];
/// Parts of the names under which clients keep what a key has signed.
const SIGNING_STATES: [&str; 7] = [
    "slashing-protection",
    "slashing_protection",
    "slashingprotection",
    "slashprotection",
    "priv_validator_state",
    "tower-1_9",
    "anti-slashing",
];

fn names_signing_state(lower: &str) -> bool {
    SIGNING_STATES.iter().any(|n| lower.contains(n))
}

/// Whether a line writes another signing state over the one that is there: an older one is a forgotten one.
fn overwrites_signing_state(lower: &str) -> bool {
    let joined = lower.replace(">|", ">");
    joined.split([';', '|', '&']).any(|command| {
        let into = |target: &str| target.split_whitespace().next().is_some_and(names_signing_state);
        if command.split('>').skip(1).any(into) {
            return true;
        }
        let mut words = command.split_whitespace().map(|w| w.trim_matches(['"', '\'']));
        let tool = words.by_ref().find(|w| !matches!(*w, "sudo" | "then" | "do" | "else"));
        let words: Vec<&str> = words.collect();
        match tool {
            Some("cp" | "install" | "rsync" | "scp" | "ln") => words.last().is_some_and(|to| {
                let live = to.trim_end_matches('/').ends_with("/data") && names_signing_state(command);
                names_signing_state(to) || live
            }),
            Some("tee") => words.iter().any(|w| names_signing_state(w)),
            Some("sed") => words.iter().any(|w| w.starts_with("-i")) && names_signing_state(command),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{assigned, drops_protection, effect_of, readings};
    use crate::domain::event::Effect;

    #[test]
    fn variables_are_found_with_their_quotes() {
        let text = "x=$a\necho \"$b\" $c '$d' # $e\ncurl \"$(echo $f \"$g\")\" ${h:-1} \\$i $1";
        let found: Vec<(String, bool, u32)> = readings(text).into_iter().map(|r| (r.name, r.quoted, r.row)).collect();
        let expected =
            [("a", true, 0), ("b", true, 1), ("c", false, 1), ("f", false, 2), ("g", true, 2), ("h", false, 2)];
        assert_eq!(found, expected.map(|(n, q, r)| (n.to_owned(), q, r)));
    }

    #[test]
    fn what_the_text_sets_itself_is_known() {
        assert_eq!(assigned("a=1; for b in x; do read -r c; done; d=$(e=2)"), ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn words_that_act_are_seen() {
        let effect = |t: &str| effect_of(t).map(|(e, _)| e);
        assert_eq!(effect("curl -s http://x | grep rm-x"), None);
        assert_eq!(effect("systemctl is-active geth"), None);
        assert_eq!(effect("systemctl restart geth"), Some(Effect::Change));
        assert_eq!(effect("sudo systemctl start lighthouse-validator"), Some(Effect::Sign));
        assert_eq!(effect("true\nrm -rf /data"), Some(Effect::Destroy));
        assert_eq!(effect("# rm -rf /data\necho"), None);
        for drops in [
            "rm slashing-protection.sqlite",
            "gaiad tendermint unsafe-reset-all --home /x",
            "echo '{}' > /d/priv_validator_state.json",
            "sudo cp /old/x.json \"/d/data/priv_validator_state.json\"",
            "cp /old/priv_validator_state.json /d/data/",
            "jq . x | tee /d/priv_validator_state.json",
            "sed -i s/9/1/ /d/priv_validator_state.json",
        ] {
            assert!(drops_protection(drops), "{drops}");
        }
        for keeps in [
            "cp slashing-protection.sqlite /b",
            "cp /d/data/priv_validator_state.json /b/state.json",
            "cat /d/priv_validator_state.json > /b/copy.json 2>&1",
            "# never unsafe-reset-all",
        ] {
            assert!(!drops_protection(keeps), "{keeps}");
        }
    }
}

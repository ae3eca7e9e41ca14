//! Just enough reading of Rust text to judge the house: comments and strings blanked out, test modules cut, words found.
//! Must not know any rule: those stand in `architecture`.

/// `source` with comments, strings and character literals replaced by spaces; lines and columns stay where they were.
pub fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied().unwrap_or(' ');
    let fresh = at == 0 || !is_word(chars[at - 1]);
    match chars[at] {
        '/' if next == '/' => find(chars, at, |c| c == '\n'),
        '/' if next == '*' => block_comment_end(chars, at),
        '"' => string_end(chars, at),
        'r' if fresh && (next == '"' || next == '#') => raw_end(chars, at + 1).unwrap_or(at),
        'b' if fresh && next == 'r' => raw_end(chars, at + 2).unwrap_or(at),
        '\'' if next == '\\' => find(chars, at + 3, |c| c == '\'') + 1,
        '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
    .min(chars.len())
}

fn find(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|i| wanted(chars[*i])).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0_usize, from);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The end of `#…#"…"#…#` whose hashes begin at `from`; none when it is a raw identifier.
fn raw_end(chars: &[char], from: usize) -> Option<usize> {
    let quote = find(chars, from, |c| c != '#');
    let hashes = quote - from;
    if chars.get(quote) != Some(&'"') {
        return None;
    }
    let closes = |i: usize| chars[i] == '"' && (1..=hashes).all(|k| chars.get(i + k) == Some(&'#'));
    (quote + 1..chars.len()).find(|i| closes(*i)).map(|i| i + hashes + 1)
}

/// `code` with every item under `#[cfg(test)]` blanked out: tests may do what the house may not.
pub fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]") {
        let end = item_end(&out, start);
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

/// The end of the item that begins at or after byte `from`: its closing brace, or its `;` when that comes first.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (i, c) in code[from..].char_indices() {
        match c {
            ';' if depth == 0 => return from + i + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return from + i + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Byte offsets where `wanted` stands in `code` as whole words.
pub fn word_offsets(code: &str, wanted: &str) -> Vec<usize> {
    let edge = |c: Option<char>, inner: Option<char>| !(c.is_some_and(is_word) && inner.is_some_and(is_word));
    code.match_indices(wanted)
        .filter(|(i, _)| edge(code[..*i].chars().next_back(), wanted.chars().next()))
        .filter(|(i, _)| edge(code[i + wanted.len()..].chars().next(), wanted.chars().next_back()))
        .map(|(i, _)| i)
        .collect()
}

/// Byte offsets where the path `parent::child` is named, also inside `parent::{…}`.
pub fn path_offsets(code: &str, parent: &str, child: &str) -> Vec<usize> {
    let mut found = word_offsets(code, &format!("{parent}::{child}"));
    for start in word_offsets(code, &format!("{parent}::{{")) {
        let group = &code[start..code[start..].find(';').map_or(code.len(), |n| start + n)];
        found.extend(word_offsets(group, child).iter().map(|i| start + i));
    }
    found
}

/// The line (from 1) of a byte offset.
pub fn line_of(code: &str, offset: usize) -> usize {
    code[..offset].matches('\n').count() + 1
}

/// The identifier that begins at byte `from`.
pub fn word_at(code: &str, from: usize) -> &str {
    let rest = &code[from..];
    &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())]
}

/// Each function's name, first line, and number of lines that hold code.
pub fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for start in word_offsets(code, "fn") {
        let name = word_at(code, (start + 3).min(code.len()));
        if name.is_empty() {
            continue;
        }
        let body = &code[start..item_end(code, start)];
        let lines = body.lines().filter(|l| !l.trim().is_empty()).count();
        found.push((name.to_owned(), line_of(code, start), lines));
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

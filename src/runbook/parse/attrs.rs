//! The attributes in braces, `{#id kind=check expect="exit 0"}`, of a heading or a block's info string.
//! Must not know what any of them means.

/// More attributes than this on one step are refused.
const MAX_ATTRS: usize = 32;

/// What stood between the braces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attrs {
    /// From `#id`.
    pub id: Option<String>,
    /// `key=value`, in order.
    pub pairs: Vec<(String, String)>,
}

/// Reads `{…}`; `text` begins with the opening brace and ends with the closing one.
pub fn read(text: &str) -> Result<Attrs, String> {
    let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}'));
    let inner = inner.ok_or_else(|| "the braces are not closed on the same line".to_owned())?;
    let mut attrs = Attrs::default();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        rest = if let Some(id) = rest.strip_prefix('#') {
            let end = id.find(char::is_whitespace).unwrap_or(id.len());
            let (id, after) = id.split_at(end);
            if attrs.id.replace(id.to_owned()).is_some() {
                return Err("there are two `#id` in one pair of braces".to_owned());
            }
            after
        } else {
            let (key, after) = rest.split_once('=').ok_or_else(|| format!("`{rest}` has no `=`"))?;
            let key = key.trim();
            if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                return Err(format!("`{}` cannot name an attribute", key.escape_debug()));
            }
            if attrs.pairs.iter().any(|(k, _)| k == key) {
                return Err(format!("`{key}` is given twice"));
            }
            let (value, after) = value(after)?;
            attrs.pairs.push((key.to_owned(), value));
            after
        };
        if attrs.pairs.len() > MAX_ATTRS {
            return Err(format!("there are more than {MAX_ATTRS} attributes"));
        }
        rest = rest.trim_start();
    }
    Ok(attrs)
}

/// A bare word, or a text in double or single quotes. Within double quotes `\"` is a quote and `\\` a backslash; any
/// other backslash stands for itself, so that a pattern is written as it is meant.
fn value(text: &str) -> Result<(String, &str), String> {
    let Some(quote @ ('"' | '\'')) = text.chars().next() else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (word, after) = text.split_at(end);
        if word.is_empty() || word.contains(['"', '\'', '{', '}']) {
            return Err(format!("the value `{word}` must stand in quotes"));
        }
        return Ok((word.to_owned(), after));
    };
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if c == quote {
            let after = text.get(i + 1..).unwrap_or_default();
            if after.starts_with(|n: char| !n.is_whitespace()) {
                return Err(format!("there is no blank behind the quoted value `{value}`"));
            }
            return Ok((value, after));
        }
        match chars.peek() {
            Some((_, escaped @ ('"' | '\\'))) if c == '\\' && quote == '"' => {
                value.push(*escaped);
                chars.next();
            }
            _ => value.push(c),
        }
    }
    Err(format!("the quoted value `{value}` is not closed"))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn values_are_bare_or_quoted() {
        let attrs = read(r#"{#go kind=check expect="regex ^a \"b\" \d+\\$" x='it "is"'}"#).unwrap();
        assert_eq!(attrs.id.as_deref(), Some("go"));
        let values: Vec<&str> = attrs.pairs.iter().map(|(_, v)| v.as_str()).collect();
        assert_eq!(values, ["check", r#"regex ^a "b" \d+\$"#, r#"it "is""#]);
    }

    #[test]
    fn faults_are_named() {
        for (text, part) in [
            ("{kind}", "no `=`"),
            ("{kind=a kind=b}", "twice"),
            ("{#a #b}", "two `#id`"),
            (r#"{expect="open}"#, "not closed"),
            (r#"{expect="a"b}"#, "no blank"),
            ("{=x}", "cannot name"),
            ("{kind=}", "in quotes"),
            ("{Kind=a}", "cannot name"),
            ("{kind=a", "not closed"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(fault.contains(part), "{text}: {fault}");
        }
    }
}

//! A line that is being typed, as it may be seen: the values of secret parameters are dots.
//! Must not change how long the line is: the cursor stands in it.

use crate::runbook::shelf::Shelf;

/// What stands for each character of a secret.
const DOT: &str = "\u{2022}";

/// `run ID … NAME=VALUE`, with dots for the value of each secret parameter of that runbook. While the runbook is not known, nobody
/// knows what is secret, and the line is shown as it is.
pub(super) fn veiled(shelf: &Shelf, text: &str) -> String {
    let mut words = text.split_whitespace();
    let book = words.next().filter(|verb| *verb == "run").and_then(|_| shelf.book(words.next()?));
    let Some(book) = book else { return text.to_owned() };
    let secret = |name: &str| book.param(name).is_some_and(|p| p.secret);
    let veil = |word: &str| match word.split_once('=') {
        Some((name, value)) if secret(name) => {
            let space: String = value.chars().rev().take_while(|c| c.is_whitespace()).collect();
            let dots = value.chars().count() - space.chars().count();
            format!("{name}={}{space}", DOT.repeat(dots))
        }
        _ => word.to_owned(),
    };
    text.split_inclusive(char::is_whitespace).map(veil).collect()
}

#[cfg(test)]
mod tests {
    use super::veiled;
    use crate::runbook::model::Origin;
    use crate::runbook::parse::parse;
    use crate::runbook::shelf::Shelf;

    #[test]
    fn secrets_are_dots_and_the_line_keeps_its_length() {
        let text = "---\nwarroom: 1\nid: keep\ntitle: K\nrevision: 1\nparams:\n  - {name: key, type: string, secret: true}\n  \
                    - {name: unit, type: string}\n---\n## A {#a kind=note}\nWhy.\n";
        let book = parse(text.as_bytes(), "keep.md", Origin::BuiltIn).unwrap();
        let shelf = Shelf::new(vec![book], Vec::new());
        let shown = veiled(&shelf, "run keep unit=val key=hünter2=x  again");
        assert_eq!(shown, "run keep unit=val key=•••••••••  again");
        for other in ["run other key=x", "note key=x", "run", "", "run keep key"] {
            assert_eq!(veiled(&shelf, other), other);
        }
    }
}

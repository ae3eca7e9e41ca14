//! The sanitiser: payloads that steer, hide or turn text around never come out; columns are never exceeded.

use proptest::prelude::*;
use rstest::rstest;
use warroom::domain::text::{self, LINE_COLUMNS, MARKS_PER_BASE, Shown};

use crate::support::attacks::{ATTACKS, steers};

#[rstest]
#[case("evil\u{202e}txt", r"evil\u{202e}txt")]
#[case("a\u{1b}[2Jb", r"a\u{1b}[2Jb")]
#[case("one\ntwo\n", "one ↵ two")]
#[case("a\tb", "a    b")]
#[case("Zürich 東京 ✗ — ok", "Zürich 東京 ✗ — ok")]
#[case("x\u{300}\u{301}\u{302}\u{303}\u{304}", "x\u{300}\u{301}\u{302}\u{303}\\u{304}")]
#[case("\u{301}x", r"\u{301}x")]
#[case("", "")]
fn what_is_shown(#[case] raw: &str, #[case] shown: &str) {
    assert_eq!(Shown::line(raw).as_str(), shown);
}

#[test]
fn a_long_line_is_cut_with_a_sign() {
    let s = Shown::line(&"東".repeat(LINE_COLUMNS));
    assert!(s.width() <= LINE_COLUMNS);
    assert!(s.as_str().ends_with('…'));
}

#[rstest]
#[case("finality", 8, "finality")]
#[case("finality", 5, "fina…")]
#[case("finality", 1, "…")]
#[case("finality", 0, "")]
#[case("東京都", 4, "東…")]
#[case("東京都", 5, "東京…")]
#[case("two words", 5, "two…")]
fn cut(#[case] raw: &str, #[case] columns: usize, #[case] shown: &str) {
    assert_eq!(text::truncate(raw, columns), shown);
}

#[rstest]
#[case("61 %", 6, "61 %  ", "  61 %")]
#[case("too long", 4, "too…", "too…")]
fn padded(#[case] raw: &str, #[case] columns: usize, #[case] right: &str, #[case] left: &str) {
    assert_eq!(text::pad_right(raw, columns), right);
    assert_eq!(text::pad_left(raw, columns), left);
}

#[rstest]
#[case("two thirds on prysm", 10, &["two thirds", "on prysm"])]
#[case("abcdefghij", 4, &["abcd", "efgh", "ij"])]
#[case("", 4, &[""])]
#[case("a 東京東京 b", 5, &["a", "東京", "東京", "b"])]
fn wrapped(#[case] raw: &str, #[case] columns: usize, #[case] lines: &[&str]) {
    assert_eq!(text::wrap(raw, columns), lines);
}

/// Strings rich in what should not be there.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        (0..ATTACKS.len()).prop_map(|i| ATTACKS[i].1.to_owned()),
        "[ -~]{0,12}",
        "[\u{300}-\u{36f}]{1,9}",
        "[東京カギ가각]{1,5}",
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|v| v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_forbidden_is_ever_shown(raw in nasty()) {
        let s = Shown::line(&raw);
        prop_assert_eq!(steers(s.as_str()), None);
        prop_assert!(s.width() <= LINE_COLUMNS);
        prop_assert_eq!(Shown::line(s.as_str()), s.clone(), "a second pass changes nothing");
        let marks = s.as_str().split(|c| unicode_width::UnicodeWidthChar::width(c) != Some(0)).map(|m| m.chars().count());
        prop_assert!(marks.max().unwrap_or(0) <= MARKS_PER_BASE);
    }

    #[test]
    fn columns_are_never_exceeded(raw in nasty(), columns in 0usize..40) {
        let s = Shown::line(&raw);
        prop_assert!(text::width(&text::truncate(s.as_str(), columns)) <= columns);
        prop_assert_eq!(text::width(&text::pad_left(s.as_str(), columns)), columns);
        prop_assert_eq!(text::width(&text::pad_right(s.as_str(), columns)), columns);
        for line in text::wrap(s.as_str(), columns) {
            prop_assert!(text::width(&line) <= columns.max(2), "{line:?} in {columns}");
        }
    }
}

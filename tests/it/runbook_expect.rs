//! Expected against actual: what passes, what does not, and the two lines that say so.

use proptest::prelude::*;
use rstest::rstest;
use warroom::runbook::expect::{Expect, MAX_ACTUAL_CHARS, one_line};

#[rstest]
#[case("exit 0", Some(0), "", true, "exit 0", "exit 0")]
#[case("exit 0", Some(7), "no route\n", false, "exit 0", "exit 7: no route")]
#[case("exit 1", Some(1), "", true, "exit 1", "exit 1")]
#[case("exit 0", None, "", false, "exit 0", "ended by a signal")]
#[case("contains lode", Some(0), "Lodestar/v1", false, "contains \"lode\"", "Lodestar/v1")]
#[case("contains Lode", Some(0), "Lodestar/v1", true, "contains \"Lode\"", "Lodestar/v1")]
#[case("contains Lode", Some(22), "Lodestar/v1", false, "contains \"Lode\"", "exit 22: Lodestar/v1")]
#[case("equals a b", Some(0), "  a b\n", true, "exactly \"a b\"", "a b")]
#[case("equals a", Some(0), "", false, "exactly \"a\"", "nothing")]
#[case(r"regex ^v\d+$", Some(0), "x\nv12\ny", true, r"matches ^v\d+$", "x (and 2 more lines)")]
#[case(r"regex ^v\d+$", Some(0), "v12b", false, r"matches ^v\d+$", "v12b")]
#[case("number < 5", Some(0), " 4.9\n", true, "a number < 5", "4.9")]
#[case("number <5", Some(0), "5", false, "a number < 5", "5")]
#[case("number >= 2", Some(0), "2", true, "a number >= 2", "2")]
#[case("number != 0", Some(0), "0", false, "a number != 0", "0")]
#[case("number = 3", Some(0), "three", false, "a number = 3", "three")]
#[case("number > 1", Some(0), "inf", false, "a number > 1", "inf")]
#[case("number > 1", Some(0), "NaN", false, "a number > 1", "NaN")]
#[case("number > 1", Some(0), "2\n3", false, "a number > 1", "2 (and 1 more line)")]
#[case("record", Some(0), "v1\n", true, "recorded", "v1")]
#[case("record", Some(6), "", false, "recorded", "exit 6")]
#[case("record", None, "", false, "recorded", "ended by a signal")]
fn judged(
    #[case] rule: &str,
    #[case] exit: Option<i32>,
    #[case] out: &str,
    #[case] passed: bool,
    #[case] expected: &str,
    #[case] actual: &str,
) {
    let verdict = Expect::parse(rule).unwrap().judge(exit, out);
    assert_eq!((verdict.passed, verdict.expected.as_str(), verdict.actual.as_str()), (passed, expected, actual));
}

#[rstest]
#[case("")]
#[case("exit")]
#[case("exit 256")]
#[case("exit zero")]
#[case("contains")]
#[case("equals  ")]
#[case("regex [")]
#[case("number")]
#[case("number <")]
#[case("number ~ 5")]
#[case("number < five")]
#[case("record this")]
#[case("jq .a")]
fn refused(#[case] rule: &str) {
    assert!(Expect::parse(rule).is_err());
}

#[test]
fn a_pattern_that_would_eat_the_memory_is_refused() {
    assert!(Expect::parse("regex ((a{100}){100}){100}").is_err());
    let slow = Expect::parse("regex (x+x+)+y").unwrap();
    assert!(!slow.judge(Some(0), &"x".repeat(20_000)).passed, "linear, or this test would not end");
}

proptest! {
    #[test]
    fn what_is_shown_is_one_bounded_line(text in "\\PC*|(\\PC{0,30}\n){0,5}") {
        let line = one_line(&text);
        prop_assert!(!line.contains('\n'));
        prop_assert!(line.chars().count() <= MAX_ACTUAL_CHARS + 30);
        prop_assert!(!line.is_empty());
    }

    #[test]
    fn what_is_written_reads_back(rule in prop_oneof![
        "exit [0-9]", "contains [a-z ]{1,9}x", "equals [!-~]{1,9}", "number (<|<=|=|!=|>=|>) [0-9]{1,4}", Just("record".to_owned())
    ]) {
        let once = Expect::parse(&rule).unwrap();
        prop_assert_eq!(Expect::parse(&once.to_string()).unwrap(), once);
    }
}

//! Expected against actual: what differs, said in words and marked in the text. Must not judge: whether a step passed is in
//! the log, and this only says why it reads so.

use crate::domain::event::{StepFinished, StepOutcome};
use crate::runbook::expect::Expect;

/// What differs between what was expected and what came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// In words; empty where the outcome says all (a timeout, a stop).
    pub says: String,
    /// For a text compared character by character: the text expected, and what came.
    pub texts: Option<Texts>,
}

/// Two texts, alike up to a character and from another one on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// What was expected, without the words around it.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// Characters that agree at the beginning.
    pub alike: usize,
    /// Characters of the expected text that differ, from there on.
    pub missing: usize,
    /// Characters of what came that differ, from there on.
    pub extra: usize,
}

/// Why the end is not what was expected; `None` where it is.
#[must_use]
pub fn difference(expect: &Expect, end: &StepFinished) -> Option<Difference> {
    let said = |says: String| Some(Difference { says, texts: None });
    if end.outcome == StepOutcome::Passed {
        return None;
    }
    if end.outcome != StepOutcome::Failed {
        return Some(Difference::default());
    }
    // A guard that did not hold, a shell that did not begin, a signal: the words that came are the reason.
    let Some(exit) = end.exit else { return Some(Difference::default()) };
    if let Expect::Exit(code) = expect {
        return said(format!("the exit code is {exit}, not {code}"));
    }
    if exit != 0 {
        return said(format!("the command failed with exit code {exit}: what it printed is not believed"));
    }
    let came = end.actual.as_str();
    match expect {
        Expect::Contains(words) => said(format!("nowhere in it: \"{words}\"")),
        Expect::Regex(pattern) => said(format!("no line of it matches {pattern}")),
        Expect::Number(..) => said(number(expect, came)),
        Expect::Equals(words) => Some(characters(words, came)),
        Expect::Exit(_) | Expect::Record => Some(Difference::default()),
    }
}

fn number(expect: &Expect, came: &str) -> String {
    let rule = expect.to_string();
    let rule = rule.trim_start_matches("number ");
    let (Expect::Number(_, limit), Ok(n)) = (expect, came.trim().parse::<f64>()) else {
        return "what came is not one number".to_owned();
    };
    let off = n - limit;
    match off.partial_cmp(&0.0) {
        Some(std::cmp::Ordering::Greater) => format!("{came} is not {rule}: {} above", plain(off)),
        Some(std::cmp::Ordering::Less) => format!("{came} is not {rule}: {} below", plain(-off)),
        _ => format!("{came} is not {rule}"),
    }
}

/// A distance without the noise of binary fractions.
fn plain(n: f64) -> String {
    let text = format!("{n:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Where two texts part and where they meet again.
fn characters(expected: &str, came: &str) -> Difference {
    let (one, two): (Vec<char>, Vec<char>) = (expected.chars().collect(), came.chars().collect());
    let alike = one.iter().zip(&two).take_while(|(a, b)| a == b).count();
    let (rest_one, rest_two) = (one.len() - alike, two.len() - alike);
    let pairs = one.iter().rev().zip(two.iter().rev()).take(rest_one.min(rest_two));
    let tail = pairs.take_while(|(a, b)| a == b).count();
    let (missing, extra) = (rest_one - tail, rest_two - tail);
    let says = match (missing, extra) {
        (0, 0) => "it differs in what is not shown here".to_owned(),
        (0, n) => format!("{} too many, from character {} on", characters_of(n), alike + 1),
        (n, 0) => format!("{} missing, from character {} on", characters_of(n), alike + 1),
        _ => format!("they part at character {}", alike + 1),
    };
    let texts = Texts { expected: expected.to_owned(), actual: came.to_owned(), alike, missing, extra };
    Difference { says, texts: Some(texts) }
}

fn characters_of(n: usize) -> String {
    if n == 1 { "1 character".to_owned() } else { format!("{n} characters") }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::difference;
    use crate::domain::event::{StepFinished, StepOutcome};
    use crate::runbook::expect::Expect;

    #[rstest]
    #[case("exit 0", 3, "exit 3: no", "the exit code is 3, not 0", None)]
    #[case("contains up", 0, "down", "nowhere in it: \"up\"", None)]
    #[case(
        "contains up",
        1,
        "exit 1: up",
        "the command failed with exit code 1: what it printed is not believed",
        None
    )]
    #[case("regex ^up$", 0, "upper", "no line of it matches ^up$", None)]
    #[case("number < 5", 0, "7.3", "7.3 is not < 5: 2.3 above", None)]
    #[case("number >= 100", 0, "40", "40 is not >= 100: 60 below", None)]
    #[case("number != 4", 0, "4", "4 is not != 4", None)]
    #[case("number < 5", 0, "many", "what came is not one number", None)]
    #[case("equals 5.3.1", 0, "5.4.1", "they part at character 3", Some((2, 1, 1)))]
    #[case("equals abc", 0, "abcd", "1 character too many, from character 4 on", Some((3, 0, 1)))]
    #[case("equals aaa", 0, "a", "2 characters missing, from character 2 on", Some((1, 2, 0)))]
    #[case("equals 東京", 0, "東都", "they part at character 2", Some((1, 1, 1)))]
    fn what_differs_is_said(
        #[case] expect: &str,
        #[case] exit: i32,
        #[case] actual: &str,
        #[case] says: &str,
        #[case] at: Option<(usize, usize, usize)>,
    ) {
        let mut end = StepFinished {
            run: "r".into(),
            step: "s".into(),
            attempt: 1,
            outcome: StepOutcome::Failed,
            exit: Some(exit),
            expected: String::new(),
            actual: actual.to_owned(),
            took_ms: 1,
            output: None,
        };
        let expect = Expect::parse(expect).unwrap();
        let found = difference(&expect, &end).unwrap();
        assert_eq!(found.says, says);
        assert_eq!(found.texts.map(|t| (t.alike, t.missing, t.extra)), at);
        end.outcome = StepOutcome::TimedOut;
        assert_eq!(difference(&expect, &end).unwrap().says, "");
        end.outcome = StepOutcome::Passed;
        assert_eq!(difference(&expect, &end), None);
    }
}

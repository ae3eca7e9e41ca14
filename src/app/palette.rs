//! Finding a verb by any of its letters. Pure: a typed line and the verbs there are give the suggestions, best first.
//! Must not know what a verb does.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A verb that fits what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Its place in the list of verbs.
    pub verb: usize,
    /// Which of its characters were typed, ascending.
    pub letters: Vec<usize>,
    /// The line begins with the whole verb: what follows are its words.
    pub whole: bool,
}

/// The verbs that fit a typed line, best first. A line that begins with a whole verb is about that verb (the longest,
/// so `order lift 7` is not `order`); else every verb that has the letters in this order; all of them for an empty line.
#[must_use]
pub fn suggest(typed: &str, verbs: &[&str]) -> Vec<Suggestion> {
    let typed = typed.trim_start();
    let begun = |v: &str| typed.strip_prefix(v).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let whole = (0..verbs.len()).filter(|&i| begun(verbs[i])).max_by_key(|&i| verbs[i].len());
    if let Some(verb) = whole {
        let all = |i: usize, whole| Suggestion { verb: i, letters: (0..verbs[i].chars().count()).collect(), whole };
        let longer = (0..verbs.len()).filter(|&i| i != verb && verbs[i].starts_with(typed.trim_end()));
        return std::iter::once(all(verb, true)).chain(longer.map(|i| all(i, false))).collect();
    }
    fuzzy(typed, verbs)
}

fn fuzzy(typed: &str, verbs: &[&str]) -> Vec<Suggestion> {
    let pattern = Pattern::new(typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut found = Vec::new();
    let mut chars = Vec::new();
    for (verb, name) in verbs.iter().enumerate() {
        let mut letters = Vec::new();
        if let Some(score) = pattern.indices(Utf32Str::new(name, &mut chars), &mut matcher, &mut letters) {
            letters.sort_unstable();
            letters.dedup();
            let letters = letters.into_iter().filter_map(|l| usize::try_from(l).ok()).collect();
            found.push((score, Suggestion { verb, letters, whole: false }));
        }
    }
    // Stable: verbs that fit equally well stay in the order of the table.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, s)| s).collect()
}

#[cfg(test)]
mod tests {
    use super::suggest;

    const VERBS: &[&str] =
        &["declare", "role assign", "role handover", "note", "decide", "order", "order lift", "task give"];

    fn names(typed: &str) -> Vec<&'static str> {
        suggest(typed, VERBS).iter().map(|s| VERBS[s.verb]).collect()
    }

    #[test]
    fn by_any_of_its_letters() {
        assert_eq!(names("").len(), VERBS.len());
        assert_eq!(names("rlas").first(), Some(&"role assign"));
        assert_eq!(names("hand"), ["role handover"]);
        assert_eq!(names("DEC"), ["declare", "decide"]);
        assert_eq!(names("xyz"), [""; 0]);
    }

    #[test]
    fn a_whole_verb_is_that_verb_and_the_longest_one() {
        assert_eq!(names("order lift 7"), ["order lift"]);
        assert_eq!(names("order"), ["order", "order lift"]);
        assert_eq!(names("order NO RESTARTS"), ["order"]);
        assert!(suggest("note x", VERBS)[0].whole);
    }

    #[test]
    fn the_typed_letters_are_marked() {
        let s = &suggest("tg", VERBS)[0];
        assert_eq!((VERBS[s.verb], s.letters.as_slice()), ("task give", &[0, 5][..]));
    }
}

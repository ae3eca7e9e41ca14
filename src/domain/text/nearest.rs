//! "Did you mean": the known word nearest to a mistyped one. Must not know what the words stand for.

/// The known word that needs the fewest edits, if it is near enough to be what was meant (a third of its length).
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    let far = |k: &str| edits(word, k);
    known.into_iter().map(|k| (far(k), k)).filter(|(d, _)| *d <= limit).min().map(|(_, k)| k)
}

/// Insertions, deletions, replacements and swaps of neighbours (restricted Damerau-Levenshtein), case ignored.
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i];
        for j in 1..=b.len() {
            let change = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_was_meant() {
        let known = ["interval", "metrics", "url", "family"];
        assert_eq!(nearest("metrcis", known), Some("metrics"));
        assert_eq!(nearest("Family", known), Some("family"));
        assert_eq!(nearest("ulr", known), Some("url"));
        assert_eq!(nearest("password", known), None);
        assert_eq!(nearest("", known), None);
    }
}

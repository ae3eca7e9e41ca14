//! What differs between two revisions of a runbook, line by line, for people to read before they take the new one.
//! Must not decide which one is followed.

use similar::{ChangeTag, TextDiff};

/// Lines of a text that is compared; a longer one is not, for comparing takes the square of what differs.
const MAX_LINES: usize = 3_000;

/// Lines of agreement shown around each difference.
const AROUND: usize = 3;

/// The difference as people know it: `- ` was, `+ ` is, two blanks for what stayed; `@ line N` begins each place, counted in the
/// new text. Empty when nothing differs.
///
/// # Errors
/// When a text is too long to be compared, with the way out.
pub fn difference(was: &str, is: &str) -> Result<Vec<String>, String> {
    let longest = was.lines().count().max(is.lines().count());
    if longest > MAX_LINES {
        return Err(format!("{longest} lines are too many to compare here ({MAX_LINES}); use diff on the two files"));
    }
    let diff = TextDiff::from_lines(was, is);
    let mut lines = Vec::new();
    for place in diff.grouped_ops(AROUND) {
        let start = place.first().map_or(0, |op| op.new_range().start) + 1;
        lines.push(format!("@ line {start}"));
        for change in place.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => "- ",
                ChangeTag::Insert => "+ ",
                ChangeTag::Equal => "  ",
            };
            lines.push(format!("{sign}{}", change.value().trim_end_matches('\n')));
        }
    }
    Ok(lines)
}

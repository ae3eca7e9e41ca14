//! Measuring and fitting text in terminal columns: graphemes are never split, wide ones count two.
//! Expects sanitised text; with raw text the measures hold but the terminal may still be steered.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What stands for text that did not fit.
const ELLIPSIS: &str = "…";

/// Graphemes with the columns each takes.
pub fn graphemes(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.graphemes(true).map(|g| (g, g.width()))
}

/// Columns the text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.bytes().all(|b| (0x20..0x7F).contains(&b)) {
        return text.len();
    }
    graphemes(text).map(|(_, w)| w).sum()
}

/// At most `columns` wide; when something was cut, the last column is `…`.
#[must_use]
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    let mut used = 0;
    for (g, w) in graphemes(text) {
        if used + w >= columns {
            break;
        }
        out.push_str(g);
        used += w;
    }
    out.truncate(out.trim_end().len());
    out.push_str(ELLIPSIS);
    Cow::Owned(out)
}

/// Cut or filled with spaces behind, to exactly `columns`.
#[must_use]
pub fn pad_right(text: &str, columns: usize) -> String {
    let mut out = truncate(text, columns).into_owned();
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// Cut or filled with spaces before, to exactly `columns`: numbers stand under one another.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    let cut = truncate(text, columns);
    let missing = columns.saturating_sub(width(&cut));
    let mut out = " ".repeat(missing);
    out.push_str(&cut);
    out
}

/// The same for a text that is read: what it is set in by, and its lines, which are all set in by that.
#[must_use]
pub fn wrap_set_in(text: &str, columns: usize) -> (usize, Vec<String>) {
    let rest = text.trim_start_matches(' ');
    let lead = (text.len() - rest.len()).min(columns / 2);
    (lead, wrap(rest, columns - lead))
}

/// Broken into lines of at most `columns`: at spaces, and within a word only where it is longer than a line. What the text is
/// indented by stays, where it leaves half a line.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    if columns == 0 {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let text_only = text.trim_start_matches(' ');
    let indent = text.len() - text_only.len();
    let indent = if text_only.is_empty() || indent > columns / 2 { 0 } else { indent };
    let mut line = " ".repeat(indent);
    // A line that has nothing but its indent takes a word without a space before it.
    let (mut used, mut bare) = (indent, true);
    for word in text_only.split(' ') {
        let w = width(word);
        if !bare && used + 1 + w > columns {
            lines.push(std::mem::take(&mut line));
            (used, bare) = (0, true);
        }
        if !bare {
            line.push(' ');
            used += 1;
        }
        for (g, gw) in graphemes(word) {
            if used > 0 && used + gw > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(g);
            used += gw;
            bare = false;
        }
    }
    if used > 0 || lines.is_empty() {
        lines.push(line);
    }
    lines
}

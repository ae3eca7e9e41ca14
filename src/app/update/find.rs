//! Finding words in a text that is read: where the next match is, in rows as they are drawn.

use crate::app::layer::Layer;
use crate::app::model::Model;
use crate::domain::text::{Shown, wrap_set_in};

/// Rows of the text's beginning up to each line, and in all, at this width.
fn rows_before(lines: &[String], width: usize) -> Vec<usize> {
    let mut at = 0;
    let mut before = Vec::with_capacity(lines.len() + 1);
    for line in lines {
        before.push(at);
        at += wrap_set_in(Shown::line(line).as_str(), width).1.len();
    }
    before.push(at);
    before
}

/// Columns that a text to read has: the view leaves one at each side.
fn width(model: &Model) -> usize {
    usize::from(model.screen.size.0).saturating_sub(2).max(1)
}

/// The last row that the text on top can be scrolled to.
pub(super) fn last_row(lines: &[String], columns: u16) -> usize {
    let width = usize::from(columns).saturating_sub(2).max(1);
    rows_before(lines, width).last().copied().unwrap_or(0).saturating_sub(1)
}

/// Looks for words from here on, and remembers them.
///
/// # Errors
/// Nothing is being read, or the words are not in it.
pub(super) fn find(model: &mut Model, words: &str) -> Result<(), String> {
    if words.is_empty() {
        return Err("usage: find WORDS, in a text that is read".to_owned());
    }
    model.sought = words.to_lowercase();
    go(model, true, true)
}

/// Goes to the next match, or the one before, around the ends.
///
/// # Errors
/// Nothing is being read or looked for, or the words are not in it.
pub(super) fn go(model: &mut Model, forward: bool, from_here: bool) -> Result<(), String> {
    let (width, sought) = (width(model), model.sought.clone());
    let Some(Layer::Reader { lines, scroll, .. }) = model.screen.layers.last_mut() else {
        return Err("nothing is being read: o opens an output, and / looks for words in it".to_owned());
    };
    if sought.is_empty() {
        return Err("look for words first: /".to_owned());
    }
    let before = rows_before(lines, width);
    let has = |line: &String| Shown::line(line).as_str().to_lowercase().contains(&sought);
    let rows: Vec<usize> = lines.iter().zip(&before).filter(|(line, _)| has(line)).map(|(_, row)| *row).collect();
    let here = *scroll;
    let found = if forward {
        rows.iter().find(|r| **r > here || from_here && **r == here).or_else(|| rows.first())
    } else {
        rows.iter().rev().find(|r| **r < here).or_else(|| rows.last())
    };
    *scroll = *found.ok_or_else(|| format!("`{sought}` is nowhere in it"))?;
    let place = rows.iter().position(|r| r == scroll).map_or(0, |i| i + 1);
    model.say(format!("`{sought}`: line {place} of {} that have it · n the next, N the one before", rows.len()));
    Ok(())
}

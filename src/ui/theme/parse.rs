//! Reads a theme file. Every fault names file and line, what is wrong, and the nearest right word.

use ratatui::style::{Color, Modifier, Style};
use toml::de::{DeTable, DeValue};

use super::role::{Role, Theme};
use crate::domain::text::nearest;

/// Bytes a theme file may have; a larger one is refused before it is parsed.
const MAX_BYTES: usize = 64 * 1024;

/// Words of a style that are no colours.
const WORDS: &[(&str, Modifier)] = &[
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// The sixteen colours, and the terminal's own.
const COLOURS: &[(&str, Color)] = &[
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// A fault of a theme file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct ThemeError {
    /// The file, as it was named to us.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// What is wrong, and how to mend it.
    pub what: String,
}

impl Theme {
    /// Reads a theme. `file` is only named in faults. A role the file leaves out looks like ordinary text.
    ///
    /// # Errors
    /// Not TOML, an unknown key, role, colour or word: file, line, and the nearest right one.
    pub fn parse(file: &str, text: &str) -> Result<Self, ThemeError> {
        let fault = |at: usize, what: String| ThemeError { file: file.to_owned(), line: line_of(text, at), what };
        if text.len() > MAX_BYTES {
            return Err(fault(0, format!("a theme has at most {} KiB; this is none", MAX_BYTES / 1024)));
        }
        let table = DeTable::parse(text)
            .map_err(|e| fault(e.span().map_or(0, |s| s.start), format!("not TOML: {}", e.message())))?;
        let mut name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml").to_owned();
        let mut styles: Vec<Option<Style>> = vec![None; Role::ALL.len()];
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("name", DeValue::String(s)) => s.as_ref().clone_into(&mut name),
                ("role", DeValue::Table(roles)) => {
                    for (role, style) in roles {
                        let at = find_role(role.get_ref()).map_err(|w| fault(role.span().start, w))?;
                        let DeValue::String(words) = style.get_ref() else {
                            return Err(fault(style.span().start, "a style is text: \"bold red\"".to_owned()));
                        };
                        let style = read_style(words).map_err(|w| fault(style.span().start, w))?;
                        if let Some(place) = styles.get_mut(at as usize) {
                            *place = Some(style);
                        }
                    }
                }
                (other, _) => {
                    return Err(fault(
                        key.span().start,
                        format!("`{other}` is not part of a theme: it has `name = \"…\"` and a table [role]"),
                    ));
                }
            }
        }
        let text_style = styles.get(Role::Text as usize).copied().flatten().unwrap_or_default();
        Ok(Self { name, styles: styles.into_iter().map(|s| s.unwrap_or(text_style)).collect() })
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

fn find_role(name: &str) -> Result<Role, String> {
    Role::ALL.iter().copied().find(|r| r.name() == name).ok_or_else(|| {
        unknown("role", name, Role::ALL.iter().map(|r| r.name()), "the roles are listed in docs/themes.md")
    })
}

fn read_style(words: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = words.split_whitespace();
    while let Some(word) = words.next() {
        if word == "on" {
            let ground = words.next().ok_or_else(|| "`on` needs a colour after it: \"white on red\"".to_owned())?;
            style = style.bg(colour(ground)?);
        } else if let Some((_, modifier)) = WORDS.iter().find(|(w, _)| *w == word) {
            style = style.add_modifier(*modifier);
        } else {
            style = style.fg(colour(word)?);
        }
    }
    Ok(style)
}

fn colour(word: &str) -> Result<Color, String> {
    COLOURS.iter().find(|(name, _)| *name == word).map(|(_, c)| *c).ok_or_else(|| {
        let known = COLOURS.iter().map(|(n, _)| *n).chain(WORDS.iter().map(|(w, _)| *w)).chain(["on"]);
        unknown("colour or word", word, known, "a style has a colour, `on` a colour, bold dim italic underline reverse")
    })
}

fn unknown<'a>(what: &str, word: &str, known: impl Iterator<Item = &'a str>, else_say: &str) -> String {
    match nearest(word, known) {
        Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{word}`; {else_say}"),
    }
}

//! The terminal that the console would draw on: what it calls itself, its size, its characters and colours.

use crate::cli::doctor::finding::Finding;

/// Fewer columns or rows than this, and not even the strip fits.
const LEAST: (u16, u16) = (40, 12);

/// What is known of it, from the environment and the system; apart from the judgement, so that it can be tried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether both input and output are a terminal.
    pub is_terminal: bool,
    /// `TERM`.
    pub term: String,
    /// `LC_ALL`, else `LC_CTYPE`, else `LANG`.
    pub locale: String,
    /// `COLORTERM`.
    pub colorterm: String,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
}

impl Surroundings {
    /// As they are.
    #[must_use]
    pub fn look() -> Self {
        use std::io::IsTerminal;
        let of = |name: &str| std::env::var(name).unwrap_or_default();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().map(|n| of(n)).find(|v| !v.is_empty());
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|s| (s.ws_col, s.ws_row));
        Self {
            is_terminal: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
            term: of("TERM"),
            locale: locale.unwrap_or_default(),
            colorterm: of("COLORTERM"),
            no_color: !of("NO_COLOR").is_empty(),
            size,
        }
    }

    fn colours(&self) -> &'static str {
        match () {
            () if self.no_color => "no colour (NO_COLOR)",
            () if self.colorterm == "truecolor" || self.colorterm == "24bit" => "16 million colours",
            () if self.term.contains("256color") => "256 colours",
            () => "16 colours",
        }
    }
}

/// Whether the console can be drawn on it.
#[must_use]
pub fn terminal(seen: &Surroundings) -> Vec<Finding> {
    if !seen.is_terminal {
        let says = "none here; the console needs one, `warroom log` and the other verbs do not";
        return vec![Finding::ok("terminal", says)];
    }
    let mut found = Vec::new();
    if seen.term.is_empty() || seen.term == "dumb" {
        let says = format!("TERM is {}", if seen.term.is_empty() { "not set" } else { "dumb" });
        found.push(Finding::bad("terminal", says, "export TERM=xterm-256color, if the terminal is of that kind"));
    }
    let utf8 = seen.locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    if !utf8 {
        let says = format!("the locale `{}` is not UTF-8; lines and marks may come out wrong", seen.locale);
        found.push(Finding::warn("terminal", says, "export LC_ALL=C.UTF-8"));
    }
    match seen.size {
        Some((columns, rows)) if columns < LEAST.0 || rows < LEAST.1 => {
            let says = format!("{columns}x{rows} is smaller than {}x{}", LEAST.0, LEAST.1);
            found.push(Finding::warn("terminal", says, "make it larger, or its letters smaller"));
        }
        Some(_) => {}
        None => found.push(Finding::warn("terminal", "does not say its size", "run `resize`, or reconnect")),
    }
    if found.is_empty() {
        let (columns, rows) = seen.size.unwrap_or_default();
        found.push(Finding::ok("terminal", format!("{} {columns}x{rows}, UTF-8, {}", seen.term, seen.colours())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Level;

    fn good() -> Surroundings {
        Surroundings {
            is_terminal: true,
            term: "xterm-256color".to_owned(),
            locale: "C.UTF-8".to_owned(),
            size: Some((120, 40)),
            ..Surroundings::default()
        }
    }

    #[test]
    fn a_good_one_is_one_line() {
        let found = terminal(&good());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].says, "xterm-256color 120x40, UTF-8, 256 colours");
    }

    #[test]
    fn each_lack_is_named_with_its_cure() {
        let dumb = Surroundings { term: "dumb".to_owned(), ..good() };
        assert_eq!(terminal(&dumb)[0].level, Level::Bad);
        let latin = Surroundings { locale: "C".to_owned(), ..good() };
        assert!(terminal(&latin)[0].mend.contains("C.UTF-8"));
        let small = Surroundings { size: Some((20, 5)), ..good() };
        assert!(terminal(&small)[0].says.contains("20x5"));
        assert_eq!(terminal(&Surroundings::default())[0].level, Level::Ok);
    }
}

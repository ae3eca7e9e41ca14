//! What every writing verb understands besides its own words: who may read it, when it happened, how to answer.

use clap::Args;
use clap::ValueEnum;

use crate::cli::outcome::CliError;
use crate::domain::entry::Disclosure;
use crate::domain::time::At;
use crate::domain::time::Span;

/// Arguments of every verb that writes an entry.
#[derive(Clone, Debug, Args)]
pub struct Manner {
    /// Who may read it [default: operators; internal in exploit and key-compromise incidents]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub disclosure: Option<Level>,
    /// When it happened, if not now: 2026-11-21T03:12:00Z, 03:12 (UTC), or 5m (ago)
    #[arg(long, global = true, value_name = "TIME")]
    pub happened: Option<String>,
    /// Answer as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// Who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Everybody.
    Public,
    /// Partners.
    Partners,
    /// Operators of the network.
    Operators,
    /// Our own organisation.
    Internal,
}

impl From<Level> for Disclosure {
    fn from(level: Level) -> Self {
        match level {
            Level::Public => Self::Public,
            Level::Partners => Self::Partners,
            Level::Operators => Self::Operators,
            Level::Internal => Self::Internal,
        }
    }
}

/// A moment as people write it: RFC 3339, `03:12` (UTC, today or yesterday), `5m` (ago).
///
/// # Errors
/// Wrong use, with the forms.
pub fn moment(text: &str, now: At) -> Result<At, CliError> {
    let found = At::parse(text).or_else(|| of_day(text, now)).or_else(|| ago(text, now));
    let found = found.ok_or_else(|| {
        CliError::Usage(format!("`{text}` is no time; write 2026-11-21T03:12:00Z, 03:12 (UTC), or 5m (ago)"))
    })?;
    if found > now {
        return Err(CliError::Usage(format!("`{text}` is {}, which is still to come", found.short())));
    }
    Ok(found)
}

fn of_day(text: &str, now: At) -> Option<At> {
    let time = if text.len() == 5 { format!("{text}:00") } else { text.to_owned() };
    let today = At::parse(&format!("{}T{time}Z", now.date()))?;
    Some(if today > now { today.plus(Span::from_secs(-86_400)) } else { today })
}

fn ago(text: &str, now: At) -> Option<At> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return None,
    };
    let back = number.parse::<u32>().ok()?;
    Some(now.plus(Span::from_secs(-(i64::from(back) * seconds))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_as_people_write_them() {
        let now = At::parse("2026-11-21T03:14:00Z").unwrap();
        let at = |text| moment(text, now).unwrap().short();
        assert_eq!(at("2026-11-21T03:12:00Z"), "2026-11-21T03:12:00Z");
        assert_eq!(at("03:12"), "2026-11-21T03:12:00Z");
        assert_eq!(at("23:50"), "2026-11-20T23:50:00Z");
        assert_eq!(at("5m"), "2026-11-21T03:09:00Z");
        for wrong in ["", "noon", "m", "é", "2027-01-01T00:00:00Z"] {
            assert!(moment(wrong, now).is_err(), "{wrong}");
        }
    }
}

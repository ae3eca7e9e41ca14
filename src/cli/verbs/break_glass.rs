//! `warroom break-glass`: more rights than the roster gives, for a while, with a reason; loud, recorded, and over by itself.

use clap::Args;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record::record;
use crate::domain::command::AccessCommand;
use crate::domain::command::Command;
use crate::domain::id::PersonId;
use crate::domain::incident::resolve_role;
use crate::domain::policy::BREAK_GLASS_USUAL;
use crate::domain::time::Span;

/// `warroom break-glass`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom break-glass --reason \"no commander can be reached, the halt spreads\"
  warroom break-glass --reason \"the key holder is on a plane\" --for 15m --role decision-maker
  warroom break-glass --end
  warroom break-glass --end --of dave                  somebody else's, for whoever may give roles

Whoever does this acts as a commander until the end, at most an hour. Every screen shows it as long as it
lasts, and the post-mortem draft tells it. It does not count as somebody else's yes: nobody approves twice.")]
pub struct BreakGlass {
    /// Why nobody who may could do it
    #[arg(long, required_unless_present = "end", value_name = "TEXT")]
    reason: Option<String>,
    /// For how long: 15m, 1h, at most an hour
    #[arg(long = "for", value_name = "SPAN", default_value = "30m")]
    span: String,
    /// The role that a runbook's step asks for, besides acting as a commander
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Give the rights back now
    #[arg(long, conflicts_with_all = ["reason", "role"])]
    end: bool,
    /// Somebody else's rights, which whoever may give roles can end
    #[arg(long, value_name = "PERSON", requires = "end")]
    of: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

impl BreakGlass {
    /// Takes rights, or gives them back.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = if self.end {
            AccessCommand::End { of: self.of.filter(|of| !of.is_empty()).map(PersonId::from) }
        } else {
            let span = span(&self.span)?;
            let role = self.role.as_deref().map(resolve_role);
            AccessCommand::Raise { reason: self.reason.unwrap_or_default(), span, role }
        };
        record(context, &self.manner, Command::Access(command))
    }
}

fn span(text: &str) -> Result<Span, CliError> {
    let wrong = || {
        CliError::Usage(format!(
            "`{text}` is no span; write 15m or 1h (without --for it is {})",
            BREAK_GLASS_USUAL.words()
        ))
    };
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u16 = number.parse().map_err(|_| wrong())?;
    match unit {
        "m" => Ok(Span::from_mins(i64::from(number))),
        "h" => Ok(Span::from_mins(60 * i64::from(number))),
        _ => Err(wrong()),
    }
}

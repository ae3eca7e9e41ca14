//! `warroom role`: who holds which role.

use clap::Args;
use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record::record;
use crate::domain::command::Command;
use crate::domain::command::RoleCommand;
use crate::domain::id::PersonId;
use crate::domain::incident::resolve_role;

/// `warroom role`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom role assign ic alice
  warroom role handover ic bob --briefing \"barrier at 04:00, atlas has not answered\"
  warroom --as bob role accept ic

Short forms: ic, deputy, comms, scribe, ops, responder; the roster may have roles of its own.
A handover moves the role only when the other accepts it.")]
pub struct Role {
    #[command(subcommand)]
    verb: RoleVerb,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Debug, Subcommand)]
enum RoleVerb {
    /// Give a role to somebody
    Assign {
        /// Which role
        role: String,
        /// Whom
        person: String,
    },
    /// Take a role from somebody
    Unassign {
        /// Which role
        role: String,
        /// Whom
        person: String,
    },
    /// Offer your own role to somebody; it moves when they accept
    Handover {
        /// Which role
        role: String,
        /// Whom
        person: String,
        /// What they must know
        #[arg(long, default_value = "")]
        briefing: String,
    },
    /// Take the role that was offered to you
    Accept {
        /// Which role
        role: String,
    },
    /// Leave the offered role where it is
    Decline {
        /// Which role
        role: String,
    },
}

impl Role {
    /// Changes who holds a role.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let person = |name: String| PersonId::from(name);
        let command = match self.verb {
            RoleVerb::Assign { role, person: to } => RoleCommand::Assign(resolve_role(&role), person(to)),
            RoleVerb::Unassign { role, person: from } => RoleCommand::Unassign(resolve_role(&role), person(from)),
            RoleVerb::Handover { role, person: to, briefing } => {
                RoleCommand::HandOver(resolve_role(&role), person(to), briefing)
            }
            RoleVerb::Accept { role } => RoleCommand::Accept(resolve_role(&role)),
            RoleVerb::Decline { role } => RoleCommand::Decline(resolve_role(&role)),
        };
        record(context, &self.manner, Command::Role(command))
    }
}

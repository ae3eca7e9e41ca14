//! The list of verbs, in groups. Verbs that are not built are not here: help never promises what does not work.

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::outcome::DONE;
use crate::cli::verbs::approve::Approve;
use crate::cli::verbs::break_glass::BreakGlass;
use crate::cli::verbs::bundle::Export;
use crate::cli::verbs::bundle::Import;
use crate::cli::verbs::completions::Completions;
use crate::cli::verbs::corrections::Amend;
use crate::cli::verbs::corrections::Strike;
use crate::cli::verbs::course::Declare;
use crate::cli::verbs::course::Severity;
use crate::cli::verbs::course::Status;
use crate::cli::verbs::doctor::Doctor;
use crate::cli::verbs::drill::Drill;
use crate::cli::verbs::guard::Guard;
use crate::cli::verbs::init::Init;
use crate::cli::verbs::key::Key;
use crate::cli::verbs::log::Log;
use crate::cli::verbs::matters::Action;
use crate::cli::verbs::matters::Decide;
use crate::cli::verbs::matters::Object;
use crate::cli::verbs::matters::Order;
use crate::cli::verbs::matters::Propose;
use crate::cli::verbs::matters::Settle;
use crate::cli::verbs::matters::Task;
use crate::cli::verbs::peer::Peer;
use crate::cli::verbs::postmortem::Postmortem;
use crate::cli::verbs::role::Role;
use crate::cli::verbs::runbook::RunbookArgs;
use crate::cli::verbs::share::Share;
use crate::cli::verbs::supervise::Supervise;
use crate::cli::verbs::verify::Verify;
use crate::cli::verbs::watch::Watch;
use crate::cli::verbs::words::Claim;
use crate::cli::verbs::words::Concern;
use crate::cli::verbs::words::Fact;
use crate::cli::verbs::words::Hypothesis;
use crate::cli::verbs::words::Note;
use crate::cli::verbs::words::Report;

/// What to do, in groups; clap shows them as one list.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The incident's course.
    #[command(flatten)]
    Course(CourseVerb),
    /// People's words.
    #[command(flatten)]
    Words(WordVerb),
    /// What binds people.
    #[command(flatten)]
    Matters(MatterVerb),
    /// Looking at what was written.
    #[command(flatten)]
    Reading(ReadingVerb),
    /// The runbooks there are, and following one
    Runbook(RunbookArgs),
    /// Prove that a key may sign again: state newer, place unsigned, old signer off and silent
    Guard(Guard),
    /// Practice: the scenarios there are, and playing one
    Drill(Drill),
    /// Carrying incidents from host to host.
    #[command(flatten)]
    Carrying(CarryingVerb),
    /// About this installation.
    #[command(flatten)]
    Setup(SetupVerb),
    /// Run one step outside the console (the console starts this itself)
    #[command(hide = true)]
    Supervise(Supervise),
}

impl Verb {
    /// Does it; answers the process's exit code.
    ///
    /// # Errors
    /// The verb's own, each with its exit code.
    pub fn run(self, context: &mut Context) -> Result<u8, CliError> {
        let done = match self {
            Self::Drill(verb) => return verb.run(context),
            Self::Course(verb) => verb.run(context),
            Self::Words(verb) => verb.run(context),
            Self::Matters(verb) => verb.run(context),
            Self::Reading(verb) => verb.run(context),
            Self::Runbook(verb) => verb.run(context),
            Self::Guard(verb) => verb.run(context),
            Self::Carrying(verb) => verb.run(context),
            Self::Setup(verb) => verb.run(context),
            Self::Supervise(verb) => verb.run(context),
        };
        done.map(|()| DONE)
    }
}

/// A group: each verb with its line in the help; running the group runs the verb.
macro_rules! group {
    ($(#[$doc:meta])* $group:ident { $($(#[$vdoc:meta])* $verb:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Subcommand)]
        pub enum $group { $($(#[$vdoc])* $verb($verb)),+ }

        impl $group {
            fn run(self, context: &mut Context) -> Result<(), CliError> {
                match self { $(Self::$verb(verb) => verb.run(context)),+ }
            }
        }
    };
}

group! {
    /// The incident's course and its roles.
    CourseVerb {
        /// Begin an incident
        Declare,
        /// Make it worse or better, with the reason
        Severity,
        /// Move it on: active, mitigated, resolved, closed, cancelled
        Status,
        /// Who holds which role
        Role,
        /// Act as commander for a while, in an emergency: loud, recorded, ends by itself
        BreakGlass,
    }
}

group! {
    /// People's words.
    WordVerb {
        /// A remark for the timeline
        Note,
        /// Something known to be so, and how it is known
        Fact,
        /// Say that something looks wrong, or answer such a word
        Concern,
        /// Word from outside: users, researchers, other teams
        Report,
        /// A rumour, and what became of it
        Claim,
        /// A possible cause, or evidence about one
        Hypothesis,
    }
}

group! {
    /// What binds people.
    MatterVerb {
        /// Record a decision
        Decide,
        /// Put a question with options to the room
        Propose,
        /// Disagree; it is kept whatever is decided
        Object,
        /// Settle a proposal
        Settle,
        /// A standing order, pinned on every screen until lifted
        Order,
        /// One owner and a time box
        Task,
        /// Something to do after the incident
        Action,
        /// Say yes to a step that waits for it, or list what waits
        Approve,
        /// Correct an entry; the old words are shown struck out
        Amend,
        /// Strike an entry out of every export and draft
        Strike,
    }
}

group! {
    /// Looking at what was written.
    ReadingVerb {
        /// The merged timeline
        Log,
        /// The console's eyes without a console: lines for people, JSON for scripts; writes nothing
        Watch,
        /// Check chains and cross-references; names file and line of each fault
        Verify,
        /// What other operators say of themselves; sign a status of our own
        Peer,
        /// The post-mortem draft, from the log alone
        Postmortem,
    }
}

group! {
    /// Carrying incidents from host to host.
    CarryingVerb {
        /// Write an incident's shared chains into one file, for USB or chat; never anything internal
        Export,
        /// Take a bundle over; overwrites nothing, and names every fork
        Import,
        /// Carry entries between this host and an etcd cluster, without a console
        Share,
    }
}

group! {
    /// About this installation.
    SetupVerb {
        /// Write a commented configuration and roster to begin with
        Init,
        /// Check config, roster, keys, clock, disk, terminal, nodes, logs: what is wrong and how to mend it
        Doctor,
        /// Your own key and the sessions it has vouched for; renew or forget one
        Key,
        /// Print a completion script for a shell
        Completions,
    }
}

//! What binds people: `decide`, `propose`, `object`, `settle`, `order`, `task`, `action`.

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::record::record;
use crate::domain::command::Command;
use crate::domain::command::MatterCommand;
use crate::domain::event::TaskOutcome;
use crate::domain::id::PersonId;

fn matter(context: &mut Context, manner: &Manner, command: MatterCommand) -> Result<(), CliError> {
    record(context, manner, Command::Matter(command))
}

/// `warroom decide`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom decide \"restart now?\" \"no, not before two thirds\" --reason \"a split restart forks us\"

With options and objections first: warroom propose, object, settle.")]
pub struct Decide {
    /// What was to be decided
    question: String,
    /// The answer
    outcome: String,
    /// Why
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    manner: Manner,
}

impl Decide {
    /// Records a decision.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        matter(context, &self.manner, MatterCommand::Decide(self.question, self.outcome, self.reason))
    }
}

/// `warroom propose`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom propose \"restart now?\" yes \"not before two thirds\"")]
pub struct Propose {
    /// What is to be decided
    question: String,
    /// Between what
    options: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

impl Propose {
    /// Puts a question to the room.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        matter(context, &self.manner, MatterCommand::Propose(self.question, self.options))
    }
}

/// `warroom object`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom object alice@bastion/12 \"the canary has not finished\"

An objection is kept whatever is decided.")]
pub struct Object {
    /// The proposal or decision, as `warroom log` names it
    entry: String,
    /// Why
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

impl Object {
    /// Records dissent.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        matter(context, &self.manner, MatterCommand::Object(self.entry, self.text.join(" ")))
    }
}

/// `warroom settle`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom settle alice@bastion/12 \"not before two thirds\" --reason \"a split restart forks us\"")]
pub struct Settle {
    /// The proposal, as `warroom log` names it
    entry: String,
    /// The answer
    outcome: String,
    /// Why
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    manner: Manner,
}

impl Settle {
    /// Settles a proposal.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        matter(context, &self.manner, MatterCommand::Settle(self.entry, self.outcome, self.reason))
    }
}

/// `warroom order`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  warroom order NO RESTARTS before two thirds on 5.3.1
  warroom order lift alice@bastion/14 --reason \"barrier met\"

A standing order is pinned on every screen until it is lifted.")]
pub struct Order {
    #[command(subcommand)]
    verb: Option<OrderVerb>,
    /// The order
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Debug, Subcommand)]
enum OrderVerb {
    /// Lift a standing order
    Lift {
        /// The order's entry, as `warroom log` names it
        entry: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
}

impl Order {
    /// Gives a standing order, or lifts one.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = match self.verb {
            Some(OrderVerb::Lift { entry, reason }) => MatterCommand::Lift(entry, reason),
            None => MatterCommand::Order(self.text.join(" ")),
        };
        matter(context, &self.manner, command)
    }
}

/// `warroom task`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom task give carol --minutes 10 call northstake
  warroom task answer alice@bastion/15 done \"they restart at 04:00\"

A task has one owner and a time box; when it is over the console asks back.")]
pub struct Task {
    #[command(subcommand)]
    verb: TaskVerb,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Debug, Subcommand)]
enum TaskVerb {
    /// Give a task to somebody
    Give {
        /// Whose it is
        person: String,
        /// After how many minutes the console asks back
        #[arg(long, short, default_value_t = 15, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_080))]
        minutes: u32,
        /// What to do
        #[arg(required = true, num_args = 1..)]
        text: Vec<String>,
    },
    /// Say how a task ended
    Answer {
        /// The task's entry, as `warroom log` names it
        entry: String,
        /// How it ended
        outcome: End,
        /// In words
        #[arg(num_args = 0..)]
        text: Vec<String>,
    },
}

/// How a task ended.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum End {
    /// Done.
    Done,
    /// Could not be done.
    Failed,
    /// No longer wanted.
    Dropped,
}

impl Task {
    /// Gives a task, or answers one.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = match self.verb {
            TaskVerb::Give { person, minutes, text } => {
                MatterCommand::Task(PersonId::from(person), minutes, text.join(" "))
            }
            TaskVerb::Answer { entry, outcome, text } => {
                let outcome = match outcome {
                    End::Done => TaskOutcome::Done,
                    End::Failed => TaskOutcome::Failed,
                    End::Dropped => TaskOutcome::Dropped,
                };
                MatterCommand::AnswerTask(entry, outcome, text.join(" "))
            }
        };
        matter(context, &self.manner, command)
    }
}

/// `warroom action`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  warroom action \"alert on finality lag above 3 epochs\" --owner bob --due 2026-12-01
  warroom action close alice@bastion/21 \"rule merged\"

Something to do after the incident; the post-mortem lists them.")]
pub struct Action {
    #[command(subcommand)]
    verb: Option<ActionVerb>,
    /// What
    #[arg(required = true, num_args = 1..)]
    text: Vec<String>,
    /// Whose
    #[arg(long)]
    owner: Option<String>,
    /// By when: a date
    #[arg(long, default_value = "", value_name = "DATE")]
    due: String,
    #[command(flatten)]
    manner: Manner,
}

#[derive(Debug, Subcommand)]
enum ActionVerb {
    /// Close an action item
    Close {
        /// The item's entry, as `warroom log` names it
        entry: String,
        /// How it ended
        #[arg(num_args = 0..)]
        text: Vec<String>,
    },
}

impl Action {
    /// Opens an action item, or closes one.
    ///
    /// # Errors
    /// As [`record`].
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let command = match self.verb {
            Some(ActionVerb::Close { entry, text }) => MatterCommand::CloseAction(entry, text.join(" ")),
            None => MatterCommand::Action(self.text.join(" "), self.owner.map(PersonId::from), self.due),
        };
        matter(context, &self.manner, command)
    }
}

//! `warroom guard`: what must be proved before a key signs again. Exit 0 only when it is; runbooks call it in their checks,
//! and people by hand, on the host whose files and units are meant.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::silence;
use crate::runbook::guard::{Family, Place, Proof, above, covers, unit_off};
use crate::runtime::guard::{key_moved, state, unit};

/// `warroom guard`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom guard show ethereum interchange.json
  warroom guard covers cometbft /new/priv_validator_state.json /backup/priv_validator_state.json
  warroom guard above cometbft priv_validator_state.json --height 20740971 --at-least 20740968
  warroom guard off --unit validator --key-file /var/lib/validator/priv_validator_key.json
  warroom guard silent cometbft --url http://127.0.0.1:26657 --key 0A1B…

Exit codes: 0 proved · 3 not proved: do not sign · 2 a file that proves nothing · 4 could not look
(and that proves nothing either: unreachable is not dead).")]
pub struct Guard {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What a signer's file says that its keys have signed
    Show {
        /// Whose format
        family: FamilyWord,
        /// priv_validator_state.json, an EIP-3076 interchange, or tower-1_9-….bin
        file: PathBuf,
    },
    /// A signing state knows all that another one does: equal or newer for each key
    Covers {
        /// Whose format
        family: FamilyWord,
        /// The state that the key will sign with
        state: PathBuf,
        /// The older one: the backup, or what the old signer left behind
        older: PathBuf,
    },
    /// No key has signed at this place or beyond
    Above {
        /// Whose format
        family: FamilyWord,
        /// The state that the key will sign with
        state: PathBuf,
        /// The height it will sign next (CometBFT)
        #[arg(long, group = "place")]
        height: Option<u64>,
        /// The slot it will sign next (Ethereum blocks, Solana votes)
        #[arg(long, group = "place")]
        slot: Option<u64>,
        /// The target epoch it will sign next (Ethereum attestations)
        #[arg(long, group = "place")]
        epoch: Option<u64>,
        /// The last of the same kind that the chain saw these keys sign: a state that does not reach it is an older one
        #[arg(long, value_name = "N")]
        at_least: Option<u64>,
        /// Only this public key; may be given several times. Without it, every key of the file
        #[arg(long = "key", value_name = "KEY")]
        keys: Vec<String>,
    },
    /// The old signer, on this host, is off for good: its unit does not run and is not enabled, its key is moved away
    Off {
        /// Its systemd unit; may be given several times
        #[arg(long = "unit", value_name = "UNIT", required = true)]
        units: Vec<String>,
        /// Where its key was, in addition: a running signer keeps its key in memory; may be given several times
        #[arg(long = "key-file", value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// The chain goes on and sees nothing of these keys
    Silent(silence::Silent),
}

/// Whose format, as the command line takes it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FamilyWord {
    /// priv_validator_state.json
    Cometbft,
    /// EIP-3076 interchange
    Ethereum,
    /// tower-1_9-….bin
    Solana,
}

impl FamilyWord {
    /// As the guards know it.
    pub const fn family(self) -> Family {
        match self {
            Self::Cometbft => Family::Cometbft,
            Self::Ethereum => Family::Ethereum,
            Self::Solana => Family::Solana,
        }
    }
}

impl Guard {
    /// Looks, says what was found, and ends with the judgement.
    ///
    /// # Errors
    /// Not proved (3), a file that proves nothing (2), or it could not look (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let proof = match self.what {
            What::Show { family, file } => return show(context, family.family(), &file),
            What::Covers { family, state: new, older } => {
                let read = |path: &PathBuf| state(family.family(), path).map_err(CliError::Usage);
                covers(&read(&new)?, &read(&older)?)
            }
            What::Above { family, state: file, height, slot, epoch, at_least, keys } => {
                let fits = match family {
                    FamilyWord::Cometbft => height,
                    FamilyWord::Ethereum => slot.or(epoch),
                    FamilyWord::Solana => slot,
                };
                let place = fits.ok_or_else(|| {
                    CliError::usage("say where it will sign next: --height (cometbft), --slot or --epoch (ethereum), --slot (solana)")
                })?;
                let keys: Vec<String> = keys.iter().map(|k| normal(family, k)).collect();
                let place = Place { next: place, at_least, epoch: epoch.is_some() };
                above(&state(family.family(), &file).map_err(CliError::Usage)?, &keys, place)
            }
            What::Off { units, files } => {
                let mut proof = Proof::default();
                for name in &units {
                    proof.and(unit_off(&unit(name).map_err(CliError::Failed)?));
                }
                files.iter().for_each(|f| proof.and(key_moved(f)));
                proof
            }
            What::Silent(args) => args.look(context.clock()?.as_ref())?,
        };
        told(context, &proof)
    }
}

/// One spelling of a key: Ethereum's are written in capitals and in small letters.
fn normal(family: FamilyWord, key: &str) -> String {
    if matches!(family, FamilyWord::Ethereum) { key.to_ascii_lowercase() } else { key.to_owned() }
}

fn show(context: &mut Context, family: Family, file: &std::path::Path) -> Result<(), CliError> {
    let state = state(family, file).map_err(CliError::Usage)?;
    if let Some(chain) = &state.chain {
        context.out.line(&format!("chain {chain}"));
    }
    for (key, high) in &state.keys {
        let name = if key.is_empty() { "signer" } else { key };
        context.out.line(&format!("{name}  {high}"));
    }
    Ok(())
}

fn told(context: &mut Context, proof: &Proof) -> Result<(), CliError> {
    proof.says().iter().for_each(|s| context.out.line(s));
    if proof.is_proved() {
        return Ok(());
    }
    let why = proof.says().first().map_or("nothing was looked at", String::as_str);
    Err(CliError::Refused(format!("not proved, do not sign: {why}")))
}

//! `warroom peer`: what other operators say of themselves, and saying it ourselves.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::own_key;
use crate::cli::record::sound;
use crate::config::load_config;
use crate::config::load_roster;
use crate::domain::text::is_forbidden;
use crate::domain::time::At;
use crate::keys::namespace;
use crate::peers::MAX_DOCUMENT;
use crate::peers::Memory;
use crate::peers::PeerSet;
use crate::peers::model::PeerReport;
use crate::peers::read_status;
use crate::runtime::peer_watch::Watched;
use crate::runtime::peer_watch::round;
use crate::runtime::signing::TOUCH_LIMIT;
use crate::telemetry::Http;

/// `warroom peer`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom peer show                                      what every operator says, and what it is worth
  warroom peer show --json | jq -r '.[] | select(.trust != \"verified\") | .id'
  warroom peer sign status.json --key ~/.ssh/id_ed25519 > northstake.json

Documents come from the roster's `status` addresses and files and from the folder peers/.
docs/peers.md has the format, and a publisher of thirty lines with jq and ssh-keygen.")]
pub struct Peer {
    #[command(subcommand)]
    verb: PeerVerb,
}

#[derive(Debug, Subcommand)]
enum PeerVerb {
    /// Read and fetch every operator's document once, and say what each is worth
    Show {
        /// Answer as JSON: one array of operators
        #[arg(long)]
        json: bool,
    },
    /// Sign a status object with your own key, and print the envelope
    Sign {
        /// The status object; - reads it from stdin
        file: PathBuf,
        /// The SSH key: a file, private or public, a key's line, or a fingerprint; else the configuration's, else the agent's
        #[arg(long, env = "WARROOM_KEY", value_name = "KEY")]
        key: Option<String>,
    },
}

impl Peer {
    /// Shows, or signs.
    ///
    /// # Errors
    /// Wrong use or a bad file (2), could not (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        match self.verb {
            PeerVerb::Show { json } => show(context, json),
            PeerVerb::Sign { file, key } => sign(context, &file, key),
        }
    }
}

/// One operator, for scripts.
#[derive(Serialize)]
struct Line {
    id: String,
    trust: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stake: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_s: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    origin: String,
}

fn show(context: &mut Context, json: bool) -> Result<(), CliError> {
    let paths = context.paths()?;
    let roster = sound(load_roster(&paths.roster()))?;
    let config = sound(load_config(&paths.config()))?;
    let clock = context.clock()?;
    let watched = Watched { folder: paths.peers(), roster, networks: config.networks, clock: clock.clone() };
    let (http, mut memory, mut set) = (Http::new(), Memory::default(), PeerSet::default());
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::failed)?;
    let faults = waiting.block_on(round(&watched, &http, &mut memory, &mut set));
    let now = clock.now();
    let mut lines: Vec<Line> = set.iter().map(|report| said(report, now)).collect();
    let silent = watched.roster.operators.iter().filter(|o| !lines.iter().any(|l| l.id == o.name.as_str()));
    let silent: Vec<Line> = silent.map(|o| silence(o.name.as_str(), o.stake)).collect();
    lines.extend(silent);
    for fault in &faults {
        context.out.talk(&format!("warroom: {fault}"));
    }
    if json {
        return context.out.json(&lines);
    }
    if lines.is_empty() {
        context.out.talk("nobody: the roster has no operator, and nothing was dropped into peers/");
    }
    for line in &lines {
        context.out.line(&words(line));
    }
    Ok(())
}

fn said(report: &PeerReport, now: At) -> Line {
    Line {
        id: report.operator.to_string(),
        trust: report.trust.as_str(),
        why: report.why.clone(),
        stake: report.stake,
        age_s: Some(report.age(now).secs()),
        summary: report.document.as_ref().map(|_| report.summary()).unwrap_or_default(),
        origin: report.origin.clone(),
    }
}

/// An operator of the roster who has said nothing.
fn silence(operator: &str, stake: u64) -> Line {
    Line {
        id: operator.to_owned(),
        trust: "missing",
        why: "no document".to_owned(),
        stake: Some(stake),
        age_s: None,
        summary: String::new(),
        origin: String::new(),
    }
}

fn words(line: &Line) -> String {
    let mut text = format!("{:<16} {:<16}", line.id, line.trust);
    text.push_str(&line.stake.map_or_else(|| " stake ?".to_owned(), |s| format!(" stake {s}")));
    text.push_str(&line.age_s.map(|s| format!("  {s} s old")).unwrap_or_default());
    for more in [&line.summary, &line.why] {
        if !more.is_empty() {
            text.push_str(&format!("  {more}"));
        }
    }
    text
}

fn sign(context: &mut Context, file: &std::path::Path, key: Option<String>) -> Result<(), CliError> {
    let text = read(file)?;
    let bad = |why: String| CliError::Usage(format!("{}: {why}; docs/peers.md has the format", file.display()));
    let status: &RawValue = serde_json::from_str(&text).map_err(|why| bad(format!("is not JSON: {why}")))?;
    let document = read_status(status.get()).map_err(bad)?;
    if let Some(c) = status.get().chars().find(|c| is_forbidden(*c) && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(bad(format!("holds {} as it is; write \\u{:04x} in its place", c.escape_unicode(), u32::from(c))));
    }
    let purpose = if document.drill { namespace::DRILL } else { namespace::PEER };
    let own = own_key::named(context, key)?.map_err(CliError::Failed)?;
    if own.key().kind().is_hardware() {
        context.out.talk(&format!("{}: {}", own.key().fingerprint(), own.awaited()));
    }
    let signed = own.sign(purpose, status.get().as_bytes(), TOUCH_LIMIT);
    let sig = signed.map_err(|why| CliError::Failed(format!("{} did not sign: {why}", own.key().fingerprint())))?.sig;
    // Exactly the bytes that were signed: written anew they might differ.
    context.out.raw(&format!("{{\"status\":{},\"sig\":\"{sig}\"}}\n", status.get()));
    Ok(())
}

fn read(file: &std::path::Path) -> Result<String, CliError> {
    let cannot = |why: std::io::Error| CliError::Usage(format!("{}: cannot be read: {why}", file.display()));
    let limit = u64::try_from(MAX_DOCUMENT).unwrap_or(u64::MAX);
    let mut text = String::new();
    if file == std::path::Path::new("-") {
        std::io::stdin().take(limit + 1).read_to_string(&mut text).map_err(cannot)?;
    } else {
        std::fs::File::open(file).map_err(cannot)?.take(limit + 1).read_to_string(&mut text).map_err(cannot)?;
    }
    if text.len() > MAX_DOCUMENT {
        return Err(CliError::Usage(format!(
            "{}: larger than {} KiB; nobody would read it",
            file.display(),
            limit / 1024
        )));
    }
    Ok(text)
}

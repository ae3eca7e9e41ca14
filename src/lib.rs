//! warroom: the console that people open when a decentralized network is in trouble.
//!
//! Data takes one way through the house: sources, keys, timers, step output and other writers' entries become messages in
//! one bounded queue; the app answers them with effects, purely; the runtime carries the effects out and appends events to
//! the journal; an entry that comes back from the journal changes the incident; the ui draws what changed.
//!
//! # The map (a room imports only from rows above its own, never from a neighbour in its row)
//!
//! | room | what is in it |
//! |---|---|
//! | `domain` | pure: names, time, entries, events, the incident, commands and decisions, signals, verdicts |
//! | `keys` `serve` | public keys, SSHSIG, session keys, people's own keys; HTTP in, bounded |
//! | `config` `journal` `runbook` `telemetry` `peers` | set-up files; entries on disk; Markdown to steps; real nodes; others' status |
//! | `drill` `report` `share` | scenarios on a virtual clock; the post-mortem draft; bundles and etcd that carry chains |
//! | `app` | the brain of the loop, still pure: model, messages, effects, keys |
//! | `ui` | the view: theme, layout, text, panes; draws and changes nothing |
//! | `runtime` | the shell: event loop, terminal guard, processes, clock, signals, paths |
//! | `cli` | the command line, one file for each verb |
//!
//! # What always holds
//!
//! 1. *Log first.* State changes only through an entry that was appended.
//! 2. *Total fold.* Applying an entry cannot fail, panic, block or read anything but its arguments.
//! 3. *Same eyes.* Live, drill, replay and plain output share one road and one view model.
//! 4. *Drawing only reads.* Drawing twice changes nothing; nothing draws when nothing changed.
//! 5. *No hidden time or chance.* The same inputs and seed give the same bytes.
//! 6. *Facts and samples are two planes.* Facts are journalled, samples live in rings.
//! 7. *Everything has a limit,* and what happens there stands beside the number.
//! 8. *The console outlives its disk.* An entry is synced or held, and held ones are shown as unsaved.
//! 9. *Local and reported are two kinds of truth* and are never added up.
//! 10. *Text from outside is untrusted* until the ui has made it drawable.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod drill;
pub mod journal;
pub mod keys;
pub mod peers;
pub mod report;
pub mod runbook;
pub mod runtime;
pub mod serve;
pub mod share;
pub mod telemetry;
pub mod ui;

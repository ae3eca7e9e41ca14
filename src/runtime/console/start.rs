//! Starting and ending: the terminal first, a frame at once, then everything else; whatever happens, the terminal is given back.

use std::io::Write;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::mpsc::{Sender, channel};

use crate::app::model::{Around, Me, Model};
use crate::domain::id::{IncidentId, PersonId};
use crate::domain::text::Shown;
use crate::domain::time::Clock;
use crate::drill::Speed;
use crate::drill::folder::Folder;
use crate::runtime::console::canvas::Canvas;
use crate::runtime::console::live;
use crate::runtime::paths::Paths;
use crate::runtime::steps::surroundings;
use crate::runtime::terminal::{TerminalGuard, TtyError, give_back, window_size};
use crate::ui::theme::choose;

/// What the console is started with.
pub struct ConsoleOptions {
    /// Where things live.
    pub paths: Paths,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who acts.
    pub person: PersonId,
    /// The incident to open; else the only open one.
    pub incident: Option<IncidentId>,
    /// A drill to play instead of watching.
    pub drill: Option<DrillOptions>,
}

/// A drill to play.
#[derive(Clone, Debug)]
pub struct DrillOptions {
    /// The scenario with all that belongs to it.
    pub folder: Folder,
    /// The seed; the scenario's own when `None`.
    pub seed: Option<u64>,
    /// How fast the clock runs.
    pub speed: Speed,
}

/// Why the console ended badly, or never began.
#[derive(Debug, Error)]
pub enum ConsoleError {
    /// No terminal.
    #[error(transparent)]
    Tty(#[from] TtyError),
    /// The system refused.
    #[error("the console cannot run: {0}")]
    System(#[from] std::io::Error),
    /// A fault of ours; the message is on the terminal already.
    #[error("warroom failed; what was recorded is safe. Please report the message above")]
    Panicked,
}

/// Runs the console until it is left; answers the signal that ended it, or 0.
///
/// # Errors
/// When there is no terminal, or the system refuses.
pub fn run(options: ConsoleOptions) -> Result<u8, ConsoleError> {
    let guard = TerminalGuard::take()?;
    // A terminal that does not know its size is taken for the usual one.
    let size = window_size().unwrap_or((80, 24));
    let drilled = options.drill.as_ref().map(|d| &d.folder.scenario);
    let player = drilled.and_then(|s| s.players.first()).map(|p| p.name.clone());
    let me = Me {
        person: player.unwrap_or_else(|| options.person.clone()),
        host: drilled.map_or_else(host_name, |s| s.host.clone()),
        user: user_name(),
        home: options.paths.data_dir.display().to_string(),
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let theme = choose(no_color, None, &[]).map_err(|e| std::io::Error::other(e.to_string()))?;
    let mut model = Model::new(me, options.clock.now(), size, if no_color { "plain" } else { "dark" });
    if drilled.is_none() {
        model.around = around(&options.paths);
    }
    let mut canvas = Canvas::new(size, theme)?;
    let mut first = std::io::stdout().lock();
    first.write_all(&canvas.frame(&model)?)?;
    first.flush()?;
    drop(first);
    let (panicked, panics) = channel(1);
    catch_panics(panicked);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let ended = runtime.block_on(live::live(options, &mut model, &mut canvas, panics));
    drop(guard);
    // Pollers and watchers hold nothing that must be ended in order; the journal was closed above.
    runtime.shutdown_background();
    ended
}

/// The world of commands here, as it is shown before one runs; the incident's id is told by the incident itself.
fn around(paths: &Paths) -> Around {
    let world = surroundings(paths, IncidentId::from(""));
    let folder = world.cwd.display().to_string();
    let env = vec![
        format!("PATH={}", world.path),
        format!("HOME={}", world.home.display()),
        "LANG=C.UTF-8".to_owned(),
        "TERM=dumb".to_owned(),
        format!("WARROOM_HOME={}", world.warroom_home.display()),
    ];
    Around { folder, env }
}

/// A panic anywhere gives the terminal back before its message is printed, and ends the console.
fn catch_panics(told: Sender<()>) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        give_back();
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|v| v != "0") {
            before(info);
        } else {
            let payload = info.payload();
            let said = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
            // A stderr that cannot be written leaves nowhere to say so.
            drop(writeln!(std::io::stderr(), "{}", last_words(said, info.location())));
        }
        // Full means that somebody has told already.
        let _ = told.try_send(());
    }));
}

/// What a panic says after the terminal was given back. What stands in quotes is data that may come from outside, or be secret: it is
/// left out; the place in the source says the rest (`RUST_BACKTRACE=1` shows all).
fn last_words(what: Option<&str>, place: Option<&std::panic::Location<'_>>) -> Shown {
    let said = what.unwrap_or("no message");
    let ours = said.split(['`', '"', '\'']).next().unwrap_or_default();
    let place = place.map(ToString::to_string).unwrap_or_default();
    Shown::line(&format!(
        "warroom broke at {place}: {ours}; what was acknowledged is in the log. RUST_BACKTRACE=1 tells more"
    ))
}

/// This machine's name, as the log's writers carry it.
#[must_use]
pub fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

/// Tells this machine from another one of the same name: 4 digits of a hash of its machine id, which itself is nobody's
/// business; empty where the system has none.
#[must_use]
pub fn machine_mark() -> String {
    let read = |path| std::fs::read_to_string(path).ok().filter(|id| !id.trim().is_empty());
    let id = ["/etc/machine-id", "/var/lib/dbus/machine-id"].into_iter().find_map(read);
    let hashed = |id: String| crate::journal::Hash::of(format!("warroom machine {}", id.trim()).as_bytes()).to_string();
    id.map(hashed).and_then(|hash| hash.get(..4).map(str::to_owned)).unwrap_or_default()
}

/// The login name: `LOGNAME`, `USER`, else the account's line in `/etc/passwd` (a service has no environment).
#[must_use]
pub fn login_name() -> Option<String> {
    let from_environment = ["LOGNAME", "USER"].iter().find_map(|v| std::env::var(v).ok().filter(|n| !n.is_empty()));
    from_environment.or_else(|| {
        let uid = rustix::process::getuid().as_raw().to_string();
        let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
        let line = accounts.lines().find(|l| l.split(':').nth(2) == Some(uid.as_str()))?;
        line.split(':').next().map(str::to_owned)
    })
}

/// The account commands run under.
#[must_use]
pub fn user_name() -> String {
    login_name().unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn a_panic_tells_no_data_and_drives_no_terminal() {
        let said = last_words(Some("byte index 1 is not a boundary of `hunter2\u{1b}[2J`\u{9b}2J"), None);
        assert!(said.as_str().contains("byte index 1 is not a boundary of ;"), "{said}");
        assert!(!said.as_str().contains("hunter2") && said.as_str().is_ascii());
        assert!(last_words(Some("the clock \u{1b}[2J broke"), None).as_str().contains("\\u{1b}[2J broke"));
    }
}

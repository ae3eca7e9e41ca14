//! `warroom runbook fetch`: the configured repository's newest runbooks, verified, into the mirror of this host.
//! Nothing here fetches or verifies (`runtime::books`).

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::cli::record::sound;
use crate::config::load_config;
use crate::runbook::mirror::Mirror;
use crate::runtime::books::{FetchError, Order, Signers, fetch, shelf};

/// Fetches, and says what is in force now.
///
/// # Errors
/// No repository is configured (2), what came is not to be believed (3), or it did not come (4).
pub fn run(context: &mut Context, unsigned: bool, rewritten: bool) -> Result<(), CliError> {
    let paths = context.paths()?;
    let file = paths.config();
    let Some(settings) = sound(load_config(&file))?.runbooks else {
        let form = "[runbooks]\ngit = \"https://git.example.org/ops/runbooks.git\"";
        return Err(CliError::Usage(format!("{}: no repository of runbooks is named; add\n{form}", file.display())));
    };
    let signers = Signers::of(&settings, &paths);
    if let Ok(signers) = &signers {
        signers.others.iter().for_each(|why| context.out.talk(&format!("warroom: does not count: {why}")));
    }
    let now = context.clock()?.now();
    let mirror = Mirror::of(&paths.state_dir);
    context.out.talk(&format!("fetching {} of {}", settings.reference, settings.git));
    let order = Order {
        settings: &settings,
        signers: signers.as_ref().map(|s| s.text.as_str()).map_err(Clone::clone),
        unsigned,
        rewritten,
        now,
    };
    let stand =
        fetch(&mirror, &order, &mut |line| context.out.talk(&format!("  git: {line}"))).map_err(|why| match why {
            FetchError::Refused(why) => CliError::Refused(why),
            FetchError::Failed(why) => CliError::Failed(why),
        })?;
    let keys = signers.map(|s| s.keys).unwrap_or_default();
    context.out.line(&stand.says(&keys, now));
    let shelf = shelf(&paths, now);
    for book in shelf.books().iter().filter(|b| b.commit == stand.commit) {
        context.out.line(&format!("  {:<20} r{:<3} {}  {}", book.id, book.revision, book.digest(), book.title));
    }
    shelf.faults().iter().for_each(|fault| context.out.talk(fault));
    Ok(())
}

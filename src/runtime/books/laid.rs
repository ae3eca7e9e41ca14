//! The shelf of this host: what is built in, over it the mirror of the repository that the configuration names, over both
//! the folder. Must not fetch anything: this is what works on a night without a network.

use crate::config::{BooksSettings, load_config};
use crate::domain::time::At;
use crate::runbook::mirror::{Mirror, Stand};
use crate::runbook::shelf::Shelf;
use crate::runtime::books::signers::Signers;
use crate::runtime::paths::Paths;

/// Every runbook at hand.
#[must_use]
pub fn shelf(paths: &Paths, now: At) -> Shelf {
    let config = load_config(&paths.config()).value;
    let Some(settings) = config.runbooks else { return Shelf::load(&paths.runbooks()) };
    let (mirror, mut faults) = (Mirror::of(&paths.state_dir), Vec::new());
    let signers = Signers::of(&settings, paths).unwrap_or_else(|why| {
        faults.push(format!("nobody's signature on runbooks counts: {why}"));
        Signers::default()
    });
    let stands = standing(&mirror, &settings).unwrap_or_else(|why| {
        faults.push(why);
        None
    });
    let Some(stand) = stands else {
        faults.push(format!("nothing of {} was fetched yet: warroom runbook fetch", settings.git));
        return Shelf::load_over((Vec::new(), faults), None, &paths.runbooks());
    };
    let (books, broken) = mirror.books(&stand, &signers.keys);
    faults.extend(broken);
    Shelf::load_over((books, faults), Some(stand.says(&signers.keys, now)), &paths.runbooks())
}

/// What stands of the repository that the settings name; `None` where that is another one's, or nothing.
///
/// # Errors
/// When it cannot be read.
pub fn standing(mirror: &Mirror, settings: &BooksSettings) -> Result<Option<Stand>, String> {
    let same = |s: &Stand| {
        (&s.git, &s.reference, &s.folder) == (&settings.git, &settings.reference.to_string(), &settings.folder)
    };
    Ok(mirror.stand()?.filter(same))
}

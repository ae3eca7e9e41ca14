//! docs/signals.md is the catalogue's mirror: its table equals the catalogue, row for row.

use std::path::Path;

use warroom::domain::signal::{CATALOGUE, Worse};
use warroom::domain::verdict::Limits;

fn table() -> String {
    let mut out = String::from("| signal | short | unit | worse | meaning |\n|---|---|---|---|---|\n");
    for s in CATALOGUE {
        let worse = match s.worse {
            Worse::Up => "up",
            Worse::Down => "down",
            Worse::Neither => "told",
        };
        let unit = if s.unit.is_empty() { "–" } else { s.unit };
        out.push_str(&format!("| `{}` | {} | {unit} | {worse} | {} |\n", s.name, s.short, s.meaning));
    }
    out
}

#[test]
fn the_table_equals_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/signals.md");
    let mut docs = std::fs::read_to_string(&path).unwrap();
    let table = table();
    if std::env::var_os("WARROOM_WRITE_DOCS").is_some() {
        let from = docs.find("| signal | short |").unwrap();
        let to = from + docs[from..].find("\n\n").unwrap() + 1;
        docs.replace_range(from..to, &table);
        std::fs::write(&path, &docs).unwrap();
    }
    assert!(
        docs.contains(&table),
        "docs/signals.md is made from the catalogue: run this test with WARROOM_WRITE_DOCS=1"
    );
}

/// The limits that the page names are the ones in force.
#[test]
fn the_limits_are_the_ones_in_force() {
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/signals.md")).unwrap();
    let l = Limits::default();
    for words in [
        format!("warn above {} block times, bad above {}", l.head_age_warn_slots, l.head_age_bad_slots),
        format!("warn above {} epochs, bad above {}", l.finality_warn_epochs, l.finality_bad_epochs),
        format!("warn after {} blocks, bad after {}", l.finality_warn_blocks, l.finality_bad_blocks),
        format!("{} samples in a row", l.raise_after),
        format!("({} for slow host values)", l.raise_after_host),
        format!("{} good samples", l.clear_after),
        format!("warn below {} %, bad below {} %", l.disk_warn_pct, l.disk_bad_pct),
    ] {
        assert!(docs.contains(&words), "docs/signals.md does not say: {words}");
    }
}

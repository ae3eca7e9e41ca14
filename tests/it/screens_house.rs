//! What holds for the view's source: text reaches cells in one place only, and panes name roles, never colours.

use std::path::Path;

fn sources(dir: &Path, out: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else {
            out.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn only_a_row_writes_text_into_cells_and_only_themes_know_colours() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"), &mut files);
    assert!(files.len() > 10);
    for (file, text) in files {
        let writes = [
            "set_string",
            "set_symbol",
            "set_char",
            "Span::styled",
            "Span::raw",
            "Line::from",
            "Paragraph",
            "set_line",
            "set_span",
        ];
        if !file.ends_with("ui/row.rs") {
            for word in writes {
                assert!(
                    !text.contains(word),
                    "{file} uses {word}: only ui/row.rs writes text, and only sanitised text"
                );
            }
        }
        if !file.contains("ui/theme/") {
            assert!(!text.contains("Color::"), "{file} names a colour: panes name roles, themes give colours");
        }
    }
}

#[test]
fn the_document_of_keys_is_the_key_map() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    let wanted = warroom::ui::help_text();
    if std::env::var_os("WARROOM_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(held, wanted, "docs/keys.md is made from the key map: run this test with WARROOM_WRITE_DOCS=1");
}

//! Themes: every shipped one is whole; faults of a file name the line and the nearest right word.

use rstest::rstest;
use warroom::ui::theme::{BUILT_IN, Role, Theme, built_in, choose};

#[test]
fn every_shipped_theme_gives_every_role_a_style() {
    for (name, text) in BUILT_IN {
        let theme = built_in(name).unwrap_or_else(|| panic!("themes/{name}.toml does not parse"));
        assert_eq!(theme.name, *name);
        for role in Role::ALL {
            let line = text.lines().find(|l| l.split('=').next().is_some_and(|k| k.trim() == role.name()));
            assert!(line.is_some(), "themes/{name}.toml leaves out {}", role.name());
        }
    }
}

#[test]
fn without_colour_means_without_colour() {
    let plain = choose(true, Some("dark"), &[]).unwrap();
    for role in Role::ALL {
        let style = plain.style(*role);
        assert!(style.fg.is_none() && style.bg.is_none(), "{} has a colour", role.name());
    }
}

#[rstest]
#[case("[role]\nbadd = \"red\"\n", "themes/x.toml:2: unknown role `badd`; did you mean `bad`?")]
#[case(
    "name = \"x\"\n\n[role]\nbad = \"redd\"\n",
    "themes/x.toml:4: unknown colour or word `redd`; did you mean `red`?"
)]
#[case("[role]\nbad = \"red on\"\n", "themes/x.toml:2: `on` needs a colour after it: \"white on red\"")]
#[case("[role]\nbad = 7\n", "themes/x.toml:2: a style is text: \"bold red\"")]
#[case("[colors]\n", "themes/x.toml:1: `colors` is not part of a theme: it has `name = \"…\"` and a table [role]")]
fn a_fault_names_line_and_remedy(#[case] text: &str, #[case] said: &str) {
    assert_eq!(Theme::parse("themes/x.toml", text).unwrap_err().to_string(), said);
}

#[test]
fn not_toml_names_the_line() {
    let e = Theme::parse("themes/x.toml", "name = \"x\"\n[role\n").unwrap_err();
    assert_eq!((e.line, e.file.as_str()), (2, "themes/x.toml"));
}

#[test]
fn the_users_file_wins_and_an_unknown_name_lists_the_known() {
    let own = [("/home/a/themes/dark.toml".to_owned(), "name = \"mine\"".to_owned())];
    assert_eq!(choose(false, None, &own).unwrap().name, "mine");
    let e = choose(false, Some("drak"), &[]).unwrap_err().to_string();
    assert!(e.contains("dark, light, high-contrast, plain"), "{e}");
}

//! The themes in the binary, and which one to take. A file of the same name in the home's `themes/` wins; it is read elsewhere.

use super::parse::ThemeError;
use super::role::Theme;

/// Name and text of every theme in the binary; the first one is taken when nothing is asked for.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("plain", include_str!("../../../themes/plain.toml")),
];

/// A theme of the binary by its name.
#[must_use]
pub fn built_in(name: &str) -> Option<Theme> {
    let (name, text) = BUILT_IN.iter().find(|(n, _)| *n == name)?;
    Theme::parse(&format!("themes/{name}.toml"), text).ok()
}

/// The theme to use. `no_color`: the variable NO_COLOR is set and not empty; it beats every wish.
/// `files`: name and text of the user's own theme files.
///
/// # Errors
/// The file has a fault, or there is no theme of that name (the error lists them).
pub fn choose(no_color: bool, wanted: Option<&str>, files: &[(String, String)]) -> Result<Theme, ThemeError> {
    let wanted = if no_color { "plain" } else { wanted.unwrap_or("dark") };
    let own = |(file, _): &&(String, String)| {
        file.rsplit('/').next().and_then(|f| f.strip_suffix(".toml")).is_some_and(|stem| stem == wanted)
    };
    if let (false, Some((file, text))) = (no_color, files.iter().find(own)) {
        return Theme::parse(file, text);
    }
    built_in(wanted).ok_or_else(|| {
        let names: Vec<&str> = BUILT_IN.iter().map(|(n, _)| *n).collect();
        ThemeError {
            file: format!("themes/{wanted}.toml"),
            line: 1,
            what: format!("there is no such theme; put the file there or take one of {}", names.join(", ")),
        }
    })
}

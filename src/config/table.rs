//! Reads one TOML table key by key. Whatever does not fit becomes a problem with its line, and reading goes on.
//! Must not know what the keys mean.

use toml::de::DeTable;
use toml::de::DeValue;

use super::nearest::advice;
use super::problem::Report;

/// A value and the byte where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

/// One table and how it is called in a message.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    /// Where it begins.
    pub(super) at: usize,
    name: &'a str,
}

impl<'a> Table<'a> {
    pub(super) const fn new(entries: &'a DeTable<'a>, at: usize, name: &'a str) -> Self {
        Self { entries, at, name }
    }

    /// Every key that is not in `known` is a problem that names the nearest known one.
    pub(super) fn only(&self, report: &mut Report<'_>, known: &[&str]) {
        for key in self.entries.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                report.add(key.span().start, format!("unknown key `{name}` in {}; {}", self.name, advice(name, known)));
            }
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn is_text(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|v| v.get_ref().is_str())
    }

    /// Text, where the key is there and is text.
    pub(super) fn text(&self, report: &mut Report<'_>, key: &str) -> Option<Found<&'a str>> {
        self.get(report, key, "text in quotes", DeValue::as_str)
    }

    /// Text that must be there and not be empty.
    pub(super) fn needed(&self, report: &mut Report<'_>, key: &str, example: &str) -> Option<Found<&'a str>> {
        if !self.has(key) {
            report.add(self.at, format!("{} has no `{key}`; add `{key} = {example}`", self.name));
            return None;
        }
        let found = self.text(report, key)?;
        if found.value.trim().is_empty() {
            report.add(found.at, format!("`{key}` is empty; write `{key} = {example}`"));
            return None;
        }
        Some(found)
    }

    pub(super) fn flag(&self, report: &mut Report<'_>, key: &str) -> Option<Found<bool>> {
        self.get(report, key, "true or false", DeValue::as_bool)
    }

    /// A whole number.
    pub(super) fn whole(&self, report: &mut Report<'_>, key: &str) -> Option<Found<i64>> {
        self.get(report, key, "a whole number", integer)
    }

    /// A number, whole or not, never infinite.
    pub(super) fn number(&self, report: &mut Report<'_>, key: &str) -> Option<Found<f64>> {
        self.get(report, key, "a finite number", |v| {
            let text = v.as_float().map(|f| f.as_str().replace('_', ""));
            let from_float = text.and_then(|t| t.parse::<f64>().ok()).filter(|n| n.is_finite());
            from_float.or_else(|| integer(v).and_then(|i| i32::try_from(i).ok()).map(f64::from))
        })
    }

    /// A list of texts; empty when the key is not there.
    pub(super) fn texts(&self, report: &mut Report<'_>, key: &str) -> Vec<Found<&'a str>> {
        let Some(list) = self.get(report, key, "a list of texts, [\"a\", \"b\"]", DeValue::as_array) else {
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list.value {
            match item.get_ref().as_str() {
                Some(value) => texts.push(Found { value, at: item.span().start }),
                None => report
                    .add(item.span().start, format!("`{key}` holds {}; every item must be text", kind(item.get_ref()))),
            }
        }
        texts
    }

    /// A table of its own, `key = { … }` or `[key]`.
    pub(super) fn table(&self, report: &mut Report<'_>, key: &'a str) -> Option<Self> {
        let found = self.get(report, key, "a table, { … }", DeValue::as_table)?;
        Some(Self::new(found.value, found.at, key))
    }

    /// `[[key]]`, any number of them; `name` is how one is called in a message.
    pub(super) fn tables(&self, report: &mut Report<'_>, key: &str, name: &'a str) -> Vec<Self> {
        let Some(list) = self.get(report, key, &format!("a list of tables; write {name}"), DeValue::as_array) else {
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in list.value {
            match item.get_ref().as_table() {
                Some(entries) => tables.push(Self::new(entries, item.span().start, name)),
                None => report.add(item.span().start, format!("`{key}` holds {}; write {name}", kind(item.get_ref()))),
            }
        }
        tables
    }

    fn get<T>(
        &self,
        report: &mut Report<'_>,
        key: &str,
        wanted: &str,
        read: impl Fn(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<Found<T>> {
        let item = self.entries.get(key)?;
        let at = item.span().start;
        let value = read(item.get_ref());
        if value.is_none() {
            report.add(at, format!("`{key}` is {}; it must be {wanted}", kind(item.get_ref())));
        }
        value.map(|value| Found { value, at })
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let value = value.as_integer()?;
    i64::from_str_radix(value.as_str(), value.radix()).ok()
}

/// What a value is, in words.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

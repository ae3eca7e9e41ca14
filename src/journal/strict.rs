//! What JSON a log may hold: unique keys, no floats, integers below 2^53. Checked on writing and by `verify`.
//! Must not know what the keys mean.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use crate::journal::limits::INTEGER_MAX;

/// Checks a JSON text.
///
/// # Errors
/// The first thing that a log may not hold, in words.
pub(super) fn check(json: &str) -> Result<(), String> {
    let mut de = serde_json::Deserializer::from_str(json);
    de.deserialize_any(Strict).and_then(|()| de.end()).map_err(|e| e.to_string())
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without floats, without repeated keys, with integers below 2^53")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<(), E> {
        if n < INTEGER_MAX { Ok(()) } else { Err(E::custom(format!("the integer {n} is not below 2^53"))) }
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<(), E> {
        self.visit_u64(n.unsigned_abs())
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<(), E> {
        Err(E::custom(format!("the number {n} is a float or too large")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Strict)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(Strict)?;
            if let Some(twice) = keys.replace(key) {
                return Err(A::Error::custom(format!("the key `{twice}` stands there twice")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_a_log_may_not_hold() {
        for good in [r#"{"a":[1,-2,9007199254740991,null,true,"x"],"b":{}}"#, "[]", "\"x\""] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            (r#"{"a":1.5}"#, "float"),
            (r#"{"a":1e2}"#, "float"),
            (r#"{"a":9007199254740992}"#, "2^53"),
            (r#"{"a":-9007199254740992}"#, "2^53"),
            (r#"{"a":{"b":1,"c":2,"b":3}}"#, "twice"),
            (r#"{"a":1} {}"#, "trailing"),
            (r#"{"a":"#, "EOF"),
        ] {
            let said = check(bad).unwrap_err();
            assert!(said.contains(why), "{bad}: {said}");
        }
    }
}

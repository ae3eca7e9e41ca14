//! Secrets taken out of a stream before anything is stored, hashed or shown: as they are, in hexadecimal, and in
//! base64 at each of its three alignments, also where one is cut in two by a read.

/// The secrets of a step and the forms they are looked for in.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    forms: Vec<(Vec<u8>, String)>,
    longest: usize,
}

impl Secrets {
    /// From names and values; empty values are none.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let mut forms: Vec<(Vec<u8>, String)> = Vec::new();
        for (name, value) in secrets {
            let shown = format!("[secret {name}]");
            let value = value.as_bytes();
            let hex: String = value.iter().map(|b| format!("{b:02x}")).collect();
            let mut add = |form: Vec<u8>| {
                if !form.is_empty() && !forms.iter().any(|(f, _)| *f == form) {
                    forms.push((form, shown.clone()));
                }
            };
            add(value.to_vec());
            add(hex.to_uppercase().into_bytes());
            add(hex.into_bytes());
            for shift in 0..3 {
                let inner = base64_inner(value, shift);
                add(inner.replace('+', "-").replace('/', "_").into_bytes());
                add(inner.into_bytes());
            }
        }
        // A longer form first, so that no part of it is left over.
        forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        let longest = forms.first().map_or(0, |(f, _)| f.len());
        Self { forms, longest }
    }

    fn at<'a>(&'a self, text: &[u8]) -> Option<(usize, &'a str)> {
        self.forms.iter().find(|(form, _)| text.starts_with(form)).map(|(form, shown)| (form.len(), shown.as_str()))
    }
}

/// The base64 characters that depend on `value` alone when it begins `shift` bytes into a group of three.
fn base64_inner(value: &[u8], shift: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = vec![0_u8; shift];
    bits.extend_from_slice(value);
    let whole = bits.len() * 8 / 6;
    let first = (shift * 8).div_ceil(6);
    let digit = |i: usize| {
        let (byte, bit) = (i * 6 / 8, i * 6 % 8);
        let pair =
            u16::from(bits.get(byte).copied().unwrap_or(0)) << 8 | u16::from(bits.get(byte + 1).copied().unwrap_or(0));
        let index = usize::from(pair >> (10 - bit) & 0x3f);
        char::from(DIGITS.get(index).copied().unwrap_or(b'A'))
    };
    (first..whole).map(digit).collect()
}

/// One stream on its way through.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    held: Vec<u8>,
}

impl Redactor {
    /// Takes a piece in and gives out what can be told to hold no secret.
    pub(super) fn take(&mut self, secrets: &Secrets, piece: &[u8]) -> Vec<u8> {
        if secrets.longest == 0 {
            return piece.to_vec();
        }
        self.held.extend_from_slice(piece);
        let safe = self.held.len().saturating_sub(secrets.longest - 1);
        self.give(secrets, safe)
    }

    /// Gives out the rest.
    pub(super) fn finish(&mut self, secrets: &Secrets) -> Vec<u8> {
        let all = self.held.len();
        self.give(secrets, all)
    }

    fn give(&mut self, secrets: &Secrets, until: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(until);
        let mut i = 0;
        while i < until {
            let rest = self.held.get(i..).unwrap_or_default();
            if let Some((len, shown)) = secrets.at(rest) {
                out.extend_from_slice(shown.as_bytes());
                i += len;
            } else {
                out.extend(rest.first());
                i += 1;
            }
        }
        self.held.drain(..i.min(self.held.len()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Redactor, Secrets, base64_inner};

    #[test]
    fn base64_is_found_at_each_alignment() {
        // "hunter2-and-more" within "", "a:", "ab:" …, as `base64` prints them.
        assert!("aHVudGVyMi1hbmQtbW9yZQ==".contains(&base64_inner(b"hunter2-and-more", 0)));
        assert!("YTpodW50ZXIyLWFuZC1tb3Jl".contains(&base64_inner(b"hunter2-and-more", 2)));
        assert!("YWI6eDpodW50ZXIyLWFuZC1tb3Jl".contains(&base64_inner(b"hunter2-and-more", 2)));
        assert!("OmhUdW50".len() == 8 && "Omh1bnRlcjItYW5kLW1vcmU=".contains(&base64_inner(b"hunter2-and-more", 1)));
    }

    #[test]
    fn a_secret_cut_by_reads_is_still_found() {
        let (name, value) = ("api_key".to_owned(), "hunter2-and-more".to_owned());
        let secrets = Secrets::new([(&name, &value)]);
        let text = b"a=hunter2-and-more b=68756e746572322d616e642d6d6f7265 c=hunter2-and-mor";
        for size in 1..=text.len() {
            let mut redactor = Redactor::default();
            let mut out: Vec<u8> = text.chunks(size).flat_map(|c| redactor.take(&secrets, c)).collect();
            out.extend(redactor.finish(&secrets));
            assert_eq!(String::from_utf8(out).unwrap(), "a=[secret api_key] b=[secret api_key] c=hunter2-and-mor");
        }
    }
}

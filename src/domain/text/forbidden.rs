//! The characters that may never reach a terminal as themselves: they steer it, hide, or turn text around.
//! The ranges are Unicode's (Cc, Bidi_Control, Default_Ignorable_Code_Point, Zl, Zp, Co, noncharacters), version 16.

/// Inclusive ranges, ascending; controls first because they are the ones that bite.
const RANGES: &[(u32, u32)] = &[
    (0x0000, 0x001F),     // C0, with newline and tab: what they mean is given by whoever lays out text
    (0x007F, 0x009F),     // DEL, C1
    (0x00AD, 0x00AD),     // soft hyphen
    (0x034F, 0x034F),     // combining grapheme joiner
    (0x061C, 0x061C),     // Arabic letter mark
    (0x115F, 0x1160),     // Hangul fillers
    (0x17B4, 0x17B5),     // Khmer inherent vowels
    (0x180B, 0x180F),     // Mongolian selectors
    (0x200B, 0x200F),     // zero width, LRM, RLM
    (0x2028, 0x202E),     // line and paragraph separator, bidi embeddings and overrides
    (0x2060, 0x206F),     // word joiner, invisible operators, bidi isolates, deprecated format characters
    (0x3164, 0x3164),     // Hangul filler
    (0xE000, 0xF8FF),     // private use
    (0xFDD0, 0xFDEF),     // noncharacters
    (0xFE00, 0xFE0F),     // variation selectors
    (0xFEFF, 0xFEFF),     // byte order mark
    (0xFFA0, 0xFFA0),     // halfwidth Hangul filler
    (0xFFF0, 0xFFFB),     // unassigned ignorables, interlinear annotation
    (0xFFFE, 0xFFFF),     // noncharacters
    (0x13430, 0x1345F),   // Egyptian format controls
    (0x1BCA0, 0x1BCA3),   // shorthand format controls
    (0x1D173, 0x1D17A),   // musical format controls
    (0xE0000, 0xE0FFF),   // tags, further variation selectors
    (0xF0000, 0x10_FFFF), // private use planes, with their noncharacters
];

/// Whether a character must be escaped before it may be drawn.
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    let code = u32::from(c);
    if (0x20..0x7F).contains(&code) {
        return false;
    }
    // The last two code points of every plane are noncharacters.
    code & 0xFFFE == 0xFFFE || RANGES.iter().any(|&(from, to)| (from..=to).contains(&code)) || is_unassigned(c)
}

/// Code points that Unicode has given no meaning yet, and format characters that came after our list: a terminal may do anything
/// with them. The standard library's own table says so: `escape_debug` leaves alone what is printable, wherever it does not begin
/// a text (there, marks would be escaped too). Spaces other than U+0020 it counts as unprintable; they are text.
fn is_unassigned(c: char) -> bool {
    let mut bytes = [b'a'; 5];
    let len = 1 + c.encode_utf8(&mut bytes[1..]).len();
    let text = std::str::from_utf8(bytes.get(..len).unwrap_or_default()).unwrap_or_default();
    !c.is_whitespace() && !matches!(c, '\\' | '\'' | '"') && text.escape_debug().nth(1) == Some('\\')
}

/// Whether a variation selector may follow: a sign that is drawn as text or as a picture. Everywhere else a selector only hides.
#[must_use]
pub fn is_emoji_base(c: char) -> bool {
    const BASES: &[(u32, u32)] = &[
        (0x203C, 0x203C),
        (0x2049, 0x2049),
        (0x2122, 0x2139),
        (0x2194, 0x21AA),
        (0x231A, 0x23FF),
        (0x24C2, 0x24C2),
        (0x25AA, 0x27BF),
        (0x2934, 0x2935),
        (0x2B05, 0x2B55),
        (0x1F000, 0x1FAFF),
    ];
    BASES.iter().any(|&(from, to)| (from..=to).contains(&u32::from(c)))
}

/// The two selectors that choose between text and picture.
#[must_use]
pub const fn is_picture_selector(c: char) -> bool {
    matches!(c, '\u{FE0E}' | '\u{FE0F}')
}

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
    code & 0xFFFE == 0xFFFE || RANGES.iter().any(|&(from, to)| (from..=to).contains(&code))
}

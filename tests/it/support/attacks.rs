//! Known ways to drive a terminal, to deceive a reader, or to break out of a document; and the oracle that finds them in what came out.

/// Attacks on terminals and readers' eyes, by name.
pub const ATTACKS: &[(&str, &str)] = &[
    ("clear screen", "\u{1b}[2J\u{1b}[H"),
    ("clipboard, OSC 52", "\u{1b}]52;c;ZXZpbA==\u{7}"),
    ("clipboard read, OSC 52", "\u{1b}]52;c;?\u{7}"),
    ("window title", "\u{1b}]0;title\u{7}"),
    ("title report", "\u{1b}[21t"),
    ("title stack", "\u{1b}[22;0t\u{1b}[23;0t"),
    ("resize window", "\u{1b}[8;1;1t"),
    ("device attributes", "\u{1b}[c\u{1b}[>c\u{1b}[0x"),
    ("cursor report", "\u{1b}[6n"),
    ("DECRQSS", "\u{1b}P$q\"p\u{1b}\\"),
    ("XTGETTCAP", "\u{1b}P+q544e\u{1b}\\"),
    ("sixel", "\u{1b}Pq#0;2;0;0;0~-\u{1b}\\"),
    ("DCS left open", "\u{1b}P1;2|"),
    ("APC, kitty picture", "\u{1b}_Gf=24,s=1,v=1;AAAA\u{1b}\\"),
    ("kitty keyboard", "\u{1b}[>31u\u{1b}[=1;1u"),
    ("iTerm2 file", "\u{1b}]1337;File=inline=1:AAAA\u{7}"),
    ("iTerm2 command", "\u{1b}]1337;SetUserVar=x=eA==\u{7}"),
    ("notification", "\u{1b}]9;evil\u{7}\u{1b}]777;notify;a;b\u{1b}\\"),
    ("hyperlink, OSC 8", "\u{1b}]8;;http://evil\u{1b}\\click\u{1b}]8;;\u{1b}\\"),
    ("palette, OSC 4", "\u{1b}]4;0;rgb:ff/ff/ff\u{7}\u{1b}]10;?\u{7}"),
    ("working folder, OSC 7", "\u{1b}]7;file:///etc\u{7}"),
    ("tmux passthrough", "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;eA==\u{7}\u{1b}\\"),
    ("screen title", "\u{1b}kevil\u{1b}\\"),
    ("repeat flood, REP", "a\u{1b}[2147483647b"),
    ("insert lines flood", "\u{1b}[999999999L"),
    ("scroll region", "\u{1b}[1;1r\u{1b}[?6h"),
    ("alternate screen", "\u{1b}[?1049l\u{1b}[?47h"),
    ("mouse reports", "\u{1b}[?1003h\u{1b}[?1006h"),
    ("bracketed paste end", "\u{1b}[201~rm -rf /\n\u{1b}[200~"),
    ("hide cursor", "\u{1b}[?25l"),
    ("conceal", "\u{1b}[8mhidden\u{1b}[28m"),
    ("reset", "\u{1b}c"),
    ("line drawing charset", "\u{1b}(0\u{e}lqqk\u{f}"),
    ("UTF-8 off", "\u{1b}%@"),
    ("status line", "\u{1b}[1$}\u{1b}[2$~"),
    ("macro", "\u{1b}P0;0;0!zecho\u{1b}\\\u{1b}[0*z"),
    ("print screen", "\u{1b}[5i\u{1b}[4i"),
    ("window answerback", "\u{5}"),
    ("C1 CSI", "\u{9b}2J"),
    ("C1 OSC", "\u{9d}52;c;eA==\u{9c}"),
    ("C1 DCS", "\u{90}q\u{9c}"),
    ("C1 APC, PM, SOS", "\u{9f}x\u{9c}\u{9e}x\u{9c}\u{98}x\u{9c}"),
    ("C1 next line, reverse index", "\u{85}\u{8d}"),
    ("bell", "bell\u{7}"),
    ("overwrite", "all is well\roverwrite"),
    ("backspace", "back\u{8}\u{8}\u{8}\u{8}space"),
    ("delete", "del\u{7f}"),
    ("nul", "nul\0"),
    ("shift out", "shift\u{e}out\u{f}"),
    ("tab", "tab\there"),
    ("line", "line\nbreak"),
    ("carriage return and line", "crlf\r\nbreak"),
    ("vertical tab and form feed", "vt\u{b}ff\u{c}"),
    ("cancel within a sequence", "\u{1b}[\u{18}x\u{1a}"),
    ("right to left override of a name", "user\u{202e}gpj.exe"),
    ("override of a command", "rm \u{202e}fdp.seton\u{202c} ok"),
    ("isolates", "iso\u{2066}late\u{2069}"),
    ("directional marks", "mark\u{200e}\u{200f}\u{61c}"),
    ("zero width", "zero\u{200b}width\u{200c}\u{200d}"),
    ("byte order mark", "bom\u{feff}"),
    ("soft hyphen", "soft\u{ad}hyphen"),
    ("fillers", "filler\u{3164}\u{115f}\u{ffa0}\u{2060}"),
    ("variation selectors that hide", "variation\u{fe0f}\u{e0100}"),
    ("selectors that smuggle bytes", "⚠\u{fe0f}\u{fe0f}\u{fe0e}\u{e0101}"),
    ("tags", "tag\u{e0041}\u{e007f}"),
    ("line and paragraph separators", "sep\u{2028}\u{2029}"),
    ("private use", "private\u{e000}\u{f0000}\u{10fffd}"),
    ("annotations", "annot\u{fff9}x\u{fffa}y\u{fffb}"),
    ("noncharacters", "nonchar\u{fdd0}\u{fffe}\u{1ffff}"),
    ("unassigned", "new\u{378}\u{2fe0}\u{1f8ff}\u{e01f0}"),
    ("interlinear and musical controls", "\u{1d173}\u{1bca0}\u{13430}"),
    ("a mark without a base", "\u{300}leading mark"),
    ("zalgo", "zalgo a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}"),
    ("enclosing marks", "x\u{20dd}\u{20dd}\u{20dd}\u{20dd}\u{20dd}\u{20dd}"),
    ("invisible joiners", "joiner\u{34f}\u{2060}\u{180e}"),
];

/// Attacks on documents: what must never become markup.
pub const MARKUP: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- --><b>x</b><?php ?><![CDATA[x]]>",
    "[click](javascript:alert(1))",
    "[click][ref]\n\n[ref]: http://evil.example",
    "![x](http://evil.example/beacon.png)",
    "<http://evil.example> <a@evil.example>",
    "https://evil.example/login www.evil.example mailto:a@evil.example",
    "| a | b |\n|---|---|\n| c | d |",
    "```\nrm -rf /\n```",
    "~~~\nx\n~~~",
    "    indented code",
    "# heading",
    "heading\n===",
    "heading\n---",
    "***",
    "> quote",
    "1. one",
    "1) one",
    "- item",
    "+ item",
    "* item",
    "- [ ] task",
    "~~struck~~ **bold** __x__ *y* `z`",
    "&lt;b&gt; &#60;b&#62; &colon;",
    "line  \nbreak\\\nbreak",
    "[^1] [^1]: foot note",
    "$$x$$ :smile: {.class} {{ template }} {% raw %}",
    "\\",
    "\\[x\\](y)",
    "a`` ` ``b",
];

/// What is left of an attack in a text that goes to people: the first character that steers, hides or turns text around. Independent
/// of the sanitiser under test. Line feeds are the writer's own.
pub fn steers(text: &str) -> Option<char> {
    let mut before = ' ';
    text.chars().filter(|c| *c != '\n').find(|c| {
        let base = matches!(u32::from(before), 0x203C..=0x2BFF | 0x1F000..=0x1FAFF);
        before = *c;
        let selector = matches!(*c, '\u{fe0e}' | '\u{fe0f}') && base;
        let hides = matches!(
            u32::from(*c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
                | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xFE00..=0xFE0F
                | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x13430..=0x1345F | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0x10_FFFF
        );
        (c.is_control() || hides) && !selector
    })
}

//! How much text an SMS takes, and what it is cut to. A telephone network sends 7 bits a character of its own alphabet
//! (GSM 03.38); one character that is not in it makes the whole text UCS-2, of which less than half goes in. A long text
//! travels in segments, each of which loses some room to its number.

/// Segments of one SMS at most: each is paid for.
const SEGMENTS_MAX: usize = 3;
/// Septets of one of several segments.
const GSM: usize = 153;
/// UTF-16 units of one of several segments.
const UCS2: usize = 67;
/// The basic alphabet of GSM 03.38, without the line break and what stands for the extension.
const BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension: two septets each.
const EXTENSION: &str = "^{}\\[~]|€";

/// Most characters of a text that nothing takes two places in, in its alphabet: 459 of GSM 03.38, 201 of UCS-2.
#[must_use]
pub fn most(text: &str) -> usize {
    SEGMENTS_MAX * if is_gsm(text) { GSM } else { UCS2 }
}

/// Whether the text goes into one SMS.
#[must_use]
pub fn fits(text: &str) -> bool {
    held(text) == text.len()
}

/// Its words in one line, without control characters.
#[must_use]
pub fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The text in one line, cut at a word where it is too long for one SMS.
#[must_use]
pub fn one_sms(text: &str) -> String {
    let text = line(text);
    if fits(&text) {
        return text;
    }
    // The sign for what is left out would make UCS-2 of a text that is none.
    let dots = if is_gsm(&text) { "..." } else { "…" };
    let mut kept = &text[..held(&text)];
    loop {
        // A word longer than an SMS is cut where it has to be.
        kept = match kept.rfind(' ') {
            Some(space) => &kept[..space],
            None => &kept[..kept.char_indices().next_back().map_or(0, |(at, _)| at)],
        };
        let cut = format!("{kept}{dots}");
        // What was left out may have been all that was not GSM 03.38; then there is only more room.
        if kept.is_empty() || fits(&cut) {
            return cut;
        }
    }
}

/// How many bytes of the text go into one SMS. What takes two places is not torn apart between two segments.
fn held(text: &str) -> usize {
    let gsm = is_gsm(text);
    let room = if gsm { GSM } else { UCS2 };
    let (mut segments, mut used) = (1, 0);
    for (at, character) in text.char_indices() {
        let takes = match gsm {
            true => 1 + usize::from(EXTENSION.contains(character)),
            false => character.len_utf16(),
        };
        if used + takes > room {
            (segments, used) = (segments + 1, 0);
        }
        if segments > SEGMENTS_MAX {
            return at;
        }
        used += takes;
    }
    text.len()
}

fn is_gsm(text: &str) -> bool {
    text.chars().all(|c| BASIC.contains(c) || EXTENSION.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_segments_of_its_alphabet_fit() {
        for (one, most_of_it) in [("a", 459), ("é", 459), ("ক", 201), ("“", 201)] {
            assert_eq!(most(one), most_of_it);
            assert!(fits(&one.repeat(most_of_it)), "{one}");
            assert!(!fits(&one.repeat(most_of_it + 1)), "{one}");
        }
        // Two places each, and none torn apart: 76 to a segment, or 33.
        assert!(fits(&"€".repeat(228)) && !fits(&"€".repeat(229)));
        assert!(fits(&"😀".repeat(99)) && !fits(&"😀".repeat(100)));
        // One character of another alphabet is enough.
        assert!(!fits(&format!("{}ক", "a".repeat(201))));
        assert_eq!(BASIC.chars().count(), 125, "without LF, CR and the escape");
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_word() {
        assert_eq!(one_sms("Case\r\nLM-1\u{0}  is\tdecided.\u{7f} "), "Case LM-1 is decided.");
        let gsm = one_sms(&"word ".repeat(100));
        assert!(gsm.ends_with("word...") && fits(&gsm) && gsm.len() > 450, "{gsm}");
        let bangla = one_sms(&"আবেদন ".repeat(60));
        assert!(bangla.ends_with("আবেদন…") && fits(&bangla) && bangla.chars().count() > 190, "{bangla}");
        let endless = one_sms(&"a".repeat(1_000));
        assert_eq!((endless.len(), endless.ends_with("a...")), (459, true));
        // What is left out is all that was not GSM 03.38.
        let tail = one_sms(&format!("{} ক", "word ".repeat(100)));
        assert!(fits(&tail) && tail.starts_with("word word"), "{tail}");
        assert_eq!(one_sms(" \n"), "");
    }

    #[test]
    fn whatever_is_said_fits() {
        let signs = ["a", "€", "ক", "😀", " ", "\n", "…", "|", "word"];
        for (one, other) in signs.iter().flat_map(|a| signs.iter().map(move |b| (a, b))) {
            for length in [1, 30, 66, 67, 68, 152, 153, 154, 400] {
                let text = format!("{}{}", one.repeat(length), other.repeat(length));
                assert!(fits(&one_sms(&text)), "{one} {other} {length}");
            }
        }
    }
}

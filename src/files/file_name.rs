//! What a file may be called.

use unicode_normalization::UnicodeNormalization;

use crate::kernel::{Error, Result};

/// Bytes of a file name in UTF-8: what common file systems allow.
const LONGEST: usize = 255;

/// A file name that is safe wherever the file is saved later, composed (NFC).
///
/// # Errors
/// [`Error::Invalid`] at `/file_name`: `required`, `max_length`, `path` (it leads elsewhere), `characters` (control
/// characters and those that turn the direction of writing) or `reserved` (a device of some system).
pub fn file_name(raw: &str) -> Result<String> {
    let wrong = |code| Err(Error::invalid("/file_name", code));
    let name: String = raw.trim().nfc().collect();
    if name.is_empty() {
        return wrong("required");
    }
    if name.len() > LONGEST {
        return wrong("max_length");
    }
    if name.contains(['/', '\\', ':'])
        || name.starts_with("..")
        || name.chars().all(|c| c == '.')
        || name.ends_with('.')
    {
        return wrong("path");
    }
    if name.chars().any(|c| c.is_control() || turns_or_hides(c) || matches!(c, '<' | '>' | '"' | '|' | '?' | '*')) {
        return wrong("characters");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    if is_device(&stem) {
        return wrong("reserved");
    }
    Ok(name)
}

/// Characters that show another name than the one that is there (UTR 36, section 2.5, and UAX 9). The joiners U+200C
/// and U+200D stay: Bangla and Persian are written with them.
fn turns_or_hides(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}' | '\u{00AD}')
        || ('\u{202A}'..='\u{202E}').contains(&c)
        || ('\u{2060}'..='\u{206F}').contains(&c)
        || ('\u{2028}'..='\u{2029}').contains(&c)
        || ('\u{FFF0}'..='\u{FFFF}').contains(&c)
}

/// Names that Windows takes for devices, with any extension.
fn is_device(stem: &str) -> bool {
    let numbered =
        |prefix: &str| stem.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    matches!(stem, "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(raw: &str) -> String {
        match file_name(raw) {
            Err(Error::Invalid(faults)) => faults[0].code.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn names_are_composed_and_kept() {
        assert_eq!(file_name(" Cafe\u{301} deed (1).pdf ").unwrap(), "Caf\u{e9} deed (1).pdf");
        assert_eq!(file_name("দলিল.pdf").unwrap(), "দলিল.pdf");
        assert_eq!(file_name(".profile.pdf").unwrap(), ".profile.pdf");
        assert_eq!(file_name("console.txt").unwrap(), "console.txt");
    }

    #[test]
    fn tricks_with_names_are_refused() {
        for raw in [
            "../../etc/passwd",
            "a/b.pdf",
            "a\\b.pdf",
            "..",
            ".",
            "...",
            "..pdf",
            "C:x.pdf",
            "deed.pdf.",
            "a.pdf:stream",
        ] {
            assert_eq!(code(raw), "path", "{raw:?}");
        }
        for raw in
            ["a\0.pdf", "a\n.pdf", "deed\u{202e}fdp.exe", "a\u{200b}.pdf", "a\u{2066}b", "a<b>.pdf", "\u{feff}a.pdf"]
        {
            assert_eq!(code(raw), "characters", "{raw:?}");
        }
        for raw in ["CON", "nul.pdf", "com1.txt", "LPT9", "aux .pdf"] {
            assert_eq!(code(raw), "reserved", "{raw:?}");
        }
        assert_eq!(code("  "), "required");
        assert_eq!(code(&"ক".repeat(86)), "max_length");
        assert!(file_name(&"ক".repeat(85)).is_ok());
    }
}

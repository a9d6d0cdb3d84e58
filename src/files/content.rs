//! What a file is, judged by its content.

/// Bytes from the beginning of a file by which its type is told.
pub(super) const HEAD: usize = 4_096;

/// What a content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Pdf,
    Jpeg,
    Png,
    Gif,
    Tiff,
    WebP,
    Heic,
    Docx,
    Xlsx,
    Pptx,
    Odt,
    Ods,
    Zip,
    /// UTF-8 without control characters, mark-up or script at its beginning.
    Text,
}

impl Kind {
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
            Self::WebP => "image/webp",
            Self::Heic => "image/heic",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Zip => "application/zip",
            Self::Text => "text/plain",
        }
    }

    /// Types that are taken where a definition names none: papers and pictures of them.
    pub const COMMON: [Self; 6] = [Self::Pdf, Self::Jpeg, Self::Png, Self::Tiff, Self::WebP, Self::Heic];

    /// Whether the sender's word for it, where there is one, agrees. Parameters such as a charset are passed over.
    #[must_use]
    pub(super) fn is_declared_as(self, declared: Option<&str>) -> bool {
        let word = declared.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match word.as_str() {
            // Senders that do not know say nothing, or this.
            "" | "application/octet-stream" => true,
            "image/jpg" => self == Self::Jpeg,
            "image/heif" => self == Self::Heic,
            word => word == self.media_type(),
        }
    }

    /// Whether the ending of the name, where there is one, agrees: a reader's machine opens it by that.
    #[must_use]
    pub(super) fn may_be_called(self, name: &str) -> bool {
        let Some((stem, ending)) = name.rsplit_once('.') else {
            return true;
        };
        let endings: &[&str] = match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Gif => &["gif"],
            Self::Tiff => &["tif", "tiff"],
            Self::WebP => &["webp"],
            Self::Heic => &["heic", "heif"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Pptx => &["pptx"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Zip => &["zip"],
            Self::Text => &["txt", "text", "csv", "tsv", "md", "log"],
        };
        // What follows a dot within a sentence (`no. 5 of 2026`) is no ending.
        let is_ending = !stem.is_empty() && ending.len() <= 8 && ending.bytes().all(|b| b.is_ascii_alphanumeric());
        !is_ending || endings.iter().any(|e| ending.eq_ignore_ascii_case(e))
    }

    /// By its first [`HEAD`] bytes; `None` for everything that is not known or can run: programs, scripts, mark-up.
    #[must_use]
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let is = |magic: &[u8]| head.starts_with(magic);
        let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
        if is(b"%PDF-") {
            return Some(Self::Pdf);
        }
        if is(b"\xFF\xD8\xFF") {
            return Some(Self::Jpeg);
        }
        if is(b"\x89PNG\r\n\x1A\n") && at(12, b"IHDR") {
            return Some(Self::Png);
        }
        if is(b"GIF87a") || is(b"GIF89a") {
            return Some(Self::Gif);
        }
        if is(b"II*\0") || is(b"MM\0*") {
            return Some(Self::Tiff);
        }
        if is(b"RIFF") && at(8, b"WEBP") {
            return Some(Self::WebP);
        }
        if at(4, b"ftyp") && [&b"heic"[..], b"heix", b"mif1", b"msf1"].iter().any(|brand| at(8, brand)) {
            return Some(Self::Heic);
        }
        if is(b"PK\x03\x04") {
            return Some(archive(head));
        }
        is_plain(head).then_some(Self::Text)
    }
}

/// Which kind of archive, by the names at its beginning. Good enough to keep them apart: both are taken only where a
/// definition allows them.
fn archive(head: &[u8]) -> Kind {
    let has = |name: &[u8]| head.windows(name.len()).any(|w| w == name);
    if has(b"mimetypeapplication/vnd.oasis.opendocument.text") {
        return Kind::Odt;
    }
    if has(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet") {
        return Kind::Ods;
    }
    if !has(b"[Content_Types].xml") {
        return Kind::Zip;
    }
    let parts = [(&b"word/"[..], Kind::Docx), (b"xl/", Kind::Xlsx), (b"ppt/", Kind::Pptx)];
    parts.iter().find(|(name, _)| has(name)).map_or(Kind::Zip, |(_, kind)| *kind)
}

/// Plain text at its beginning: no mark-up (what starts with `<`, such as HTML, SVG and PHP), no script (`#!`).
fn is_plain(head: &[u8]) -> bool {
    let body = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let start = body.trim_ascii_start();
    if start.is_empty() || start.starts_with(b"<") || start.starts_with(b"#!") {
        return false;
    }
    PlainText::default().take(head)
}

/// Checks text as it comes by: UTF-8, and no control characters but tabs and the ends of lines and pages.
#[derive(Debug, Default)]
pub(super) struct PlainText {
    /// The beginning of a character that the last piece ended in; at most three bytes.
    begun: Vec<u8>,
}

impl PlainText {
    /// Whether it is plain text up to here.
    pub fn take(&mut self, piece: &[u8]) -> bool {
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.extend_from_slice(piece);
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                let (whole, begun) = bytes.split_at(error.valid_up_to());
                self.begun = begun.to_vec();
                std::str::from_utf8(whole).unwrap_or_default()
            }
            Err(_) => return false,
        };
        !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
    }

    /// Whether it ended with a whole character.
    pub fn is_whole(&self) -> bool {
        self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_known_by_their_beginning() {
        let cases: [(&[u8], Option<Kind>); 17] = [
            (b"%PDF-1.7\n", Some(Kind::Pdf)),
            (b"\xFF\xD8\xFF\xE0", Some(Kind::Jpeg)),
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", Some(Kind::Png)),
            (b"GIF89a", Some(Kind::Gif)),
            (b"II*\0", Some(Kind::Tiff)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Kind::WebP)),
            (b"\0\0\0\x18ftypheic", Some(Kind::Heic)),
            (b"PK\x03\x04\x14\0abc", Some(Kind::Zip)),
            (b"PK\x03\x04..[Content_Types].xml..word/document.xml", Some(Kind::Docx)),
            ("সাধারণ লেখা\r\n".as_bytes(), Some(Kind::Text)),
            (b"#!/bin/sh\nrm -rf /\n", None),
            (b"\n <!doctype html><script>", None),
            (b"<?xml version=\"1.0\"?><svg onload='x'/>", None),
            (b"<?php system($_GET[0]);", None),
            (b"MZ\x90\0\x03", None),
            (b"\x7fELF\x02", None),
            (b"", None),
        ];
        for (head, kind) in cases {
            assert_eq!(Kind::of(head), kind, "{head:?}");
        }
    }

    #[test]
    fn declared_types_and_endings_must_agree_with_the_content() {
        assert!(Kind::Jpeg.is_declared_as(None) && Kind::Jpeg.is_declared_as(Some("IMAGE/JPG")));
        assert!(Kind::Text.is_declared_as(Some("text/plain; charset=utf-8")));
        assert!(!Kind::Pdf.is_declared_as(Some("image/jpeg")));
        assert!(Kind::Jpeg.may_be_called("photo.JPEG") && Kind::Jpeg.may_be_called("photo"));
        assert!(Kind::Pdf.may_be_called("deed no. 5 of 2026"));
        assert!(
            !Kind::Pdf.may_be_called("deed.jpg")
                && !Kind::Text.may_be_called("run.bat")
                && !Kind::Text.may_be_called("a.html")
        );
    }

    #[test]
    fn text_may_be_cut_anywhere_but_must_end_whole() {
        let text = "ক্ষ".as_bytes();
        for cut in 0..=text.len() {
            let mut check = PlainText::default();
            assert!(check.take(&text[..cut]) && check.take(&text[cut..]) && check.is_whole(), "{cut}");
        }
        let mut check = PlainText::default();
        assert!(check.take(&text[..4]) && !check.is_whole());
        assert!(!PlainText::default().take(b"a\0b"));
        assert!(!PlainText::default().take(b"a\xFFb"));
    }
}

//! Small files of the kinds that people hand in, made here: a picture of one dot, a page with one line.

use super::client::File;

/// A photograph: JPEG, one grey dot. Baseline, one component, the shortest tables that a reader takes (ITU-T T.81).
pub fn photograph(name: &str) -> File {
    let mut content = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
    content.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    content.extend([0xFF, 0xDB, 0, 67, 0]);
    content.extend([1; 64]);
    content.extend([0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    // One code of one bit in each table: no difference, and the end of the block.
    for table in [0x00, 0x10] {
        content.extend([0xFF, 0xC4, 0, 20, table, 1]);
        content.extend([0; 16]);
    }
    content.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x3F, 0xFF, 0xD9]);
    File { name: format!("{name}.jpg"), media_type: "image/jpeg", content }
}

/// A picture: PNG, one grey dot.
pub fn picture(name: &str) -> File {
    // One row: its filter, and the dot. Kept as it is (RFC 1950, RFC 1951 section 3.2.4).
    let row = [0, 0x80];
    let mut packed = vec![0x78, 0x01, 0x01, 2, 0, 0xFD, 0xFF];
    packed.extend(row);
    packed.extend(adler32(&row).to_be_bytes());
    let mut content = b"\x89PNG\r\n\x1A\n".to_vec();
    for (kind, data) in [(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0][..]), (b"IDAT", &packed), (b"IEND", &[])] {
        let body = [&kind[..], data].concat();
        content.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
        content.extend(&body);
        content.extend(crc32(&body).to_be_bytes());
    }
    File { name: format!("{name}.png"), media_type: "image/png", content }
}

/// A paper: PDF, a page with one line of plain ASCII.
pub fn paper(name: &str, line: &str) -> File {
    let plain: String =
        line.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').filter(|c| !"()\\".contains(*c)).collect();
    let drawn = format!("BT /F1 14 Tf 72 760 Td ({plain}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{drawn}\nendstream", drawn.len()),
    ];
    let mut text = "%PDF-1.4\n".to_owned();
    let mut places = String::new();
    for (at, object) in objects.iter().enumerate() {
        places.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let (count, start) = (objects.len() + 1, text.len());
    text.push_str(&format!("xref\n0 {count}\n0000000000 65535 f \n{places}"));
    text.push_str(&format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    File { name: format!("{name}.pdf"), media_type: "application/pdf", content: text.into_bytes() }
}

/// The check sum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// The check sum of RFC 1950.
fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_sums_are_the_published_ones() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn the_places_in_a_paper_are_those_of_its_objects() {
        let text = String::from_utf8(paper("deed", "Deed (2417)").content).expect("ASCII");
        let start: usize =
            text.rsplit("startxref\n").next().and_then(|t| t.lines().next()?.parse().ok()).expect("a place");
        let table = &text[start..];
        assert!(table.starts_with("xref\n0 6\n"));
        for (at, line) in table.lines().skip(3).take(5).enumerate() {
            let place: usize = line[..10].parse().expect("a place");
            assert!(text[place..].starts_with(&format!("{} 0 obj\n", at + 1)), "{line}");
        }
        assert!(text.contains("(Deed 2417) Tj"));
    }

    #[test]
    fn pictures_begin_and_end_as_their_kinds_do() {
        let (jpeg, png) = (photograph("a").content, picture("a").content);
        assert!(jpeg.starts_with(&[0xFF, 0xD8, 0xFF]) && jpeg.ends_with(&[0xFF, 0xD9]));
        assert!(png.starts_with(b"\x89PNG") && png.ends_with(&[0xAE, 0x42, 0x60, 0x82]));
    }
}

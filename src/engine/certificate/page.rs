//! The sheet of paper: QR code and page. No script, no font, no picture from elsewhere.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Most text in a QR code that a telephone still reads from paper, in bytes.
const QR_BYTES_MAX: usize = 500;
/// White modules around the code (ISO/IEC 18004, section 6.3.8).
const QUIET: usize = 4;

const STYLE: &str = "\
@page{size:A4;margin:18mm 16mm}\
*{box-sizing:border-box}\
body{margin:0;color:#000;background:#fff;font:11pt/1.5 \"Noto Serif\",\"Noto Serif Bengali\",\"Noto Sans Bengali\",serif}\
section{max-width:178mm;margin:0 auto;padding:8mm 0}\
section+section{break-before:page}\
h1{font-size:16pt;line-height:1.25;margin:0 0 6mm}\
h2{font-size:12pt;margin:6mm 0 2mm}\
table{width:100%;border-collapse:collapse;break-inside:auto}\
tr{break-inside:avoid}\
th,td{border:.3mm solid #444;padding:1.5mm 2mm;text-align:start;vertical-align:top}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:1mm 4mm;margin:0}\
dt{font-weight:bold}dd{margin:0}\
svg.qr{width:32mm;height:32mm}\
@media screen{body{background:#eee}section{background:#fff;padding:16mm;margin:6mm auto;max-width:210mm}}";

/// A QR code as inline SVG, its title being the text itself. Refused above 500 bytes.
pub fn qr_svg(text: &str) -> Result<String, String> {
    if text.len() > QR_BYTES_MAX {
        return Err(format!("a QR code of more than {QR_BYTES_MAX} bytes cannot be read from paper"));
    }
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).map_err(|error| error.to_string())?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (place % width + QUIET, place / width + QUIET);
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    let side = width + 2 * QUIET;
    Ok(format!(
        "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         role=\"img\" shape-rendering=\"crispEdges\"><title>{}</title>\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>",
        escaped(text)
    ))
}

/// One document to print on A4 from the sections of each language, as `render` made them; each
/// language begins a sheet.
#[must_use]
pub fn page(sections: &[(String, String)]) -> String {
    let first = sections.first().map_or("und", |(lang, _)| lang);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n",
        escaped(first),
        escaped(&title(sections))
    );
    for (lang, section) in sections {
        let _ = writeln!(html, "<section lang=\"{}\" dir=\"auto\">\n{section}\n</section>", escaped(lang));
    }
    html.push_str("</body>\n</html>\n");
    html
}

/// The first heading, its markup left out; the text in it is escaped already.
fn title(sections: &[(String, String)]) -> String {
    let heading = sections.first().and_then(|(_, html)| {
        let (_, rest) = html.split_once("<h1")?;
        let (heading, _) = rest.split_once('>')?.1.split_once("</h1>")?;
        Some(heading)
    });
    let (mut text, mut inside) = (String::new(), false);
    for c in heading.unwrap_or_default().chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    plain.iter().fold(text.trim().to_owned(), |text, (entity, c)| text.replace(entity, c))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

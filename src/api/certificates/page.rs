//! The page on which anybody verifies a certificate: plain HTML without a script, every language after the other.
//! Promises that what is shown never becomes mark-up.

use std::sync::LazyLock;

use minijinja::{Environment, Value, context};
use serde_json::Value as Json;

use crate::api::problem::{Language, word};
use crate::cases::CertificateView;
use crate::kernel::{Error, Result};

/// What the page may do: be shown, with its own style.
pub const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const NAME: &str = "page.html";
/// Deepest level of a field that is written out.
const DEPTH_MAX: usize = 6;

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    // What could not be read would be missing below, and a test looks at the page.
    let _ = pages.add_template(NAME, include_str!("page.html"));
    pages
});

/// The page, with a section for each of these.
///
/// # Errors
/// Where the page cannot be made: a defect.
pub fn page(views: &[CertificateView]) -> Result<String> {
    let sections: Vec<Value> = views.iter().map(section).collect();
    let failed = |error: minijinja::Error| Error::internal(format!("the page of a certificate: {error}"));
    let template = PAGES.get_template(NAME).map_err(failed)?;
    template.render(context! { sections }).map_err(failed)
}

fn section(view: &CertificateView) -> Value {
    let language = Language::preferred(&view.language);
    let say = |name: &str| word(language, name, "");
    let revoked = view.revoked_at.map(|at| at.to_string().chars().take(10).collect::<String>()).unwrap_or_default();
    let row = |name: &str, text: String| context! { name, text };
    let mut rows = vec![
        row(&say("code"), view.code.clone()),
        row(&say("issuer"), view.issuer.clone()),
        row(&say("issued_on"), view.issued_on.to_string()),
    ];
    rows.extend(view.valid_until.map(|day| row(&say("valid_until"), day.to_string())));
    rows.extend(view.fields.iter().map(|field| row(&field.title, text(&field.value, DEPTH_MAX))));
    context! {
        language => view.language.as_str(), title => say("certificate"), kind => view.kind.as_str(),
        state => view.state.as_str(), sentence => word(language, &view.state, &revoked),
        compare => say("compare"), rows,
    }
}

/// A value in one line.
fn text(value: &Json, depth: usize) -> String {
    let Some(below) = depth.checked_sub(1) else { return "…".to_owned() };
    match value {
        Json::Null => "–".to_owned(),
        Json::String(text) => text.clone(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::Array(items) => items.iter().map(|item| text(item, below)).collect::<Vec<_>>().join("; "),
        Json::Object(members) => {
            let pairs = members.iter().map(|(name, member)| format!("{name}: {}", text(member, below)));
            pairs.collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::cases::FieldView;

    fn view(language: &str, state: &str) -> CertificateView {
        let field = FieldView { name: "form.owner".into(), title: "Owner".into(), value: json!("<b>Rahim</b> & sons") };
        CertificateView {
            code: "ABC".into(),
            kind: "Khatian".into(),
            issuer: "Land office".into(),
            issued_on: date(2026, 11, 23),
            valid_until: None,
            state: state.into(),
            revoked_at: (state == "revoked").then(|| "2026-12-01T10:00:00Z".parse().expect("an instant")),
            fields: vec![field],
            language: language.into(),
        }
    }

    #[test]
    fn the_page_says_it_in_both_languages_and_shows_no_markup() {
        let page = page(&[view("bn", "valid"), view("en", "valid")]).expect("a page");
        assert!(page.contains("এই সনদ বৈধ।") && page.contains("This certificate is valid."), "{page}");
        assert!(page.contains("<html lang=\"bn\">") && page.contains("<section lang=\"en\""), "{page}");
        assert!(page.contains("2026-11-23") && !page.contains("Valid until"), "{page}");
        assert!(!page.contains("<b>") && page.contains("&lt;b&gt;Rahim"), "{page}");
        assert!(!page.contains("<script") && !page.contains("http"), "{page}");
    }

    #[test]
    fn a_revoked_one_says_since_when() {
        let page = page(&[view("en", "revoked")]).expect("a page");
        assert!(page.contains("revoked on 2026-12-01"), "{page}");
    }

    #[test]
    fn a_field_is_one_line_however_deep() {
        assert_eq!(text(&json!([{"a": 1, "b": "x"}, null]), 6), "a: 1, b: x; –");
        let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(text(&deep, 6), "…");
    }
}

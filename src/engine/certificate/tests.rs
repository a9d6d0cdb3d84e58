use serde_json::json;

use super::*;

const HEAD: &str = "{# guichet: {\"kind_text\": \"certificate-khatian\", \"public\": [\"form.mouza\"], \"valid_for\": \"1 years\"} #}\n";

fn texts() -> Texts {
    let file = |lang: &str, content: &str| (lang.to_owned(), format!("{lang}.ftl"), content.to_owned());
    let files = [
        file("en", "certificate-khatian = Record of <rights>\nstep-order = Order\n    .approve = Approved\n"),
        file(
            "bn",
            "certificate-khatian = খতিয়ান\ndigits = ০১২৩৪৫৬৭৮৯\namount-in-currency = { $amount } টাকা\n\
            date-in-words = { $day } { $month ->\n    [12] ডিসেম্বর\n   *[other] { $month }\n } { $year }\n",
        ),
    ];
    Texts::load(&["en".to_owned(), "bn".to_owned()], &files).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn compile(body: &str) -> Result<Template, String> {
    Template::compile("certificates/test", &format!("{HEAD}{body}"))
}

fn render(body: &str, lang: &str, data: serde_json::Value) -> Result<String, String> {
    let html = compile(body)?.render(lang, &texts(), &data, "https://guichet.example/v1/certificates/ABC")?;
    Ok(html.trim().to_owned())
}

#[test]
fn a_section_speaks_its_language() {
    let body = "<h1>{{ t(\"certificate-khatian\") }}</h1>{{ t('step-order', 'approve') }} \
        {{ case.decided | day }} {{ form.fee | money }} {{ form.copies | money(\"BDT\") }}";
    let data =
        json!({"case": {"decided": "2026-12-16"}, "form": {"fee": {"amount": "1170", "currency": "BDT"}, "copies": 5}});
    let english = "<h1>Record of &lt;rights&gt;</h1>Approved 2026-12-16 1170.00 BDT 5.00 BDT";
    // Where English has no text of its own it takes the next language's.
    let spoken = render(body, "bn", data).expect("a section");
    assert!(english.starts_with("<h1>Record of &lt;rights&gt;</h1>"));
    assert!(spoken.contains("<h1>খতিয়ান</h1>") && spoken.contains("১৬ ডিসেম্বর ২০২৬"), "{spoken}");
    assert!(spoken.contains("১১৭০.০০ টাকা") && spoken.contains("৫.০০ টাকা"), "{spoken}");
}

#[test]
fn data_never_becomes_markup() {
    let html = render(
        "<p title=\"{{ form.a }}\">{{ form.a }}{{ form.n }}</p>",
        "en",
        json!({"form": {"a": "\"><script>x</script>", "n": null}}),
    );
    let html = html.expect("a section");
    assert!(!html.contains("<script") && !html.contains("title=\"\">"), "{html}");
    assert!(html.ends_with("</p>"), "null prints nothing: {html}");
    let qr = render("{{ qr }}", "en", json!({})).expect("a section");
    assert!(qr.starts_with("<svg") && qr.contains("v1/certificates/ABC"));
}

#[test]
fn loops_and_conditions_work() {
    let body = "{% for a in parties.applicant %}{{ loop.index }}{{ a.name }}{% if a.share is defined %} {{ a.share }}{% endif %};{% else %}nobody{% endfor %}";
    let html = render(body, "en", json!({"parties": {"applicant": [{"name": "R", "share": 0.5}, {"name": "K"}]}}));
    assert_eq!(html.as_deref(), Ok("1R 0.5;2K;"));
    assert_eq!(render(body, "en", json!({"parties": {"applicant": []}})).as_deref(), Ok("nobody"));
}

#[test]
fn holes_are_errors() {
    assert!(render("{{ form.nothing }}", "en", json!({"form": {}})).is_err());
    assert!(render("{{ form }}", "en", json!({"form": {"a": 1}})).is_err_and(|e| e.contains("as a whole")));
    assert!(render("{{ t('nothing') }}", "en", json!({})).is_err_and(|e| e.contains("no text")));
    assert!(render("{{ form.x | day }}", "en", json!({"form": {"x": "soon"}})).is_err());
    assert!(render("{{ form.x | money('BDT') }}", "en", json!({"form": {"x": "0.001"}})).is_err());
}

#[test]
fn front_matter_is_read_and_checked() {
    let head = compile("").expect("a template").head().clone();
    assert_eq!(head.kind_text, "certificate-khatian");
    assert_eq!(head.public, ["form.mouza"]);
    assert_eq!(head.valid_for, Duration::parse("1 year"));
    for bad in [
        "",
        "<p>",
        "{# a comment #}",
        "{# guichet: {\"kind\": \"x\"} #}",
        "{# guichet: {\"kind_text\": \"x\", \"public\": [\"secret\"]} #}",
        "{# guichet: {\"kind_text\": \"x\", \"valid_for\": \"soon\"} #}",
        "{# guichet: {\"kind_text\": \"x\"}",
    ] {
        assert!(Template::compile("x", bad).is_err(), "{bad}");
    }
}

#[test]
fn what_could_grow_or_leave_is_refused() {
    for bad in [
        "{% include 'x' %}",
        "{% extends \"x\" %}",
        "{% import 'x' as y %}",
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{%- autoescape false %}{% endautoescape %}",
        "{% with x = 1 %}{% endwith %}",
        "{{ form.a | safe }}",
        "{{ form.a | replace('a', 'b') }}",
        "{{ form.a|upper|indent }}",
        "{{ range(9) }}",
        "{{ secret }}",
        "<SCRIPT>",
        "<img src=\"https://x\">",
        "<a href='//x'>",
        "{{ form.a",
        "{% if form.a %}",
        "<style>@import 'x'</style>",
        "{# open",
    ] {
        assert!(compile(bad).is_err(), "{bad}");
    }
    assert!(compile("{{ \"}} | safe {% set\" }}{{ 'a|b' }}").is_ok(), "in quotes it is text");
    let fault = compile("<p>\n\n{% set x = 1 %}").expect_err("a fault");
    assert!(fault.starts_with("line 4:"), "{fault}");
}

#[test]
fn steps_and_output_are_bounded() {
    let many = json!({"form": {"a": (0..2_000).collect::<Vec<_>>()}});
    let nested = "{% for x in form.a %}{% for y in form.a %}{% if y %}{% endif %}{% endfor %}{% endfor %}";
    assert!(render(nested, "en", many).is_err_and(|fault| fault.contains("fuel")), "fuel");
    let long = json!({"form": {"a": [1, 2, 3], "b": "x".repeat(200_000)}});
    assert!(render("{% for x in form.a %}{{ form.b }}{% endfor %}", "en", long).is_err());
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    assert!(render("", "en", json!({"form": deep})).is_err());
}

#[test]
fn the_page_is_whole_in_itself() {
    let sections = [
        ("en".to_owned(), "<h1 class=\"x\">Record &amp; <b>rights</b></h1>".to_owned()),
        ("bn".to_owned(), "<h1>খ</h1>".to_owned()),
    ];
    let html = page(&sections);
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    assert!(html.contains("<title>Record &amp; rights</title>"));
    assert!(html.contains("<section lang=\"bn\"") && html.contains("size:A4"));
    assert!(!html.contains("<script") && !html.contains("href=") && !html.contains("src="));
    assert!(page(&[]).contains("</html>"));
    assert!(qr_svg(&"x".repeat(501)).is_err());
}

use std::collections::BTreeMap;

use super::{FILE_BYTES_MAX, Texts, negotiate};

fn file(lang: &str, name: &str, content: &str) -> (String, String, String) {
    (lang.to_owned(), name.to_owned(), content.to_owned())
}

fn languages(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

fn args(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn texts() -> Texts {
    let shared = "service = Shared\nonly-shared = { $days ->\n    [one] one day\n   *[other] { $days } days\n }\n";
    let own = "service = Mutation\nstep-admit = Admission\n    .complete = Complete for { $name }\nnotice-step = See { step-admit.complete } by { $due }\n";
    Texts::load(
        &languages(&["en", "bn"]),
        &[
            file("en", "_shared/texts/en.ftl", shared),
            file("en", "texts/en.ftl", own),
            file("bn", "texts/bn.ftl", "service = নামজারি\n"),
            file("fr", "texts/fr.ftl", "= broken"),
        ],
    )
    .unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn later_files_override_and_languages_fall_back() {
    let texts = texts();
    let say = |lang: &str, id: &str| texts.format(lang, id, None, &args(&[("days", "1")]));
    assert_eq!(say("en", "service").as_deref(), Some("Mutation"));
    assert_eq!(say("bn", "service").as_deref(), Some("নামজারি"));
    assert_eq!(say("bn", "step-admit").as_deref(), Some("Admission"));
    assert_eq!(say("xx", "only-shared").as_deref(), Some("one day"));
    assert_eq!(say("en", "nothing"), None);
    assert!(texts.has("en", "step-admit", Some("complete")) && !texts.has("en", "step-admit", Some("x")));
    assert!(!texts.has("bn", "step-admit", None) && !texts.has("xx", "service", None));
    let complete = texts.format("bn", "step-admit", Some("complete"), &args(&[("name", "0123")]));
    assert_eq!(complete.as_deref(), Some("Complete for 0123"), "no isolation marks, zeros kept");
    let many = texts.format("en", "only-shared", None, &args(&[("days", "2026")]));
    assert_eq!(many.as_deref(), Some("2026 days"));
}

#[test]
fn variables_are_those_of_all_texts_within() {
    let names = |id: &str| texts().variables("en", id).into_iter().collect::<Vec<_>>();
    assert_eq!(names("notice-step"), ["due", "name"]);
    assert_eq!(names("only-shared"), ["days"]);
    assert!(names("nothing").is_empty());
}

#[test]
fn a_missing_variable_or_a_loop_is_no_failure() {
    let content = "a = { b }\nb = { a } { $x }\n";
    let texts = Texts::load(&languages(&["en"]), &[file("en", "en.ftl", content)]).expect("texts");
    assert!(texts.format("en", "a", None, &BTreeMap::new()).is_some());
    assert_eq!(texts.variables("en", "a").len(), 1);
}

#[test]
fn faults_have_file_and_line() {
    let load = |content: &str| Texts::load(&languages(&["en"]), &[file("en", "en.ftl", content)]);
    let faults = load("a = A\n\n# note\na = B\n").expect_err("twice");
    assert_eq!((faults[0].file.as_str(), faults[0].line), ("en.ftl", 4));
    let faults = load("a = A\nb = { $x\nc\n").expect_err("broken");
    assert!(faults[0].line >= 2, "{faults:?}");
    assert!(Texts::load(&languages(&["not a tag"]), &[]).is_err());
    let huge = format!("a = {}", "x".repeat(FILE_BYTES_MAX));
    assert!(load(&huge).is_err());
}

#[test]
fn texts_cross_threads() {
    fn crosses<T: Send + Sync>(_: &T) {}
    crosses(&texts());
}

#[test]
fn the_most_wanted_language_is_chosen() {
    let available = languages(&["en", "bn", "pt-BR"]);
    for (header, wanted) in [
        ("", "en"),
        ("bn", "bn"),
        ("bn-BD", "bn"),
        ("pt", "pt-BR"),
        ("BN", "bn"),
        ("b", "en"),
        ("fr, bn;q=0.3, pt;q=0.8", "pt-BR"),
        ("en;q=0, *", "bn"),
        ("*", "en"),
        ("bn;q=2, pt", "pt-BR"),
        ("bn;q=x", "en"),
        (";;,,", "en"),
        ("bn;q=NaN", "en"),
        ("é", "en"),
    ] {
        assert_eq!(negotiate(header, &available), wanted, "{header}");
    }
    assert_eq!(negotiate(&format!("bn{}", ",bn".repeat(5_000)), &available), "en");
    assert_eq!(negotiate("bn", &[]), "");
}

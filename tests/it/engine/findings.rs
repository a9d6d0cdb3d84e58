//! What the checker finds where one part does not fit another: what is written and its register, a role and its office,
//! names that are taken, texts and templates.

use guichet::engine::definition::Country;

use super::checker::{MUTATION, PLAIN, broken, findings, found_in, mutation, plain};
use super::files;

/// The same, wherever in the file the finding stands.
#[track_caller]
fn somewhere((from, to): (&str, &str), sentence: &str) {
    let found = findings(MUTATION, &broken("land-mutation/service.yaml", from, to));
    assert!(found.iter().any(|f| f.line > 1 && f.sentence.contains(sentence)), "wanted …{sentence}…, found {found:#?}");
}

#[test]
fn what_is_written_fits_its_register() {
    let set = "            government_interest: 'false'\n";
    mutation((set, "            government_interest: '\"no\"'\n"), "'\"no\"'", "of another kind (bool) than a text");
    somewhere((set, ""), "a new record of `khatians` lacks `government_interest`");
    mutation(
        (
            "[context put(steps.khatian.plots[item.dag = form.dag][1], \"quantity\", form.quantity)]",
            "[{dag: form.dag, quantity: form.quantity}]",
        ),
        "[{dag: form.dag, quantity",
        "`plots` lacks `land_class`",
    );
    let more = (
        "dag: form.dag,\n              quantity: round",
        "dag: form.dag, plot: form.dag,\n              quantity: round",
    );
    somewhere(more, "`holders` has no `plot`");
    somewhere(
        ("expects: steps.finalise.version", "expects: steps.khatian.mouza"),
        "`steps.khatian.mouza` is no version",
    );
    let key = ("key: form.khatian\n          change: passed_on", "key: form.deed\n          change: passed_on");
    somewhere(key, "`form.deed` is no key: a key is a text or a number");
    plain(("key: parties.applicant.id, take", "key: today, take"), "key: today", "`today` is no key");
}

#[test]
fn a_role_works_in_the_office_of_its_step() {
    let agencies = "_agencies/agencies.yaml";
    // A union office has no surveyor; the municipality's main office has no role of the land administration.
    mutation(
        ("survey:\n    task: {role: surveyor,", "survey:\n    task: {role: bishopric,"),
        "bishopric",
        "the role `bishopric` is not declared",
    );
    plain(
        ("task: {role: clerk}", "task: {role: surveyor}"),
        "role: surveyor",
        "the office `town_hall` has no role `surveyor`: nobody could do it",
    );
    mutation(
        ("task: {role: surveyor, form", "task: {role: clerk, form"),
        "role: clerk",
        "no office of `land-administration` has the role `clerk`",
    );
    assert!(files().contains_key(agencies));
}

#[test]
fn a_list_of_arrows_has_one() {
    plain((", next: issued}", ", next: []}"), "next: []", "a list of arrows without an arrow leads nowhere");
    plain(("confirm: {go: issue, decision: favourable}", "confirm: []"), "confirm: []", "leads nowhere");
}

#[test]
fn names_that_are_taken() {
    plain(("  check:\n", "  done:\n"), "  done:", "`done` cannot be the name of a step");
    plain(("ends: {issued:", "ends: {Issued: neutral, issued:"), "Issued", "`Issued` is no id");
    plain(
        ("take: [address, since]", "take: [address, since], test: {found: 'true'}"),
        "  look:",
        "`found` cannot be stated",
    );
    mutation(("mark: submitted,", "mark: status,"), "  pay_notice:", "`status` cannot be a mark");
    let mut files = files();
    let form = files.get_mut("land-mutation/forms/survey.schema.json").expect("a form");
    *form = form.replace("boundaries_agree", "outcome");
    let found = findings(MUTATION, &files);
    let right = found.iter().any(|f| f.sentence.contains("`outcome` cannot be stated or taken"));
    assert!(right, "{found:#?}");
}

#[test]
fn who_and_what_is_declared_fits_its_shape() {
    mutation(
        (
            "    by: [applicant, seller]\n    service: land-appeal\n",
            "    by: [applicant, sellers]\n    service: land-appeal\n",
        ),
        "sellers",
        "no party `sellers`",
    );
    mutation(
        ("types: [image/jpeg, image/png]", "types: [image/jpg, image/png]"),
        "image/jpg",
        "`image/jpg` is no kind of file that is known",
    );
    mutation(
        (
            "applicant: {is: person, from: form.applicants, many: true}",
            "applicant: {is: person, from: form.applicants}",
        ),
        "from: form.applicants",
        "is a list, and must be an object",
    );
    mutation(
        ("    from: form.seller\n", "    from: form.seller\n    many: true\n"),
        "  seller:",
        "must be a list of objects, as it is `many`",
    );
    let officer = ("by: [person, representative], first: look, needs: []", "by: [person, officer], first: look");
    plain(officer, "by: [person", "an officer hands in no documents");
}

#[test]
fn texts_name_what_they_are_given() {
    let en = "land-mutation/texts/en.ftl";
    let files =
        broken(en, "notice-shares = The shares of the applicants in case { $reference }", "notice-shares = { $name }");
    let found = findings(MUTATION, &files);
    let right = |f: &&guichet::engine::definition::Finding| {
        f.file == en && f.line > 1 && f.sentence.starts_with("nobody gives the text `notice-shares` a `$name`")
    };
    assert!(found.iter().any(|f| right(&f)), "{found:#?}");
    let files = broken(en, "end-issued = Khatian issued", "end-issued = Khatian { $number } issued");
    let found = findings(MUTATION, &files);
    assert!(found.iter().any(|f| f.sentence.contains("is shown without variables, and names `$number`")), "{found:#?}");
}

#[test]
fn an_sms_has_room_for_its_words() {
    let en = "land-mutation/texts/en.ftl";
    let with = |sms: &str| {
        let subject = ".subject = Please correct the shares: { $reference }";
        findings(MUTATION, &broken(en, subject, &format!("{subject}\n    .sms = {sms}")))
    };
    let words = |sms: &str| -> Vec<_> {
        with(sms)
            .into_iter()
            .filter(|f| f.sentence.contains("`notice-shares.sms`"))
            .map(|f| (f.line > 1, f.sentence))
            .collect()
    };
    // What is put in does not count yet.
    assert_eq!(words(&format!("{}{{ $reference }}", "a".repeat(459))), []);
    assert_eq!(words(&"ক".repeat(201)), []);
    let sentence = |has: usize, room: usize| {
        format!(
            "the text `notice-shares.sms` has {has} characters before anything is put in; an SMS in these letters has {room}"
        )
    };
    assert_eq!(words(&format!("{}{{ $due }}", "a".repeat(460))), [(true, sentence(460, 459))]);
    assert_eq!(words(&"ক".repeat(202)), [(true, sentence(202, 201))]);
}

#[test]
fn certificates_are_put_on_paper_in_every_language() {
    let template = "residence-certificate/certificates/residence.html";
    for (from, to, sentence) in [
        ("{{ steps.look.address }}", "{{ steps.look.adress }}", "`certificates/residence.html` in `en`"),
        ("{{ case.reference }}", "{{ t(\"no-such-text\") }}", "there is no text \"no-such-text\""),
    ] {
        let mut files = files();
        let text = files.get_mut(template).expect("a template");
        assert!(text.contains(from), "{from} in {text}");
        *text = text.replacen(from, to, 1);
        let found = findings(PLAIN, &files);
        assert!(found.iter().any(|f| f.file.contains("scenarios/") && f.sentence.contains(sentence)), "{found:#?}");
    }
    // What verification shows is looked at before any story.
    let mut files = files();
    let text = files.get_mut("land-mutation/certificates/khatian.html").expect("a template");
    *text = text.replacen("\"steps.finalise.number\"", "\"steps.finalise.nummer\"", 1);
    let found = findings(MUTATION, &files);
    assert!(found.iter().any(|f| f.file.ends_with("khatian.html") && f.sentence.contains("nummer")), "{found:#?}");
}

#[test]
fn what_stands_beside_is_read_as_strictly() {
    let confirmed = "scenarios/confirmed_by_a_clerk.yaml";
    found_in(
        PLAIN,
        confirmed,
        ("- {by: popy, step: check, outcome: confirm}", "- {by: popy, step: check, outcome: confirm, advance: 1 days}"),
        "advance: 1 days",
        "more than one thing",
    );
    let files = broken(&format!("{PLAIN}/{confirmed}"), "residents:", "inhabitants:");
    let found = findings(PLAIN, &files);
    assert!(found.iter().any(|f| f.sentence.contains("no register `inhabitants`")), "{found:#?}");

    let calendar = "_calendar/sumwhere.yaml";
    let mut files = super::files();
    let text = files.get_mut(calendar).expect("a calendar");
    let line = text.lines().count() + 1;
    *text = format!("{}\nsundays: []\n", text.trim_end());
    let found = Country::read(&files).expect_err("a fault");
    assert!(found.iter().any(|f| f.file == calendar && f.line == line && f.sentence.contains("sundays")), "{found:#?}");

    let template = "residence-certificate/certificates/residence.html";
    let mut files = super::files();
    let text = files.get_mut(template).expect("a template");
    *text = format!("{}\n{{% set x = 1 %}}\n", text.trim_end());
    let line = text.lines().count();
    let found = findings(PLAIN, &files);
    assert!(found.iter().any(|f| f.file == template && f.line == line && f.sentence.contains("set")), "{found:#?}");
}

#[test]
fn the_times_of_the_steps_fit_into_the_limit() {
    // Admission, report, survey, records and order, each loop once.
    mutation(
        ("time_limit: {within: params.time_limit,", "time_limit: {within: 10 working days,"),
        "time_limit: {within",
        "the slowest lawful path takes",
    );
    let found = findings(
        MUTATION,
        &broken(
            "land-mutation/service.yaml",
            "time_limit: {within: params.time_limit,",
            "time_limit: {within: 10 working days,",
        ),
    );
    let told = found.iter().find(|f| f.sentence.contains("slowest")).expect("found").sentence.clone();
    assert!(
        told.contains("field_report") && !told.contains("missing_papers"),
        "where the limit stands it takes nothing: {told}"
    );
    // Of branches the slowest counts, and silence takes its time.
    let companies = broken(
        "business-registration/service.yaml",
        "time_limit: {within: params.time_limit,",
        "time_limit: {within: 19 working days,",
    );
    let found = findings("business-registration", &companies);
    assert!(found.iter().any(|f| f.sentence.contains("takes 20 working days")), "{found:#?}");
}

#[test]
fn an_arrow_that_is_never_taken_is_found() {
    let found = |from: &str, to: &str| {
        let found = findings(MUTATION, &broken("land-mutation/service.yaml", from, to));
        found.into_iter().map(|f| f.sentence).find(|s| s.contains("is never taken: one before it"))
    };
    let from = "next: [{when: steps.field_report.clean, go: survey}, hearing]";
    let twice = "next: [{when: steps.field_report.clean, go: survey}, {when: 'steps.field_report.clean and form.kind = \"sale\"', go: hearing}, hearing]";
    assert!(found(from, twice).is_some());
    let other =
        "next: [{when: steps.field_report.clean, go: survey}, {when: 'form.kind = \"sale\"', go: hearing}, hearing]";
    assert_eq!(found(from, other), None);
}

#[test]
fn a_register_does_not_open_cases_without_end() {
    // What a mutation writes would open the next one.
    let mut files = files();
    let text = files.get_mut("land-mutation/service.yaml").expect("the service");
    let (from, until) =
        (text.find("    - register: deeds").expect("a rule"), text.find("time_limit:").expect("the limit"));
    let circle =
        "    - {register: khatians, change: passed_on, starter: 'record.holders[1]', form: {mouza: record.mouza}}\n";
    text.replace_range(from..until, circle);
    let found = findings(MUTATION, &files);
    assert!(found.iter().any(|f| f.sentence.contains("without end")), "{found:#?}");
    assert!(findings(MUTATION, &super::files()).is_empty());
}

#[test]
fn a_paper_that_a_register_holds_is_not_asked_for() {
    let held = ("  latest_record: {held_by: khatians, key: form.khatian}", "  latest_record: {}");
    mutation(held, "latest_record:", "the register `khatians` holds what it says");
    let nowhere = ("held_by: khatians, key: form.khatian", "held_by: nothing, key: form.khatian");
    mutation(nowhere, "latest_record:", "there is no register `nothing`");
    let keyless = ("{held_by: khatians, key: form.khatian}", "{held_by: khatians}");
    mutation(keyless, "latest_record:", "has `held_by` and `key`");
    let per =
        ("{held_by: khatians, key: form.khatian}", "{held_by: khatians, key: form.khatian, per: parties.applicant}");
    mutation(per, "latest_record:", "not `per` party");
    let unproven = ("{held_by: khatians, key: form.khatian}", "{held_by: mouzas, key: form.mouza}");
    mutation(unproven, "latest_record:", "does not say that it `proves` `latest_record`");
    let later = ("{held_by: khatians, key: form.khatian}", "{held_by: khatians, key: steps.khatian.mouza}");
    mutation(later, "latest_record:", "what is not known with the statement");
}

#[test]
fn advice_names_an_outcome_that_the_step_has() {
    let file = "business-registration/decisions/decision.dmn";
    let found = |from: &str, to: &str, words: &str| {
        let files = broken(file, from, to);
        let found = findings("business-registration", &files);
        assert!(found.iter().any(|f| f.file == file && f.sentence.contains(words)), "wanted {words}\nfound {found:#?}");
    };
    found("\"register\"", "\"registered\"", "as advice on `decision`, there is no outcome `registered`");
    found("name=\"outcome\" typeRef=\"string\"", "name=\"verdict\" typeRef=\"string\"", "it has no output `outcome`");
    found("<text>\"register\"</text>", "<text>form.name</text>", "`form.name` names no outcome");
    found("hitPolicy=\"UNIQUE\"", "hitPolicy=\"COLLECT\"", "is not one text");
    let files = broken("business-registration/service.yaml", ", advice: decisions/decision.dmn}", "}");
    let found = findings("business-registration", &files);
    assert!(found.iter().any(|f| f.sentence.contains("and none is advised by it")), "{found:#?}");
}

#[test]
fn a_rule_weighs_what_is_protected_only_where_a_law_allows_it() {
    let protected = "which is protected: `legal_basis.protected` names the section";
    let guard = "when: 'form.kind = \"gift\"'";
    let weighing = "when: 'form.kind = \"gift\" and count(form.applicants[sex = \"male\"]) > 0'";
    mutation((guard, weighing), "sex = ", protected);
    // Said to be allowed, it is; what stands in a text is not weighed.
    let basis = ("legal_basis: {", "legal_basis: {protected: {sex: \"Heba Act, s. 3\"}, ");
    let mut files = broken("land-mutation/service.yaml", guard, weighing);
    let text = files.get_mut("land-mutation/service.yaml").expect("the definition");
    *text = text.replacen(basis.0, basis.1, 1);
    assert!(!findings(MUTATION, &files).iter().any(|f| f.sentence.contains(protected)));
    let words = "when: 'form.kind = \"gift\" and form.kind != \"sex\"'";
    let files = broken("land-mutation/service.yaml", guard, words);
    assert!(!findings(MUTATION, &files).iter().any(|f| f.sentence.contains(protected)));
    let by_name = "when: 'form.kind = \"gift\" and get value(form.seller, \"sex\") = \"male\"'";
    mutation((guard, by_name), "get value", protected);
    // What is not protected needs no section, and a section is named.
    somewhere(("legal_basis: {", "legal_basis: {protected: {kind: \"s. 1\"}, "), "`kind` is not protected");
    somewhere(
        ("legal_basis: {", "legal_basis: {protected: {sex: \" \"}, "),
        "no section is named that allows a rule to weigh `sex`",
    );
}

#[test]
fn a_form_says_what_else_is_protected() {
    let file = "land-mutation/form.schema.json";
    let marked = broken(file, "\"kind\": {\"type\"", "\"kind\": {\"x-protected\": true, \"type\"");
    let found = findings(MUTATION, &marked);
    assert!(
        found.iter().any(|f| f.line > 1 && f.sentence.contains("a rule weighs `kind`, which is protected")),
        "{found:#?}"
    );
}

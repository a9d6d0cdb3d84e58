//! What a definition may not make public.

use super::checker::finds;

const STORY: &str = "
start: {by: [person], first: check, needs: []}
steps:
  check: {task: {role: clerk}, outcomes: {grant: {go: granted, decision: favourable}}}
disclosure: {public: [case.reference], from: case.decided, statistics_by: [case.office]}
";

#[test]
fn neither_the_whole_of_something_nor_what_is_protected_is_public() {
    let found = |from: &str, to: &str, words: &str| finds(STORY, from, to, words);
    found("public: [case.reference]", "public: [case]", "`case` is no part of a case");
    found("public: [case.reference]", "public: [messages.all]", "`messages.all` is no part of a case");
    found("public: [case.reference]", "public: [case.nothing]", "nothing");
    found("public: [case.reference]", "public: [parties.applicant.sex]", "`sex` is a protected attribute");
    found("public: [case.reference]", "public: [form.size, parties.applicant]", "what is public are single values");
    found("public: [case.reference]", "public: [case.started_by]", "is the id of a person");
    found("public: [case.reference]", "public: [steps.check.by]", "is the id of a person");
    found(
        "statistics_by: [case.office]",
        "statistics_by: [parties.applicant.sex]",
        "counted by it where nothing of each is public",
    );
    found("from: case.decided", "from: form.size", "gives neither a day nor an instant");
    found("statistics_by: [case.office]", "statistics_by: [steps]", "`steps` is no part of a case");
    found("public: [case.reference], from", "from", "nothing is `public` from then on");
    found("{public: [case.reference], from: case.decided, statistics_by: [case.office]}", "{}", "it discloses nothing");
}

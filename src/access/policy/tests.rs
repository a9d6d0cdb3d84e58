use super::*;
use crate::kernel::{Assurance, Channel};
use Action as A;

fn actor(name: &str, posts: &[(&str, &str)]) -> Actor {
    let post = |&(role, office): &(&str, &str)| Post {
        role: role.into(),
        office: office.into(),
        authority: "land".into(),
        until: None,
    };
    Actor {
        subject: name.into(),
        person: Some(PersonId::make()),
        posts: posts.iter().map(post).collect(),
        channel: Channel::Online,
        assurance: Assurance::Substantial,
        ..Actor::anonymous("r")
    }
}

fn desk(role: &str, office: &str, open: bool) -> Desk {
    Desk { role: role.into(), office: office.into(), open }
}

fn case() -> Facts {
    Facts {
        case: Some(CaseId::make()),
        level: 4,
        status: "open".into(),
        desks: vec![desk("surveyor", "sadar", false), desk("ac-land", "sadar", true)],
        ..Facts::default()
    }
}

fn of(relations: &[Relation]) -> Facts {
    Facts { relations: relations.to_vec(), ..case() }
}

fn seller() -> Relation {
    Relation::Party("seller".into())
}

fn ask(party: &str) -> Option<TaskFacts> {
    Some(TaskFacts { kind: TaskKind::Ask, role: None, office: None, party: Some(party.into()), holder: None })
}

fn task(holder: Option<PersonId>) -> Option<TaskFacts> {
    let (role, office) = (Some("ac-land".into()), Some("sadar".into()));
    Some(TaskFacts { kind: TaskKind::Task, role, office, party: None, holder })
}

/// What the policy answers, in a word: the ground, or the refusal with its code.
fn answer(actor: &Actor, action: Action, facts: &Facts) -> String {
    match permit(actor, action, facts, Purpose::OwnCase) {
        Ok(permit) => permit.basis.into(),
        Err(Error::Forbidden(code)) => code.into(),
        Err(Error::PreconditionRequired(header)) => header.into(),
        Err(other) => other.word().into(),
    }
}

fn check(actor: &Actor, facts: &Facts, expected: &[(&[Action], &str)]) {
    for (actions, word) in expected {
        for action in *actions {
            assert_eq!(answer(actor, *action, facts), *word, "{action:?}");
        }
    }
}

const READS: &[Action] =
    &[A::ReadCase, A::ReadForm, A::ReadDocument, A::ReadEvents, A::ReadDecisions, A::ReadFees, A::ReadMessages];
const WRITES: &[Action] = &[A::SaveForm, A::AddDocument, A::Submit, A::Withdraw, A::WriteMessage];
const WORK: &[Action] = &[A::Claim, A::Release, A::Assign, A::Complete];
const GENERAL: &[Action] = &[A::StartCase, A::ListCases, A::ReadOwnMessages, A::ReadContact, A::ChangeContact];

#[test]
fn the_applicant_side_has_its_own_case() {
    let someone = actor("rahim", &[]);
    for relation in [Relation::Starter, Relation::Signatory, Relation::Represented, Relation::Party(APPLICANT.into())] {
        let mut facts = of(&[relation]);
        check(
            &someone,
            &facts,
            &[
                (READS, "own_case"),
                (WRITES, "own_case"),
                (GENERAL, "own"),
                (&[A::Pay, A::Complete], "not_asked_of_you"),
                (&[A::Claim, A::Release, A::Assign, A::Revoke], "not_for_applicants"),
            ],
        );
        facts.task = ask(APPLICANT);
        check(&someone, &facts, &[(&[A::Pay, A::Complete], "own_case")]);
        facts.task = ask("seller");
        check(&someone, &facts, &[(&[A::Pay, A::Complete], "not_asked_of_you")]);
        facts.task = task(someone.person);
        check(&someone, &facts, &[(&[A::Complete], "not_asked_of_you"), (&[A::Claim], "not_for_applicants")]);
    }
}

#[test]
fn an_officer_does_not_work_on_a_matter_of_his_own() {
    let officer = actor("anika", &[("ac-land", "sadar")]);
    for relation in
        [Relation::Starter, Relation::Signatory, Relation::Represented, Relation::Party(APPLICANT.into()), seller()]
    {
        let mut facts = of(&[relation]);
        facts.task = task(officer.person);
        check(
            &officer,
            &facts,
            &[(&[A::Claim, A::Assign, A::Complete, A::Revoke], "own_matter"), (&[A::Release], "desk")],
        );
    }
    let mut facts = of(&[Relation::Starter]);
    facts.task = ask(APPLICANT);
    check(&officer, &facts, &[(&[A::Complete, A::Pay], "own_case")]);
}

#[test]
fn another_party_does_what_the_definition_says() {
    let someone = actor("seller", &[]);
    let mut facts = of(&[seller()]);
    for action in Action::ALL.into_iter().filter(|a| !a.is_general()) {
        assert_eq!(answer(&someone, action, &facts), "not_found", "{action:?}");
        // Who is the applicant as well is told why, not that there is nothing.
        let both = of(&[Relation::Starter, seller()]);
        assert_ne!(answer(&someone, action, &both), "not_found", "{action:?}");
    }
    facts.party_sees = vec!["form.plots".into()];
    facts.party_may = vec!["message".into()];
    check(
        &someone,
        &facts,
        &[
            (&[A::ReadCase, A::WriteMessage, A::ReadMessages], "party"),
            (
                &[A::AddDocument, A::Withdraw, A::ReadForm, A::ReadDocument, A::SaveForm, A::Submit],
                "not_for_this_party",
            ),
            (&[A::Complete], "not_asked_of_you"),
        ],
    );
    facts.task = ask("seller");
    check(&someone, &facts, &[(&[A::Complete, A::Pay], "party"), (&[A::AddDocument], "not_for_this_party")]);
    let permit = permit(&someone, A::ReadCase, &facts, Purpose::OwnCase).expect("a permit");
    assert_eq!(permit.narrowed_to, Some(vec!["seller".to_owned()]));
    // Who applies as well sees the whole.
    facts.relations.push(Relation::Starter);
    assert_eq!(super::permit(&someone, A::ReadCase, &facts, Purpose::OwnCase).expect("a permit").narrowed_to, None);
}

fn asked(kind: TaskKind, open: bool, documents: bool) -> Vec<Asked> {
    vec![Asked { kind, party: "seller".into(), step: "s".into(), open, documents }]
}

#[test]
fn a_party_that_is_asked_sees_what_it_is_asked_and_no_more() {
    let someone = actor("seller", &[]);
    let mut facts = of(&[seller()]);
    facts.asked = asked(TaskKind::Ask, true, true);
    let shut: &[Action] = &[A::ReadForm, A::ReadDocument, A::ReadEvents, A::ReadMessages, A::SaveForm, A::Withdraw];
    check(
        &someone,
        &facts,
        &[
            (&[A::ReadCase, A::AddDocument], "party"),
            (&[A::ReadFees], "not_for_this_party"),
            (shut, "not_for_this_party"),
        ],
    );
    facts.asked = asked(TaskKind::Ask, true, false);
    check(&someone, &facts, &[(&[A::ReadCase], "party"), (&[A::AddDocument], "not_for_this_party")]);
    facts.asked = asked(TaskKind::Charge, true, false);
    check(&someone, &facts, &[(&[A::ReadCase, A::ReadFees], "party"), (&[A::AddDocument], "not_for_this_party")]);
    // Its own fee it sees also when it is paid; what it once answered opens nothing.
    facts.asked = asked(TaskKind::Charge, false, false);
    check(&someone, &facts, &[(&[A::ReadFees], "party"), (&[A::ReadCase], "not_for_this_party")]);
    facts.asked = asked(TaskKind::Ask, false, true);
    check(&someone, &facts, &[(&[A::ReadCase, A::AddDocument, A::ReadFees], "not_found")]);
    facts.asked = asked(TaskKind::Ask, true, true);
    facts.relations = vec![Relation::Party("neighbour".into())];
    check(&someone, &facts, &[(&[A::ReadCase, A::AddDocument], "not_found")]);
}

#[test]
fn a_party_reads_documents_and_letters_where_the_definition_says_so() {
    let someone = actor("seller", &[]);
    let sees =
        |paths: &[&str]| Facts { party_sees: paths.iter().map(|p| (*p).to_owned()).collect(), ..of(&[seller()]) };
    check(
        &someone,
        &sees(&["documents.deed"]),
        &[(&[A::ReadDocument], "party"), (&[A::ReadMessages], "not_for_this_party")],
    );
    check(
        &someone,
        &sees(&["messages"]),
        &[(&[A::ReadMessages], "party"), (&[A::WriteMessage, A::ReadDocument], "not_for_this_party")],
    );
}

#[test]
fn a_helper_has_access_while_the_post_lasts() {
    let lipi = actor("lipi", &[]);
    check(&lipi, &of(&[Relation::Helper]), &[(READS, "not_found"), (WRITES, "not_found")]);
    check(&lipi, &of(&[Relation::Helper, Relation::Represented]), &[(READS, "own_case"), (WRITES, "own_case")]);
    let officer = actor("anika", &[("ac-land", "sadar")]);
    let mut facts = of(&[Relation::Helper]);
    facts.task = task(officer.person);
    check(&officer, &facts, &[(&[A::Claim, A::Complete], "own_matter")]);
}

#[test]
fn an_officer_works_at_a_desk_of_the_case() {
    let officer = actor("anika", &[("ac-land", "sadar")]);
    let mut facts = case();
    check(
        &officer,
        &facts,
        &[
            (READS, "desk"),
            (&[A::WriteMessage], "desk"),
            (&[A::SaveForm, A::AddDocument, A::Submit, A::Withdraw, A::Pay], "not_for_staff"),
            (WORK, "not_for_staff"),
            (&[A::Revoke], "X-Purpose"),
            (&[A::ListTasks], "desk"),
        ],
    );
    facts.task = task(None);
    check(&officer, &facts, &[(&[A::Claim, A::Assign], "desk"), (&[A::Complete, A::Release], "not_holder")]);
    facts.task = task(officer.person);
    check(&officer, &facts, &[(WORK, "desk")]);
    facts.task = ask(APPLICANT);
    check(&officer, &facts, &[(WORK, "not_for_staff")]);
    let permit = permit(&officer, A::ReadForm, &facts, Purpose::OwnCase).expect("a permit");
    assert_eq!((permit.purpose.as_str(), permit.post.map(|p| p.role)), ("open_task", Some("ac-land".into())));
}

#[test]
fn a_colleague_with_another_role_reads_with_a_purpose_and_decides_nothing() {
    let surveyor = actor("karim", &[("surveyor", "sadar")]);
    let mut facts = case();
    facts.task = task(surveyor.person);
    check(&surveyor, &facts, &[(READS, "X-Purpose"), (WORK, "wrong_role")]);
    let stated = Actor { purpose: Some("complaint 7".into()), ..surveyor.clone() };
    check(&stated, &facts, &[(READS, "desk"), (&[A::Revoke], "desk")]);
    assert_eq!(permit(&stated, A::ReadForm, &facts, Purpose::OwnCase).expect("a permit").purpose, "complaint 7");
    // That there is a task is not taken from the caller's word.
    assert!(permit(&surveyor, A::ReadForm, &facts, Purpose::OpenTask(TaskId::make())).is_err());
    let blank = Purpose::Stated("  ".into());
    assert!(matches!(permit(&surveyor, A::ReadForm, &facts, blank), Err(Error::PreconditionRequired(_))));
}

#[test]
fn strangers_are_not_told_that_the_case_exists() {
    let mut facts = case();
    facts.task = task(None);
    let strangers = [actor("x", &[]), actor("y", &[("ac-land", "another")]), actor("z", &[("clerk", "sadar")])];
    for stranger in strangers {
        for action in Action::ALL.into_iter().filter(|a| !a.is_general()) {
            assert_eq!(answer(&stranger, action, &facts), "not_found", "{action:?}");
        }
    }
}

#[test]
fn a_guarded_case_is_for_the_desk_of_an_open_task() {
    let facts = Facts { level: LEVEL_GUARDED + 1, ..of(&[]) };
    let past = Actor { purpose: Some("why".into()), ..actor("karim", &[("surveyor", "sadar")]) };
    check(&past, &facts, &[(READS, "not_found"), (&[A::Revoke, A::WriteMessage], "not_found")]);
    check(&actor("anika", &[("ac-land", "sadar")]), &facts, &[(READS, "desk")]);
}

#[test]
fn an_officer_with_a_case_of_their_own_is_an_applicant_in_it() {
    let officer = actor("anika", &[("ac-land", "sadar")]);
    let mut facts = of(&[Relation::Starter]);
    facts.task = task(None);
    // And nothing but that: whoever has a stake in it does no office's work on it.
    check(&officer, &facts, &[(READS, "own_case"), (&[A::Submit], "own_case"), (&[A::Claim], "own_matter")]);
}

#[test]
fn without_a_person_nothing_is_done() {
    let unknown = Actor { person: None, ..actor("ghost", &[("ac-land", "sadar")]) };
    for action in Action::ALL {
        assert_eq!(answer(&Actor::anonymous("r"), action, &of(&[Relation::Starter])), "unauthenticated", "{action:?}");
        let told = if action.is_general() { "unknown_person" } else { "not_found" };
        assert_eq!(answer(&unknown, action, &of(&[Relation::Starter])), told, "{action:?}");
    }
}

#[test]
fn the_product_acts_and_reads_nothing() {
    let system = Actor::system("timer");
    check(
        &system,
        &case(),
        &[
            (READS, "system_reads_nothing"),
            (WRITES, "system"),
            (WORK, "system"),
            (&[A::MoveClock], "system_reads_nothing"),
        ],
    );
}

#[test]
fn what_runs_the_server_is_for_operators() {
    let jobs: &[Action] = &[A::ListJobs, A::RetryJob];
    let operator = actor("arif", &[("clerk", "a"), ("operator", "b")]);
    check(&operator, &Facts::default(), &[(jobs, "operator"), (GENERAL, "own")]);
    let permit = permit(&operator, A::RetryJob, &Facts::default(), Purpose::OwnCase).expect("a permit");
    assert_eq!(permit.post.map(|post| post.office), Some("b".to_owned()));
    // And opens no case.
    check(&operator, &case(), &[(READS, "not_found"), (WRITES, "not_found"), (WORK, "not_found")]);
    for other in [actor("rahim", &[]), actor("anika", &[("ac-land", "sadar"), ("operators", "b")])] {
        check(&other, &Facts::default(), &[(jobs, "not_operator")]);
    }
}

#[test]
fn lists_show_ones_own() {
    let organisation = Some(OrganisationId::make());
    let clerk = Actor { acting_for: organisation, ..actor("c", &[("clerk", "a"), ("head", "b")]) };
    let person = clerk.person.expect("a person");
    assert_eq!(
        scope(&clerk, A::ListCases).expect("a scope"),
        Scope::Person { person, organisation, sealed: Sealed(()) }
    );
    let desks = Scope::Desks {
        roles: vec!["clerk".into(), "head".into()],
        offices: vec!["a".into(), "b".into()],
        sealed: Sealed(()),
    };
    assert_eq!(scope(&clerk, A::ListTasks).expect("a scope"), desks);
    assert_eq!(scope(&actor("x", &[]), A::ListTasks).expect("a scope"), Scope::Nothing);
    assert!(scope(&clerk, A::ReadCase).is_err());
    assert!(scope(&Actor::anonymous("r"), A::ListCases).is_err());
}

#[test]
fn the_competent_office_extends_and_holds_by_the_role_that_the_definition_names() {
    let facts = Facts {
        office: "sadar".into(),
        extended_by: Some("ac-land".into()),
        held_by: vec!["registrar".into(), "ac-land".into()],
        ..case()
    };
    const OFFICE: &[Action] = &[A::Extend, A::Hold];
    check(&actor("anwar", &[("ac-land", "sadar")]), &facts, &[(OFFICE, "desk")]);
    check(&actor("sohel", &[("surveyor", "sadar")]), &facts, &[(OFFICE, "wrong_role")]);
    // The same role elsewhere has nothing to do with the case.
    check(&actor("masud", &[("ac-land", "shalbon")]), &facts, &[(OFFICE, "not_found")]);
    let own = Facts { relations: vec![Relation::Starter], ..facts };
    check(&actor("anwar", &[("ac-land", "sadar")]), &own, &[(OFFICE, "own_matter")]);
}

#[test]
fn whoever_oversees_the_office_of_a_task_gives_it_to_others() {
    let overseen_by = vec![("adc-revenue".to_owned(), "nodipur".to_owned())];
    let facts = Facts { overseen_by, task: task(None), ..case() };
    const GIVES: &[Action] = &[A::Assign, A::Transfer];
    let above = actor("mahbub", &[("adc-revenue", "nodipur")]);
    check(
        &above,
        &facts,
        &[(GIVES, "supervisor"), (&[A::Claim, A::Complete, A::Recuse], "not_found"), (READS, "not_found")],
    );
    check(
        &actor("anwar", &[("ac-land", "sadar")]),
        &facts,
        &[(&[A::Assign], "desk"), (&[A::Transfer], "not_supervisor")],
    );
    check(&actor("other", &[("adc-revenue", "elsewhere")]), &facts, &[(GIVES, "not_found")]);
    // What a party is asked is nobody's to give away.
    let asked = Facts { task: ask("seller"), ..facts.clone() };
    check(&above, &asked, &[(GIVES, "not_found")]);
    let own = Facts { relations: vec![seller()], party_may: vec!["message".into()], ..facts };
    check(&above, &own, &[(GIVES, "own_matter")]);
}

#[test]
fn sides_have_their_remedies_and_book_where_the_definition_says_so() {
    let facts = Facts { appealed_by: vec!["seller".into()], booked_by: vec!["seller".into()], ..of(&[seller()]) };
    let karim = actor("karim", &[]);
    check(&karim, &facts, &[(&[A::Lodge, A::Book], "party"), (&[A::Recuse, A::Extend, A::Hold], "not_for_this_party")]);
    let rahim = of(&[Relation::Starter]);
    check(&actor("rahim", &[]), &rahim, &[(&[A::Lodge], "own_case"), (&[A::Book], "not_for_this_party")]);
    // An officer books for the desk and keeps out of a case at it; remedies are for the sides.
    let anwar = actor("anwar", &[("ac-land", "sadar")]);
    let at_desk = Facts { task: task(None), ..case() };
    check(&anwar, &at_desk, &[(&[A::Book, A::Recuse], "desk"), (&[A::Lodge], "not_for_staff")]);
}

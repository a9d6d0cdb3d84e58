//! The rules themselves, in the order in which somebody's ground is looked for: the product, one's own case, another
//! party's part in it, a desk.

use super::{
    APPLICANT, Action, Desk, Facts, LEVEL_GUARDED, OPERATOR, Permit, Purpose, Relation, Sealed, TaskFacts, TaskKind,
    signed_in,
};
use crate::kernel::{Actor, Error, PersonId, Post, Result};

fn granted(basis: &'static str, purpose: impl Into<String>) -> Permit {
    Permit { basis, purpose: purpose.into(), post: None, narrowed_to: None, also: Vec::new(), sealed: Sealed(()) }
}

/// Whether the actor may do this.
///
/// # Errors
/// [`Error::Unauthenticated`] or [`Error::Forbidden`] without a person; [`Error::NotFound`] where the actor has nothing
/// to do with the case; [`Error::Forbidden`] where the actor has, yet may not do this; and
/// [`Error::PreconditionRequired`] where staff must state a purpose.
pub fn permit(actor: &Actor, action: Action, facts: &Facts, purpose: Purpose) -> Result<Permit> {
    if actor.is_system() {
        // The product acts; it has nobody to show anything to.
        return if action.is_read() || action == Action::MoveClock {
            Err(Error::Forbidden("system_reads_nothing"))
        } else {
            Ok(granted("system", "duty"))
        };
    }
    let person = match signed_in(actor) {
        // Somebody whom no register knows has nothing to do with any case, and is not told of one.
        Err(Error::Forbidden(_)) if !action.is_general() => return Err(Error::NotFound),
        other => other?,
    };
    if action == Action::Oversee {
        let post = overseer(actor, &facts.overseen_by).ok_or(Error::Forbidden("not_supervisor"))?;
        return Ok(Permit { post: Some(post.clone()), ..granted("supervisor", "oversight") });
    }
    if action.is_general() {
        return general(actor, action);
    }
    // Guards a caller's slip: of an act within a case, the case is known.
    if facts.case.is_none() {
        return Err(Error::NotFound);
    }
    let sides = [applicant(action, facts), party(action, facts), staff(actor, person, action, facts, purpose)]
        .into_iter()
        .flatten();
    // One ground is enough. Where there is none, who may know of the case on one ground is told why on that one.
    sides
        .reduce(|best, next| if best.is_ok() || matches!(next, Err(Error::NotFound)) { best } else { next })
        .unwrap_or(Err(Error::NotFound))
}

/// The post under which somebody oversees an office.
pub(super) fn overseer<'a>(actor: &'a Actor, overseen_by: &[(String, String)]) -> Option<&'a Post> {
    let oversees = |post: &&Post| overseen_by.iter().any(|(role, office)| post.role == *role && post.office == *office);
    actor.posts.iter().find(oversees)
}

/// What any signed-in person may do: what it shows is the scope's question, whether it is right the room's. What runs
/// the server is for operators.
fn general(actor: &Actor, action: Action) -> Result<Permit> {
    match action {
        Action::ListTasks if !actor.is_staff() => Ok(granted("nobody", "own_work")),
        Action::ListTasks => Ok(granted("desk", "own_work")),
        Action::ListJobs | Action::RetryJob | Action::Suspend => {
            let post = actor.posts.iter().find(|post| post.role == OPERATOR);
            let post = post.ok_or(Error::Forbidden("not_operator"))?;
            Ok(Permit { post: Some(post.clone()), ..granted("operator", "operation") })
        }
        _ => Ok(granted("own", "own_case")),
    }
}

/// The applicant's side: who started, signs, represents or is the applicant. None where the actor is not on it.
fn applicant(action: Action, facts: &Facts) -> Option<Result<Permit>> {
    let own = |relation: &Relation| match relation {
        Relation::Starter | Relation::Signatory | Relation::Represented => true,
        Relation::Party(name) => name == APPLICANT,
        Relation::Helper => false,
    };
    if !facts.relations.iter().any(own) {
        return None;
    }
    let allowed = match action {
        Action::SaveForm | Action::AddDocument | Action::Submit | Action::Withdraw | Action::WriteMessage => Ok(()),
        Action::Pay | Action::Complete => asked_of(facts, |party| party == APPLICANT),
        Action::Raise if facts.raised_by.iter().any(|by| by == APPLICANT) => Ok(()),
        Action::Book if facts.booked_by.iter().any(|by| by == APPLICANT) => Ok(()),
        Action::Book => Err(Error::Forbidden("not_for_this_party")),
        // Whether there is a remedy, and in time, is for the engine to say.
        Action::Lodge => Ok(()),
        Action::Raise => Err(Error::Forbidden("not_for_this_party")),
        action if action.is_read() => Ok(()),
        _ => Err(Error::Forbidden("not_for_applicants")),
    };
    Some(allowed.map(|()| Permit { also: other_parties(facts), ..granted("own_case", "own_case") }))
}

/// Parties that the actor is, other than the applicant.
fn other_parties(facts: &Facts) -> Vec<String> {
    let names = facts.relations.iter().filter_map(|relation| match relation {
        Relation::Party(name) if name != APPLICANT => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

/// Another party, such as the seller: what the definition lets it do and see.
fn party(action: Action, facts: &Facts) -> Option<Result<Permit>> {
    let names = other_parties(facts);
    if names.is_empty() {
        return None;
    }
    let may = |word: &str| {
        let allowed = facts.party_may.iter().any(|m| m == word);
        if allowed { Ok(()) } else { Err(Error::Forbidden("not_for_this_party")) }
    };
    let mine = || facts.asked.iter().filter(|asked| names.contains(&asked.party));
    let (open, charged) = (mine().any(|a| a.open), mine().any(|a| a.kind == TaskKind::Charge));
    let sees = |what: &str| {
        let within =
            |path: &String| path.strip_prefix(what).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        facts.party_sees.iter().any(within)
    };
    // A party that sees and may nothing, and is asked nothing, is not told that the case exists.
    let raises = facts.raised_by.iter().any(|by| names.contains(by));
    let appeals = facts.appealed_by.iter().any(|by| names.contains(by));
    if facts.party_sees.is_empty() && facts.party_may.is_empty() && !open && !charged && !raises && !appeals {
        return Some(Err(Error::NotFound));
    }
    let if_so = |so: bool| if so { Ok(()) } else { Err(Error::Forbidden("not_for_this_party")) };
    let allowed = match action {
        Action::Complete | Action::Pay => asked_of(facts, |party| names.iter().any(|name| name == party)),
        // What is asked of a party must be seen to be answered.
        Action::ReadCase => if_so(open || !facts.party_sees.is_empty()),
        Action::ReadFees => if_so(charged || sees("fees")),
        Action::ReadDocument => if_so(sees("documents")),
        Action::ReadMessages => if_so(sees("messages") || may("message").is_ok()),
        Action::AddDocument if mine().any(|a| a.open && a.documents) => Ok(()),
        Action::AddDocument => may("document"),
        Action::WriteMessage => may("message"),
        Action::Raise => if_so(raises),
        Action::Lodge => if_so(appeals),
        Action::Book => if_so(facts.booked_by.iter().any(|by| names.contains(by))),
        Action::Withdraw => may("withdraw"),
        _ => Err(Error::Forbidden("not_for_this_party")),
    };
    Some(allowed.map(|()| Permit { narrowed_to: Some(names), ..granted("party", "own_case") }))
}

fn asked_of(facts: &Facts, is_asked: impl Fn(&str) -> bool) -> Result<()> {
    match &facts.task {
        Some(TaskFacts { kind: TaskKind::Ask | TaskKind::Charge, party: Some(party), .. }) if is_asked(party) => Ok(()),
        _ => Err(Error::Forbidden("not_asked_of_you")),
    }
}

/// Staff at a desk of the case.
fn staff(actor: &Actor, person: PersonId, action: Action, facts: &Facts, purpose: Purpose) -> Option<Result<Permit>> {
    // What the competent office does with the case, whether the post has a task in it or not; and what whoever oversees the
    // office of a task does with that.
    let of_the_office = match action {
        Action::Extend => named(actor, facts.extended_by.iter(), &facts.office).map(|post| (post, "desk", "open_case")),
        Action::Hold => named(actor, facts.held_by.iter(), &facts.office).map(|post| (post, "desk", "open_case")),
        Action::Assign | Action::Transfer if facts.task.as_ref().is_some_and(|task| task.kind == TaskKind::Task) => {
            overseer(actor, &facts.overseen_by).map(|post| (post, "supervisor", "oversight"))
        }
        _ => None,
    };
    if let Some((post, basis, purpose)) = of_the_office {
        let of_others = facts.relations.is_empty();
        let permit = Permit { post: Some(post.clone()), ..granted(basis, purpose) };
        return Some(if of_others { Ok(permit) } else { Err(Error::Forbidden("own_matter")) });
    }
    let post_at = |desk: &Desk| actor.posts.iter().find(|p| p.role == desk.role && p.office == desk.office);
    let open = facts.desks.iter().filter(|d| d.open).find_map(post_at);
    let post = open.or_else(|| facts.desks.iter().find_map(post_at))?;
    if facts.level > LEVEL_GUARDED && open.is_none() {
        return None;
    }
    // Nobody works on a matter of his own, or on one that he filed for somebody.
    let is_work = matches!(
        action,
        Action::Claim | Action::Assign | Action::Complete | Action::Raise | Action::Revoke | Action::Book
    );
    if is_work && !facts.relations.is_empty() {
        return Some(Err(Error::Forbidden("own_matter")));
    }
    Some(at_desk(actor, person, action, facts, purpose, post, open.is_some()))
}

/// The post with one of some roles in an office.
fn named<'a>(actor: &'a Actor, mut roles: impl Iterator<Item = &'a String>, office: &str) -> Option<&'a Post> {
    roles.find_map(|role| actor.posts.iter().find(|post| post.role == *role && post.office == office))
}

fn at_desk(
    actor: &Actor,
    person: PersonId,
    action: Action,
    facts: &Facts,
    purpose: Purpose,
    post: &Post,
    open: bool,
) -> Result<Permit> {
    let at = |post: &Post, purpose: String| Permit { post: Some(post.clone()), ..granted("desk", purpose) };
    match action {
        Action::WriteMessage => Ok(at(post, "open_case".into())),
        Action::Claim | Action::Assign | Action::Complete | Action::Release => {
            let (post, holder) = task_post(actor, facts)?;
            if matches!(action, Action::Complete | Action::Release) && holder != Some(person) {
                return Err(Error::Forbidden("not_holder"));
            }
            Ok(at(post, "open_task".into()))
        }
        Action::Recuse => Ok(at(task_post(actor, facts)?.0, "open_task".into())),
        Action::Book if open => Ok(at(post, "open_task".into())),
        Action::Raise => {
            let at_a_desk = |p: &&Post| facts.desks.iter().any(|d| d.role == p.role && d.office == p.office);
            let raises = |p: &&Post| facts.raised_by.contains(&p.role);
            let post = actor.posts.iter().filter(at_a_desk).find(raises).ok_or(Error::Forbidden("not_for_staff"))?;
            Ok(at(post, "open_case".into()))
        }
        // Taking a paper back is done for a reason that somebody has put into words.
        Action::Revoke => match stated(actor, &purpose) {
            Some(reason) => Ok(at(post, reason)),
            None => Err(Error::PreconditionRequired("X-Purpose")),
        },
        action if action.is_read() => match (stated(actor, &purpose), open) {
            (_, true) => Ok(at(post, "open_task".into())),
            (Some(reason), false) => Ok(at(post, reason)),
            (None, false) => Err(Error::PreconditionRequired("X-Purpose")),
        },
        Action::Extend | Action::Hold => Err(Error::Forbidden("wrong_role")),
        Action::Transfer => Err(Error::Forbidden("not_supervisor")),
        _ => Err(Error::Forbidden("not_for_staff")),
    }
}

/// The post at whose desk the task is, and who holds the task.
fn task_post<'a>(actor: &'a Actor, facts: &Facts) -> Result<(&'a Post, Option<PersonId>)> {
    let Some(TaskFacts { kind: TaskKind::Task, role: Some(role), office: Some(office), holder, .. }) = &facts.task
    else {
        return Err(Error::Forbidden("not_for_staff"));
    };
    let post = actor.posts.iter().find(|p| p.role == *role && p.office == *office);
    post.map(|post| (post, *holder)).ok_or(Error::Forbidden("wrong_role"))
}

fn stated(actor: &Actor, purpose: &Purpose) -> Option<String> {
    let text = match purpose {
        Purpose::Stated(text) => Some(text),
        Purpose::OwnCase | Purpose::OpenTask(_) => actor.purpose.as_ref(),
    };
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

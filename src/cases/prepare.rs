//! From what somebody asks for to a command of the engine: documents are counted, roles are those held in the office of the
//! step.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::act::Party;
use super::context::Context;
use super::crossing::{Lodging, Opened, Returned};
use super::desks::{colleague, transferable};
use super::heard::Change;
use super::perform::Request;
use super::signing;
use super::start;
use super::stated::{Stated, papers, state};
use super::store::{self, Loaded};
use crate::access::Permit;
use crate::engine::definition::{Definition, Mode, Step, Verb};
use crate::engine::workflow::{
    Command, Completion, Data, DocumentFact, Doer, Linked, Statement, TokenId, Worker, amended,
};
use crate::kernel::{Actor, CaseId, Error, Fault, MessageId, PersonId, Result};
use crate::postgres::Tx;

/// What somebody asks for.
#[derive(Debug, Clone)]
pub enum Order<'a> {
    Submit {
        form: Option<&'a Value>,
        /// Where another case opens it.
        linked: Option<&'a Linked>,
    },
    Withdraw,
    Claim {
        /// The officer says that nothing ties him to anybody in the case.
        untied: bool,
    },
    Release,
    Assign {
        to: PersonId,
    },
    Complete(&'a Input),
    /// A document was added, or taken out by the scanner.
    Documents {
        added: bool,
    },
    /// An event of the definition.
    Raise {
        event: &'a str,
        answers: Option<&'a Value>,
    },
    /// An appointment for a task.
    Book {
        token: TokenId,
        at: Timestamp,
        mode: Mode,
    },
    Unbook {
        token: TokenId,
    },
    /// The officer keeps out of the whole case.
    Recuse,
    /// Of the legal limit.
    Extend {
        reason: &'a str,
    },
    /// The task goes to another office.
    Transfer {
        office: &'a str,
        reason: &'a str,
    },
    /// The case stands still, or goes on.
    Hold {
        hold: &'a str,
        reason: &'a str,
    },
    Resume {
        hold: &'a str,
    },
    /// A case is opened against what was decided in this one, or in a remedy of it.
    Lodge(&'a Lodging),
    Further(&'a Lodging),
    /// A remedy has ended.
    Settle {
        case: CaseId,
        end: &'a str,
        /// Who decided it.
        deciders: &'a [PersonId],
    },
    /// A step has opened a case.
    Opened(&'a Opened),
    /// That has ended, or could not be opened.
    Returned(&'a Returned),
    /// Another case has changed a register, or has ended.
    Heard(&'a Change),
    /// A party has written to the office.
    Message {
        message: MessageId,
        party: &'a str,
        /// The visits that it answers.
        asked: &'a [TokenId],
    },
    /// What this case is a remedy against, or was opened for, is not there any more.
    Moot,
    /// The case goes on under this version of its service.
    Migrate {
        version: &'a str,
    },
    Paid {
        token: TokenId,
    },
    /// A certificate of the case is taken back.
    Revoke {
        code: &'a str,
        reason: &'a str,
    },
    Tick,
}

/// What is handed in with a step.
#[derive(Debug, Clone, Default)]
pub struct Input {
    pub outcome: Option<String>,
    pub form: Option<Value>,
    pub answers: Option<Value>,
    pub reasons: Vec<String>,
    pub grounds: String,
    /// Of the form as the caller has read it.
    pub signature: Option<String>,
}

pub struct Prepared {
    pub command: Command,
    /// All parties, where they are stated anew.
    pub parties: Option<Vec<Party>>,
    /// Ids and codes for the log.
    pub details: Value,
    /// Registers that were asked on the way: name and purpose.
    pub reads: Vec<Value>,
}

#[expect(clippy::too_many_arguments, reason = "everything that an order is resolved against")]
pub async fn prepare(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Prepared> {
    let token = loaded.token.unwrap_or_default();
    let told = |command, details| Ok(Prepared { command, parties: None, details, reads: Vec::new() });
    let plain = |command| told(command, json!({}));
    let on = |command| told(command, json!({"token": token}));
    match &request.order {
        Order::Submit { form, linked } => {
            start::submission(ctx, tx, actor, permit, def, loaded, *form, *linked, now).await
        }
        Order::Withdraw => plain(Command::Withdraw { by: doer(actor, loaded)? }),
        Order::Claim { untied } => {
            let (by, untied) = (worker(actor, permit, loaded)?, *untied);
            let details = if untied { json!({"token": token, "no_ties": true}) } else { json!({"token": token}) };
            told(Command::Claim { token, by, untied }, details)
        }
        Order::Release => on(Command::Release { token, by: person(actor)? }),
        Order::Assign { to } => {
            let to = colleague(ctx, tx, def, loaded, *to, request, now).await?;
            on(Command::Assign { token, to })
        }
        Order::Complete(input) => completion(ctx, tx, actor, permit, def, loaded, input, now).await,
        Order::Documents { added } => {
            plain(Command::Documents { documents: documents(tx, permit, def, loaded).await?, added: *added })
        }
        Order::Raise { event, answers } => {
            let (event, answers) = ((*event).to_owned(), answers.cloned());
            let details = json!({"event": event});
            told(Command::Raise { event, by: speaker(actor, permit, loaded)?, answers }, details)
        }
        Order::Book { token, at, mode } => {
            let by = speaker(actor, permit, loaded)?;
            let details = json!({"token": token, "at": at});
            told(Command::Book { token: *token, at: *at, mode: *mode, by }, details)
        }
        Order::Unbook { token } => {
            let by = speaker(actor, permit, loaded)?;
            told(Command::Unbook { token: *token, by }, json!({"token": token}))
        }
        Order::Recuse => on(Command::Recuse { token, by: worker(actor, permit, loaded)? }),
        Order::Extend { reason } => {
            plain(Command::Extend { by: worker(actor, permit, loaded)?, reason: (*reason).to_owned() })
        }
        Order::Transfer { office, reason } => {
            transferable(ctx, actor, def, loaded, office)?;
            let (office, reason) = ((*office).to_owned(), (*reason).to_owned());
            let by = Doer { person: person(actor)?, behalf: None };
            let details = json!({"token": token, "office": office});
            told(Command::Transfer { token, office, by, reason }, details)
        }
        Order::Hold { hold, reason } => {
            let (by, details) = (at_office(actor, permit, loaded)?, json!({"hold": hold}));
            told(Command::Hold { hold: (*hold).to_owned(), by, reason: (*reason).to_owned() }, details)
        }
        Order::Resume { hold } => {
            let (by, details) = (at_office(actor, permit, loaded)?, json!({"hold": hold}));
            told(Command::Resume { hold: (*hold).to_owned(), by }, details)
        }
        Order::Lodge(lodging) => told(lodging.command(), lodging.details()),
        Order::Further(lodging) => told(lodging.further(), lodging.details()),
        Order::Settle { case, end, deciders } => {
            let details = json!({"case": case, "end": end});
            told(Command::Settle { case: *case, end: (*end).to_owned(), deciders: deciders.to_vec() }, details)
        }
        Order::Opened(opened) => told(opened.command(), opened.details()),
        Order::Returned(returned) => told(returned.command(), returned.details()),
        Order::Message { message, party, asked } => {
            let command = Command::Message { message: *message, party: (*party).to_owned(), asked: asked.to_vec() };
            told(command, json!({"message": message}))
        }
        Order::Heard(change) => {
            let prepared = told(change.command(), change.details())?;
            Ok(Prepared { reads: change.read().into_iter().collect(), ..prepared })
        }
        Order::Moot => plain(Command::Moot),
        Order::Migrate { version } => told(Command::Migrate, json!({"from": loaded.row.version, "to": version})),
        Order::Paid { token } => told(Command::Paid { demand: *token }, json!({"token": token})),
        Order::Revoke { code, .. } => told(revocation(tx, actor, loaded, code).await?, json!({"certificate": code})),
        Order::Tick => plain(Command::Tick),
    }
}

/// Taking back one certificate of the case.
async fn revocation(tx: &mut Tx, actor: &Actor, loaded: &Loaded, code: &str) -> Result<Command> {
    let found = store::certificate(tx, code).await?.filter(|c| c.case_id == loaded.row.id.0);
    let found = found.ok_or(Error::NotFound)?;
    if found.revoked_at.is_some() {
        return Err(Error::Conflict("revoked_already".into()));
    }
    let by = Doer { person: person(actor)?, behalf: None };
    Ok(Command::Revoke { certificate: found.id, template: found.template, by })
}

/// What is handed in with a step: the form that it asks for, else the papers as they are.
#[expect(clippy::too_many_arguments, reason = "as the order itself")]
async fn completion(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    input: &Input,
    now: Timestamp,
) -> Result<Prepared> {
    let token = loaded.token.unwrap_or_default();
    let step = loaded.case.flow.tokens.get(&token).and_then(|t| def.steps.get(&t.step));
    let asked = step.map(|s| &s.verb);
    let Stated { statement, parties, reads } = match asked {
        Some(Verb::Ask { form: true, fields, documents, .. }) => {
            let form = stated_form(&loaded.case.data, permit, fields, input.form.as_ref())?;
            state(ctx, tx, permit, def, loaded, form, *documents, now).await?
        }
        _ if input.form.is_some() => return Err(Error::invalid("/form", "not_expected")),
        Some(Verb::Ask { documents: true, .. }) => papers(ctx, tx, permit, def, loaded, now).await?,
        Some(Verb::Ask { .. }) => {
            let documents = documents(tx, permit, def, loaded).await?;
            Stated { statement: Statement { documents, ..Statement::default() }, ..Stated::default() }
        }
        // An officer's task states nothing but its answers.
        _ => Stated::default(),
    };
    let completion = Box::new(Completion {
        outcome: input.outcome.clone(),
        answers: input.answers.clone(),
        statement,
        reasons: input.reasons.clone(),
        grounds: input.grounds.clone(),
        signed: input.signature.clone(),
    });
    let mut by = worker(actor, permit, loaded)?;
    if let Some(Verb::Ask { of, .. }) = asked
        && step.is_some_and(Step::is_joint)
    {
        signing::agrees(input, loaded)?;
        signing::in_whose_name(&mut by, input, loaded, token, of)?;
    }
    let details = json!({"token": token, "outcome": input.outcome, "reasons": input.reasons});
    Ok(Prepared { command: Command::Complete { token, by, completion }, parties, details, reads })
}

/// What is stated, or else what the applicant saved: the whole form, or these members of it, and the rest as it was. Whoever does not
/// see the whole is not told what stands in the rest.
fn stated_form(data: &Data, permit: &Permit, fields: &[String], given: Option<&Value>) -> Result<Option<Value>> {
    let own = permit.narrowed_to.is_none();
    let Some(stated) = given.or(data.draft.as_ref().filter(|_| own || fields.is_empty())) else { return Ok(None) };
    if fields.is_empty() {
        return Ok(Some(stated.clone()));
    }
    let Some(members) = stated.as_object() else {
        return Err(Error::Invalid(vec![Fault::new("/form", "type").with("expected", "object")]));
    };
    let seen = if own { data.form.clone() } else { json!({}) };
    let (_, faults) = amended(&seen, fields, stated);
    // Of what was merely saved the rest is not taken.
    if given.is_some() && !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let asked = members.iter().filter(|(member, _)| fields.contains(member));
    let asked = asked.map(|(member, value)| (member.clone(), value.clone())).collect();
    Ok(Some(amended(&data.form, fields, &Value::Object(asked)).0))
}

/// Whoever acts in a role, or as a party.
fn speaker(actor: &Actor, permit: &Permit, loaded: &Loaded) -> Result<Worker> {
    let roles = permit.speaks_as().into_iter().chain(permit.also.iter().cloned());
    Ok(Worker { roles: roles.collect(), ..worker(actor, permit, loaded)? })
}

/// Whoever acts for the competent office, in all the roles held there: which of them a hold asks for, the definition says.
fn at_office(actor: &Actor, permit: &Permit, loaded: &Loaded) -> Result<Worker> {
    let roles = actor.posts.iter().filter(|post| post.office == loaded.row.office).map(|post| post.role.clone());
    Ok(Worker { roles: roles.collect(), ..worker(actor, permit, loaded)? })
}

fn person(actor: &Actor) -> Result<PersonId> {
    actor.person.ok_or(Error::Forbidden("unknown_person"))
}

/// Who acts, and for whom: whoever files for another is bound by four eyes for both.
pub(super) fn doer(actor: &Actor, loaded: &Loaded) -> Result<Doer> {
    let person = person(actor)?;
    let behalf = Some(loaded.row.started_by).filter(|starter| *starter != person);
    Ok(Doer { person, behalf })
}

fn worker(actor: &Actor, permit: &Permit, loaded: &Loaded) -> Result<Worker> {
    match &permit.post {
        Some(post) => {
            Ok(Worker { doer: Doer { person: person(actor)?, behalf: None }, roles: vec![post.role.clone()] })
        }
        // Another party answers for itself, not for who started the case.
        None if permit.narrowed_to.is_some() => {
            Ok(Worker { doer: Doer { person: person(actor)?, behalf: None }, roles: Vec::new() })
        }
        None => Ok(Worker { doer: doer(actor, loaded)?, roles: Vec::new() }),
    }
}

/// The documents that count: all but those that the scanner refused. Of a kind that is not `many` the newest, for each
/// that it is about.
pub(super) async fn documents(
    tx: &mut Tx,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
) -> Result<Vec<DocumentFact>> {
    if !loaded.documented {
        return Ok(Vec::new());
    }
    let rows = store::documents_of_case(tx, permit, loaded.row.id).await?;
    let mut facts: Vec<DocumentFact> = Vec::new();
    for fact in rows.iter().filter(|d| d.state != "refused").map(store::DocumentRow::fact) {
        if !def.documents.get(&fact.kind).is_some_and(|rule| rule.many) {
            facts.retain(|f| (&f.kind, f.of) != (&fact.kind, fact.of));
        }
        facts.push(fact);
    }
    Ok(facts)
}

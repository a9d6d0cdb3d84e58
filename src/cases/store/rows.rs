//! One case and what hangs on it.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, Binary, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use jiff::civil::Date;
use uuid::Uuid;

use super::Word;
use super::relations::{PartyOf, relations};
use crate::access::{APPLICANT, Asked, Desk, Facts, Permit, TaskFacts, TaskKind};
use crate::cases::act::{Row, unpack};
use crate::engine::workflow::{Case, Data, Flow, TokenId};
use crate::kernel::{Actor, CaseId, OrganisationId, PersonId, Result, TaskId};
use crate::postgres::{Database, Together, Tx, placed, sql};

#[derive(QueryableByName)]
pub(super) struct Id {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
}

/// The id of a case by its reference.
///
/// # Errors
/// Those of the database.
pub async fn find(tx: &mut Tx, reference: &str) -> Result<Option<CaseId>> {
    let statement = sql("SELECT id FROM cases WHERE reference = $1").text(reference);
    Ok(tx.row::<Id>(statement).await?.map(|row| CaseId(row.id)))
}

#[derive(QueryableByName)]
struct CaseRow {
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    service: String,
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    authority: String,
    #[diesel(sql_type = Text)]
    office: String,
    #[diesel(sql_type = SmallInt)]
    level: i16,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = SqlUuid)]
    started_by: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    organisation: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    helper: Option<Uuid>,
    #[diesel(sql_type = Text)]
    flow: String,
    #[diesel(sql_type = Integer)]
    revision: i32,
    #[diesel(sql_type = Timestamptz)]
    created_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    draft_until: Option<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Nullable<Integer>)]
    key_id: Option<i32>,
    #[diesel(sql_type = Nullable<Binary>)]
    bytes: Option<Vec<u8>>,
    #[diesel(sql_type = Bool)]
    certified: bool,
    #[diesel(sql_type = Bool)]
    documented: bool,
    #[diesel(sql_type = Array<Text>)]
    party_roles: Vec<String>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    party_persons: Vec<Option<Uuid>>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    party_organisations: Vec<Option<Uuid>>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    party_representatives: Vec<Option<Uuid>>,
    #[diesel(sql_type = Array<SqlUuid>)]
    task_ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Integer>)]
    task_tokens: Vec<i32>,
    #[diesel(sql_type = Array<Text>)]
    task_kinds: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    task_steps: Vec<String>,
    #[diesel(sql_type = Array<Bool>)]
    task_open: Vec<bool>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    task_roles: Vec<Option<String>>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    task_offices: Vec<Option<String>>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    task_parties: Vec<Option<String>>,
    #[diesel(sql_type = Array<Nullable<SqlUuid>>)]
    task_holders: Vec<Option<Uuid>>,
}

/// A case with its data.
#[derive(Clone)]
pub struct Loaded {
    pub row: Row,
    pub case: Case,
    /// Everybody whose data the case holds: the subjects of what is done with it.
    pub subjects: Vec<PersonId>,
    /// Ids of its tasks.
    pub tasks: BTreeMap<TokenId, Uuid>,
    /// The step that the caller named by its task.
    pub token: Option<TokenId>,
    /// It has issued certificates.
    pub certified: bool,
    /// Documents were handed in.
    pub documented: bool,
}

/// A case as it was found: what the policy needs to know of it lies open, the rest is for a permit.
pub struct Sight {
    pub facts: Facts,
    pub version: String,
    row: CaseRow,
    token: Option<TokenId>,
}

/// By what a case is looked up.
#[derive(Debug, Clone, Copy)]
pub enum Sought {
    Case(CaseId),
    /// A task of any case.
    Task(TaskId),
    /// A task that must be one of this case.
    TaskOf(CaseId, TaskId),
}

/// Finds a case, with everything that an answer about it needs, in one question. Gives none where there is no such
/// case or task.
///
/// # Errors
/// Those of the database.
pub async fn look(tx: &mut Tx, actor: &Actor, sought: Sought) -> Result<Option<Sight>> {
    let row = find_all(tx, &[sought]).await?.pop().flatten();
    Ok(row.and_then(|row| sight(row, actor, sought)))
}

/// Looks for cases together with whoever else looks for one at the moment.
#[derive(Clone)]
pub struct Looks(Together<Sought, Option<CaseRow>>);

impl Looks {
    /// The place and its work, which the caller spawns.
    pub fn start(db: Database) -> (Self, impl Future<Output = ()>) {
        let find = async move |sought: &[Sought]| find_all(&mut db.single().await?, sought).await;
        let (looks, work) = Together::start("the store of cases", find);
        (Self(looks), work)
    }

    /// As [`look`], outside every transaction.
    ///
    /// # Errors
    /// [`crate::kernel::Error::Unavailable`].
    pub async fn look(&self, actor: &Actor, sought: Sought) -> Result<Option<Sight>> {
        Ok(self.0.ask(sought).await?.and_then(|row| sight(row, actor, sought)))
    }
}

/// One place for each that is sought, in their order.
async fn find_all(tx: &mut Tx, sought: &[Sought]) -> Result<Vec<Option<CaseRow>>> {
    let (mut cases, mut tasks) = (Vec::with_capacity(sought.len()), Vec::with_capacity(sought.len()));
    for one in sought {
        let (case, task) = match one {
            Sought::Case(case) | Sought::TaskOf(case, _) => (Some(case.0), None),
            Sought::Task(task) => (None, Some(task.0)),
        };
        cases.push(case);
        tasks.push(task);
    }
    let statement = sql("SELECT r.place::integer AS place, c.id, c.reference, c.service, c.version, c.authority, c.office, c.level,
            c.status, c.language, c.started_by, c.organisation, c.helper, c.flow::text AS flow, c.revision, c.created_at,
            c.draft_until, d.key_id, d.bytes,
            EXISTS (SELECT FROM certificates f WHERE f.case_id = c.id) AS certified,
            EXISTS (SELECT FROM documents o WHERE o.case_id = c.id) AS documented,
            coalesce(p.roles, '{}') AS party_roles, coalesce(p.persons, '{}') AS party_persons,
            coalesce(p.organisations, '{}') AS party_organisations, coalesce(p.representatives, '{}') AS party_representatives,
            coalesce(t.ids, '{}') AS task_ids, coalesce(t.tokens, '{}') AS task_tokens, coalesce(t.kinds, '{}') AS task_kinds,
            coalesce(t.steps, '{}') AS task_steps,
            coalesce(t.open, '{}') AS task_open, coalesce(t.roles, '{}') AS task_roles, coalesce(t.offices, '{}') AS task_offices,
            coalesce(t.parties, '{}') AS task_parties, coalesce(t.holders, '{}') AS task_holders
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY r(case_id, task_id, place)
        JOIN cases c ON c.id = coalesce(r.case_id, (SELECT o.case_id FROM tasks o WHERE o.id = r.task_id))
        LEFT JOIN case_data d ON d.case_id = c.id AND d.revision = c.revision
        LEFT JOIN LATERAL (SELECT array_agg(p.role) AS roles, array_agg(p.person) AS persons,
            array_agg(p.organisation) AS organisations, array_agg(p.represented_by) AS representatives
            FROM case_parties p WHERE p.case_id = c.id) p ON true
        LEFT JOIN LATERAL (SELECT array_agg(t.id) AS ids, array_agg(t.token) AS tokens, array_agg(t.kind) AS kinds,
            array_agg(t.step) AS steps,
            array_agg(t.state = 'open') AS open, array_agg(t.role) AS roles, array_agg(t.office) AS offices,
            array_agg(t.party) AS parties, array_agg(t.holder) AS holders
            FROM tasks t WHERE t.case_id = c.id) t ON true")
    .uuids_or_null(cases)
    .uuids_or_null(tasks);
    let rows = tx.rows::<CaseRow>(statement).await?;
    Ok(placed(sought.len(), rows.into_iter().map(|row| (row.place, row))))
}

fn sight(row: CaseRow, actor: &Actor, sought: Sought) -> Option<Sight> {
    let task = match sought {
        Sought::Case(_) => None,
        Sought::Task(task) | Sought::TaskOf(_, task) => Some(task),
    };
    // A task that is none of this case is no task at all.
    let place = task.map(|task| row.task_ids.iter().position(|id| *id == task.0).ok_or(()));
    let place = place.transpose().ok()?;
    let task = place.map(|at| TaskFacts {
        kind: match row.task_kinds[at].as_str() {
            "ask" => TaskKind::Ask,
            "charge" => TaskKind::Charge,
            _ => TaskKind::Task,
        },
        role: row.task_roles[at].clone(),
        office: row.task_offices[at].clone(),
        party: row.task_parties[at].clone(),
        holder: row.task_holders[at].map(PersonId),
    });
    let token = place.map(|at| token(row.task_tokens[at]));
    let relations = relations(
        actor,
        PersonId(row.started_by),
        row.organisation.map(OrganisationId),
        row.helper.map(PersonId),
        row.parties(),
    );
    let facts = Facts {
        case: Some(CaseId(row.id)),
        service: row.service.clone(),
        authority: row.authority.clone(),
        office: row.office.clone(),
        level: row.level,
        status: row.status.clone(),
        relations,
        party_may: Vec::new(),
        party_sees: Vec::new(),
        raised_by: Vec::new(),
        appealed_by: Vec::new(),
        booked_by: Vec::new(),
        overseen_by: Vec::new(),
        extended_by: None,
        held_by: Vec::new(),
        asked: row.asked(),
        desks: row.desks(),
        task,
    };
    Some(Sight { facts, version: row.version.clone(), row, token })
}

fn token(number: i32) -> TokenId {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl CaseRow {
    fn parties(&self) -> impl Iterator<Item = PartyOf<'_>> {
        let of = |at: usize, list: &[Option<Uuid>]| list.get(at).copied().flatten();
        self.party_roles.iter().enumerate().map(move |(at, role)| {
            let organisation = of(at, &self.party_organisations).map(OrganisationId);
            let representative = of(at, &self.party_representatives).map(PersonId);
            (role.as_str(), of(at, &self.party_persons).map(PersonId), organisation, representative)
        })
    }

    fn asked(&self) -> Vec<Asked> {
        let asked = |(at, party): (usize, &Option<String>)| {
            let kind = if self.task_kinds[at] == "charge" { TaskKind::Charge } else { TaskKind::Ask };
            let party = party.clone().filter(|party| party != APPLICANT)?;
            let (step, open) = (self.task_steps[at].clone(), self.task_open[at]);
            Some(Asked { kind, party, step, open, documents: false })
        };
        self.task_parties.iter().enumerate().filter_map(asked).collect()
    }

    fn desks(&self) -> Vec<Desk> {
        let mut desks: Vec<Desk> = Vec::new();
        for (at, (role, office)) in self.task_roles.iter().zip(&self.task_offices).enumerate() {
            let (Some(role), Some(office)) = (role, office) else { continue };
            let open = self.task_open[at];
            match desks.iter_mut().find(|d| d.role == *role && d.office == *office) {
                Some(desk) => desk.open |= open,
                None => desks.push(Desk { role: role.clone(), office: office.clone(), open }),
            }
        }
        desks
    }
}

impl Sight {
    /// The case with what people stated. The permit says that somebody may see it.
    ///
    /// # Errors
    /// Where what is stored cannot be read.
    pub fn open(mut self, permit: &Permit) -> Result<Loaded> {
        let stated = self.row.bytes.take();
        let data = stated.map(|bytes| unpack(self.row.key_id.unwrap_or(0), &bytes)).transpose()?;
        let mut loaded = self.outline(permit)?;
        loaded.case.data = data.unwrap_or_default();
        Ok(loaded)
    }

    /// The cases that were opened as remedies in this one.
    ///
    /// # Errors
    /// As [`Sight::open`].
    pub fn remedies(&self) -> Result<Vec<Uuid>> {
        let flow: Flow = serde_json::from_str(&self.row.flow)?;
        Ok(flow.appeals.iter().map(|appeal| appeal.case.0).collect())
    }

    /// The case without what people stated: enough for who is shown where it stands.
    ///
    /// # Errors
    /// As [`Sight::open`].
    pub fn outline(self, _permit: &Permit) -> Result<Loaded> {
        let Self { row, token: named, .. } = self;
        let mut subjects: Vec<PersonId> = row.party_persons.iter().flatten().copied().map(PersonId).collect();
        subjects.push(PersonId(row.started_by));
        subjects.sort_unstable();
        subjects.dedup();
        let flow: Flow = serde_json::from_str(&row.flow)?;
        let data = Data { reference: row.reference.clone(), ..Data::default() };
        let tasks = row.task_tokens.iter().map(|number| token(*number)).zip(row.task_ids).collect();
        let (certified, documented) = (row.certified, row.documented);
        let row = Row {
            id: CaseId(row.id),
            reference: row.reference,
            service: row.service,
            version: row.version,
            authority: row.authority,
            office: row.office,
            level: row.level,
            language: row.language,
            started_by: PersonId(row.started_by),
            organisation: row.organisation.map(OrganisationId),
            helper: row.helper.map(PersonId),
            revision: row.revision,
            created_at: row.created_at.to_jiff(),
            draft_until: row.draft_until.map(jiff_diesel::Timestamp::to_jiff),
        };
        Ok(Loaded { row, case: Case { flow, data }, subjects, tasks, token: named, certified, documented })
    }
}

#[derive(QueryableByName)]
struct DeskRow {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    office: String,
    #[diesel(sql_type = Bool)]
    open: bool,
}

/// The desks at which some cases have tasks, or had.
///
/// # Errors
/// Those of the database.
pub async fn desks_of(tx: &mut Tx, cases: Vec<Uuid>) -> Result<Vec<Desk>> {
    let statement = sql("SELECT role, office, bool_or(state = 'open') AS open FROM tasks
        WHERE case_id = ANY ($1::uuid[]) AND kind = 'task' GROUP BY role, office LIMIT 1000")
    .uuids(cases);
    let rows = tx.rows::<DeskRow>(statement).await?;
    Ok(rows.into_iter().map(|row| Desk { role: row.role, office: row.office, open: row.open }).collect())
}

/// Whether a person has a post of that role in that office on that day.
///
/// # Errors
/// Those of the database.
pub async fn colleague(tx: &mut Tx, person: PersonId, role: &str, office: &str, day: Date) -> Result<bool> {
    let statement =
        sql("SELECT role AS word FROM posts WHERE person = $1 AND role = $2 AND office = $3 AND from_day <= $4
        AND (until_day IS NULL OR until_day >= $5) LIMIT 1")
        .uuid(person.0)
        .text(role)
        .text(office)
        .day(day)
        .day(day);
    Ok(tx.row::<Word>(statement).await?.is_some_and(|word| word.word == role))
}

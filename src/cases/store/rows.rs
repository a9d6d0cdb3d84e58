//! One case and what hangs on it.

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use jiff::civil::Date;
use uuid::Uuid;

use super::Word;
use super::around::arounds;
use super::relations::relations;
use crate::access::{Desk, Facts, Permit};
use crate::cases::act::{Row, unpack};
use crate::cases::around::{Around, AroundTask};
use crate::engine::workflow::{Case, Data, Flow, TokenId};
use crate::kernel::{Actor, CaseId, Error, OrganisationId, PersonId, Result, TaskId};
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
    #[diesel(sql_type = Integer)]
    seq: i32,
    #[diesel(sql_type = Text)]
    flow: String,
    #[diesel(sql_type = Integer)]
    revision: i32,
    #[diesel(sql_type = Timestamptz)]
    created_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    draft_until: Option<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    around: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    key_id: Option<i32>,
    #[diesel(sql_type = Nullable<Binary>)]
    bytes: Option<Vec<u8>>,
    #[diesel(sql_type = Bool)]
    documented: bool,
}

/// A case as it is stored.
struct Found {
    row: Row,
    status: String,
    flow: String,
    /// What people stated, with the key it is encrypted under; none where it was not asked for.
    stated: Option<(i32, Vec<u8>)>,
    is_whole: bool,
    documented: bool,
}

/// A case with its data.
#[derive(Clone)]
pub struct Loaded {
    pub row: Row,
    pub case: Case,
    /// Everybody whose data the case holds: the subjects of what is done with it.
    pub subjects: Vec<PersonId>,
    /// The step that the caller named by its task.
    pub token: Option<TokenId>,
    /// Documents were handed in.
    pub documented: bool,
}

/// A case as it was found: what the policy needs to know of it lies open, the rest is for a permit.
pub struct Sight {
    pub facts: Facts,
    pub version: String,
    found: Found,
    token: Option<TokenId>,
}

/// By what a case is looked up.
#[derive(Debug, Clone, Copy)]
pub enum Sought {
    Case(CaseId),
    /// A case without what people stated.
    Outline(CaseId),
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
pub struct Looks(Together<Sought, Option<Found>>);

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

/// How often cases are looked at that are being changed at the moment.
const TRIES: usize = 5;

/// One place for each that is sought, in their order.
async fn find_all(tx: &mut Tx, sought: &[Sought]) -> Result<Vec<Option<Found>>> {
    for _ in 0..TRIES {
        if let Some(found) = find_once(tx, sought).await? {
            return Ok(found);
        }
    }
    Err(Error::Unavailable("the case is being changed".into()))
}

/// None where a case was changed between its own row and what hangs on it.
async fn find_once(tx: &mut Tx, sought: &[Sought]) -> Result<Option<Vec<Option<Found>>>> {
    let (mut cases, mut tasks) = (Vec::with_capacity(sought.len()), Vec::with_capacity(sought.len()));
    for one in sought {
        let (case, task) = match one {
            Sought::Case(case) | Sought::Outline(case) | Sought::TaskOf(case, _) => (Some(case.0), None),
            Sought::Task(task) => (None, Some(task.0)),
        };
        cases.push(case);
        tasks.push(task);
    }
    let is_whole = |one: &Sought| !matches!(one, Sought::Outline(_));
    // A comparison with a null looks nothing up.
    let statement = sql("SELECT r.place::integer AS place, c.id, c.reference, c.service, c.version, c.authority, c.office, c.level,
            c.status, c.language, c.started_by, c.organisation, c.helper, c.seq, c.flow::text AS flow, c.revision, c.created_at,
            c.draft_until, c.around::text AS around, d.key_id, d.bytes,
            r.is_whole AND EXISTS (SELECT FROM documents o WHERE o.case_id = c.id) AS documented
        FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) WITH ORDINALITY r(case_id, task_id, is_whole, place)
        JOIN cases c ON c.id = coalesce(r.case_id, (SELECT o.case_id FROM tasks o WHERE o.id = r.task_id))
        LEFT JOIN case_data d ON d.case_id = CASE WHEN r.is_whole THEN c.id END AND d.revision = c.revision")
    .uuids_or_null(cases)
    .uuids_or_null(tasks)
    .flags(sought.iter().map(is_whole).collect::<Vec<_>>());
    let rows = tx.rows::<CaseRow>(statement).await?;
    let mut found: Vec<(i32, Found)> = Vec::with_capacity(rows.len());
    let mut bare = Vec::new();
    for row in rows {
        let around = row.around.as_deref().and_then(|stored| Around::read(stored, u32::try_from(row.seq).ok()?));
        if around.is_none() {
            bare.push((found.len(), row.id, row.seq));
        }
        let at = usize::try_from(row.place).ok().and_then(|place| place.checked_sub(1));
        let is_whole = at.and_then(|at| sought.get(at)).is_some_and(is_whole);
        found.push((row.place, row.found(around.unwrap_or_default(), is_whole)));
    }
    if !bare.is_empty() {
        let arounds = arounds(tx, bare.iter().map(|(_, case, _)| *case).collect()).await?;
        for ((at, _, seq), around) in bare.into_iter().zip(arounds) {
            match around {
                Some((now, around)) if now == seq => found[at].1.row.around = around,
                _ => return Ok(None),
            }
        }
    }
    Ok(Some(placed(sought.len(), found.into_iter())))
}

fn sight(found: Found, actor: &Actor, sought: Sought) -> Option<Sight> {
    let task = match sought {
        Sought::Case(_) | Sought::Outline(_) => None,
        Sought::Task(task) | Sought::TaskOf(_, task) => Some(task),
    };
    let row = &found.row;
    // A task that is none of this case is no task at all.
    let task = task.map(|task| row.around.task(task.0).ok_or(())).transpose().ok()?;
    let parties = row.around.parties.iter().map(|p| (p.role.as_str(), p.person, p.organisation, p.represented_by));
    let relations = relations(actor, row.started_by, row.organisation, row.helper, parties);
    let facts = Facts { task: task.map(AroundTask::facts), ..row.facts(&found.status, relations) };
    Some(Sight { facts, version: row.version.clone(), token: task.map(|task| task.token), found })
}

impl CaseRow {
    fn found(self, around: Around, is_whole: bool) -> Found {
        let row = Row {
            id: CaseId(self.id),
            reference: self.reference,
            service: self.service,
            version: self.version,
            authority: self.authority,
            office: self.office,
            level: self.level,
            language: self.language,
            started_by: PersonId(self.started_by),
            organisation: self.organisation.map(OrganisationId),
            helper: self.helper.map(PersonId),
            revision: self.revision,
            created_at: self.created_at.to_jiff(),
            draft_until: self.draft_until.map(jiff_diesel::Timestamp::to_jiff),
            around,
        };
        let stated = self.bytes.map(|bytes| (self.key_id.unwrap_or(0), bytes));
        Found { row, status: self.status, flow: self.flow, stated, is_whole, documented: self.documented }
    }
}

impl Sight {
    /// What people stated was asked for.
    pub fn is_whole(&self) -> bool {
        self.found.is_whole
    }

    /// The case with what people stated. The permit says that somebody may see it.
    ///
    /// # Errors
    /// Where what is stored cannot be read, or was not asked for.
    pub fn open(mut self, permit: &Permit) -> Result<Loaded> {
        if !self.found.is_whole {
            return Err(Error::internal("what was stated in the case was not asked for"));
        }
        let data = self.found.stated.take().map(|(key, bytes)| unpack(key, &bytes)).transpose()?;
        let mut loaded = self.outline(permit)?;
        loaded.case.data = data.unwrap_or_default();
        Ok(loaded)
    }

    /// The cases that were opened as remedies in this one.
    ///
    /// # Errors
    /// As [`Sight::open`].
    pub fn remedies(&self) -> Result<Vec<Uuid>> {
        let flow: Flow = serde_json::from_str(&self.found.flow)?;
        Ok(flow.appeals.iter().map(|appeal| appeal.case.0).collect())
    }

    /// The case without what people stated: enough for who is shown where it stands.
    ///
    /// # Errors
    /// As [`Sight::open`].
    pub fn outline(self, _permit: &Permit) -> Result<Loaded> {
        let Self { found: Found { row, flow, documented, .. }, token, .. } = self;
        let mut subjects: Vec<PersonId> = row.around.persons().collect();
        subjects.push(row.started_by);
        subjects.sort_unstable();
        subjects.dedup();
        let flow: Flow = serde_json::from_str(&flow)?;
        let data = Data { reference: row.reference.clone(), ..Data::default() };
        Ok(Loaded { row, case: Case { flow, data }, subjects, token, documented })
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

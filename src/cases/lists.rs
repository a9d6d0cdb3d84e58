//! Lists: a citizen's cases, an office's queue, a case's fees.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::context::Context;
use super::oversight::overseers;
use super::reading;
use super::sees::Sees;
use super::store;
use super::view::{self, Named};
use crate::access::{Action, scope, scope_of_office};
use crate::audit::{self, Entry};
use crate::engine::check::text_id;
use crate::engine::definition::Definition;
use crate::kernel::{Actor, CaseId, Error, Result};

/// A case in a list: no personal data.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseLineView {
    pub id: Uuid,
    pub reference: String,
    pub service: Named,
    pub office: String,
    pub status: String,
    pub end: Option<Named>,
    pub created_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
}

fn titled(ctx: &Context, service: &str, version: &str, accept: &str, id: &str) -> String {
    let def = ctx.catalogue.version(service, version);
    let text = |def: &Definition| def.texts.format(&view::language(def, accept), id, None, &BTreeMap::new());
    def.and_then(|def| text(def)).unwrap_or_else(|| id.to_owned())
}

/// The caller's own cases, newest first.
///
/// # Errors
/// Those of the policy and the database.
#[tracing::instrument(level = "debug", name = "case.list", skip_all)]
pub async fn list_cases(
    ctx: &Context,
    actor: &Actor,
    status: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
    accept: &str,
) -> Result<Vec<CaseLineView>> {
    let scope = match scope(actor, Action::ListCases) {
        Ok(scope) => scope,
        Err(error) => return ctx.refuse(actor, "case.list", None, error).await,
    };
    let mut tx = ctx.db.single().await?;
    let rows = store::cases_of(&mut tx, &scope, status, before, limit).await?;
    drop(tx);
    listed(ctx, actor, "case.list").await?;
    let view = |row: store::CaseLine| CaseLineView {
        id: row.id,
        service: Named { title: titled(ctx, &row.service, &row.version, accept, "service"), id: row.service.clone() },
        end: row.ending.map(|end| {
            let title = titled(ctx, &row.service, &row.version, accept, &text_id("end", &end));
            Named { id: end, title }
        }),
        reference: row.reference,
        office: row.office,
        status: row.status,
        created_at: row.created_at,
        submitted_at: row.submitted_at,
        closed_at: row.closed_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

async fn listed(ctx: &Context, actor: &Actor, name: &'static str) -> Result<()> {
    let entry = Entry { purpose: Some("own_work".into()), ..Entry::done(name) };
    ctx.recorder.record(audit::seal(actor, entry, ctx.clock.now())).await
}

/// A task in a queue: no personal data.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    pub id: Uuid,
    pub case: Uuid,
    pub reference: String,
    pub service: Named,
    pub step: Named,
    pub office: String,
    pub role: String,
    /// Who has it.
    pub holder: Option<Uuid>,
    pub entered_at: Timestamp,
    /// The target; the year 9999 where there is none.
    pub due_at: Timestamp,
    pub overdue: bool,
}

/// What a queue may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct QueueFilter {
    pub service: Option<String>,
    pub step: Option<String>,
    /// Only what the caller holds.
    pub mine: bool,
    /// Only what nobody holds.
    pub free: bool,
    pub overdue: bool,
    /// Those of an office that the caller oversees, in place of the caller's desks.
    pub office: Option<String>,
}

/// Open tasks at the caller's desks, or of an office that the caller oversees, the most urgent first.
///
/// # Errors
/// Those of the policy and the database.
#[tracing::instrument(level = "debug", name = "task.list", skip_all)]
pub async fn list_tasks(
    ctx: &Context,
    actor: &Actor,
    filter: QueueFilter,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
    accept: &str,
) -> Result<Vec<TaskView>> {
    let own = |scope| (scope, Entry { purpose: Some("own_work".into()), ..Entry::done("task.list") });
    let scope = match &filter.office {
        None => scope(actor, Action::ListTasks).map(own),
        Some(office) => {
            let agencies = &ctx.catalogue.country().agencies;
            match agencies.offices.get(office) {
                Some(known) => {
                    let seen = scope_of_office(actor, office, &known.roles, &overseers(agencies, office));
                    seen.map(|(scope, permit)| {
                        let (post, purpose) = (permit.post, Some(permit.purpose));
                        (scope, Entry { post, purpose, details: json!({"office": office}), ..Entry::done("task.list") })
                    })
                }
                None => Err(Error::invalid("/office", "unknown")),
            }
        }
    };
    let (scope, entry) = match scope {
        Ok(found) => found,
        Err(error) => return ctx.refuse(actor, "task.list", None, error).await,
    };
    let narrowed = store::QueueFilter {
        service: filter.service,
        step: filter.step,
        mine: actor.person.filter(|_| filter.mine),
        free: filter.free,
        overdue: filter.overdue,
    };
    let mut tx = ctx.db.single().await?;
    let rows = store::tasks_at(&mut tx, &scope, &narrowed, after, limit).await?;
    drop(tx);
    ctx.recorder.record(audit::seal(actor, entry, ctx.clock.now())).await?;
    // The titles of a page are few.
    let mut titles: BTreeMap<(String, String, String), (String, String)> = BTreeMap::new();
    let mut titled = |row: &store::TaskLine| {
        let key = (row.service.clone(), row.version.clone(), row.step.clone());
        let title = |id: &str| titled(ctx, &row.service, &row.version, accept, id);
        titles.entry(key).or_insert_with(|| (title("service"), title(&text_id("step", &row.step)))).clone()
    };
    let view = |(row, (service, step)): (store::TaskLine, (String, String))| TaskView {
        id: row.id,
        case: row.case_id,
        reference: row.reference,
        service: Named { title: service, id: row.service },
        step: Named { title: step, id: row.step },
        office: row.office,
        role: row.role,
        holder: row.holder,
        entered_at: row.entered_at,
        due_at: row.due_at,
        overdue: row.overdue,
    };
    Ok(rows.into_iter().map(|row| (titled(&row), row)).map(|(titles, row)| view((row, titles))).collect())
}

/// A fee that was demanded.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeView {
    pub id: Uuid,
    pub fee: Named,
    #[schema(value_type = Object, example = json!({"amount": "1170.00", "currency": "BDT"}))]
    pub amount: Value,
    pub items: Vec<FeeItemView>,
    /// `due`, `paid`, `void` or `returned`.
    pub state: String,
    /// The last moment.
    pub until: Option<Timestamp>,
    /// Where to pay, while it is due.
    pub pay: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FeeItemView {
    pub id: String,
    pub title: String,
    #[schema(value_type = Object, example = json!({"amount": "1000.00", "currency": "BDT"}))]
    pub amount: Value,
}

/// What a case was asked to pay.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "case.read_fees", skip_all)]
pub async fn fees(ctx: &Context, actor: &Actor, case: CaseId, accept: &str) -> Result<Vec<FeeView>> {
    let mut read = reading::read(ctx, actor, case, Action::ReadFees, "case.read_fees").await?;
    let rows = store::demands_of_case(&mut read.tx, &read.permit, case).await?;
    let reading::Read { permit, def, loaded, tx } = read;
    drop(tx);
    reading::record(ctx, actor, &permit, &loaded, "case.read_fees").await?;
    let language = view::language(&def, accept);
    let text = |id: &str, attribute: Option<&str>| {
        def.texts.format(&language, id, attribute, &BTreeMap::new()).unwrap_or_else(|| id.to_owned())
    };
    let view = |row: store::DemandRow| {
        let money =
            |amount: Decimal| serde_json::json!({"amount": def.round(amount).to_string(), "currency": row.currency});
        let id = text_id("fee", &row.fee);
        let items: BTreeMap<String, Decimal> = serde_json::from_value(row.items.clone()).unwrap_or_default();
        let item = |(name, amount): (String, Decimal)| FeeItemView {
            title: text(&id, Some(&name.replace('_', "-"))),
            amount: money(amount),
            id: name,
        };
        FeeView {
            id: row.id,
            fee: Named { title: text(&id, None), id: row.fee.clone() },
            amount: money(row.amount),
            items: items.into_iter().map(item).collect(),
            pay: (row.state == "due").then(|| format!("/v1/fees/{}/payments", row.id)),
            state: row.state.clone(),
            until: row.until,
        }
    };
    // Another party sees what is asked of it; the others' fees where the definition says so.
    let sees = Sees::of(&def, &permit);
    let own = |row: &store::DemandRow| row.party.as_deref().is_some_and(|party| permit.speaks_for(party));
    let shown = rows.into_iter().filter(|row| own(row) || sees.has(&format!("fees.{}", row.fee)));
    Ok(shown.map(view).collect())
}

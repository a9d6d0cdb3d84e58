//! What the public may know of cases: some of each, where the service says so, and how many there are of what kind.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use utoipa::ToSchema;
use uuid::Uuid;

use super::act::Act;
use super::context::Context;
use super::perform::refused;
use super::sees::{excerpt, within};
use super::store;
use crate::engine::definition::{Definition, Disclosure};
use crate::engine::workflow::{View, What};
use crate::kernel::{Error, Result};
use crate::postgres::Tx;

/// Of fewer it is not told how many there are: they could be known.
const FEW: i64 = 5;
/// Counts are rounded to the nearest multiple of this, so that a sum does not tell what was left out. Who watches a count
/// and knows of each case may see when it comes to the next multiple: what is protected is counted where no case is listed.
const BASE: i64 = 5;
/// How long counts are told before cases are counted anew.
const COUNTED_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Characters of a value that cases are counted by.
const LONGEST_VALUE: usize = 200;

/// What anybody may know of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisclosedView {
    pub id: Uuid,
    /// What the service makes public, by the names of the definition: `case`, `form`, `parties`, `steps`, `fees`.
    #[schema(value_type = Object)]
    pub public: Value,
}

/// How many cases there are, and of what kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatisticsView {
    pub service: String,
    /// Of those that were submitted since the service counts them; none where there are fewer than five.
    pub cases: Option<i64>,
    pub by: Vec<CutView>,
    /// Counts are rounded to a multiple of this.
    pub rounded_to: i64,
    pub counted_at: Timestamp,
}

/// The cases by one of their features.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CutView {
    /// As the definition names it.
    #[schema(example = "form.kind")]
    pub path: String,
    /// The value that most have first. Values that fewer than five have are left out, as are cases that have none.
    pub values: Vec<CountView>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountView {
    pub value: String,
    pub cases: i64,
}

/// The counts of a service, once they are known.
type Place = Arc<Mutex<Option<StatisticsView>>>;

/// Counts of a moment ago, by the service. While cases are counted, whoever asks for the same waits for it.
#[derive(Clone, Default)]
pub struct Counted(Arc<std::sync::Mutex<HashMap<String, Place>>>);

impl Counted {
    /// Of services that are there: so many, and no more.
    fn of(&self, service: &str) -> Place {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(service.to_owned()).or_default().clone()
    }
}

/// Keeps with an act what may be known of its case from here on.
pub(super) async fn disclose(tx: &mut Tx, def: &Definition, act: &Act) -> Result<()> {
    let Some(rule) = &def.disclosure else {
        // A version before may have made public what this one does not.
        let migrated = act.events.iter().any(|(event, _)| matches!(event.what, What::Migrated { .. }));
        return if migrated { store::conceal(tx, act.row.id).await } else { Ok(()) };
    };
    if act.case.flow.status.word() == "draft" {
        return Ok(());
    }
    let view = View::new(def, &act.case, act.at);
    let from = view.moment(&rule.from).map_err(refused)?;
    let shown = (!rule.public.is_empty()).then(|| excerpt(def, &act.case, act.at, &rule.public));
    let counted = counted(rule, &view);
    drop(view);
    store::disclose(tx, act.row.id, &def.id, from, shown, counted).await
}

/// Path → value, of what the case has.
fn counted(rule: &Disclosure, view: &View<'_>) -> Value {
    let mut counted = Map::new();
    for path in &rule.by {
        let value = match view.eval(path).map(|value| value.to_json()) {
            Ok(Value::String(text)) => text.chars().take(LONGEST_VALUE).collect(),
            Ok(one @ (Value::Number(_) | Value::Bool(_))) => one.to_string(),
            _ => continue,
        };
        counted.insert(path.source().trim().to_owned(), json!(value));
    }
    Value::Object(counted)
}

/// The service that discloses something of its cases today.
fn disclosing<'a>(ctx: &'a Context, service: &str) -> Result<(&'a Definition, &'a Disclosure)> {
    let def = ctx.catalogue.in_force(service, ctx.clock.now()).ok_or(Error::NotFound)?;
    def.disclosure.as_ref().map(|rule| (&**def, rule)).ok_or(Error::NotFound)
}

/// What is public of a service's cases, the newest first.
///
/// # Errors
/// [`Error::NotFound`] where nothing of its cases is public; those of the database.
pub async fn list_disclosed(
    ctx: &Context,
    service: &str,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<DisclosedView>> {
    let (def, rule) = disclosing(ctx, service)?;
    if rule.public.is_empty() {
        return Err(Error::NotFound);
    }
    // What the version in force makes public no longer is not shown of older cases either.
    let public = |shown: &Value| within(shown, &rule.public);
    let rows = store::disclosed(&mut ctx.db.single().await?, &def.id, ctx.clock.now(), before, limit).await?;
    Ok(rows.into_iter().map(|row| DisclosedView { id: row.case_id, public: public(&row.shown) }).collect())
}

/// How many cases of a service there are.
///
/// # Errors
/// [`Error::NotFound`] where its cases are not counted for the public; those of the database.
pub async fn statistics(ctx: &Context, service: &str) -> Result<StatisticsView> {
    let (def, rule) = disclosing(ctx, service)?;
    if rule.by.is_empty() {
        return Err(Error::NotFound);
    }
    let now = ctx.clock.now();
    let place = ctx.counted.of(&def.id);
    let mut kept = place.lock().await;
    if let Some(known) = kept.as_ref().filter(|known| now < known.counted_at + COUNTED_FOR) {
        return Ok(known.clone());
    }
    let rows = store::counts(&mut ctx.db.single().await?, &def.id).await?;
    let mut all = 0;
    let mut cuts: BTreeMap<String, Vec<CountView>> =
        rule.by.iter().map(|path| (path.source().trim().to_owned(), Vec::new())).collect();
    for row in rows {
        if row.path.is_empty() {
            all = row.count;
        } else if let Some(values) = cuts.get_mut(&row.path) {
            values.extend(rounded(row.count).map(|cases| CountView { value: row.value, cases }));
        }
    }
    let by = cuts.into_iter().map(|(path, mut values)| {
        // Which of two has a few more is not told either.
        values.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.value.cmp(&b.value)));
        CutView { path, values }
    });
    let (service, by, cases) = (def.id.clone(), by.collect(), rounded(all));
    let view = StatisticsView { service, cases, by, rounded_to: BASE, counted_at: now };
    *kept = Some(view.clone());
    Ok(view)
}

/// The nearest multiple; none where there are few.
fn rounded(count: i64) -> Option<i64> {
    (count >= FEW).then(|| (count + BASE / 2) / BASE * BASE)
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn few_are_not_told_and_the_rest_is_rounded() {
        assert_eq!([0, 1, 4].map(rounded), [None; 3]);
        assert_eq!([5, 7, 8, 12, 13, 100].map(rounded), [5, 5, 10, 10, 15, 100].map(Some));
    }
}

//! The table of payments. Instants are machine time: how long a provider may take has nothing to do with notice periods.

use diesel::QueryableByName;
use diesel::sql_types::{Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use jiff_diesel::NullableTimestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::state::{Direction, Opened, PaymentView, State};
use crate::kernel::clock::machine_now;
use crate::kernel::money::{Currency, Money};
use crate::kernel::{CaseId, DemandId, Error, PaymentId, PersonId, Result};
use crate::postgres::{Tx, sql, violates};

/// Payments of one answer: a fee is rarely tried more than a few times.
const LISTED: i64 = 1_000;
/// Payments that are given up in one statement.
const EXPIRED: i64 = 500;

/// A payment with what it is for, locked until the transaction ends.
pub(super) struct Held {
    pub demand: DemandId,
    pub case: CaseId,
    pub token: i32,
    pub amount: Money,
    pub state: State,
    pub reference: Option<String>,
    /// Whether the fee is still to be paid.
    pub owed: bool,
    /// Whether it was taken back, and no money for it has come yet.
    pub is_void: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    demand: Uuid,
    #[diesel(sql_type = SqlUuid)]
    case_id: Uuid,
    #[diesel(sql_type = Integer)]
    token: i32,
    #[diesel(sql_type = Text)]
    demand_state: String,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Text)]
    provider: String,
    #[diesel(sql_type = Nullable<Text>)]
    provider_ref: Option<String>,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Timestamptz)]
    asked_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: NullableTimestamp,
}

impl Row {
    fn money(&self) -> Result<Money> {
        let currency = Currency::parse(&self.currency).ok_or_else(|| Error::internal("a currency that is none"))?;
        Money::new(self.amount, currency).map_err(|e| Error::internal(e.to_string()))
    }

    fn view(self) -> Result<PaymentView> {
        Ok(PaymentView {
            id: PaymentId(self.id),
            demand: DemandId(self.demand),
            direction: if self.direction == "in" { Direction::In } else { Direction::Back },
            amount: self.money()?,
            provider: self.provider,
            reference: self.provider_ref,
            state: State::read(&self.state)?,
            asked_at: self.asked_at.to_jiff(),
            ended_at: self.ended_at.to_jiff(),
        })
    }
}

/// Writes a payment of the whole of what is demanded, in the caller's transaction.
pub(super) async fn open(tx: &mut Tx, demand: DemandId, provider: &str, payer: Option<PersonId>) -> Result<Opened> {
    let id = PaymentId::make();
    // The lock keeps the demand from being taken back meanwhile.
    let statement =
        sql("INSERT INTO payments (id, demand, direction, provider, amount, currency, state, payer, asked_at)
        SELECT $1, d.id, 'in', $2, d.amount, d.currency, 'asked', $3, $4 FROM demands d
        WHERE d.id = $5 AND d.state = 'due' FOR SHARE")
        .uuid(id.0)
        .text(provider)
        .uuid(payer.map(|p| p.0))
        .at(machine_now())
        .uuid(demand.0);
    match tx.attempt(statement).await? {
        Err(error) if violates(&error, "payments_under_way") => {
            return Err(Error::Conflict("payment_under_way".into()));
        }
        Err(error) => return Err(error.into()),
        Ok(0) => return Err(not_due(tx, demand).await?),
        Ok(_) => {}
    }
    let row = row(tx, id).await?.ok_or(Error::NotFound)?;
    Ok(Opened { payment: id, demand, case: CaseId(row.case_id), token: row.token, amount: row.money()? })
}

async fn not_due(tx: &mut Tx, demand: DemandId) -> Result<Error> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        state: String,
    }
    let found: Option<Found> = tx.row(sql("SELECT state FROM demands WHERE id = $1").uuid(demand.0)).await?;
    Ok(match found {
        None => Error::NotFound,
        Some(found) if found.state == "paid" => Error::Conflict("already_paid".into()),
        Some(_) => Error::Conflict("not_due".into()),
    })
}

async fn row(tx: &mut Tx, id: PaymentId) -> Result<Option<Row>> {
    let statement = sql("SELECT p.id, p.demand, d.case_id, d.token, d.state AS demand_state, p.direction, p.provider,
            p.provider_ref, p.amount, p.currency, p.state, p.asked_at, p.ended_at
        FROM payments p JOIN demands d ON d.id = p.demand WHERE p.id = $1");
    tx.row(statement.uuid(id.0)).await
}

/// A payment as it is shown.
pub(super) async fn view(tx: &mut Tx, id: PaymentId) -> Result<Option<PaymentView>> {
    row(tx, id).await?.map(Row::view).transpose()
}

/// The payments and refunds of fees, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn of_demands(tx: &mut Tx, demands: &[DemandId]) -> Result<Vec<PaymentView>> {
    let statement = sql("SELECT p.id, p.demand, d.case_id, d.token, d.state AS demand_state, p.direction, p.provider,
            p.provider_ref, p.amount, p.currency, p.state, p.asked_at, p.ended_at
        FROM payments p JOIN demands d ON d.id = p.demand WHERE p.demand = ANY ($1) ORDER BY p.id LIMIT $2")
    .uuids(demands.iter().map(|d| d.0).collect::<Vec<_>>())
    .big(LISTED);
    tx.rows::<Row>(statement).await?.into_iter().map(Row::view).collect()
}

/// The provider has it. A callback that was faster is not overwritten.
pub(super) async fn acknowledge(tx: &mut Tx, id: PaymentId, reference: &str) -> Result<()> {
    let statement = sql("UPDATE payments SET provider_ref = coalesce(provider_ref, $1),
            state = CASE state WHEN 'asked' THEN 'acknowledged' ELSE state END
        WHERE id = $2")
    .text(reference)
    .uuid(id.0);
    match tx.attempt(statement).await? {
        Err(error) if violates(&error, "payments_provider_provider_ref_key") => {
            Err(Error::Unavailable("the payment provider gave one number twice".into()))
        }
        other => Ok(other.map(drop)?),
    }
}

/// The provider does not have it, as far as we know. False where it has told an outcome meanwhile.
pub(super) async fn fail(tx: &mut Tx, id: PaymentId) -> Result<bool> {
    let statement = sql("UPDATE payments SET state = 'failed', ended_at = $1 WHERE id = $2 AND state = 'asked'");
    Ok(tx.execute(statement.at(machine_now()).uuid(id.0)).await? == 1)
}

/// A payment of this provider, for its outcome to be written.
pub(super) async fn hold(tx: &mut Tx, provider: &str, id: PaymentId) -> Result<Option<Held>> {
    let statement = sql("SELECT p.id, p.demand, d.case_id, d.token, d.state AS demand_state, p.direction, p.provider,
            p.provider_ref, p.amount, p.currency, p.state, p.asked_at, p.ended_at
        FROM payments p JOIN demands d ON d.id = p.demand
        WHERE p.id = $1 AND p.provider = $2 AND p.direction = 'in' FOR UPDATE OF p")
    .uuid(id.0)
    .text(provider);
    let Some(row) = tx.row::<Row>(statement).await? else {
        return Ok(None);
    };
    Ok(Some(Held {
        demand: DemandId(row.demand),
        case: CaseId(row.case_id),
        token: row.token,
        amount: row.money()?,
        state: State::read(&row.state)?,
        owed: row.demand_state == "due",
        is_void: row.demand_state == "void",
        reference: row.provider_ref,
    }))
}

/// Writes how a payment that is held ended.
pub(super) async fn end(tx: &mut Tx, id: PaymentId, state: State, reference: &str) -> Result<()> {
    let statement =
        sql("UPDATE payments SET state = $1, ended_at = $2, provider_ref = coalesce(provider_ref, $3) WHERE id = $4")
            .text(state.as_str())
            .at(machine_now())
            .text(reference)
            .uuid(id.0);
    match tx.attempt(statement).await? {
        Err(error) if violates(&error, "payments_provider_provider_ref_key") => {
            Err(Error::Conflict("reference_of_another_payment".into()))
        }
        other => Ok(other.map(drop)?),
    }
}

/// A payment that was given up.
#[derive(QueryableByName)]
pub(super) struct Expired {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub demand: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
}

/// Gives up payments asked before that moment. Their demands are payable again.
pub(super) async fn expire(tx: &mut Tx, before: Timestamp) -> Result<Vec<Expired>> {
    let statement = sql("UPDATE payments SET state = 'timed_out', ended_at = $1
        WHERE id IN (SELECT id FROM payments WHERE direction = 'in' AND state IN ('asked', 'acknowledged') AND asked_at < $2
            LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING id, demand, (SELECT case_id FROM demands d WHERE d.id = payments.demand) AS case_id")
    .at(machine_now())
    .at(before)
    .big(EXPIRED);
    tx.rows(statement).await
}

/// What was paid for a fee, oldest first, locked until the transaction ends.
pub(super) async fn paid(tx: &mut Tx, demand: DemandId) -> Result<Vec<PaymentView>> {
    let statement = sql("SELECT p.id, p.demand, d.case_id, d.token, d.state AS demand_state, p.direction, p.provider,
            p.provider_ref, p.amount, p.currency, p.state, p.asked_at, p.ended_at
        FROM payments p JOIN demands d ON d.id = p.demand
        WHERE p.demand = $1 AND p.direction = 'in' AND p.state = 'succeeded' ORDER BY p.ended_at, p.id LIMIT $2 FOR UPDATE OF p")
    .uuid(demand.0)
    .big(LISTED);
    tx.rows::<Row>(statement).await?.into_iter().map(Row::view).collect()
}

/// Writes a refund, before the provider is asked.
pub(super) async fn open_refund(
    tx: &mut Tx,
    id: PaymentId,
    demand: DemandId,
    provider: &str,
    amount: Money,
) -> Result<()> {
    let statement = sql("INSERT INTO payments (id, demand, direction, provider, amount, currency, state, asked_at)
        VALUES ($1, $2, 'back', $3, $4, $5, 'asked', $6)")
    .uuid(id.0)
    .uuid(demand.0)
    .text(provider)
    .decimal(amount.amount())
    .text(amount.currency().as_str())
    .at(machine_now());
    tx.execute(statement).await?;
    Ok(())
}

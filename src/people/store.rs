//! Rows of persons, organisations, mandates, authorities and offices.

mod contact;
pub(super) mod demo;
mod offices;

pub use contact::{chosen_languages, contact, hold_contact, put_contact};
pub use offices::publish_agencies;

use std::collections::BTreeMap;

use diesel::sql_types::{Jsonb, Nullable, Text, Uuid as SqlUuid};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Hash;
use super::names::Name;
use super::statement::{Address, Identifier, Newcomer};
use crate::kernel::{Error, OrganisationId, PersonId, Result};
use crate::postgres::{Database, Together, Tx, placed, sql};

/// Persons or organisations that one summary names, and signatories of one organisation.
const MOST: usize = 1_000;

#[derive(diesel::QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(diesel::QueryableByName)]
struct SummaryRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Jsonb)]
    names: Value,
    #[diesel(sql_type = Nullable<Text>)]
    language: Option<String>,
}

/// What is shown of a person or an organisation where it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub names: Vec<Name>,
    /// The language that the person prefers.
    pub language: Option<String>,
}

/// Persons and organisations are kept alike: one writing of each statement for both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Persons,
    Organisations,
}

impl Table {
    fn find(self) -> &'static str {
        match self {
            Self::Persons => {
                "SELECT person AS id FROM person_identifiers WHERE type = $1 AND issuer = $2 AND value_hash = $3"
            }
            Self::Organisations => {
                "SELECT organisation AS id FROM organisation_identifiers WHERE type = $1 AND issuer = $2 AND value_hash = $3"
            }
        }
    }

    fn identify(self) -> &'static str {
        match self {
            Self::Persons => {
                "INSERT INTO person_identifiers (type, issuer, value_hash, person) \
                 SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT DO NOTHING"
            }
            Self::Organisations => {
                "INSERT INTO organisation_identifiers (type, issuer, value_hash, organisation) \
                 SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT DO NOTHING"
            }
        }
    }

    fn locate(self) -> &'static str {
        match self {
            Self::Persons => {
                "INSERT INTO person_addresses (id, person, lines, area, postcode) VALUES ($1, $2, $3, $4, $5)"
            }
            Self::Organisations => {
                "INSERT INTO organisation_addresses (id, organisation, lines, area, postcode) VALUES ($1, $2, $3, $4, $5)"
            }
        }
    }
}

async fn find(tx: &mut Tx, table: Table, kind: &str, issuer: &str, hash: Vec<u8>) -> Result<Option<Uuid>> {
    let row: Option<Id> = tx.row(sql(table.find()).text(kind).text(issuer).bytes(hash)).await?;
    Ok(row.map(|r| r.id))
}

/// The person whom a form states (`guichet:person`): found by the identifier, else made. What is known of a person
/// already is left as it is, and where somebody is reached is never taken from what another states. Needs an open
/// transaction.
///
/// # Errors
/// [`Error::Invalid`] with pointers into the statement; those of the database.
pub async fn resolve_person(
    tx: &mut Tx,
    identified: &Identified,
    keys: Hash<'_>,
    statement: &Value,
) -> Result<PersonId> {
    Ok(PersonId(resolve_stated(tx, identified, keys, Table::Persons, statement).await?))
}

/// The organisation that a form states (`guichet:organisation`), as [`resolve_person`].
///
/// # Errors
/// As [`resolve_person`].
pub async fn resolve_organisation(
    tx: &mut Tx,
    identified: &Identified,
    keys: Hash<'_>,
    statement: &Value,
) -> Result<OrganisationId> {
    Ok(OrganisationId(resolve_stated(tx, identified, keys, Table::Organisations, statement).await?))
}

async fn resolve_stated(
    tx: &mut Tx,
    identified: &Identified,
    keys: Hash<'_>,
    table: Table,
    statement: &Value,
) -> Result<Uuid> {
    let newcomer = Newcomer::read(statement)?.unreached();
    for identifier in &newcomer.identifiers {
        if let Some(known) = identified.find(table, identifier, keys).await? {
            return Ok(known);
        }
    }
    resolve(tx, keys, table, &newcomer).await
}

/// Type, issuer and hash of an identifier, of a person or an organisation.
type Asked = (Table, String, String, Vec<u8>);

/// Looks for persons and organisations by their identifiers, together with whoever else does at the moment.
#[derive(Clone)]
pub struct Identified(Together<Asked, Option<Uuid>>);

impl Identified {
    /// The place and its work, which the caller spawns.
    pub fn start(db: Database) -> (Self, impl Future<Output = ()>) {
        let find = async move |asked: &[Asked]| {
            let statement = sql("SELECT u.place::integer AS place, coalesce(p.person, o.organisation) AS id
                FROM unnest($1::boolean[], $2::text[], $3::text[], $4::bytea[]) WITH ORDINALITY u(persons, type, issuer, hash, place)
                LEFT JOIN person_identifiers p
                    ON u.persons AND p.type = u.type AND p.issuer = u.issuer AND p.value_hash = u.hash
                LEFT JOIN organisation_identifiers o
                    ON NOT u.persons AND o.type = u.type AND o.issuer = u.issuer AND o.value_hash = u.hash
                WHERE coalesce(p.person, o.organisation) IS NOT NULL")
            .flags(asked.iter().map(|a| a.0 == Table::Persons).collect::<Vec<_>>())
            .texts(asked.iter().map(|a| a.1.clone()).collect::<Vec<_>>())
            .texts(asked.iter().map(|a| a.2.clone()).collect::<Vec<_>>())
            .blobs(asked.iter().map(|a| a.3.clone()).collect::<Vec<_>>());
            let rows: Vec<Place> = db.single().await?.rows(statement).await?;
            Ok(placed(asked.len(), rows.into_iter().map(|row| (row.place, row.id))))
        };
        let (place, work) = Together::start("the store of identifiers", find);
        (Self(place), work)
    }

    async fn find(&self, table: Table, identifier: &Identifier, keys: Hash<'_>) -> Result<Option<Uuid>> {
        let (kind, issuer) = (identifier.kind.clone(), identifier.issuer().to_owned());
        self.0.ask((table, kind, issuer, identifier.hashed(keys))).await
    }
}

#[derive(diesel::QueryableByName)]
struct Place {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    place: i32,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

pub(super) async fn resolve(tx: &mut Tx, keys: Hash<'_>, table: Table, newcomer: &Newcomer) -> Result<Uuid> {
    if let Some(known) = find_any(tx, keys, table, &newcomer.identifiers).await? {
        return Ok(known);
    }
    // Another case may be stating the same person right now: its identifier decides, and the loser's row goes.
    tx.batch("SAVEPOINT newcomer").await?;
    let id = crate::kernel::random::uuid();
    insert(tx, table, id, newcomer).await?;
    if identify(tx, keys, table, id, &newcomer.identifiers).await? == newcomer.identifiers.len() {
        if let Some(address) = &newcomer.address {
            locate(tx, table, id, address).await?;
        }
        tx.batch("RELEASE SAVEPOINT newcomer").await?;
        return Ok(id);
    }
    tx.batch("ROLLBACK TO SAVEPOINT newcomer; RELEASE SAVEPOINT newcomer").await?;
    let winner = find_any(tx, keys, table, &newcomer.identifiers).await?;
    winner.ok_or_else(|| Error::Conflict("simultaneous".into()))
}

async fn find_any(tx: &mut Tx, keys: Hash<'_>, table: Table, identifiers: &[Identifier]) -> Result<Option<Uuid>> {
    for identifier in identifiers {
        let found = find(tx, table, &identifier.kind, identifier.issuer(), identifier.hashed(keys)).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

async fn insert(tx: &mut Tx, table: Table, id: Uuid, newcomer: &Newcomer) -> Result<()> {
    let names = serde_json::to_value(&newcomer.names)?;
    let statement = match table {
        Table::Persons => {
            sql("INSERT INTO persons (id, names, birth_date, sex, language, email, phone) VALUES ($1, $2, $3, $4, $5, $6, $7)")
                .uuid(id)
                .json(names)
                .text_or_null(newcomer.birth_date.clone())
                .text_or_null(newcomer.sex.clone())
                .text_or_null(newcomer.language.clone())
                .text_or_null(newcomer.email.clone())
                .text_or_null(newcomer.phone.clone())
        }
        Table::Organisations => sql("INSERT INTO organisations (id, names, email) VALUES ($1, $2, $3)")
            .uuid(id)
            .json(names)
            .text_or_null(newcomer.email.clone()),
    };
    tx.execute(statement).await?;
    Ok(())
}

/// How many of them were new.
async fn identify(tx: &mut Tx, keys: Hash<'_>, table: Table, id: Uuid, identifiers: &[Identifier]) -> Result<usize> {
    let statement = sql(table.identify())
        .texts(identifiers.iter().map(|i| i.kind.clone()).collect::<Vec<_>>())
        .texts(identifiers.iter().map(|i| i.issuer().to_owned()).collect::<Vec<_>>())
        .blobs(identifiers.iter().map(|i| i.hashed(keys)).collect::<Vec<_>>())
        .uuids(vec![id; identifiers.len()]);
    tx.execute(statement).await
}

async fn locate(tx: &mut Tx, table: Table, of: Uuid, address: &Address) -> Result<()> {
    let statement = sql(table.locate())
        .uuid(crate::kernel::random::uuid())
        .uuid(of)
        .json(json!(address.lines))
        .text_or_null(address.area.clone())
        .text_or_null(address.postcode.clone());
    tx.execute(statement).await?;
    Ok(())
}

/// Names of persons, for pages on which they are shown. Who may see them, the caller has asked.
///
/// # Errors
/// [`Error::Internal`] for more than a thousand ids; those of the database.
pub async fn person_summary(tx: &mut Tx, ids: &[PersonId]) -> Result<BTreeMap<PersonId, Summary>> {
    let ids = bounded(ids.iter().map(|id| id.0).collect())?;
    let rows = tx.rows(sql("SELECT id, names, language FROM persons WHERE id = ANY($1)").uuids(ids)).await?;
    rows.into_iter().map(|row: SummaryRow| Ok((PersonId(row.id), summary(row)?))).collect()
}

/// Names of organisations, as [`person_summary`].
///
/// # Errors
/// As [`person_summary`].
pub async fn organisation_summary(tx: &mut Tx, ids: &[OrganisationId]) -> Result<BTreeMap<OrganisationId, Summary>> {
    let ids = bounded(ids.iter().map(|id| id.0).collect())?;
    let rows = tx
        .rows(sql("SELECT id, names, NULL::text AS language FROM organisations WHERE id = ANY($1)").uuids(ids))
        .await?;
    rows.into_iter().map(|row: SummaryRow| Ok((OrganisationId(row.id), summary(row)?))).collect()
}

fn bounded(ids: Vec<Uuid>) -> Result<Vec<Uuid>> {
    if ids.len() > MOST {
        return Err(Error::internal(format!("{} ids at once, at most {MOST}", ids.len())));
    }
    Ok(ids)
}

fn summary(row: SummaryRow) -> Result<Summary> {
    Ok(Summary { names: serde_json::from_value(row.names)?, language: row.language })
}

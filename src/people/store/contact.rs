//! Rows of how people want to be told.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{Array, Integer, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::bounded;
use crate::access::Permit;
use crate::engine::calendar::Quiet;
use crate::engine::definition::Channel;
use crate::kernel::{Error, PersonId, Result};
use crate::people::contact::Contact;
use crate::postgres::{Tx, sql};

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    phone: Option<String>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    channels: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<Text>)]
    language: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    quiet_from: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    quiet_until: Option<String>,
    #[diesel(sql_type = Integer)]
    revision: i32,
}

impl From<Row> for Contact {
    fn from(row: Row) -> Self {
        let named = |words: Vec<String>| words.iter().filter_map(|word| Channel::named(word)).collect::<BTreeSet<_>>();
        Self {
            email: row.email,
            phone: row.phone,
            channels: row.channels.map(named),
            language: row.language,
            quiet: row.quiet_from.zip(row.quiet_until).and_then(|(from, until)| Quiet::parse(&from, &until)),
            revision: u32::try_from(row.revision).unwrap_or_default(),
        }
    }
}

macro_rules! contact {
    ($more:literal) => {
        concat!(
            "SELECT p.email, p.phone, c.channels, c.language, to_char(c.quiet_from, 'HH24:MI') AS quiet_from,
                to_char(c.quiet_until, 'HH24:MI') AS quiet_until, coalesce(c.revision, 0) AS revision
             FROM persons p LEFT JOIN contact_choices c ON c.person = p.id WHERE p.id = $1",
            $more
        )
    };
}

/// How a person wants to be told.
///
/// # Errors
/// [`Error::NotFound`] where there is no such person; those of the database.
pub async fn contact(tx: &mut Tx, _permit: &Permit, person: PersonId) -> Result<Contact> {
    let row: Option<Row> = tx.row(sql(contact!("")).uuid(person.0)).await?;
    row.map(Contact::from).ok_or(Error::NotFound)
}

/// The same, and nobody else changes it before the transaction ends.
///
/// # Errors
/// As [`contact`].
pub async fn hold_contact(tx: &mut Tx, _permit: &Permit, person: PersonId) -> Result<Contact> {
    let row: Option<Row> = tx.row(sql(contact!(" FOR NO KEY UPDATE OF p")).uuid(person.0)).await?;
    row.map(Contact::from).ok_or(Error::NotFound)
}

/// Writes down what was held and changed.
///
/// # Errors
/// Those of the database.
pub async fn put_contact(tx: &mut Tx, _permit: &Permit, person: PersonId, contact: &Contact) -> Result<()> {
    let reached = sql("UPDATE persons SET email = $1, phone = $2 WHERE id = $3")
        .text_or_null(contact.email.clone())
        .text_or_null(contact.phone.clone())
        .uuid(person.0);
    tx.execute(reached).await?;
    let words = |all: &BTreeSet<Channel>| all.iter().map(|channel| channel.word().to_owned()).collect::<Vec<_>>();
    let time = |of: fn(&Quiet) -> jiff::civil::Time| {
        contact.quiet.as_ref().map(|quiet| of(quiet).strftime("%H:%M").to_string())
    };
    let chosen = sql("INSERT INTO contact_choices (person, channels, language, quiet_from, quiet_until, revision)
            VALUES ($1, $2, $3, $4::text::time, $5::text::time, $6)
            ON CONFLICT (person) DO UPDATE SET channels = excluded.channels, language = excluded.language,
                quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, revision = excluded.revision")
    .uuid(person.0)
    .texts(contact.channels.as_ref().map(words))
    .text_or_null(contact.language.clone())
    .text_or_null(time(|quiet| quiet.from))
    .text_or_null(time(|quiet| quiet.until))
    .int(i32::try_from(contact.revision).unwrap_or(i32::MAX));
    tx.execute(chosen).await.map(drop)
}

#[derive(diesel::QueryableByName)]
struct Spoken {
    #[diesel(sql_type = SqlUuid)]
    person: Uuid,
    #[diesel(sql_type = Text)]
    language: String,
}

/// The languages that these people chose to be told in; who chose none is left out.
///
/// # Errors
/// [`Error::Internal`] for more than a thousand ids; those of the database.
pub async fn chosen_languages(
    tx: &mut Tx,
    people: impl Iterator<Item = PersonId>,
) -> Result<BTreeMap<PersonId, String>> {
    let statement = sql("SELECT person, language FROM contact_choices WHERE person = ANY($1) AND language IS NOT NULL")
        .uuids(bounded(people.map(|person| person.0).collect())?);
    let rows: Vec<Spoken> = tx.rows(statement).await?;
    Ok(rows.into_iter().map(|row| (PersonId(row.person), row.language)).collect())
}

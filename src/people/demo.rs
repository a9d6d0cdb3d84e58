//! People of a demonstration country, from a file of its folder. Loading twice changes nothing.
//! Who is loaded may sign in through the development issuer under a short name; never used beside a real one.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Deserialize;
use uuid::Uuid;

use super::Hash;
use super::names::{self, Name};
use super::statement::{Identifier, Newcomer, is_day_or_year};
use super::store::{Table, demo as rows, resolve};
use crate::kernel::{Error, Result};
use crate::postgres::Tx;

/// Persons and organisations of one file.
const MOST: usize = 10_000;
/// Day from which posts and mandates of the file hold: before anything that a demonstration plays.
const SINCE: jiff::civil::Date = jiff::civil::date(2000, 1, 1);

/// `people.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    people: IndexMap<String, Person>,
    #[serde(default)]
    organisations: IndexMap<String, Organisation>,
    /// Short name of a person → posts.
    #[serde(default)]
    staff: IndexMap<String, Vec<PostEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: Vec<Name>,
    identifiers: Vec<Identifier>,
    language: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    birth_date: Option<String>,
    sex: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Organisation {
    name: Vec<Name>,
    identifiers: Vec<Identifier>,
    email: Option<String>,
    #[serde(default)]
    signatories: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostEntry {
    role: String,
    office: String,
}

/// Loads people, what they sign in as (`issuer` and their short name), organisations with who signs for them, and
/// posts. Offices must be published before.
///
/// # Errors
/// [`Error::Internal`] with a sentence where the file is not in order; those of the database.
pub async fn load(tx: &mut Tx, keys: Hash<'_>, text: &str, issuer: &str) -> Result<()> {
    let file = read(text)?;
    let mut people = rows::identities(tx, issuer).await?;
    let fresh: Vec<_> = file.people.iter().filter(|(subject, _)| !people.contains_key(*subject)).collect();
    for (subject, person) in &fresh {
        let id = resolve(tx, keys, Table::Persons, &newcomer(person)?).await?;
        people.insert((*subject).clone(), id);
    }
    let named = fresh.iter().filter_map(|(subject, _)| Some(((*subject).clone(), *people.get(*subject)?)));
    rows::identify(tx, issuer, named.collect()).await?;
    organisations(tx, keys, &file, &people).await?;
    staff(tx, &file, &people).await
}

fn read(text: &str) -> Result<File> {
    let file: File =
        serde_saphyr::from_str(text).map_err(|e| Error::internal(format!("people of the demonstration: {e}")))?;
    if file.people.len() + file.organisations.len() > MOST {
        return Err(Error::internal(format!("people of the demonstration: more than {MOST}")));
    }
    for (name, person) in &file.people {
        if person.identifiers.is_empty() || person.birth_date.as_deref().is_some_and(|d| !is_day_or_year(d)) {
            return Err(Error::internal(format!(
                "people of the demonstration: {name} lacks an identifier or a birth date"
            )));
        }
    }
    let named = file.staff.keys().chain(file.organisations.values().flat_map(|o| &o.signatories));
    let missing: BTreeSet<_> = named.filter(|name| !file.people.contains_key(*name)).collect();
    if !missing.is_empty() {
        return Err(Error::internal(format!("people of the demonstration: nobody is called {missing:?}")));
    }
    Ok(file)
}

fn newcomer(person: &Person) -> Result<Newcomer> {
    Ok(Newcomer {
        names: names::normalised(&person.name)?,
        identifiers: person.identifiers.clone(),
        birth_date: person.birth_date.clone(),
        sex: person.sex.clone(),
        language: person.language.clone(),
        phone: person.phone.clone(),
        email: person.email.clone(),
        address: None,
    })
}

async fn organisations(tx: &mut Tx, keys: Hash<'_>, file: &File, people: &BTreeMap<String, Uuid>) -> Result<()> {
    let mut mandates: Vec<(Uuid, Uuid)> = Vec::new();
    for organisation in file.organisations.values() {
        let newcomer = Newcomer {
            names: names::normalised(&organisation.name)?,
            identifiers: organisation.identifiers.clone(),
            birth_date: None,
            sex: None,
            language: None,
            phone: None,
            email: organisation.email.clone(),
            address: None,
        };
        let id = resolve(tx, keys, Table::Organisations, &newcomer).await?;
        mandates
            .extend(organisation.signatories.iter().filter_map(|name| people.get(name)).map(|person| (*person, id)));
    }
    rows::mandate(tx, SINCE, mandates).await
}

async fn staff(tx: &mut Tx, file: &File, people: &BTreeMap<String, Uuid>) -> Result<()> {
    let mut posts = Vec::new();
    for (name, entries) in &file.staff {
        if let Some(person) = people.get(name) {
            posts.extend(entries.iter().map(|p| (*person, p.role.clone(), p.office.clone())));
        }
    }
    rows::post(tx, SINCE, &posts).await
}

/// Records of a register (`{"key": …, "record": …}`, one a line) whose key is somebody's short name get the person's id
/// as their key: what a register of persons is kept by.
///
/// # Errors
/// [`Error::Internal`] where a line cannot be read; those of the database.
pub async fn with_ids(tx: &mut Tx, jsonl: &str, issuer: &str) -> Result<String> {
    let people = rows::identities(tx, issuer).await?;
    let mut out = String::new();
    for (at, line) in jsonl.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong =
            |e: serde_json::Error| Error::internal(format!("records of the demonstration, line {}: {e}", at + 1));
        let mut entry: serde_json::Value = serde_json::from_str(line).map_err(wrong)?;
        let person = entry.get("key").and_then(serde_json::Value::as_str).and_then(|key| people.get(key));
        if let Some(person) = person {
            entry["key"] = serde_json::Value::String(person.to_string());
        }
        out.push_str(&entry.to_string());
        out.push('\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_names_nobody_known_is_refused() {
        let good = "people:\n  a: {name: [{script: Latn, full: A B}], identifiers: [{type: passport, value: X1}], birth_date: 1985-09-23}\n";
        assert!(read(good).is_ok());
        let error = read(&format!("{good}staff:\n  b: [{{role: r, office: o}}]\n")).unwrap_err();
        assert!(format!("{error:?}").contains("nobody is called"), "{error:?}");
        assert!(read(&good.replace("birth_date", "born")).is_err());
    }
}

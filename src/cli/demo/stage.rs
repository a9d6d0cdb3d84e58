//! Where the play takes place: its people, the time there, the lines that are printed, and how what comes is compared
//! with what should come.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::client::{Client, Failure, File, Person, Result, differs};
use crate::access::Keys;
use crate::cli::token;
use crate::kernel::clock::machine_now;
use crate::kernel::settings::Settings;

/// Time zone of Sumwhere's offices, see `services/_agencies/agencies.yaml`.
const ZONE: &str = "Asia/Dhaka";
/// How often something is looked for that happens a moment later, and the pause between: 20 s in all.
const LOOKS: u32 = 200;
const PAUSE: Duration = Duration::from_millis(100);

pub struct Stage {
    pub client: Client,
    people: BTreeMap<&'static str, Person>,
    zone: TimeZone,
    /// By how much business time runs ahead of this machine's.
    ahead: Cell<SignedDuration>,
}

/// A case of the play.
pub struct Filing {
    pub service: &'static str,
    /// Who reads it between the acts.
    pub reader: &'static str,
    pub id: String,
    pub reference: String,
}

/// What was issued at the end of a case.
pub struct Issued {
    pub reference: String,
    pub code: String,
}

impl Stage {
    pub fn open(client: Client, settings: &Settings, keys: &Keys, names: &[&'static str]) -> Result<Self> {
        let zone = TimeZone::get(ZONE).map_err(|e| Failure::Unready(e.to_string()))?;
        let mut people = BTreeMap::new();
        for name in names {
            people.insert(*name, Person { name, token: token::make(settings, keys, name)?, acting_for: None });
        }
        Ok(Self { client, people, zone, ahead: Cell::new(SignedDuration::ZERO) })
    }

    pub fn person(&self, name: &str) -> Result<&Person> {
        self.people.get(name).ok_or_else(|| Failure::Unready(format!("nobody of the demo is called {name}")))
    }

    /// From now on this person acts for an organisation.
    pub fn act_for(&mut self, name: &str, organisation: &str) {
        if let Some(person) = self.people.get_mut(name) {
            person.acting_for = Some(organisation.to_owned());
        }
    }

    /// What the server says that the time is.
    pub fn observe(&self, now: Timestamp) {
        self.ahead.set(now.duration_since(machine_now()));
    }

    /// Today, by business time, in the zone of the offices; `days` later.
    pub fn day(&self, days: i32) -> String {
        let day = self.now().to_zoned(self.zone.clone()).date();
        day.saturating_add(jiff::Span::new().days(days)).to_string()
    }

    /// The day of an instant in the zone of the offices, and some days later.
    pub fn day_after(&self, at: &Value, days: i32) -> Option<String> {
        let at: Timestamp = at.as_str()?.parse().ok()?;
        let day = at.to_zoned(self.zone.clone()).date().checked_add(jiff::Span::new().days(days)).ok()?;
        Some(day.to_string())
    }

    fn now(&self) -> Timestamp {
        let now = machine_now();
        now.checked_add(self.ahead.get()).unwrap_or(now)
    }

    pub fn title(&self, text: &str) {
        println!("\n{text}");
    }

    /// One act: when, who, what, in which case, and what came of it.
    pub fn line(&self, who: &str, what: &str, reference: &str, came: &str) {
        let at = self.now().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        println!("  {at}  {who:<7} {what:<54} {reference:<20} {came}");
    }

    /// Reads until it is as wished, 20 s at most.
    pub async fn until(&self, who: &str, path: &str, wish: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let who = self.person(who)?;
        let mut last = Value::Null;
        for _ in 0..LOOKS {
            last = self.client.get(Some(who), path).await?;
            if is(&last) {
                return Ok(last);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(differs(format!("GET {path}, looked at for {} s", LOOKS / 10), wish, last))
    }

    /// The case, once this step is open.
    pub async fn until_at(&self, filing: &Filing, step: &str) -> Result<Value> {
        let wish = format!("the step {step} to be open");
        self.until(filing.reader, &filing.path(), &wish, |case| open_steps(case).contains(&step)).await
    }

    /// The case, once it has ended so.
    pub async fn until_ended(&self, filing: &Filing, end: &str) -> Result<Value> {
        let closed = |case: &Value| case["status"] == "closed";
        let case = self.until(filing.reader, &filing.path(), "the case to be closed", closed).await?;
        same(&format!("the end of {}", filing.reference), &case["end"]["id"], &json!(end))?;
        Ok(case)
    }

    /// Opens a case, and learns from it what time it is there.
    pub async fn opened(&self, who: &'static str, service: &'static str, body: Value) -> Result<(Filing, Value)> {
        let case = self.client.post(self.person(who)?, "/v1/cases", &body, &[201]).await?;
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let filing = Filing { service, reader: who, id: text("id"), reference: text("reference") };
        if filing.id.is_empty() || filing.reference.is_empty() {
            return Err(differs("POST /v1/cases", "a case with an id and a reference", &case));
        }
        if let Ok(now) = text("created_at").parse() {
            self.observe(now);
        }
        Ok((filing, case))
    }

    /// Lets business time pass.
    pub async fn pass(&self, time: &str) -> Result<()> {
        let moved = self.client.post(self.person("rahim")?, "/v1/dev/clock", &json!({"forward": time}), &[200]).await?;
        let now = moved["now"].as_str().and_then(|now| now.parse().ok());
        self.observe(now.ok_or_else(|| differs("POST /v1/dev/clock", "the time after the move", &moved))?);
        Ok(())
    }

    /// Adds the documents and looks whether all are there.
    pub async fn hand_in(&self, filing: &Filing, files: Vec<(String, File)>) -> Result<()> {
        let who = self.person(filing.reader)?;
        let count = files.len();
        for (query, file) in files {
            let size = file.content.len();
            let path = format!("{}/documents?{query}", filing.path());
            let added = self.client.upload(who, &path, file).await?;
            same(&format!("the size of the document {query}"), &added["size"], &json!(size))?;
        }
        let listed = self.client.get(Some(who), &format!("{}/documents", filing.path())).await?;
        same("the number of documents", &json!(items(&listed).len()), &json!(count))?;
        self.line(who.name, "adds the documents", &filing.reference, &format!("{count} taken in"));
        Ok(())
    }

    /// Pays a fee through the provider and waits until it is paid.
    pub async fn pay(&self, filing: &Filing, fee: &str, amount: &str) -> Result<()> {
        let who = self.person(filing.reader)?;
        let path = format!("{}/fees", filing.path());
        let fees = self.client.get(Some(who), &path).await?;
        let due = items(&fees).iter().find(|f| f["fee"]["id"] == fee && f["state"] == "due");
        let due = due.ok_or_else(|| differs(format!("GET {path}"), format!("the fee {fee} to be due"), &fees))?;
        same(&format!("the fee {fee}"), &due["amount"], &json!({"amount": amount, "currency": "BDT"}))?;
        let id = due["id"].clone();
        let pay = due["pay"].as_str().unwrap_or_default();
        let payment = self.client.post(who, pay, &json!({"phone": "+8801711000009"}), &[202]).await?;
        same("the fee that is paid", &payment["fee"], &id)?;
        let paid = |fees: &Value| items(fees).iter().any(|f| f["id"] == id && f["state"] == "paid");
        self.until(filing.reader, &path, &format!("the fee {fee} to be paid"), paid).await?;
        let title = due["fee"]["title"].as_str().unwrap_or(fee);
        self.line(who.name, &format!("pays: {title}"), &filing.reference, &format!("{amount} BDT paid"));
        Ok(())
    }

    /// The subjects of the messages in somebody's box about a case, once one of each of these kinds is there.
    pub async fn told(&self, who: &str, filing: &Filing, kinds: &[&str]) -> Result<()> {
        let of = |page: &Value| -> Vec<(String, String)> {
            let mine = items(page).iter().filter(|m| m["reference"] == filing.reference.as_str());
            let text = |m: &Value, name: &str| m[name].as_str().unwrap_or_default().to_owned();
            mine.map(|m| (text(m, "about"), text(m, "subject"))).collect()
        };
        let all = |page: &Value| kinds.iter().all(|kind| of(page).iter().any(|(about, _)| about == kind));
        let wish = format!("messages about {} in {}", kinds.join(", "), filing.reference);
        let page = self.until(who, "/v1/me/messages?limit=200", &wish, all).await?;
        let told = of(&page);
        let last = told.first().map(|(_, subject)| subject.as_str()).unwrap_or_default();
        self.line(
            who,
            "reads the message box",
            &filing.reference,
            &format!("{} messages, the last: {last}", told.len()),
        );
        Ok(())
    }
}

impl Filing {
    pub fn path(&self) -> String {
        format!("/v1/cases/{}", self.id)
    }
}

/// The rows of a page.
pub fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The steps of a case that are open.
pub fn open_steps(case: &Value) -> Vec<&str> {
    case["steps"].as_array().into_iter().flatten().filter_map(|step| step["id"].as_str()).collect()
}

/// Compares.
pub fn same(what: &str, came: &Value, expected: &Value) -> Result<()> {
    if came == expected { Ok(()) } else { Err(differs(what, expected, came)) }
}

/// Compares amounts and areas, which may be written as numbers or as text.
pub fn same_number(what: &str, came: &Value, expected: &str) -> Result<()> {
    let text = came.as_str().map_or_else(|| came.to_string(), str::to_owned);
    let read = |text: &str| text.parse::<rust_decimal::Decimal>().ok();
    if read(&text).is_some() && read(&text) == read(expected) { Ok(()) } else { Err(differs(what, expected, came)) }
}

//! Scenarios: a service's example cases, run on the engine alone over virtual time. What registers and people would
//! answer stands in the scenario; nothing here knows a service.

mod children;
mod expect;
mod explore;
mod papers;
mod people;
mod raised;
mod refusals;
mod registers;
mod remedies;
mod run;
mod starting;
mod versions;
mod work;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::definition::{Country, Definition, Files, Finding, Findings};

pub use explore::{Explored, explore};

/// `scenarios/*.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub title: String,
    given: Given,
    story: Vec<Line>,
    expect: Option<expect::Expect>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    today: jiff::civil::DateTime,
    /// An older version, kept in `moves/<version>/`, under which cases begin before a day.
    before: Option<Before>,
    holidays: Option<Vec<jiff::civil::Date>>,
    #[serde(default)]
    people: People,
    #[serde(default)]
    officers: BTreeMap<String, Officer>,
    /// Organisation → who may sign for it.
    #[serde(default)]
    organisations: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    registers: BTreeMap<String, BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    version: String,
    until: jiff::civil::Date,
}

/// Names, or names with the number of the identity document by which a form knows them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum People {
    Names(Vec<String>),
    Known(BTreeMap<String, String>),
}

impl Default for People {
    fn default() -> Self {
        Self::Names(Vec::new())
    }
}

impl People {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Names(names) => names.iter().any(|n| n == name),
            Self::Known(known) => known.contains_key(name),
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Names(names) => names.clone(),
            Self::Known(known) => known.keys().cloned().collect(),
        }
    }

    /// Who has that identity document.
    fn with_number(&self, number: &str) -> Option<&str> {
        match self {
            Self::Names(_) => None,
            Self::Known(known) => known.iter().find(|(_, n)| *n == number).map(|(name, _)| name.as_str()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Officer {
    Role(String),
    Roles(Vec<String>),
    Post {
        role: String,
        /// Which office it is in matters to the policy, not to the engine.
        #[serde(default, rename = "office")]
        _office: Option<String>,
    },
}

impl Officer {
    fn roles(&self) -> Vec<String> {
        match self {
            Self::Role(role) | Self::Post { role, .. } => vec![role.clone()],
            Self::Roles(roles) => roles.clone(),
        }
    }
}

/// One line of the story: somebody does something, time passes, or something is expected.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    by: Option<String>,
    start: Option<String>,
    acting_for: Option<String>,
    /// A name for the case that is started, where the story has several.
    #[serde(rename = "as")]
    name: Option<String>,
    case: Option<String>,
    pay: Option<String>,
    step: Option<String>,
    outcome: Option<String>,
    form: Option<Value>,
    #[serde(default)]
    documents: Vec<Paper>,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    grounds: String,
    withdraw: Option<bool>,
    /// The case is taken over to the newest version, or stays, for a reason that has these words.
    migrate: Option<bool>,
    stays: Option<String>,
    /// A remedy against what was decided last, opened as the case `as` with `form`.
    remedy: Option<String>,
    /// The step for which an appointment is made, `at` a time of day, or cancelled.
    book: Option<String>,
    unbook: Option<String>,
    at: Option<jiff::civil::DateTime>,
    #[serde(default)]
    online: bool,
    /// False: whoever is asked for a signature does not sign.
    signs: Option<bool>,
    /// False: whoever does the step does not say that nothing ties him, where it asks for that.
    declares: Option<bool>,
    /// The step whose officer keeps out of the case.
    recuse: Option<String>,
    /// Why the legal limit is extended.
    extend: Option<String>,
    /// The ground on which the case stands still, `because` of something; or on which it does no more.
    hold: Option<String>,
    resume: Option<String>,
    #[serde(default)]
    because: String,
    /// Something that no step waits for: `document`, or an event of the service, stated with `form`.
    event: Option<String>,
    advance: Option<String>,
    register: Option<String>,
    key: Option<String>,
    set: Option<BTreeMap<String, Value>>,
    /// What that change is called, for cases that hear of it.
    change: Option<String>,
    refused: Option<String>,
    pointer: Option<String>,
    /// What a register answers from here on: `answer: <step>, with: {outcome: down}`.
    answer: Option<String>,
    with: Option<Answered>,
    expect: Option<expect::Expect>,
}

impl Line {
    /// How many things it says; it is to say one.
    fn verbs(&self) -> usize {
        let said = [
            self.start.is_some(),
            self.pay.is_some(),
            self.step.is_some(),
            self.withdraw.is_some(),
            self.remedy.is_some(),
            self.book.is_some(),
            self.unbook.is_some(),
            self.recuse.is_some(),
            self.extend.is_some(),
            self.migrate.is_some(),
            self.hold.is_some(),
            self.resume.is_some(),
            self.event.is_some(),
            self.advance.is_some(),
            self.register.is_some(),
            self.refused.is_some(),
            self.answer.is_some(),
            self.expect.is_some(),
        ];
        said.into_iter().filter(|s| *s).count()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    outcome: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Paper {
    Name(String),
    Full {
        name: String,
        issued: Option<jiff::civil::Date>,
        #[serde(default = "one")]
        count: u32,
    },
}

fn one() -> u32 {
    1
}

/// Runs every scenario of a service, with those whose cases are remedies in it. The calendars are replaced while a
/// scenario sets its own holidays.
///
/// # Errors
/// Each line that does not come out as written.
pub fn run_all(
    def: &mut Definition,
    linked: &mut BTreeMap<String, Definition>,
    files: &Files,
    country: &Country,
) -> Result<usize, Vec<Finding>> {
    let folder = format!("{}/scenarios/", def.id);
    let mut findings = Findings::new(files);
    let mut count = 0;
    for (path, text) in files.iter().filter(|(p, _)| p.starts_with(&folder)) {
        let options = serde_saphyr::options! { with_snippet: false };
        match serde_saphyr::from_str_with_options::<Scenario>(text, options) {
            Err(error) => {
                let line = error.location().map_or(1, |l| usize::try_from(l.line()).unwrap_or(1));
                findings.add_at(path, line.max(1), error.to_string().lines().next().unwrap_or_default());
            }
            Ok(scenario) => {
                count += 1;
                let done = match versions::older(def, files, country, &scenario) {
                    Some(Err(sentence)) => Err((Some(0), sentence)),
                    Some(Ok((name, older))) => {
                        linked.insert(name.clone(), older);
                        let done = run::run(def, linked, &scenario);
                        linked.remove(&name);
                        done
                    }
                    None => run::run(def, linked, &scenario),
                };
                if let Err((line, sentence)) = done {
                    let line =
                        line.map_or_else(|| super::definition::line_of(text, &["expect"]), |n| story_line(text, n));
                    findings.add_at(path, line, format!("{}: {sentence}", scenario.title));
                }
            }
        }
    }
    if findings.is_empty() { Ok(count) } else { Err(findings.into_sorted()) }
}

/// The line on which the n-th item of the story begins.
fn story_line(text: &str, n: usize) -> usize {
    let start = text.lines().position(|l| l.starts_with("story:")).unwrap_or(0);
    let mut indent = None;
    let mut items = text.lines().enumerate().skip(start + 1).filter(|(_, l)| {
        let stripped = l.trim_start();
        let at = l.len() - stripped.len();
        stripped.starts_with("- ") && *indent.get_or_insert(at) == at
    });
    items.nth(n).map_or(start + 1, |(at, _)| at + 1)
}

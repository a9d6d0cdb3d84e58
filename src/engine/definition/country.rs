//! What all services of a deployment share: authorities, offices, roles and calendars.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Files, Finding, Findings, placed};
use super::language::Agencies;
use crate::engine::calendar::{Calendar, OfficeTime};

/// `_agencies`, `_calendar` and `_shared`, read and found in order.
#[derive(Debug)]
pub struct Country {
    pub agencies: Agencies,
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// Everything under `_shared/`, by its path there.
    pub shared: Files,
}

pub const AGENCIES: &str = "_agencies/agencies.yaml";

impl Country {
    /// # Errors
    /// Every fault that was found.
    pub fn read(files: &Files) -> Result<Self, Vec<Finding>> {
        let mut findings = Findings::new(files);
        let agencies = match files.get(AGENCIES) {
            None => {
                findings.add_at(AGENCIES, 1, "there is no such file: it names the authorities, offices and roles");
                Agencies::default()
            }
            Some(text) => parse(AGENCIES, text, &mut findings).unwrap_or_default(),
        };
        let mut calendars = BTreeMap::new();
        for (path, text) in files {
            let name = path.strip_prefix("_calendar/").and_then(|p| p.strip_suffix(".yaml"));
            let Some(name) = name else { continue };
            match Calendar::parse(name, text) {
                Ok(calendar) => drop(calendars.insert(name.to_owned(), Arc::new(calendar))),
                Err(sentence) => {
                    let (line, sentence) = placed(&sentence);
                    findings.add_at(path, line, sentence);
                }
            }
        }
        check(&agencies, &calendars, &mut findings);
        let shared = files.iter().filter_map(|(p, t)| Some((p.strip_prefix("_shared/")?.to_owned(), t.clone())));
        let country = Self { agencies, calendars, shared: shared.collect() };
        if findings.is_empty() { Ok(country) } else { Err(findings.into_sorted()) }
    }

    /// Working days and time zone of an authority.
    #[must_use]
    pub fn time(&self, authority: &str) -> Option<OfficeTime> {
        let authority = self.agencies.authorities.get(authority)?;
        let calendar = self.calendars.get(&authority.calendar)?;
        OfficeTime::new(calendar.clone(), &authority.time_zone).ok()
    }
}

fn check(agencies: &Agencies, calendars: &BTreeMap<String, Arc<Calendar>>, findings: &mut Findings<'_>) {
    for (id, authority) in &agencies.authorities {
        let at = ["authorities", id.as_str()];
        match calendars.get(&authority.calendar) {
            None => findings.add(AGENCIES, &at, format!("there is no calendar `{}` in _calendar", authority.calendar)),
            Some(calendar) => {
                if OfficeTime::new(calendar.clone(), &authority.time_zone).is_err() {
                    findings.add(AGENCIES, &at, format!("`{}` is no time zone", authority.time_zone));
                }
            }
        }
        if agencies.offices.get(&authority.main_office).is_none_or(|o| o.authority != *id) {
            findings.add(
                AGENCIES,
                &at,
                format!("its main office `{}` is not one of its offices", authority.main_office),
            );
        }
    }
    for (id, office) in &agencies.offices {
        let at = ["offices", id.as_str()];
        if !agencies.authorities.contains_key(&office.authority) {
            findings.add(AGENCIES, &at, format!("there is no authority `{}`", office.authority));
        }
        if office.parent.as_ref().is_some_and(|p| !agencies.offices.contains_key(p)) {
            findings.add(AGENCIES, &at, "the office above it is not declared");
        }
        for role in office.roles.iter().filter(|r| !agencies.roles.contains_key(*r)) {
            findings.add(AGENCIES, &at, format!("the role `{role}` is not declared"));
        }
    }
}

/// Reads YAML into the words of the language. Anchors are not part of it.
pub(super) fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str, findings: &mut Findings<'_>) -> Option<T> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! { max_anchors: 0, max_aliases: 0, max_documents: 1, flow_nesting_limit: 64 },
    };
    match serde_saphyr::from_str_with_options(text, options) {
        Ok(read) => Some(read),
        Err(error) => {
            let line = error.location().map_or(1, |l| usize::try_from(l.line()).unwrap_or(1));
            let sentence = error.to_string();
            findings.add_at(file, line.max(1), sentence.lines().next().unwrap_or("cannot be read"));
            None
        }
    }
}

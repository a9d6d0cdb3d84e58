//! What can be done against a decision, and how a legal limit may be extended: checked and compiled.

use indexmap::IndexMap;

use super::compile::Compiler;
use super::language as raw;
use super::model::{ActVerb, Arrow, Target};
use crate::engine::calendar::{Duration, Unit};

/// Where it was decided by silence of the office: what a remedy may be against beside steps.
pub const SILENCE: &str = "silence";

/// How the limit may be extended.
#[derive(Debug)]
pub struct Extend {
    pub by: Duration,
    pub times: u32,
    pub role: String,
}

/// What can be done against a decision.
#[derive(Debug)]
pub struct Remedy {
    pub against: Vec<String>,
    /// Parties that may.
    pub by: Vec<String>,
    /// The service whose case it is; without one it is lodged elsewhere.
    pub service: Option<String>,
    /// The first instance first; none where they are those of the case that this one is a remedy in.
    pub levels: Vec<Level>,
    pub suspends: bool,
    /// End of that case → where this one goes.
    pub then: IndexMap<String, Vec<Arrow>>,
    pub from_link: bool,
}

#[derive(Debug, Clone)]
pub struct Level {
    pub role: String,
    /// A name under `offices`; else the first from the competent one upwards that has the role.
    pub office: Option<String>,
    /// From the decision.
    pub within: Duration,
}

/// The role and the office of an instance, in the service whose cases are remedies.
pub const LINK_ROLE: &str = "link.role";
pub const LINK_OFFICE: &str = "link.office";
/// The parties on the other sides of the case that a remedy is about.
pub const LINK_OTHERS: &str = "link.others";

impl Compiler<'_> {
    pub(super) fn is_for_cases(&self) -> bool {
        self.service.start.by.contains(&raw::Starter::Case)
    }

    pub(super) fn remedies(&mut self) -> IndexMap<String, Remedy> {
        let service = self.service;
        service.remedies.iter().map(|(id, remedy)| (id.clone(), self.remedy(id, remedy))).collect()
    }

    fn remedy(&mut self, id: &str, remedy: &raw::Remedy) -> Remedy {
        let (path, service) = (["remedies", id], self.service);
        let has_silence = self.service.time_limit.as_ref().is_some_and(|limit| limit.then.is_some());
        // What another remedy came to is decided, too.
        let is_no_step = |step: &String| has_silence && step == SILENCE || service.remedies.contains_key(step);
        for step in remedy.against.iter().filter(|step| !is_no_step(step)) {
            self.step_id(&["remedies", id, "against"], step);
        }
        let by = remedy.by.clone().unwrap_or_else(|| vec!["applicant".into()]);
        for party in &by {
            self.party(&["remedies", id, "by"], party);
        }
        if remedy.from_link && (!self.is_for_cases() || !remedy.levels.is_empty() || !remedy.then.is_empty()) {
            self.fault(&path, "`from_link` has its `levels` and its `then` in the case that opened this one");
        }
        if remedy.levels.is_empty() && !remedy.from_link {
            self.fault(&path, "says nobody who hears it: `levels`");
        }
        if remedy.service.is_none() && (remedy.suspends || !remedy.then.is_empty()) {
            self.fault(&path, "what is lodged elsewhere has no effect here: `suspends` and `then` need a `service`");
        }
        let levels = remedy.levels.iter().filter_map(|level| self.level(id, remedy, level)).collect();
        let then = remedy.then.iter().map(|(end, arrows)| {
            let arrows = self.arrows(&["remedies", id, "then", end], arrows);
            (end.clone(), arrows)
        });
        let then: IndexMap<String, Vec<Arrow>> = then.collect();
        if then.values().flatten().any(|arrow| matches!(arrow.to, Target::Done)) {
            self.fault(&path, "what a remedy comes to leads to a step or an end");
        }
        let issues = |arrow: &Arrow| arrow.acts.iter().any(|act| matches!(act.verb, ActVerb::Issue { .. }));
        if then.values().flatten().any(issues) {
            self.fault(&path, "a certificate is issued in a step, to which it belongs");
        }
        let (against, service, suspends) = (remedy.against.clone(), remedy.service.clone(), remedy.suspends);
        Remedy { against, by, service, levels, suspends, then, from_link: remedy.from_link }
    }

    fn level(&mut self, id: &str, remedy: &raw::Remedy, level: &raw::Level) -> Option<Level> {
        self.role(&["remedies", id, "levels"], &level.role);
        if let Some(office) = level.office.as_ref().filter(|o| !self.service.offices.contains_key(*o)) {
            self.fault(&["remedies", id, "levels"], format!("`{office}` is not declared under `offices`"));
        }
        let within = level.within.as_ref().or(remedy.within.as_ref()).and_then(|w| Duration::parse(w));
        if within.is_none() {
            self.fault(&["remedies", id], "says no time within which it is to be lodged, such as `30 days`");
        }
        Some(Level { role: level.role.clone(), office: level.office.clone(), within: within? })
    }

    pub(super) fn holds(&mut self) -> IndexMap<String, raw::Hold> {
        let service = self.service;
        for (id, hold) in &service.holds {
            let path = ["holds", id.as_str()];
            if service.remedies.contains_key(id) {
                self.fault(&path, format!("`{id}` is a remedy, which has its own hold"));
            }
            if hold.by.is_empty() {
                self.fault(&path, "nobody may let a case stand still on this ground");
            }
            for role in &hold.by {
                self.role(&path, role);
            }
            if hold.section.trim().is_empty() {
                self.fault(&path, "a hold names its legal ground");
            }
        }
        service.holds.clone()
    }

    pub(super) fn extend(&mut self, extend: &raw::Extend) -> Option<Extend> {
        let path = ["time_limit", "extend"];
        self.role(&path, &extend.role);
        let by = Duration::parse(&extend.by).filter(|by| by.unit() != Unit::Hours);
        if by.is_none() {
            self.fault(&path, format!("`{}` is no number of days such as `15 working days`", extend.by));
        }
        Some(Extend { by: by?, times: extend.times.unwrap_or(1), role: extend.role.clone() })
    }
}

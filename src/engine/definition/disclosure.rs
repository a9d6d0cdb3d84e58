//! What the public may know of cases: checked and compiled.

use super::compile::Compiler;
use super::model::Moment;
use crate::engine::feel::{Expression, Type};

/// Members that say who somebody is, as the engine names them.
const PERSONS: [&str; 3] = ["id", "by", "started_by"];
/// Values that cases are counted by at most, and paths that are public.
const PATHS_MAX: usize = 20;

/// What anybody may know.
#[derive(Debug)]
pub struct Disclosure {
    /// Paths to what is public of each case; none: nothing is but how many there are.
    pub public: Vec<String>,
    pub from: Moment,
    /// What cases are counted by.
    pub by: Vec<Expression>,
}

impl Compiler<'_> {
    pub(super) fn disclosure(&mut self) -> Option<Disclosure> {
        let given = self.service.disclosure.as_ref()?;
        if given.public.is_empty() && given.statistics_by.is_empty() {
            self.fault(&["disclosure"], "it discloses nothing: `public` or `statistics_by`");
        }
        if given.public.len() > PATHS_MAX || given.statistics_by.len() > PATHS_MAX {
            self.fault(&["disclosure"], format!("at most {PATHS_MAX} paths are public, and as many are counted by"));
        }
        if given.from.is_some() && given.public.is_empty() {
            self.fault(&["disclosure", "from"], "nothing is `public` from then on");
        }
        for path in &given.public {
            self.disclosed(path);
        }
        let by = given.statistics_by.iter().filter_map(|path| self.counted(path)).collect();
        let from = self.moment(&["disclosure", "from"], given.from.as_deref().unwrap_or("case.submitted"))?;
        Some(Disclosure { public: given.public.clone(), from, by })
    }

    /// A part of the case that is no secret of anybody by its kind.
    fn disclosed(&mut self, path: &str) {
        let at = ["disclosure", "public"];
        if !is_part(path) {
            let main = self.main();
            self.findings.add_on(&main, &at, path, format!("`{path}` is no part of a case, such as `case.status`"));
            return;
        }
        let Some(value) = self.expression(&at, path) else { return };
        let single = |of: &Type| !matches!(of, Type::Any | Type::List(_) | Type::Context { .. });
        let fits = match value.result() {
            Type::List(items) => single(items),
            of => single(of),
        };
        if !fits {
            let of = value.result();
            self.fault(&at, format!("`{path}` is {of}: what is public are single values, each by its path"));
        }
        if let Some(word) = path.split('.').find(|word| self.protected.contains(*word)) {
            let word = word.to_owned();
            self.fault(&at, format!("`{word}` is a protected attribute, which is not made public"));
        }
        if path.split('.').next_back().is_some_and(|last| PERSONS.contains(&last)) {
            self.fault(&at, format!("`{path}` is the id of a person or an organisation"));
        }
    }

    fn counted(&mut self, path: &str) -> Option<Expression> {
        let at = ["disclosure", "statistics_by"];
        if !is_part(path) {
            let main = self.main();
            self.findings.add_on(&main, &at, path, format!("`{path}` is no part of a case, such as `case.office`"));
            return None;
        }
        let value = self.expression(&at, path)?;
        if matches!(value.result(), Type::List(_) | Type::Context { .. }) {
            self.fault(&at, format!("`{path}` is {}, and a case is counted by one value", value.result()));
        }
        // From counts before and after a case that is listed one could tell what it is.
        let is_protected = path.split('.').any(|word| self.protected.contains(word));
        if is_protected && self.service.disclosure.as_ref().is_some_and(|given| !given.public.is_empty()) {
            self.fault(&at, format!("`{path}` is protected: cases are counted by it where nothing of each is public"));
        }
        Some(value)
    }
}

/// A path into something, not the whole of it: what is stated later would be told with it.
fn is_part(path: &str) -> bool {
    let mut members = path.split('.');
    let is_root = members.next().is_some_and(|root| ["case", "form", "parties", "steps", "fees"].contains(&root));
    let plain = |member: &str| !member.is_empty() && member.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_root && path.contains('.') && members.all(plain)
}

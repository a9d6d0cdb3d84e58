//! Service definitions in force: read from a folder, checked, published into the database, compiled once. Promises that
//! the rules of a published version never change (texts and dated values may be corrected, with a trail) and that a case finds the version it
//! began under. What a definition means is the engine's.

mod calendars;
pub mod folder;
mod publish;
mod store;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::engine::definition::{Country, Definition};

pub use publish::{Checked, check, publish};

/// Every published version, compiled. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalogue {
    country: Arc<Country>,
    /// Service → versions by their first day, then publication.
    services: Arc<BTreeMap<String, Vec<Published>>>,
}

#[derive(Debug, Clone)]
struct Published {
    from: Date,
    definition: Arc<Definition>,
}

impl Catalogue {
    fn new(country: Country, found: Vec<(Date, Definition)>) -> Self {
        let mut services: BTreeMap<String, Vec<Published>> = BTreeMap::new();
        for (from, definition) in found {
            let definition = Arc::new(definition);
            services.entry(definition.id.clone()).or_default().push(Published { from, definition });
        }
        for versions in services.values_mut() {
            // Of two with the same first day the one published later counts: they come in that order.
            versions.sort_by_key(|v| v.from);
        }
        Self { country: Arc::new(country), services: Arc::new(services) }
    }

    #[must_use]
    pub fn country(&self) -> &Country {
        &self.country
    }

    /// The version under which a case begins now: the newest that applies on this day at its authority.
    #[must_use]
    pub fn in_force(&self, service: &str, now: Timestamp) -> Option<&Arc<Definition>> {
        let versions = self.services.get(service)?;
        versions.iter().rev().find(|v| v.from <= v.definition.time.day_of(now)).map(|v| &v.definition)
    }

    /// The version that a case keeps.
    #[must_use]
    pub fn version(&self, service: &str, version: &str) -> Option<&Arc<Definition>> {
        self.services.get(service)?.iter().map(|v| &v.definition).find(|d| d.version == version)
    }

    /// The services in force whose cases such a change of a register opens.
    pub fn opened_by(&self, register: &str, change: &str, now: Timestamp) -> impl Iterator<Item = &Arc<Definition>> {
        let opens =
            move |def: &Definition| def.start.opened_by.iter().any(|o| o.register == register && o.change == change);
        self.on_offer(now).filter(move |def| opens(def))
    }

    /// Whether cases of any version hear of such a change of a register, or of such an end of a case.
    #[must_use]
    pub fn is_heard(&self, register: &str, change: &str) -> bool {
        let mut reactions = self.services.values().flatten().flat_map(|version| &version.definition.reactions);
        reactions.any(|reaction| reaction.heard.as_ref().is_some_and(|heard| heard.is(register, change)))
    }

    /// A service in force that has a register of which something is public.
    #[must_use]
    pub fn with_public(&self, register: &str, now: Timestamp) -> Option<&Definition> {
        let is_public = |def: &Definition| def.registers.get(register).is_some_and(|r| !r.public.is_empty());
        self.on_offer(now).map(AsRef::as_ref).find(|def| is_public(def))
    }

    /// What is on offer now, by id.
    pub fn on_offer(&self, now: Timestamp) -> impl Iterator<Item = &Arc<Definition>> {
        self.services.keys().filter_map(move |service| self.in_force(service, now))
    }
}

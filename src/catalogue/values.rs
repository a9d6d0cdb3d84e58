//! Dated values under a version that stays: what was in force is law that was applied, and is added to only.

use jiff::civil::Date;
use serde_json::Value;

use crate::engine::definition::{Definition, Param};
use crate::kernel::{Error, Result};

/// Every param has a value on the first day of a version.
///
/// # Errors
/// With a sentence that names the param.
pub(super) fn in_force_from(definition: &Definition, first: Date) -> Result<()> {
    match definition.params.iter().find(|(_, param)| param.on(first).is_none()) {
        None => Ok(()),
        Some((name, _)) => Err(Error::internal(format!(
            "services/{}/params.yaml: `{name}` has no value on {first}, the first day of the service",
            definition.id
        ))),
    }
}

/// No row that was in force by `today` is changed or taken away, and none is added before that.
///
/// # Errors
/// With a sentence that names the param and the row.
pub(super) fn only_added(before: &Definition, after: &Definition, today: Date) -> Result<()> {
    for (name, old) in &before.params {
        let none = Param { as_of: old.as_of, unit: None, values: Vec::new() };
        let new = after.params.get(name).unwrap_or(&none);
        let (was, is) = (settled(old, today), settled(new, today));
        let differs = was.iter().find(|row| !is.contains(row)).or(is.iter().find(|row| !was.contains(row)));
        if let Some((from, _)) = differs {
            return Err(Error::internal(format!(
                "services/{}/params.yaml: `{name}`: what holds from {from} is in force under version {} and cannot be \
                 changed; give another value a row of its own with a day to come, or the service a new version",
                after.id, after.version
            )));
        }
        if old.as_of != new.as_of {
            return Err(Error::internal(format!(
                "services/{}/params.yaml: `{name}`: which day governs cannot be changed under version {}",
                after.id, after.version
            )));
        }
    }
    Ok(())
}

fn settled(param: &Param, today: Date) -> Vec<(Date, &Value)> {
    param.values.iter().filter(|(from, ..)| *from <= today).map(|(from, value, _)| (*from, value)).collect()
}

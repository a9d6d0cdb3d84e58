//! Who has land to sell: out of the demo's own records, in the area of the officers who play.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::client::{Failure, Result};

/// Where the officers of the play are competent.
const CIRCLE: &str = "sadar";
const UNION: &str = "purbapara";
/// Sellers that are tried one after another.
const MOST: usize = 12;
/// A plot of less than this was sold out too soon, in decimals of an acre.
const LEAST: f64 = 5.0;

/// Somebody's whole plot.
#[derive(Debug, Clone)]
pub struct Seller {
    pub name: String,
    pub identifier: Value,
    pub khatian: String,
    pub mouza: String,
    pub dag: String,
}

impl Seller {
    /// As a form states a person.
    pub fn stated(&self) -> Value {
        json!({"name": self.name, "identifier": self.identifier})
    }
}

/// Sellers in the order of the records, the first of them Karim Sheikh.
pub fn read(services: &Path) -> Result<Vec<Seller>> {
    let folder = services.join("_demo").join("registers");
    let (mouzas, khatians) = (lines(&folder.join("mouzas.jsonl"))?, lines(&folder.join("khatians.jsonl"))?);
    let near = |m: &&Value| m["record"]["circle"] == CIRCLE && m["record"]["union"] == UNION;
    let mouzas: BTreeSet<&str> = mouzas.iter().filter(near).filter_map(|m| m["key"].as_str()).collect();
    let found: Vec<Seller> = khatians.iter().flat_map(|entry| of(entry, &mouzas)).take(MOST).collect();
    if found.is_empty() {
        return Err(Failure::Unready(format!("{}: nobody has land to sell", folder.display())));
    }
    Ok(found)
}

fn of(entry: &Value, mouzas: &BTreeSet<&str>) -> Vec<Seller> {
    let record = &entry["record"];
    let (Some(khatian), Some(mouza)) = (entry["key"].as_str(), record["mouza"].as_str()) else { return Vec::new() };
    if !mouzas.contains(mouza) || record["government_interest"] != false {
        return Vec::new();
    }
    let seller = |holder: &Value| {
        holder["quantity"].as_f64().filter(|quantity| *quantity >= LEAST)?;
        Some(Seller {
            name: holder["name"].as_str()?.to_owned(),
            identifier: holder["identifier"].clone(),
            khatian: khatian.to_owned(),
            mouza: mouza.to_owned(),
            dag: holder["dag"].as_str()?.to_owned(),
        })
    };
    record["holders"].as_array().into_iter().flatten().filter_map(seller).collect()
}

fn lines(path: &Path) -> Result<Vec<Value>> {
    let wrong = |e: &dyn std::fmt::Display| Failure::Unready(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|l| serde_json::from_str(l).map_err(|e| wrong(&e)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_land_that_can_be_sold_here_is_offered() {
        let entry = |mouza: &str, government: bool, quantity: f64| {
            json!({"key": "A-1-1", "record": {"mouza": mouza, "government_interest": government, "holders": [
                {"name": "A", "identifier": {"type": "passport", "value": "X100"}, "dag": "7", "quantity": quantity}]}})
        };
        let mouzas = BTreeSet::from(["m045"]);
        assert_eq!(of(&entry("m045", false, 33.0), &mouzas).len(), 1);
        assert!(of(&entry("m061", false, 33.0), &mouzas).is_empty());
        assert!(of(&entry("m045", true, 33.0), &mouzas).is_empty());
        assert!(of(&entry("m045", false, 0.5), &mouzas).is_empty());
    }
}

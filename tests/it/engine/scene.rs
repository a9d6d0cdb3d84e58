//! Definitions to play, each with the scenes of its scenarios: a day, registers, and what people stated.

use std::collections::BTreeMap;

use guichet::engine::definition::{Country, Definition, Verb, compile};
use jiff::Timestamp;
use serde_json::Value;

use super::files;

/// Register → key → version and record.
pub type Registers = BTreeMap<String, BTreeMap<String, (i64, Value)>>;

/// What a scenario brings to a random case: its day, its registers, and what people stated in it.
#[derive(Clone, Default)]
pub struct Scene {
    pub now: Timestamp,
    pub registers: Registers,
    pub forms: Vec<Value>,
    pub answers: BTreeMap<String, Vec<Value>>,
}

pub struct Kit {
    pub def: Definition,
    pub scenes: Vec<Scene>,
}

impl Kit {
    /// One for each service in the folder.
    pub fn all() -> Vec<Self> {
        let files = files();
        let country = Country::read(&files).expect("the country is in order");
        let services = guichet::engine::check::services(&files);
        assert!(services.len() >= 3, "too few services: {services:?}");
        services.iter().map(|id| Self::of(compile(id, &files, &country).expect("it compiles"))).collect()
    }

    pub fn of(def: Definition) -> Self {
        let folder = format!("{}/scenarios/", def.id);
        let mut scenes: Vec<Scene> = Vec::new();
        let mut answers: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        // What another case opens is played in the scenarios of that one.
        let of_others =
            |path: &str, text: &str| def.is_remedy() && path.contains("/scenarios/") && text.contains("remedy:");
        let all = files();
        for (_, text) in all.iter().filter(|(path, text)| path.starts_with(&folder) || of_others(path, text)) {
            let story: Value = serde_saphyr::from_str(text).expect("a scenario");
            let scene = scene(&def, &story);
            for (step, given) in &scene.answers {
                answers.entry(step.clone()).or_default().extend(given.clone());
            }
            scenes.push(scene);
        }
        let forms: Vec<Value> = scenes.iter().flat_map(|s| s.forms.iter().take(1).cloned()).collect();
        for scene in &mut scenes {
            // What fits this scene first, then what fits others.
            scene.forms.extend(forms.iter().take(3).cloned());
            for (step, given) in &answers {
                scene.answers.entry(step.clone()).or_default().extend(given.iter().take(4).cloned());
            }
        }
        assert!(!scenes.is_empty(), "{} has no scenario", def.id);
        Self { def, scenes }
    }

    pub fn named(id: &str) -> Self {
        Self::all().into_iter().find(|kit| kit.def.id == id).expect("there is such a service")
    }
}

fn scene(def: &Definition, story: &Value) -> Scene {
    let today = story["given"]["today"].as_str().and_then(|t| t.parse().ok()).expect("the scenario has a day");
    let mut scene = Scene { now: def.time.instant(today).expect("an instant"), ..Scene::default() };
    for (register, records) in story["given"]["registers"].as_object().into_iter().flatten() {
        let records = records.as_object().into_iter().flatten().map(|(key, record)| (key.clone(), (1, record.clone())));
        scene.registers.insert(register.clone(), records.collect());
    }
    for line in story["story"].as_array().into_iter().flatten() {
        let Some(form) = line.get("form") else { continue };
        let step = line["step"].as_str().unwrap_or_default();
        let begins = line.get("start").or(line.get("remedy")).is_some();
        if !(def.steps.contains_key(step) || (begins && line.get("remedy").is_some() == def.is_remedy())) {
            continue;
        }
        match def.steps.get(step).map(|s| &s.verb) {
            Some(Verb::Task { .. } | Verb::Ask { own: Some(_), .. }) => {
                scene.answers.entry(step.to_owned()).or_default().push(form.clone());
            }
            _ => scene.forms.push(form.clone()),
        }
    }
    scene
}

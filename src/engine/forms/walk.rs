//! Goes through a gathered schema: follows the references and says what each place of an answer
//! holds.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    Field, FormFault,
    place::{Members, Place},
    shape::Shape,
    token,
};

/// Deepest nesting of schemas in schemas, references followed.
const DEPTH_MAX: usize = 16;
/// Most schemas visited: references may multiply what is written once.
const VISITS_MAX: usize = 4_000;

/// What an accepted answer looks like, and its properties, sorted.
pub(super) fn walk(schema: &Value) -> Result<(Shape, Vec<Field>), FormFault> {
    let mut walk = Walk { root: schema, visits: 0, open: Vec::new() };
    walk.vocabulary(schema, "", 0)?;
    let shape = walk.place(schema, "", 0)?.settle("")?;
    let mut fields = Vec::new();
    list(&shape, "", &mut fields);
    fields.sort_by(|one, two| one.pointer.cmp(&two.pointer));
    Ok((shape, fields))
}

/// The schema behind a local reference of a gathered schema.
pub(super) fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

pub(super) struct Walk<'a> {
    root: &'a Value,
    visits: usize,
    /// The references being followed, to find a form that contains itself.
    open: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    pub(super) fn enter(&mut self, place: &str, depth: usize) -> Result<(), FormFault> {
        self.visits += 1;
        if depth > DEPTH_MAX {
            return Err(FormFault::at(place, format!("nested more than {DEPTH_MAX} deep")));
        }
        if self.visits > VISITS_MAX {
            return Err(FormFault::at(place, format!("more than {VISITS_MAX} parts in all")));
        }
        Ok(())
    }

    /// What `schema` and all that applies beside it say of one place.
    fn place(&mut self, schema: &'a Value, at: &str, depth: usize) -> Result<Place, FormFault> {
        self.enter(at, depth)?;
        let members = object(schema, at)?;
        let mut parts = vec![types(members, at)?, self.list(members, at, depth)?];
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            parts.push(self.reference(reference, at, depth)?);
        }
        for (index, part) in array(members, "allOf").iter().enumerate() {
            parts.push(self.place(part, &format!("{at}/allOf/{index}"), depth + 1)?);
        }
        for keyword in ["anyOf", "oneOf"] {
            let mut one_of = None;
            for (index, part) in array(members, keyword).iter().enumerate() {
                let branch = self.place(part, &format!("{at}/{keyword}/{index}"), depth + 1)?;
                one_of = Some(match one_of {
                    Some(known) => Place::either(known, branch),
                    None => branch,
                });
            }
            parts.extend(one_of);
        }
        for keyword in ["if", "not"] {
            if let Some(part) = members.get(keyword) {
                parts.push(self.place(part, &format!("{at}/{keyword}"), depth + 1)?.mention());
            }
        }
        parts.push(self.object(members, at, depth)?);
        let contradiction = || FormFault::at(at, "contradicts itself: nothing could be given here");
        let mut whole = parts.into_iter().try_fold(Place::Open, Place::both).ok_or_else(contradiction)?;
        for keyword in ["then", "else"] {
            if let Some(part) = members.get(keyword) {
                let place = self.place(part, &format!("{at}/{keyword}"), depth + 1)?;
                whole = whole.both_if(place).ok_or_else(contradiction)?;
            }
        }
        if members.contains_key("unevaluatedProperties")
            && let Place::Object(it) = &mut whole
        {
            let names: BTreeSet<_> = it.members.keys().cloned().collect();
            it.closed = Some(match it.closed.take() {
                Some(known) => known.intersection(&names).cloned().collect(),
                None => names,
            });
        }
        Ok(whole)
    }

    fn reference(&mut self, name: &'a str, at: &str, depth: usize) -> Result<Place, FormFault> {
        let fault = |sentence: String| FormFault::at(at, sentence);
        if self.open.contains(&name) {
            return Err(fault(format!("{name} contains itself")));
        }
        let schema = target(self.root, name).ok_or_else(|| fault(format!("there is no {name} to refer to")))?;
        self.open.push(name);
        let place = self.place(schema, &format!("{at}/$ref"), depth + 1);
        self.open.pop();
        place
    }

    fn list(&mut self, members: &'a Map<String, Value>, at: &str, depth: usize) -> Result<Place, FormFault> {
        match members.get("items") {
            None => Ok(Place::Open),
            Some(items) => {
                let items = self.place(items, &format!("{at}/items"), depth + 1)?;
                Ok(Place::List { typed: false, items: Box::new(items) })
            }
        }
    }

    /// The members that stand in `schema` itself.
    fn object(&mut self, schema: &'a Map<String, Value>, at: &str, depth: usize) -> Result<Place, FormFault> {
        let speaks = ["properties", "required", "dependentRequired", "additionalProperties", "unevaluatedProperties"];
        if !speaks.iter().any(|keyword| schema.contains_key(*keyword)) {
            return Ok(Place::Open);
        }
        let mut own = Members { required: names(schema.get("required")), ..Members::default() };
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (name, part) in properties {
                let at = format!("{at}/properties/{}", token(name));
                own.members.insert(name.clone(), self.place(part, &at, depth + 1)?);
            }
        }
        if let Some(depends) = schema.get("dependentRequired").and_then(Value::as_object) {
            for (name, others) in depends {
                own.mentioned.insert(name.clone());
                own.mentioned.extend(names(Some(others)));
            }
        }
        if schema.contains_key("additionalProperties") {
            own.closed = Some(own.members.keys().cloned().collect());
        }
        Ok(Place::Object(Box::new(own)))
    }
}

/// What `type`, `enum`, `const` and `format` say.
fn types(schema: &Map<String, Value>, at: &str) -> Result<Place, FormFault> {
    let stated: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let format = schema.get("format").and_then(Value::as_str);
    let mut known = None;
    for name in stated {
        let place = match name {
            "boolean" => Place::Plain(Shape::Bool),
            "number" | "integer" => Place::Plain(Shape::Number),
            "string" => Place::Plain(match format {
                Some("date") => Shape::Date,
                Some("date-time") => Shape::DateTime,
                _ => Shape::Text,
            }),
            "array" => Place::List { typed: true, items: Box::new(Place::Open) },
            "object" => Place::Object(Box::new(Members { typed: true, ..Members::default() })),
            _ => {
                let sentence = format!("type \"{name}\" is not supported: leave the member out instead");
                return Err(FormFault::at(at, sentence));
            }
        };
        known = Some(match known {
            Some(other) => Place::either(other, place),
            None => place,
        });
    }
    let listed = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut values = None;
    for value in listed.iter().chain(schema.get("const")) {
        let place = Place::Plain(match value {
            Value::Bool(_) => Shape::Bool,
            Value::Number(_) => Shape::Number,
            Value::String(_) => Shape::Text,
            _ => {
                return Err(FormFault::at(at, "only texts, numbers, true and false can be listed"));
            }
        });
        values = Some(match values {
            Some(other) => Place::either(other, place),
            None => place,
        });
    }
    let contradiction = || FormFault::at(at, "no listed value is of the stated type");
    known.unwrap_or(Place::Open).both(values.unwrap_or(Place::Open)).ok_or_else(contradiction)
}

fn list(shape: &Shape, pointer: &str, fields: &mut Vec<Field>) {
    match shape {
        Shape::List(items) => list(items, &format!("{pointer}/*"), fields),
        Shape::Object(members) => {
            for (name, (shape, required)) in members {
                let pointer = format!("{pointer}/{}", token(name));
                list(shape, &pointer, fields);
                fields.push(Field { pointer, kind: shape.kind(), required: *required });
            }
        }
        _ => {}
    }
}

pub(super) fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, FormFault> {
    value.as_object().ok_or_else(|| FormFault::at(place, "an object with keywords is wanted here"))
}

fn array<'a>(schema: &'a Map<String, Value>, keyword: &str) -> &'a [Value] {
    schema.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn names(list: Option<&Value>) -> BTreeSet<String> {
    let names = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

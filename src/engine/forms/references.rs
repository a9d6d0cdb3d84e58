//! Makes a schema whole in itself: what `$ref` names elsewhere (`guichet:…`, `shared:…`) is put in
//! under `$defs`, and each reference becomes a local one. So nothing is ever fetched.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{FormFault, builtin, token};

/// Most schemas that one form may draw in.
const DRAWN_MAX: usize = 64;
/// Deepest nesting of a schema file itself.
const FILE_DEPTH_MAX: usize = 64;

/// The schema with everything that it refers to.
pub(super) fn gathered(schema: &Value, shared: &dyn Fn(&str) -> Option<Value>) -> Result<Value, FormFault> {
    let mut root = schema.clone();
    if let Some(defs) = root.get("$defs").and_then(Value::as_object)
        && let Some(name) = defs.keys().find(|name| name.contains(':'))
    {
        return Err(FormFault::at("/$defs", format!("\"{name}\": a name without a colon is wanted")));
    }
    let mut wanted = BTreeSet::new();
    rewrite(&mut root, "", &mut String::new(), 0, &mut wanted)?;
    let mut drawn = Map::new();
    while let Some(name) = wanted.pop_first() {
        if drawn.contains_key(&name) {
            continue;
        }
        if drawn.len() == DRAWN_MAX {
            return Err(FormFault::at("", format!("refers to more than {DRAWN_MAX} other forms")));
        }
        let mut part = match name.split_once(':') {
            Some(("guichet", part)) => builtin::schema(part),
            Some(("shared", part)) => shared(part),
            _ => None,
        }
        .ok_or_else(|| FormFault::at("", format!("there is no \"{name}\" to refer to")))?;
        let home = format!("/$defs/{}", token(&name));
        rewrite(&mut part, &home, &mut home.clone(), 0, &mut wanted)?;
        // A form of its own says which dialect it is; within another that would start a new one.
        if let Some(members) = part.as_object_mut() {
            members.remove("$schema");
        }
        drawn.insert(name, part);
    }
    if !drawn.is_empty() {
        let members = root.as_object_mut().ok_or_else(|| FormFault::at("", "not an object"))?;
        match members.entry("$defs").or_insert_with(|| json!({})) {
            Value::Object(defs) => defs.extend(drawn),
            _ => return Err(FormFault::at("/$defs", "not an object")),
        }
    }
    Ok(root)
}

/// Turns every `$ref` below `value` into a pointer within the gathered schema. `home` is where the
/// schema that holds it will stand, `place` where `value` does.
fn rewrite(
    value: &mut Value,
    home: &str,
    place: &mut String,
    depth: usize,
    wanted: &mut BTreeSet<String>,
) -> Result<(), FormFault> {
    if depth > FILE_DEPTH_MAX {
        return Err(FormFault::at(place, "nested too deeply"));
    }
    let length = place.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                // What stands under these is data, in which "$ref" would be a plain word.
                if matches!(name.as_str(), "const" | "enum" | "examples") || name.starts_with("x-") {
                    continue;
                }
                place.push('/');
                place.push_str(&token(name));
                match member {
                    // A property may be called "$ref" too; then it has a schema, not a text.
                    Value::String(target) if name == "$ref" => {
                        *target = local(target, home, place, wanted)?;
                    }
                    _ => rewrite(member, home, place, depth + 1, wanted)?,
                }
                place.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                place.push_str(&format!("/{index}"));
                rewrite(item, home, place, depth + 1, wanted)?;
                place.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}

fn local(target: &str, home: &str, place: &str, wanted: &mut BTreeSet<String>) -> Result<String, FormFault> {
    if let Some(name) = target.strip_prefix("#/$defs/").filter(|name| is_name(name)) {
        return Ok(format!("#{home}/$defs/{name}"));
    }
    match target.split_once(':') {
        Some(("guichet" | "shared", name)) if is_name(name) => {
            wanted.insert(target.to_owned());
            Ok(format!("#/$defs/{target}"))
        }
        _ => Err(FormFault::at(
            place,
            format!(
                "\"{target}\" cannot be referred to: only #/$defs/<name>, guichet:person, \
                 guichet:organisation, guichet:address and shared:<form>"
            ),
        )),
    }
}

/// Letters, digits, `-` and `_`: nothing that a URI or a pointer would have to escape.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

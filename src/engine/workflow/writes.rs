//! What expressions come to: the items of a fee, what an act is done for, what is written into registers.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::command::{Expects, Key, Write};
use super::refusal::Refusal;
use super::view::View;
use crate::engine::definition::{Act, ActVerb};
use crate::engine::feel::Value as Feel;

/// The items of a fee that are due now, each rounded to the currency.
///
/// # Errors
/// Where an amount is no number: a defect of the definition, or of what it reads.
pub fn fee_items(
    def: &crate::engine::definition::Definition,
    fee: &str,
    view: &View<'_>,
) -> Result<std::collections::BTreeMap<String, rust_decimal::Decimal>, Refusal> {
    let mut items = std::collections::BTreeMap::new();
    for item in def.fees.get(fee).map_or(&[][..], Vec::as_slice) {
        if !view.holds(item.when.as_ref())? {
            continue;
        }
        let Feel::Number(amount) = view.eval(&item.amount)? else {
            return Err(Refusal::Defect(format!("the item `{}` of the fee `{fee}` comes to no amount", item.name)));
        };
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(Refusal::Defect(format!("the item `{}` of the fee `{fee}` is negative", item.name)));
        }
        items.insert(item.name.clone(), def.round(amount));
    }
    Ok(items)
}

/// Most items of an `each`.
const ITEMS_MAX: usize = 1_000;

/// What an act is done for: once, or for each item; not at all where its guard does not hold.
pub(super) fn items(view: &View<'_>, act: &Act) -> Result<Vec<Option<Value>>, Refusal> {
    let all = match &act.each {
        None => vec![None],
        Some(each) => match view.eval(each)? {
            Feel::List(list) if list.len() <= ITEMS_MAX => list.iter().map(|v| Some(v.to_json())).collect(),
            Feel::Null => Vec::new(),
            _ => return Err(Refusal::Defect(format!("`{}` gives no list of at most {ITEMS_MAX}", each.source()))),
        },
    };
    let mut kept = Vec::new();
    for item in all {
        let holds = match &item {
            Some(item) => view.with("item", item.clone()).holds(act.when.as_ref())?,
            None => view.holds(act.when.as_ref())?,
        };
        if holds {
            kept.push(item);
        }
    }
    Ok(kept)
}

/// How much of a fee goes back, where the act says; nothing where it comes to nothing.
pub(super) fn amount(view: &View<'_>, act: &Act, item: Option<Value>) -> Result<Option<Decimal>, Refusal> {
    let ActVerb::Refund { amount: Some(amount), .. } = &act.verb else { return Ok(None) };
    let found = match item {
        Some(item) => view.with("item", item).eval(amount)?,
        None => view.eval(amount)?,
    };
    Ok(Some(match found {
        Feel::Number(amount) => amount,
        _ => Decimal::ZERO,
    }))
}

/// What a `do` writes into registers, worked out from the case as it is.
///
/// # Errors
/// Where an expression costs too much or a key comes to nothing.
pub fn writes(view: &View<'_>, acts: &[Act]) -> Result<Vec<Write>, Refusal> {
    let mut writes = Vec::new();
    for act in acts {
        let ActVerb::Record(record) = &act.verb else { continue };
        for item in items(view, act)? {
            let with = item.map(|item| view.with("item", item));
            let view = with.as_ref().unwrap_or(view);
            let key = match &record.key {
                None => Key::Next,
                Some(key) => Key::Is(text(&view.eval(key)?).unwrap_or_default()),
            };
            let expects = match &record.expects {
                None => Expects::Nothing,
                Some(expects) => match view.eval(expects)? {
                    Feel::Number(n) => i64::try_from(n).map_or(Expects::Unknown, Expects::Version),
                    _ => Expects::Unknown,
                },
            };
            let mut set = Map::new();
            for (field, value) in &record.set {
                set.insert(field.clone(), view.eval(value)?.to_json());
            }
            writes.push(Write { register: record.register.clone(), key, change: record.change.clone(), set, expects });
        }
    }
    Ok(writes)
}

/// A key as text; numbers are written as they are.
#[must_use]
pub fn text(value: &Feel) -> Option<String> {
    match value {
        Feel::Text(text) => Some(text.clone()),
        Feel::Number(number) => Some(number.normalize().to_string()),
        _ => None,
    }
}

//! What a template says in its language: texts, days in words, amounts of money.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use minijinja::{Error, State, Value, value::Object};
use rust_decimal::Decimal;

use super::refused;
use crate::{
    engine::texts::Texts,
    kernel::money::{Currency, Money},
};

/// `t("end-issued")` and `t("step-order", "approve")`: the text, else, its attribute.
#[derive(Debug)]
pub(super) struct Speaker {
    pub(super) lang: String,
    pub(super) texts: Texts,
}

impl Object for Speaker {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let wanted = || refused("t takes the id of a text, and perhaps an attribute");
        let (id, attr) = match args {
            [id] => (id.as_str(), None),
            [id, attr] => (id.as_str(), Some(attr.as_str().ok_or_else(wanted)?)),
            _ => return Err(wanted()),
        };
        let id = id.ok_or_else(wanted)?;
        let text = self.texts.format(&self.lang, id, attr, &BTreeMap::new());
        text.map(Value::from).ok_or_else(|| refused(format!("there is no text \"{id}\"")))
    }
}

impl Speaker {
    /// A text with arguments, where there is one.
    fn say(&self, id: &str, args: &[(&str, String)]) -> Option<String> {
        let args = args.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
        self.texts.format(&self.lang, id, None, &args)
    }

    /// Writes digits as the language does: text `digits` lists its ten, `০১২৩৪৫৬৭৮৯` say.
    fn digits(&self, text: String) -> String {
        let own: Vec<char> = self
            .texts
            .has(&self.lang, "digits", None)
            .then(|| self.say("digits", &[]))
            .flatten()
            .map(|digits| digits.chars().collect())
            .unwrap_or_default();
        if own.len() != 10 {
            return text;
        }
        let write = |c: char| c.to_digit(10).and_then(|n| own.get(n as usize).copied()).unwrap_or(c);
        text.chars().map(write).collect()
    }
}

fn speaker(state: &State<'_, '_>) -> Result<Arc<Speaker>, Error> {
    let object = state.lookup("t").and_then(|value| value.downcast_object::<Speaker>());
    object.ok_or_else(|| refused("t was given another meaning"))
}

/// A day in words, by the text `date-in-words` with `$day`, `$month` (1 to 12) and `$year`; as
/// 2026-12-16 where there is no such text. Takes a date, or an instant, whose day is that in UTC
/// unless the text carries an offset: give local days to be sure.
pub(super) fn day(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    let text = value.as_str().ok_or_else(|| refused("day takes a date"))?;
    let date: Date = text
        .parse::<Timestamp>()
        .map(|instant| match jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%:z", text) {
            Ok(local) => local.to_date().unwrap_or_else(|_| instant.to_zoned(TimeZone::UTC).date()),
            Err(_) => instant.to_zoned(TimeZone::UTC).date(),
        })
        .or_else(|_| text.parse())
        .map_err(|_| refused(format!("\"{text}\" is no date")))?;
    let speaker = speaker(state)?;
    let (day, month, year) = (date.day(), date.month(), date.year());
    let args = [("day", day.to_string()), ("month", month.to_string()), ("year", year.to_string())];
    let words = speaker.say("date-in-words", &args).unwrap_or_else(|| date.to_string());
    Ok(Value::from(speaker.digits(words)))
}

/// `{amount, currency}`, or an amount with the currency as argument, by the text
/// `amount-in-currency` with `$amount` and `$currency`; as `1170.00 BDT` where there is none.
pub(super) fn money(state: &State<'_, '_>, value: &Value, currency: Option<&str>) -> Result<Value, Error> {
    let stated = value.get_attr("currency").ok().filter(|stated| !stated.is_undefined());
    let (amount, code) = match (stated, currency) {
        (Some(stated), _) => (value.get_attr("amount")?, stated.to_string()),
        (None, Some(code)) => (value.clone(), code.to_owned()),
        (None, None) => return Err(refused("money takes {amount, currency}, or money(\"BDT\")")),
    };
    let currency = Currency::parse(&code).ok_or_else(|| refused(format!("\"{code}\" is no currency")))?;
    let money = Decimal::from_str_exact(&amount.to_string())
        .ok()
        .and_then(|amount| Money::new(amount, currency).ok())
        .ok_or_else(|| refused(format!("\"{amount}\" is no amount in {code}")))?;
    let speaker = speaker(state)?;
    let args = [("amount", money.amount().to_string()), ("currency", code)];
    let words = speaker.say("amount-in-currency", &args).unwrap_or_else(|| money.to_string());
    Ok(Value::from(speaker.digits(words)))
}

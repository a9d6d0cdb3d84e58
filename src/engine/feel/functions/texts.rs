//! Functions of texts. Lengths and places count characters.

use rust_decimal::Decimal;

use super::super::eval::{Outcome, Run};
use super::super::value::{Value, number_text};
use super::super::view::View;
use super::{Function, similar};

impl<'a> Run<'a> {
    pub(super) fn text_function(&mut self, function: Function, arguments: &[View<'a>]) -> Outcome<'a> {
        for argument in arguments {
            self.pay_for(argument)?;
        }
        let Some(text) = arguments.first().and_then(View::text) else {
            return Ok(View::Null);
        };
        let other = arguments.get(1).and_then(View::text);
        let with = |test: fn(&str, &str) -> bool| other.map_or(View::Null, |other| View::Bool(test(text, other)));
        Ok(match function {
            Function::Contains => with(|text, part| text.contains(part)),
            Function::StartsWith => with(|text, part| text.starts_with(part)),
            Function::EndsWith => with(|text, part| text.ends_with(part)),
            Function::StringLength => View::Number(Decimal::from(text.chars().count())),
            // Case mapping and normalisation lengthen a text, but no more than a few times.
            Function::UpperCase => {
                self.purse.room_for_text(text.len())?;
                self.made(text.to_uppercase())?
            }
            Function::LowerCase => {
                self.purse.room_for_text(text.len())?;
                self.made(text.to_lowercase())?
            }
            Function::Normalise => {
                self.purse.room_for_text(text.len())?;
                self.made(similar::normalise(text))?
            }
            Function::Similar => match other {
                Some(other) => {
                    self.purse.room_for_text(text.len() + other.len())?;
                    // Normalising and sorting cost some tens of times what reading does.
                    self.purse.items((text.len() + other.len()) / 2)?;
                    View::Number(similar::similarity(text, other))
                }
                None => View::Null,
            },
            Function::Substring => match part(text, &arguments[1..]) {
                Some(part) => self.made(part)?,
                None => View::Null,
            },
            _ => View::Null,
        })
    }

    pub(super) fn spelled(&mut self, of: &View<'a>) -> Outcome<'a> {
        match of {
            View::Null | View::Array(_) | View::List(_) | View::Object(_) | View::Context(_) | View::Range(_) => {
                Ok(View::Null)
            }
            View::Text(_) | View::Made(_) => Ok(of.clone()),
            scalar => {
                let value: Value = self.value(scalar, 0)?;
                self.made(value.to_text())
            }
        }
    }
}

pub(super) fn to_number<'a>(of: &View<'a>) -> View<'a> {
    match (of.number(), of.text()) {
        (Some(number), _) => View::Number(number),
        (_, Some(text)) => number_text(text).map_or(View::Null, View::Number),
        _ => View::Null,
    }
}

/// From a place (1 is the first character, -1 the last), so many characters or all that follow.
fn part(text: &str, places: &[View<'_>]) -> Option<String> {
    let start = places.first()?.whole()?;
    let count = i64::try_from(text.chars().count()).ok()?;
    let skip = match start {
        1.. => start - 1,
        ..=-1 => count.saturating_add(start).max(0),
        0 => return None,
    };
    let take = match places.get(1) {
        Some(length) => length.whole().filter(|length| *length >= 0)?,
        None => count,
    };
    let (skip, take) = (usize::try_from(skip).ok()?, usize::try_from(take).ok()?);
    Some(text.chars().skip(skip).take(take).collect())
}

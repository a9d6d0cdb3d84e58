//! Fields, properties of dates and durations, and texts that are read as what they are declared to be.

use rust_decimal::Decimal;

use super::super::fault::Exhausted;
use super::super::moment;
use super::super::plan::Reading;
use super::super::value::{Value, number_text};
use super::super::view::{Items, View};
use super::{Outcome, Run};

impl<'a> Run<'a> {
    /// A field of a context; of a list, the list of that field of its items.
    pub(super) fn field(&mut self, of: &View<'a>, name: &str, depth: usize) -> Outcome<'a> {
        self.purse.spend(1)?;
        match of {
            View::Object(_) | View::Context(_) => Ok(of.entry(name).unwrap_or(View::Null)),
            View::Array(_) | View::List(_) => {
                self.purse.level(depth)?;
                let Some(items) = Items::of(of.clone()) else {
                    return Ok(View::Null);
                };
                self.purse.room_for_items(items.len())?;
                let fields = items.iter().map(|item| self.field(&item, name, depth + 1));
                Ok(View::list(fields.collect::<Result<_, _>>()?))
            }
            View::Null => Ok(View::Null),
            _ => Ok(self.property(of, name)),
        }
    }

    fn property(&self, of: &View<'a>, name: &str) -> View<'a> {
        let found = match of {
            View::Date(date) => moment::date_property(*date, name),
            View::Instant(instant) => {
                let day = moment::day_of(*instant, self.zone());
                if name == "date" {
                    return View::Date(day);
                }
                moment::date_property(day, name).or_else(|| moment::time_property(*instant, self.zone(), name))
            }
            View::DayDuration(seconds) => match name {
                "days" => Some(seconds / moment::DAY),
                "hours" => Some(seconds / 3_600 % 24),
                "minutes" => Some(seconds / 60 % 60),
                "seconds" => Some(seconds % 60),
                _ => None,
            },
            View::MonthDuration(months) => match name {
                "years" => Some(months / 12),
                "months" => Some(months % 12),
                _ => None,
            },
            View::Text(_) | View::Made(_) => {
                let text = of.text().unwrap_or_default();
                return match self.moment(text).or_else(|| duration(text)) {
                    Some(read) => self.property(&read, name),
                    None => View::Null,
                };
            }
            _ => None,
        };
        found.map_or(View::Null, |number| View::Number(Decimal::from(number)))
    }

    /// A text of the data as the date or instant that it is.
    pub(in super::super) fn moment(&self, text: &str) -> Option<View<'a>> {
        moment::read_date(text)
            .map(View::Date)
            .or_else(|| moment::read_instant(text, || self.zone()).map(View::Instant))
    }

    /// Texts, also those in a list, as numbers, dates or durations. What cannot be read is null.
    pub(super) fn read(&mut self, reading: Reading, value: View<'a>) -> Outcome<'a> {
        match &value {
            View::Text(_) | View::Made(_) => {
                let text = value.text().unwrap_or_default();
                let read = match reading {
                    Reading::Number => number_text(text).map(View::Number),
                    Reading::Moment => self.moment(text),
                    Reading::Duration => duration(text),
                };
                Ok(read.unwrap_or(View::Null))
            }
            View::Array(items) => {
                self.purse.items(items.len())?;
                if !items.iter().any(serde_json::Value::is_string) {
                    return Ok(value);
                }
                self.read_all(reading, items.iter().map(View::of_json))
            }
            View::List(items) => {
                self.purse.items(items.len())?;
                if !items.iter().any(|item| item.text().is_some()) {
                    return Ok(value);
                }
                self.read_all(reading, items.iter().cloned())
            }
            _ => Ok(value),
        }
    }

    fn read_all(&mut self, reading: Reading, items: impl Iterator<Item = View<'a>>) -> Outcome<'a> {
        let mut read = Vec::new();
        for item in items {
            self.purse.spend(1)?;
            self.purse.room_for_items(read.len())?;
            let nested = matches!(item, View::Array(_) | View::List(_));
            read.push(if nested { item } else { self.read(reading, item)? });
        }
        Ok(View::list(read))
    }
}

pub(in super::super) fn duration<'a>(text: &str) -> Option<View<'a>> {
    match moment::read_duration(text)? {
        Value::DayDuration(seconds) => Some(View::DayDuration(seconds)),
        Value::MonthDuration(months) => Some(View::MonthDuration(months)),
        _ => None,
    }
}

impl Run<'_> {
    /// Pays for going through a text.
    pub(in super::super) fn pay_for(&mut self, view: &View<'_>) -> Result<(), Exhausted> {
        view.text().map_or(Ok(()), |text| self.purse.bytes(text))
    }
}

//! Functions of contexts, and the dispatch of calls.

use std::borrow::Cow;
use std::rc::Rc;

use super::super::eval::{Outcome, Run, truth};
use super::super::view::View;
use super::{Function, numbers, texts};

impl<'a> Run<'a> {
    /// The checker has seen to the number of arguments; one that is missing counts as null.
    pub(in super::super) fn call(&mut self, function: Function, arguments: Vec<View<'a>>) -> Outcome<'a> {
        use Function as F;
        let first = arguments.first().unwrap_or(&View::Null);
        match function {
            F::Not => Ok(truth(first.truth().map(|truth| !truth))),
            F::IsDefined => Ok(View::Bool(!first.is_null())),
            F::String => self.spelled(first),
            F::Number => {
                self.pay_for(first)?;
                Ok(texts::to_number(first))
            }
            F::GetValue => {
                Ok(arguments.get(1).and_then(View::text).and_then(|name| first.entry(name)).unwrap_or(View::Null))
            }
            F::ContextPut => self.context_put(arguments),
            F::GetEntries => self.get_entries(first),
            F::Date | F::DateAndTime | F::Duration | F::MonthsBetween => Ok(self.moment_function(function, &arguments)),
            F::Floor | F::Ceiling | F::RoundHalfUp | F::RoundHalfDown | F::RoundUp | F::RoundDown => {
                Ok(numbers::number_function(function, &arguments))
            }
            F::Abs | F::Modulo | F::Decimal => Ok(numbers::number_function(function, &arguments)),
            F::Contains | F::StartsWith | F::EndsWith | F::UpperCase | F::LowerCase => {
                self.text_function(function, &arguments)
            }
            F::StringLength | F::Substring | F::Normalise | F::Similar => self.text_function(function, &arguments),
            F::Count | F::Sum | F::Min | F::Max | F::Mean | F::Append | F::Concatenate | F::Union => {
                self.list_function(function, arguments)
            }
            F::Flatten | F::ListContains | F::DistinctValues | F::IndexOf | F::All | F::Any => {
                self.list_function(function, arguments)
            }
        }
    }

    /// The same fields with one set, in place or at the end.
    fn context_put(&mut self, mut arguments: Vec<View<'a>>) -> Outcome<'a> {
        let (value, key) = (arguments.pop(), arguments.pop());
        let entries = arguments.pop().and_then(|of| of.entries());
        let (Some(mut entries), Some(key), Some(value)) = (entries, key, value) else {
            return Ok(View::Null);
        };
        let name = match &key {
            View::Text(name) => Cow::Borrowed(*name),
            View::Made(name) => Cow::Owned(name.to_string()),
            _ => return Ok(View::Null),
        };
        self.purse.items(entries.len())?;
        self.purse.room_for_items(entries.len() + 1)?;
        for (name, _) in &entries {
            self.purse.bytes(name)?;
        }
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => entries.push((name, value)),
        }
        Ok(View::Context(Rc::new(entries)))
    }

    fn get_entries(&mut self, of: &View<'a>) -> Outcome<'a> {
        let Some(entries) = of.entries() else {
            return Ok(View::Null);
        };
        self.purse.room_for_items(entries.len())?;
        self.purse.items(entries.len() * 4)?;
        let mut made = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            let key = match name {
                Cow::Borrowed(name) => View::Text(name),
                Cow::Owned(name) => self.made(name)?,
            };
            let entry = vec![(Cow::Borrowed("key"), key), (Cow::Borrowed("value"), value)];
            made.push(View::Context(Rc::new(entry)));
        }
        Ok(View::list(made))
    }
}

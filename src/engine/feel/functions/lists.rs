//! Functions of lists. A single value counts as a list of one; null is no list, and then there is no answer.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::super::ast::Operator;
use super::super::eval::{Outcome, Run, truth};
use super::super::fault::Exhausted;
use super::super::view::{Items, View};
use super::Function;

impl<'a> Run<'a> {
    pub(super) fn list_function(&mut self, function: Function, mut arguments: Vec<View<'a>>) -> Outcome<'a> {
        match function {
            Function::Sum | Function::Min | Function::Max | Function::Mean | Function::All | Function::Any => {
                let Some(items) = one_list(arguments) else {
                    return Ok(View::Null);
                };
                self.purse.items(items.len())?;
                return match function {
                    Function::Sum => self.sum(&items),
                    Function::Mean => self.mean(&items),
                    Function::Min => self.extreme(&items, Ordering::Less),
                    Function::Max => self.extreme(&items, Ordering::Greater),
                    Function::All => Ok(decided(&items, false)),
                    _ => Ok(decided(&items, true)),
                };
            }
            Function::Concatenate => return self.concatenate(arguments),
            Function::Union => {
                let joined = self.concatenate(arguments)?;
                return self.distinct(joined);
            }
            _ => {}
        }
        let rest = arguments.split_off(1.min(arguments.len()));
        let Some(list) = arguments.pop().and_then(Items::of) else {
            return Ok(View::Null);
        };
        self.purse.items(list.len())?;
        let sought = rest.first().cloned().unwrap_or(View::Null);
        match function {
            Function::Count => Ok(View::Number(Decimal::from(list.len()))),
            Function::Append => {
                self.purse.room_for_items(list.len() + rest.len())?;
                Ok(View::list(list.iter().chain(rest).collect()))
            }
            Function::Flatten => {
                let mut flat = Vec::new();
                self.flatten(&list, &mut flat, 0)?;
                Ok(View::list(flat))
            }
            Function::ListContains => {
                for item in list.iter() {
                    if self.same(&item, &sought, 0)? {
                        return Ok(View::Bool(true));
                    }
                }
                Ok(View::Bool(false))
            }
            Function::IndexOf => {
                let mut places = Vec::new();
                for (index, item) in list.iter().enumerate() {
                    if self.same(&item, &sought, 0)? {
                        places.push(View::Number(Decimal::from(index + 1)));
                        self.purse.room_for_items(places.len())?;
                    }
                }
                Ok(View::list(places))
            }
            _ => self.distinct_of(&list),
        }
    }

    fn concatenate(&mut self, lists: Vec<View<'a>>) -> Outcome<'a> {
        let mut joined = Vec::new();
        for list in lists {
            let Some(items) = Items::of(list) else {
                return Ok(View::Null);
            };
            self.purse.room_for_items(joined.len() + items.len())?;
            self.purse.items(items.len())?;
            joined.extend(items.iter());
        }
        Ok(View::list(joined))
    }

    fn distinct(&mut self, list: View<'a>) -> Outcome<'a> {
        match Items::of(list) {
            Some(items) => self.distinct_of(&items),
            None => Ok(View::Null),
        }
    }

    /// The first of those that are equal stays.
    fn distinct_of(&mut self, items: &Items<'a>) -> Outcome<'a> {
        let mut kept: Vec<View<'a>> = Vec::new();
        'items: for item in items.iter() {
            for known in &kept {
                if self.same(known, &item, 0)? {
                    continue 'items;
                }
            }
            kept.push(item);
            self.purse.room_for_items(kept.len())?;
        }
        Ok(View::list(kept))
    }

    fn flatten(&mut self, items: &Items<'a>, flat: &mut Vec<View<'a>>, depth: usize) -> Result<(), Exhausted> {
        self.purse.level(depth)?;
        for item in items.iter() {
            self.purse.spend(1)?;
            match item {
                View::Array(_) | View::List(_) => {
                    if let Some(inner) = Items::of(item) {
                        self.flatten(&inner, flat, depth + 1)?;
                    }
                }
                other => {
                    flat.push(other);
                    self.purse.room_for_items(flat.len())?;
                }
            }
        }
        Ok(())
    }

    /// Null for an empty list, and if an item is no number or duration.
    fn sum(&mut self, items: &Items<'a>) -> Outcome<'a> {
        let mut items = items.iter();
        let Some(mut total) = items.next().filter(is_amount) else {
            return Ok(View::Null);
        };
        for item in items {
            if !is_amount(&item) {
                return Ok(View::Null);
            }
            total = self.arithmetic(Operator::Add, &total, &item)?;
        }
        Ok(total)
    }

    fn mean(&mut self, items: &Items<'a>) -> Outcome<'a> {
        let total = self.sum(items)?;
        let count = View::Number(Decimal::from(items.len()));
        self.arithmetic(Operator::Divide, &total, &count)
    }

    /// Null for an empty list, and if two items have no order.
    fn extreme(&mut self, items: &Items<'a>, wanted: Ordering) -> Outcome<'a> {
        let mut best = items.get(0);
        for item in items.iter().skip(1) {
            match self.order(&item, &best)? {
                Some(order) if order == wanted => best = item,
                Some(_) => {}
                None => return Ok(View::Null),
            }
        }
        Ok(best)
    }
}

fn is_amount(view: &View<'_>) -> bool {
    view.number().is_some() || view.is_duration()
}

/// The only argument as a list, or the arguments as one.
fn one_list(mut arguments: Vec<View<'_>>) -> Option<Items<'_>> {
    if arguments.len() == 1 {
        return arguments.pop().and_then(Items::of);
    }
    Items::of(View::list(arguments))
}

/// `any` is decided by a true, `all` by a false; else what is unknown makes the whole unknown.
fn decided<'a>(items: &Items<'a>, decisive: bool) -> View<'a> {
    let mut known = true;
    for item in items.iter() {
        match item.truth() {
            Some(truth) if truth == decisive => return View::Bool(decisive),
            Some(_) => {}
            None => known = false,
        }
    }
    truth(known.then_some(!decisive))
}

//! What goes through lists: `for`, `some`, `every`, filters, and places in a list.

use rust_decimal::Decimal;

use super::super::fault::Exhausted;
use super::super::plan::{Loop, Node, Source};
use super::super::view::{Bounds, Items, View};
use super::{Outcome, Run, truth};

/// How a loop goes on after a round.
#[derive(PartialEq, Eq)]
enum Flow {
    Continue,
    /// The answer is known.
    Stop,
    /// There is no list to go through.
    Missing,
}

impl<'a> Run<'a> {
    pub(super) fn each(&mut self, of: &'a Loop) -> Outcome<'a> {
        let mut made = Vec::new();
        let flow = self.rounds(of, 0, &mut |run| {
            made.push(run.node(&of.body)?);
            run.purse.room_for_items(made.len())?;
            Ok(Flow::Continue)
        })?;
        Ok(if flow == Flow::Missing { View::Null } else { View::list(made) })
    }

    /// `some` is decided by the first true, `every` by the first false.
    pub(super) fn quantified(&mut self, of: &'a Loop, decisive: bool) -> Outcome<'a> {
        let mut known = true;
        let flow = self.rounds(of, 0, &mut |run| {
            match run.node(&of.body)?.truth() {
                Some(truth) if truth == decisive => return Ok(Flow::Stop),
                Some(_) => {}
                None => known = false,
            }
            Ok(Flow::Continue)
        })?;
        Ok(match flow {
            Flow::Stop => View::Bool(decisive),
            Flow::Continue => truth(known.then_some(!decisive)),
            Flow::Missing => View::Null,
        })
    }

    /// Runs `round` for every combination of the items from the iterator `at` on.
    fn rounds(
        &mut self,
        of: &'a Loop,
        at: usize,
        round: &mut dyn FnMut(&mut Self) -> Result<Flow, Exhausted>,
    ) -> Result<Flow, Exhausted> {
        let Some(source) = of.over.get(at) else {
            return round(self);
        };
        match source {
            Source::Items(node) => {
                let list = self.node(node)?;
                let Some(items) = self.items(list)? else {
                    return Ok(Flow::Missing);
                };
                for item in items.iter() {
                    let flow = self.with(item, |run| run.rounds(of, at + 1, round))?;
                    if flow != Flow::Continue {
                        return Ok(flow);
                    }
                }
            }
            Source::Numbers(from, to) => {
                let (from, to) = (self.node(from)?.whole(), self.node(to)?.whole());
                let (Some(from), Some(to)) = (from, to) else {
                    return Ok(Flow::Missing);
                };
                let mut number = from;
                loop {
                    let item = View::Number(Decimal::from(number));
                    let flow = self.with(item, |run| run.rounds(of, at + 1, round))?;
                    if flow != Flow::Continue {
                        return Ok(flow);
                    }
                    if number == to {
                        break;
                    }
                    // Downwards if the end is smaller.
                    number += if from < to { 1 } else { -1 };
                }
            }
        }
        Ok(Flow::Continue)
    }

    /// Runs with one more local name.
    fn with<T>(
        &mut self,
        local: View<'a>,
        run: impl FnOnce(&mut Self) -> Result<T, Exhausted>,
    ) -> Result<T, Exhausted> {
        self.purse.spend(1)?;
        self.slots.push(local);
        let outcome = run(self);
        self.slots.pop();
        outcome
    }

    fn items(&mut self, list: View<'a>) -> Result<Option<Items<'a>>, Exhausted> {
        match list {
            View::Range(bounds) => self.counted(&bounds),
            other => Ok(Items::of(other)),
        }
    }

    /// The whole numbers of a range.
    fn counted(&mut self, bounds: &Bounds<'a>) -> Result<Option<Items<'a>>, Exhausted> {
        let (Some(low), Some(high)) = (bounds.low.whole(), bounds.high.whole()) else {
            return Ok(None);
        };
        let first = low.saturating_add(i64::from(!bounds.low_closed));
        let last = high.saturating_sub(i64::from(!bounds.high_closed));
        let count = i128::from(last) - i128::from(first) + 1;
        let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
        self.purse.room_for_items(count)?;
        self.purse.items(count)?;
        let numbers = (first..=last).map(|n| View::Number(Decimal::from(n)));
        Ok(Items::of(View::list(numbers.collect())))
    }

    pub(super) fn filter(&mut self, list: &'a Node, condition: &'a Node) -> Outcome<'a> {
        let list = self.node(list)?;
        let Some(items) = self.items(list)? else {
            return Ok(View::Null);
        };
        let mut kept = Vec::new();
        for item in items.iter() {
            let held = self.with(item.clone(), |run| run.node(condition))?;
            if held.truth() == Some(true) {
                kept.push(item);
                self.purse.room_for_items(kept.len())?;
            }
        }
        Ok(View::list(kept))
    }

    /// The first item is 1, the last one is -1. A condition that does not look at the items keeps all or none.
    pub(super) fn index(&mut self, list: &'a Node, place: &'a Node) -> Outcome<'a> {
        let list = self.node(list)?;
        let place = self.with(View::Null, |run| run.node(place))?;
        let Some(items) = self.items(list.clone())? else {
            return Ok(View::Null);
        };
        if let Some(all) = place.truth() {
            return Ok(match (all, list) {
                (false, _) => View::list(Vec::new()),
                (true, list @ (View::Array(_) | View::List(_))) => list,
                (true, other) => View::list(vec![other]),
            });
        }
        let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let index = match place.whole() {
            Some(place @ 1..) => place - 1,
            Some(place @ ..=-1) => count.saturating_add(place),
            _ => return Ok(View::Null),
        };
        Ok(usize::try_from(index).map_or(View::Null, |index| items.get(index)))
    }
}

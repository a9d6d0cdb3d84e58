//! What happens by itself while a case is open: at a moment, every so often, or when something becomes true. When it is next
//! to happen is worked out again after everything that happens in the case, and stands in the flow.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::decide::Turn;
use super::event::What;
use super::raised::{RAISED_MAX, counts};
use super::refusal::Refusal;
use super::state::Alarm;
use crate::engine::definition::{Reaction, Trigger};

impl Turn<'_> {
    /// What is to happen at that very instant; the first by name.
    pub(super) fn alarm_due(&self, due: Timestamp) -> Option<String> {
        let mut alarms = self.case.flow.alarms.iter();
        alarms.find(|(_, alarm)| alarm.due == Some(due)).map(|(event, _)| event.clone())
    }

    /// Looks at everything that happens by itself: sets when it is due, and lets happen the first that has come. Gives
    /// whether one did.
    pub(super) fn alarmed(&mut self) -> Result<bool, Refusal> {
        let def = self.def;
        for reaction in def.reactions.iter().filter(|r| r.trigger.is_some()) {
            let before = self.case.flow.alarms.get(&reaction.event).copied().unwrap_or_default();
            let (alarm, happens) = self.alarm(reaction, before)?;
            if happens {
                self.happen(&reaction.event, self.at)?;
                return Ok(true);
            }
            if alarm != before {
                self.emit(What::AlarmSet { event: reaction.event.clone(), alarm });
            }
        }
        Ok(false)
    }

    /// How it stands with one of them now, and whether it is to happen at once.
    fn alarm(&self, reaction: &Reaction, before: Alarm) -> Result<(Alarm, bool), Refusal> {
        // What took the case up again after its end has not become true anew when that end comes back.
        let holds = before.holds && !reaction.ends.is_empty();
        let idle = Alarm { due: None, holds, ..before };
        let exhausted = self.case.data.events.get(&reaction.event).is_some_and(|raised| raised.len() >= RAISED_MAX);
        if exhausted || !counts(&self.case.flow, reaction) {
            return Ok((idle, false));
        }
        let view = self.view();
        Ok(match &reaction.trigger {
            Some(Trigger::At(moment)) => match view.moment(moment)?.filter(|at| before.last != Some(*at)) {
                Some(at) if at <= self.at => (before, true),
                due => (Alarm { due, ..idle }, false),
            },
            Some(Trigger::Every { span, day, until }) => {
                let until = until.as_ref().map(|until| view.moment(until)).transpose()?.flatten();
                let due = match before.due {
                    Some(due) => due,
                    None => match day {
                        Some(day) => self.def.time.start_of(day.after(self.def.time.day_of(self.at))),
                        None => view.span(span)?.end(self.at, &self.def.time),
                    },
                };
                (Alarm { due: Some(due).filter(|due| until.is_none_or(|until| *due <= until)), ..idle }, false)
            }
            Some(Trigger::Becomes { again }) => {
                let holds = view.holds(reaction.when.as_ref())?;
                let anew = holds && !before.holds && (*again || before.last.is_none());
                (Alarm { holds, ..idle }, anew)
            }
            None => (before, false),
        })
    }

    /// It happens: that is kept, and where it leads the case goes.
    pub(super) fn happen(&mut self, event: &str, due: Timestamp) -> Result<(), Refusal> {
        let def = self.def;
        let Some(reaction) = def.reactions.iter().find(|r| r.event == event && r.trigger.is_some()) else {
            // The version that the case has now does not know it.
            let alarm = Alarm::default();
            self.emit(What::AlarmSet { event: event.to_owned(), alarm });
            return Ok(());
        };
        let before = self.case.flow.alarms.get(event).copied().unwrap_or_default();
        if !counts(&self.case.flow, reaction) {
            // It was to happen in a step, and the case ended before that was written down.
            let alarm = Alarm { due: None, holds: false, ..before };
            self.emit(What::AlarmSet { event: event.to_owned(), alarm });
            return Ok(());
        }
        let alarm = match &reaction.trigger {
            Some(Trigger::At(moment)) => Alarm { due: None, last: self.view().moment(moment)?, holds: false },
            Some(Trigger::Every { span, day, .. }) => {
                let span = self.view().span(span)?;
                let next = match day {
                    Some(day) => def.time.start_of(day.next(def.time.day_of(due), span)),
                    None => span.end(due, &def.time),
                };
                Alarm { due: Some(next), last: Some(due), holds: false }
            }
            _ => Alarm { due: None, last: Some(self.at), holds: true },
        };
        if alarm != before {
            self.emit(What::AlarmSet { event: event.to_owned(), alarm });
        }
        let guard = match reaction.trigger {
            Some(Trigger::Becomes { .. }) => true,
            _ => self.view().with("event", Value::Null).holds(reaction.when.as_ref())?,
        };
        if !guard {
            return Ok(());
        }
        let kept = self.case.data.events.entry(event.to_owned()).or_default();
        kept.push(json!({"at": self.at, "by": null}));
        self.restated = true;
        self.emit(What::Happened { event: event.to_owned() });
        match &reaction.arrow {
            Some(arrow) => self.turn_to(arrow, &reaction.steps),
            None => Ok(()),
        }
    }
}

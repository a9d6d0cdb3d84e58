//! Where a procedure leads, in words: outcomes, guards, acts, and what can come at any time.

use super::{Page, code, heading, item, plain};
use crate::engine::definition::{
    Act, ActVerb, Arrow, DOCUMENT, Decision, Expiry, MESSAGE, PAYMENT, Reaction, Silence, Step, Target, Trigger, Until,
    Verb, WITHDRAWAL,
};
use crate::engine::texts::text_id;

impl Page<'_> {
    /// Where a step leads, a line for each way.
    pub(super) fn outcomes(&self, id: &str, step: &Step) -> Vec<String> {
        let chosen = matches!(step.verb, Verb::Task { .. }) && step.outcomes.len() > 1;
        let mut lines = Vec::new();
        for (outcome, arrows) in &step.outcomes {
            for arrow in arrows {
                let to = ("to", self.guarded(arrow));
                lines.push(match (chosen, step.outcomes.len()) {
                    (true, _) => {
                        let label = self.text(&text_id("step", id), Some(outcome));
                        self.word("leads-outcome", &[("outcome", label), to])
                    }
                    (false, 1) => self.word("leads", &[to]),
                    (false, _) => self.word("leads-outcome", &[("outcome", code(outcome)), to]),
                });
            }
        }
        if let Some(Expiry { until, takes }) = &step.expires {
            let to = match takes {
                Silence::Arrow(arrow) => self.guarded(arrow),
                Silence::Outcome(outcome) => self.text(&text_id("step", id), Some(outcome)),
            };
            lines.push(match until {
                Until::After(span) => self.word("leads-silence", &[("after", self.span(span)), ("to", to)]),
                Until::At(moment) => self.word("leads-silence-at", &[("at", code(&moment.to_string())), ("to", to)]),
            });
        }
        lines
    }

    /// An arrow with its guard.
    pub(super) fn guarded(&self, arrow: &Arrow) -> String {
        let to = self.arrow(arrow);
        match &arrow.when {
            Some(guard) => self.word("if", &[("guard", code(guard.source())), ("to", to)]),
            None => to,
        }
    }

    pub(super) fn arrow(&self, arrow: &Arrow) -> String {
        let mut said = vec![match &arrow.to {
            Target::Step(step) => self.place(step),
            Target::End(end) => self.text(&text_id("end", end), None),
            Target::Done => self.word("ends-beside", &[]),
        }];
        for beside in &arrow.also {
            said.push(self.word("beside", &[("step", self.place(beside))]));
        }
        match arrow.decision {
            Some(Decision::Favourable) => said.push(self.word("favourable", &[])),
            Some(Decision::Adverse) => said.push(self.word("adverse", &[("reasons", self.reasons(&arrow.reasons))])),
            None if !arrow.reasons.is_empty() => {
                said.push(self.word("reasons", &[("reasons", self.reasons(&arrow.reasons))]));
            }
            None => {}
        }
        said.extend(arrow.last.as_ref().map(|section| self.word("final", &[("section", plain(section))])));
        if arrow.leave {
            said.push(self.word("leave", &[]));
        }
        if arrow.afresh {
            said.push(self.word("afresh", &[]));
        }
        if !arrow.acts.is_empty() {
            said.push(self.acts(&arrow.acts));
        }
        said.join(" ")
    }

    fn reasons(&self, codes: &[String]) -> String {
        let reason = |code: &String| {
            let law = self.def.reasons.get(code).map(|law| plain(law)).unwrap_or_default();
            format!("{} ({law})", self.text(&text_id("reason", code), None))
        };
        codes.iter().map(reason).collect::<Vec<_>>().join("; ")
    }

    pub(super) fn acts(&self, acts: &[Act]) -> String {
        let act = |act: &Act| {
            let said = match &act.verb {
                ActVerb::Record(record) => {
                    let what = self.text(&text_id("register", &record.register), None);
                    self.word("act-recorded", &[("what", what)])
                }
                ActVerb::Issue { template } => self.word("act-issued", &[("what", self.paper(template))]),
                ActVerb::Revoke { template, .. } => self.word("act-revoked", &[("what", self.paper(template))]),
                ActVerb::Tell { who, .. } => self.word("act-told", &[("who", self.who(who))]),
                ActVerb::Refund { fee, amount: None } => {
                    self.word("act-refunded", &[("what", self.text(&text_id("fee", fee), None))])
                }
                ActVerb::Refund { fee, amount: Some(amount) } => {
                    let what = [("what", self.text(&text_id("fee", fee), None)), ("amount", code(amount.source()))];
                    self.word("act-part-refunded", &what)
                }
            };
            let guard = act.when.as_ref().map(|w| format!(" [{}]", code(w.source()))).unwrap_or_default();
            format!("{said}{guard}")
        };
        let acts = acts.iter().map(act).collect::<Vec<_>>().join("; ");
        self.word("acts", &[("acts", acts)])
    }

    fn paper(&self, template: &str) -> String {
        let kind = self.def.templates.get(template).map(|t| t.head().kind_text.clone());
        kind.map_or_else(|| plain(template), |kind| self.text(&kind, None))
    }

    pub(super) fn events(&self, out: &mut String) {
        if self.def.reactions.is_empty() {
            return;
        }
        heading(out, 2, &self.word("events", &[]));
        for reaction in &self.def.reactions {
            item(out, &self.event(reaction));
        }
        out.push('\n');
    }

    fn event(&self, reaction: &Reaction) -> String {
        let name = match reaction.event.as_str() {
            DOCUMENT => self.word("document-added", &[]),
            WITHDRAWAL => self.word("withdrawal", &[]),
            MESSAGE => self.word("message-written", &[]),
            PAYMENT => self.word("payment-made", &[]),
            own if reaction.trigger.is_some() => {
                let title = self.text(&text_id("event", own), None);
                let what = match &reaction.trigger {
                    Some(Trigger::At(moment)) => self.word("event-at", &[("moment", code(&moment.to_string()))]),
                    Some(Trigger::Every { span, day: None, .. }) => {
                        self.word("event-every", &[("span", self.span(span))])
                    }
                    Some(Trigger::Every { span, day: Some(day), .. }) => {
                        let (span, day) = (self.span(span), self.recurring(*day));
                        self.word("event-every-day", &[("span", span), ("day", day)])
                    }
                    _ => self.word("event-becomes", &[]),
                };
                format!("{title}, {what}")
            }
            own if reaction.heard.is_some() => self.text(&text_id("event", own), None),
            own => {
                let title = self.text(&text_id("event", own), None);
                self.word("event-by", &[("event", title), ("who", self.all(&reaction.by))])
            }
        };
        let mut said = vec![name];
        let places: Vec<&String> = reaction.steps.iter().chain(&reaction.ends).collect();
        if !places.is_empty() {
            said.push(self.word("event-while", &[("steps", self.places(places))]));
        }
        let leads = match &reaction.arrow {
            _ if reaction.refuse => self.word("event-refused", &[]),
            Some(arrow) if matches!(arrow.to, Target::Done) && arrow.also.is_empty() && arrow.acts.is_empty() => {
                self.word("event-kept", &[])
            }
            Some(arrow) if matches!(arrow.to, Target::Done) => {
                self.arrow(arrow).replacen(&self.word("ends-beside", &[]), &self.word("goes-on", &[]), 1)
            }
            Some(arrow) => self.arrow(arrow),
            None => self.word("event-kept", &[]),
        };
        let guard = reaction.when.as_ref().map(|w| format!(" [{}]", code(w.source()))).unwrap_or_default();
        format!("{}{guard}: {leads}", said.join(", "))
    }
}
